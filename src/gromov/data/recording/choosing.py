"""Layers by pattern, as files are: `layer*`, `encoder.layer.*`, `**.attention`."""

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gromov.core import InputError

if TYPE_CHECKING:
    from torch import nn

_SHOWN = 12


def chosen_layers(model: "nn.Module", pattern: str) -> "dict[str, nn.Module]":
    """The named submodules that a pattern matches, by dotted name, in the order in which the network holds them.

    `*`, `?` and `[…]` stay within one part of a name, `**` is any number of parts; several patterns are parted by commas. A module that
    the network holds under two names is listed under the first.

    Raises:
        InputError: a pattern matches nothing.
    """
    modules = {name: module for name, module in model.named_modules() if name}
    wanted = [each.strip() for each in pattern.split(",") if each.strip()]
    if not wanted:
        raise InputError("layers is empty: name layers by a pattern, as 'layer*'")
    found: set[str] = set()
    for each in wanted:
        matching = {name for name in modules if _matches(name.split("."), each.split("."))}
        if not matching:
            raise InputError(f"layers: no module of the network is called {each!r}{_hint(each, list(modules))}")
        found |= matching
    return {name: module for name, module in modules.items() if name in found}


def _matches(name: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(_matches(name[skipped:], pattern[1:]) for skipped in range(len(name) + 1))
    return bool(name) and fnmatchcase(name[0], pattern[0]) and _matches(name[1:], pattern[1:])


def _hint(pattern: str, names: Sequence[str]) -> str:
    if not names:
        return ": it has no parts"
    if near := difflib.get_close_matches(pattern, names, n=3, cutoff=0.6):
        return f": did you mean {' or '.join(near)}?"
    top = list(dict.fromkeys(name.partition(".")[0] for name in names))
    more = f" and {len(top) - _SHOWN} more" if len(top) > _SHOWN else ""
    return f": its parts are {', '.join(top[:_SHOWN])}{more}, and '**' is every module"
