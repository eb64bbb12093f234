"""The order of checkpoints by the numbers in their names: ckpt-9 before ckpt-10."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Order = Literal["natural", "given"]
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def natural_order(names: Sequence[str]) -> list[int]:
    """Places of the names in order: those that differ only in numbers are put in the order of these, in the places they hold.

    So `ckpt-10 ckpt-9 final` becomes `ckpt-9 ckpt-10 final`, and `before after` stays.
    """
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        alike[_NUMBER.sub("#", name)].append(place)
    order = list(range(len(names)))
    for places in alike.values():
        for place, taken in zip(places, sorted(places, key=lambda each: _numbers(names[each])), strict=True):
            order[place] = taken
    return order


def steps(names: Sequence[str]) -> tuple[float, ...]:
    """The number that tells the names apart, if they differ only in numbers: the first that is another in each; empty if there is none."""
    if len({_NUMBER.sub("#", name) for name in names}) != 1:
        return ()
    for column in zip(*map(_numbers, names), strict=True):
        if len(set(column)) == len(names):
            return column
    return ()


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names without their folders, where they are still different then."""
    last = tuple(Path(name).name or name for name in names)
    return last if len(set(last)) == len(names) else tuple(names)


def _numbers(name: str) -> tuple[float, ...]:
    return tuple(map(float, _NUMBER.findall(name)))
