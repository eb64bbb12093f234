"""Instruments of other packages, found by their entry points: listed from metadata, imported only to run.

A package adds one by an entry point of the group `gromov.instruments` (`gromov.comparisons` for a comparison), `name = "module:function"`. Whatever is wrong with a plug-in is
a sentence that names its distribution, never a traceback.
"""

import re
import sys
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import wraps
from importlib import metadata

from gromov.core import Arrays, GromovError, PluginError, Result, UnsuitableError
from gromov.report.words import short
from gromov.verbs.contract import Instrument, check_comparison, check_instrument, check_name, check_result

GROUP = "gromov.instruments"
COMPARISON_GROUP = "gromov.comparisons"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Plugin:
    """An instrument that an installed distribution offers.

    Attributes:
        name: Its name; where the name cannot be used, `distribution:name`.
        target: Where its function is: module:function.
        origin: The distribution and its version.
        flaw: Why it cannot be used, as far as its metadata show; empty otherwise.
    """

    name: str
    target: str
    origin: str
    flaw: str = ""

    def __str__(self) -> str:
        return f"the plug-in {self.name} ({self.origin})"


def installed(built_in: Collection[str], group: str = GROUP) -> tuple[Plugin, ...]:
    """What is installed, by name; nothing is imported.

    Args:
        built_in: Names that no plug-in may take.
        group: Group of entry points.
    """
    offered: dict[str, list[Plugin]] = {}
    for plugin in _offered(built_in, group):
        offered.setdefault(plugin.name, []).append(plugin)
    return tuple(_one(claims) for _, claims in sorted(offered.items()))


def load(plugin: Plugin, group: str = GROUP) -> Instrument:
    """Import a plug-in; whatever its code does wrong, now or when it runs, becomes a `PluginError`.

    Raises:
        PluginError: it cannot be used, cannot be imported, or is no instrument.
    """
    if plugin.flaw:
        raise PluginError(f"{plugin} cannot be used: {plugin.flaw}")
    with _in_a_sentence(plugin, "cannot be loaded"):
        check = check_comparison if group == COMPARISON_GROUP else check_instrument
        found = check(metadata.EntryPoint(plugin.name, plugin.target, group).load(), plugin.name)
    return replace(found, function=_guarded(plugin, found), restore=_checked(plugin, found))


def _guarded(plugin: Plugin, instrument: Instrument) -> Callable[..., Result]:
    @wraps(instrument.function)
    def function(*arguments: object, **options: object) -> Result:
        with _in_a_sentence(plugin, "failed"):
            return check_result(instrument, instrument.function(*arguments, **options))

    return function


def _checked(plugin: Plugin, instrument: Instrument) -> Callable[[object, Arrays], Result]:
    def restore(tree: object, arrays: Arrays) -> Result:
        with _in_a_sentence(plugin, "cannot read the result it once stored"):
            return check_result(instrument, instrument.restore(tree, arrays))

    return restore


@contextmanager
def _in_a_sentence(plugin: Plugin, what: str) -> Generator[None]:
    try:
        with redirect_stdout(sys.stderr):  # standard output is the run's own: with --json, for a program to read
            yield
    except UnsuitableError:
        raise  # the data are not for it: nothing is wrong with the plug-in
    except GromovError as error:
        raise PluginError(short(f"{plugin} {what}: {error}", _LONGEST)) from error
    except (Exception, SystemExit) as error:  # foreign code may raise anything
        raise PluginError(short(f"{plugin} {what}: {type(error).__name__}: {error}", _LONGEST)) from error


def _offered(built_in: Collection[str], group: str) -> Iterator[Plugin]:
    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except (OSError, ValueError):  # whose metadata cannot be read offers nothing
            continue
        if group not in text:
            continue
        owner, version = _field(distribution, "Name") or "unnamed", _field(distribution, "Version")
        if (normal := re.sub(r"[-_.]+", "-", owner).lower()) in seen:
            continue  # a second copy further down the path, which Python would not import either
        seen.add(normal)
        origin = f"{owner} {version}".rstrip()
        try:
            points = [(point.name, point.value) for point in distribution.entry_points.select(group=group)]
        except Exception as error:  # noqa: BLE001 - what a malformed file raises differs from one Python to the next
            yield Plugin(owner, "", origin, f"its entry points are malformed ({type(error).__name__})")
            continue
        for name, target in points:
            yield _looked_at(_printable(name), _printable(target), owner, origin, built_in)


def _looked_at(name: str, target: str, owner: str, origin: str, built_in: Collection[str]) -> Plugin:
    apart = f"{owner}:{name}"  # a name of its own, so that the name it wanted keeps its meaning
    if name in built_in:
        return Plugin(apart, target, origin, f"{name} is an instrument of gromov itself, and a plug-in needs another name")
    try:
        check_name(name)
    except PluginError as error:
        return Plugin(apart, target, origin, str(error))
    if not re.fullmatch(r"[\w.]+:[\w.]+", target):
        return Plugin(name, target, origin, f"its entry point {target!r} must be written module:function")
    return Plugin(name, target, origin)


def _one(claims: list[Plugin]) -> Plugin:
    """The plug-in of a name, or why nobody has it."""
    if len(claims) == 1:
        return claims[0]
    origins = sorted(claim.origin for claim in claims)
    owners = " and ".join(dict.fromkeys(origins))
    if len(set(origins)) == 1:
        return Plugin(claims[0].name, "", owners, "it offers two functions under this one name")
    return Plugin(claims[0].name, "", ", ".join(origins), f"{owners} both offer an instrument of this name: uninstall one of them")


def _field(distribution: metadata.Distribution, field: str) -> str:
    try:
        return _printable(str(distribution.metadata[field] or ""))
    except Exception:  # noqa: BLE001 - a distribution without metadata raises what it likes
        return ""


def _printable(text: str) -> str:
    """The text without what could leave a folder, a line or a terminal's row."""
    return re.sub(r"[^\w.:+-]+", "-", text)[:100]
