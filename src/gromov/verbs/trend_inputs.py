"""The inputs of a trend: read, checked and described before anything is measured, and put in order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gromov.core import Distances, Graph, GromovError, InputError, PointsLike, Progress, Representation, Tree
from gromov.verbs.reading import Reading, read
from gromov.verbs.source import describe
from gromov.verbs.trend_order import Order, natural_order

Input = PointsLike | str | Path
_HELD_BYTES = 2**28


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """One input, described and checked.

    Attributes:
        data: What the caller gave.
        reading: How it is read.
        seed: Seed of a sample.
        description: What it is, as in result.json.
        notes: What a reader should know of it.
        held: The data where they are small or mapped from a file; None where they are to be read again.
    """

    data: Input
    reading: Reading
    seed: int
    description: Tree
    notes: list[str]
    held: Representation | None

    @property
    def name(self) -> str:
        """Its name, in full."""
        return str(self.description["name"])

    def representation(self) -> Representation:
        """The data: those held, or read again and found to be the same."""
        if self.held is not None:
            return self.held
        again, _ = _read(self.data, self.reading, self.seed, self.name)
        if again.source.sha256 != self.description["sha256"]:
            raise InputError(f"{self.name} has changed while the run lasts: start it again when it is complete")
        return again


def open_inputs(inputs: Sequence[Input], reading: Reading, seed: int, report: Progress) -> list[Opened]:
    """Every input, read and checked, before anything is measured."""
    if isinstance(inputs, str | Path) or len(inputs) < 2:
        raise InputError("a trend needs at least two inputs, in a list: `measure` takes one")
    texts = Counter(str(each) for each in inputs if isinstance(each, str | Path))
    if twice := [text for text, count in texts.items() if count > 1]:
        raise InputError(f"{twice[0]} is given twice: a trend needs different inputs")
    if "-" in texts:
        raise InputError("standard input cannot be one of several inputs: write it to a file first")
    room, sources = _HELD_BYTES, list[Opened]()
    for place, data in enumerate(inputs, start=1):
        report.step(f"reading {place} of {len(inputs)}", 0.0)
        representation, notes = _read(data, reading, seed, f"input {place}")
        from_file = isinstance(data, str | Path)
        size = _bytes_in_memory(representation) if from_file else 0
        held = representation if size <= room else None
        room -= size if held is not None else 0
        sources.append(Opened(data, reading, seed, describe(representation, read=from_file), notes, held))
    kinds = {str(each.description["kind"]): each.name for each in sources}
    if len(kinds) > 1:
        told = " and ".join(f"{name} is {'a graph' if kind == 'graph' else kind}" for kind, name in kinds.items())
        raise InputError(f"a trend needs inputs of one kind, and {told}")
    names = Counter(each.name for each in sources)
    return [
        each if names[each.name] == 1 else replace(each, description={**each.description, "name": f"{each.name} {place}"})
        for place, each in enumerate(sources, start=1)
    ]


def in_order(sources: list[Opened], order: Order) -> list[Opened]:
    """The inputs by the numbers in their names, or as given."""
    if order == "given":
        return sources
    return [sources[place] for place in natural_order([each.name for each in sources])]


def _read(data: Input, reading: Reading, seed: int, otherwise: str) -> tuple[Representation, list[str]]:
    """Read an input; an error says which it was, by its name or `otherwise`."""
    name = str(data) if isinstance(data, str | Path) else otherwise
    try:
        return read(data, reading, seed)
    except GromovError as error:
        if name in str(error):
            raise
        raise type(error)(f"{name}: {error}") from error


def _bytes_in_memory(representation: Representation) -> int:
    """Bytes of the arrays that are no maps of files."""
    match representation.data:
        case Distances(matrix=array):
            arrays = [array]
        case Graph(edges=edges, lengths=lengths):
            arrays = [edges, lengths]
        case array:
            arrays = [array]
    return sum(each.nbytes for each in arrays if each is not None and not isinstance(each, np.memmap))
