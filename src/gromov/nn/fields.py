"""What the fields of a block may hold; a field that cannot be used is refused in one sentence when the block is declared."""

import math
from collections.abc import Collection

from gromov.core import InputError


def whole(block: object, name: str, least: int = 1) -> None:
    """The field is a whole number ≥ `least`."""
    value: object = getattr(block, name)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name} of {type(block).__name__} is {value!r}; it must be a whole number, {least} or more")


def number(block: object, name: str, low: float, high: float, wanted: str) -> None:
    """The field is a finite number with low < value < high."""
    value: object = getattr(block, name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and low < value < high):
        raise InputError(f"{name} of {type(block).__name__} is {value!r}; it must be {wanted}")


def flag(block: object, *names: str) -> None:
    """The fields are True or False."""
    for name in names:
        value: object = getattr(block, name)
        if not isinstance(value, bool):
            raise InputError(f"{name} of {type(block).__name__} is {value!r}; it must be True or False")


def choice(block: object, name: str, allowed: Collection[str]) -> None:
    """The field is one of some words."""
    value: object = getattr(block, name)
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} of {type(block).__name__} is {value!r}; it must be one of {', '.join(allowed)}")


def curvature(block: object) -> None:
    """The field `curvature` is ≤ 0, and below 0 where it is learnt."""
    number(block, "curvature", -math.inf, math.nextafter(0, 1), "a curvature K ≤ 0 in 1/length²; 0 is flat")
    if getattr(block, "learn_curvature", False) and getattr(block, "curvature", 0) == 0:
        raise InputError(f"curvature of {type(block).__name__} is 0; a learnt curvature keeps its sign, so start below 0")
