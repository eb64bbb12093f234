"""How the outputs of layers that are maps or sequences were brought to one point for each object, in words for a reader."""

import re
from collections.abc import Sequence
from typing import Literal, cast

from gromov.core import Tree

Kind = Literal["map", "sequence"]
_NOTE = re.compile(r"^output of ([\d,× ]+) for each object, (.+)$")
_DONE = {
    ("map", "pooled by mean"): "the mean over all places",
    ("sequence", "pooled by mean"): "the mean over the tokens",
    ("map", "flattened"): "every number of every place",
    ("sequence", "flattened"): "every number of every token",
    ("map", "every token a point"): "every place as a point",
    ("sequence", "every token a point"): "every token as a point",
    ("sequence", "pooled by first"): "the first token",
    ("sequence", "pooled by last"): "the last token",
}
_MEAN = "the mean over"


def pooling(inputs: Sequence[Tree], labels: Sequence[str]) -> str:
    """Which layers give maps or sequences, and what was taken of each: a sentence, or none where every layer gives one point for each object."""
    found = [(label, kind, done) for label, each in zip(labels, inputs, strict=True) for kind, _, done in [_pooled(each)] if kind]
    told: list[str] = []
    for kind, done in dict.fromkeys((kind, done) for _, kind, done in found):
        of = [label for label, *rest in found if rest == [kind, done]]
        told.append(f"{done} of the {kind}s of {_few(of)}")
    return f"As points were taken: {'; '.join(told)}." if told else ""


def hidden(description: Tree, label: str) -> str:
    """What the mean of a layer hides, in a sentence; empty where no mean was taken."""
    _, shape, done = _pooled(description)
    if not done.startswith(_MEAN):
        return ""
    return (
        f"The points of {label} are {done} of an output of {shape} for each object: what differs between these alone is averaged away, and the numbers are of the means. "
        "--pool flatten keeps it."
    )


def _pooled(description: Tree) -> tuple[Kind | None, str, str]:
    """Whether a layer gives maps or sequences, their shape, and what was taken of them; None where it gives one point for each object, or is the input."""
    notes = cast("list[object]", description.get("notes") or [])
    for note in map(str, notes):
        match = _NOTE.match(note)
        if match and (axes := match[1].count("×") + 1) > 1:
            kind: Kind = "map" if axes > 2 else "sequence"
            return kind, match[1], _DONE.get((kind, match[2]), match[2])
    return None, "", ""


def _few(labels: Sequence[str]) -> str:
    return ", ".join(labels) if len(labels) <= 4 else f"{labels[0]} … {labels[-1]} ({len(labels)} layers)"
