"""The instruments by name, gromov's own and those of plug-ins, listed without importing them."""

import difflib
import typing
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import signature
from typing import Never

from gromov.core import InputError, Result, decode
from gromov.verbs.contract import Instrument
from gromov.verbs.plugins import Plugin, installed, load

INSTRUMENTS = (
    "layout",
    "spectrum",
    "dimension",
    "hyperbolicity",
    "curvature",
    "neighborhood",
    "heat_trace",
    "geometry_score",
    "persistence",
    "incoherence",
    "classes",
)


def plugins() -> tuple[Plugin, ...]:
    """The instruments that other installed packages add, by name."""
    return installed(INSTRUMENTS)


def instrument(name: str) -> Instrument:
    """Import an instrument: the function `name` of the module `gromov.measures.name`, or a plug-in's.

    Raises:
        InputError: there is none of this name.
        PluginError: a plug-in that cannot be used.
    """
    if name not in INSTRUMENTS:
        return load(next((plugin for plugin in plugins() if plugin.name == name), None) or _nobodys(name))
    function: Callable[..., Result] = getattr(import_module(f"gromov.measures.{name}"), name)
    result: type[Result] = typing.get_type_hints(function)["return"]
    accepts = frozenset(signature(function).parameters)
    return Instrument(name, function, result, accepts, lambda tree, arrays: decode(result, tree, arrays))


def listed_names(names: Sequence[str] | None) -> Sequence[str] | None:
    """Names in a list, or in one text parted by commas as on the command line."""
    return [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else names


def chosen(names: Sequence[str] | None) -> tuple[str, ...]:
    """The instruments asked for, in the order of the catalogue; all of them, plug-ins last, for None.

    Raises:
        InputError: a name that is not an instrument.
    """
    names = listed_names(names)
    if names is not None and set(names) <= set(INSTRUMENTS):
        return tuple(name for name in INSTRUMENTS if name in names)
    listed = (*INSTRUMENTS, *(plugin.name for plugin in plugins()))
    for name in names or ():
        if name not in listed:
            _nobodys(name)
    return tuple(name for name in listed if names is None or name in names)


def origins(names: Sequence[str]) -> dict[str, str]:
    """Distribution and version of those of the instruments that are plug-ins: their numbers depend on it."""
    if set(names) <= set(INSTRUMENTS):
        return {}
    return {plugin.name: plugin.origin for plugin in plugins() if plugin.name in names}


def _nobodys(name: str) -> Never:
    known = plugins()
    for plugin in known:
        if plugin.flaw and plugin.name.partition(":")[2] == name:
            load(plugin)  # says why the name it wanted could not be given to it
    usable = [*INSTRUMENTS, *(plugin.name for plugin in known if not plugin.flaw)]
    near = difflib.get_close_matches(name, usable, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise InputError(f"there is no instrument {name!r}{hint}: the instruments are {', '.join(usable)}")
