"""The instruments by name, listed without importing them."""

import difflib
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import signature

from gromov.core import InputError, Result

INSTRUMENTS = ("layout", "spectrum", "dimension", "hyperbolicity", "neighborhood", "incoherence", "classes")


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument, ready to run.

    Attributes:
        name: Its name: module, function, command line and JSON key.
        function: The function: data first, the rest keyword-only.
        result: The dataclass it returns.
        accepts: Names of its keyword arguments.
    """

    name: str
    function: Callable[..., Result]
    result: type[Result]
    accepts: frozenset[str]


def instrument(name: str) -> Instrument:
    """Import an instrument: the function `name` of the module `gromov.measures.name`."""
    function: Callable[..., Result] = getattr(import_module(f"gromov.measures.{name}"), name)
    result = typing.get_type_hints(function)["return"]
    return Instrument(name, function, result, frozenset(signature(function).parameters))


def chosen(names: Sequence[str] | None) -> tuple[str, ...]:
    """The instruments asked for, in the order of the catalogue; all of them for None.

    Raises:
        InputError: a name that is not an instrument.
    """
    if names is None:
        return INSTRUMENTS
    for name in names:
        if name not in INSTRUMENTS:
            near = difflib.get_close_matches(name, INSTRUMENTS, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise InputError(f"there is no instrument {name!r}{hint}: the instruments are {', '.join(INSTRUMENTS)}")
    return tuple(name for name in INSTRUMENTS if name in names)
