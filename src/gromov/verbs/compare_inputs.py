"""The inputs of a comparison, each read in its own way, checked before anything is compared."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gromov.core import GromovError, InputError, PointsLike, Progress, Representation, Tree
from gromov.verbs.reading import Reading, configured, read
from gromov.verbs.source import describe
from gromov.verbs.trend_order import short_names


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read.

    Attributes:
        clouds: The representations.
        descriptions: What each is; the names tell them apart.
        sources: Where each came from, as it was given.
        notes: What a reader should know of them.
        options: The options of reading as config.json keeps them; one that differs is a list with a value for each input.
        differing: Names of the options that differ.
    """

    clouds: list[Representation]
    descriptions: list[Tree]
    sources: list[str]
    notes: list[str]
    options: Tree
    differing: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The inputs by name."""
        return [str(each["name"]) for each in self.descriptions]


def open_inputs(inputs: Sequence[PointsLike | str | Path], readings: Sequence[Reading], seed: int, report: Progress) -> Inputs:
    """Every input, read and checked; those of one name are told apart by what was read of them, or else by number.

    Raises:
        GromovError: one cannot be read; the error names it.
    """
    if [str(each) for each in inputs if isinstance(each, str | Path)].count("-") > 1:
        raise InputError("standard input can be one of the inputs only: write the others to files first")
    clouds: list[Representation] = []
    descriptions: list[Tree] = []
    heard: list[list[str]] = []
    for place, (data, reading) in enumerate(zip(inputs, readings, strict=True), start=1):
        report.step(f"reading {place} of {len(inputs)}", 0.0)
        from_file = isinstance(data, str | Path)
        name = str(data) if from_file else f"input {place}"
        try:
            cloud, notes = read(data, reading, seed)
        except GromovError as error:
            raise error if name in str(error) else type(error)(f"{name}: {error}") from error
        clouds.append(cloud)
        descriptions.append(describe(cloud, read=from_file))
        heard.append(notes)
    sources = [str(each["name"]) for each in descriptions]
    each_configured = [configured(reading) for reading in readings]
    differing = tuple(key for key in each_configured[0] if any(each[key] != each_configured[0][key] for each in each_configured))
    for told, name in zip(descriptions, _told_apart(sources, each_configured, differing), strict=True):
        told["name"] = name
    options: Tree = {
        key: [each[key] for each in each_configured] if key in differing else value for key, value in each_configured[0].items()
    }
    notes = [f"{Path(str(told['name'])).name}: {text}" for told, texts in zip(descriptions, heard, strict=True) for text in texts]
    notes += _same_bytes(descriptions)
    return Inputs(clouds, descriptions, sources, notes, options, differing)


def _same_bytes(descriptions: Sequence[Tree]) -> list[str]:
    """A word on inputs that are one and the same: a file named twice, or a copy."""
    same = [
        (one, other)
        for one, other in itertools.combinations(descriptions, 2)
        if one["sha256"] and all(one[key] == other[key] for key in ("sha256", "n", "d", "notes"))
    ]
    return [
        f"{Path(str(one['name'])).name} and {Path(str(other['name'])).name} hold the same bytes: no difference can be found"
        for one, other in same
    ]


def check_pairing(inputs: Inputs) -> None:
    """Refuse inputs that cannot be paired: other numbers of rows, or other names.

    Raises:
        InputError: they cannot.
    """
    clouds, names = inputs.clouds, inputs.names
    first = clouds[0]
    for cloud, name in zip(clouds[1:], names[1:], strict=True):
        if cloud.n != first.n:
            raise InputError(
                f"paired clouds have one row for each object, and {names[0]} has {first.n:,} rows, {name} has {cloud.n:,}: "
                "keep the common objects in the same order, or compare without --paired"
            )
        if cloud.names is not None and first.names is not None and cloud.names != first.names:
            place = next(i for i, (a, b) in enumerate(zip(first.names, cloud.names, strict=True)) if a != b)
            raise InputError(
                f"paired clouds have the same objects in the same order, and row {place} is {first.names[place]!r} in one and {cloud.names[place]!r} in the other"
            )


def short_labels(names: Sequence[str]) -> tuple[str, ...]:
    """The inputs by short name: of groups of one file what tells them apart, else the names without their folders."""
    parts = [re.fullmatch(r"(.*) \[(.*)\]", name) for name in names]
    if all(parts) and len({part[1] for part in parts if part}) == 1 and len({part[2] for part in parts if part}) == len(names):
        return tuple(part[2] for part in parts if part)
    return short_names(names)


def _told_apart(names: Sequence[str], options: Sequence[Tree], differing: Sequence[str]) -> list[str]:
    """The names; of several alike each with the options that are its own, then a number where that is not enough."""
    twice = Counter(names)
    found: list[str] = []
    for name, option in zip(names, options, strict=True):
        own = [str(option[key]) if key == "where" else f"{key}={_text(option[key])}" for key in differing if option[key] is not None]
        found.append(f"{name} [{', '.join(own)}]" if twice[name] > 1 and own else name)
    twice = Counter(found)
    return [f"{name} {place}" if twice[name] > 1 else name for place, name in enumerate(found, start=1)]


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
