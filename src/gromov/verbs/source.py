"""What a run measured, in words that identify it."""

import hashlib
import shlex
from collections.abc import Sequence

from gromov.core import Distances, Graph, Representation, Tree
from gromov.data.contents import digest


def describe(representation: Representation, *, read: bool) -> Tree:
    """Name, kind, size, number of classes, hash and notes; `read` where the hash of the file stands for the data."""
    match representation.data:
        case Distances() | Graph():
            d = None
        case points:
            d = points.shape[1]
    labels = representation.labels
    source = representation.source
    return {
        "name": source.name,
        "kind": representation.kind,
        "n": representation.n,
        "d": d,
        "classes": None if labels is None else len(set(labels.tolist())),
        "sha256": source.sha256 if read else _fingerprint(representation),
        "notes": list(source.notes),
    }


def _fingerprint(representation: Representation) -> str:
    """Hash of all that the numbers depend on, for data that come from no file: they may have been changed since they were read."""
    space, labels = representation.space, representation.labels
    beside = (
        None if space is None else (space.name, space.curvature),
        None if labels is None else [str(label) for label in labels.tolist()],
        representation.names,
    )
    return hashlib.sha256(f"{digest(representation.data)}{beside!r}".encode()).hexdigest()


def command_line(names: Sequence[str], config: Tree, instruments: Sequence[str]) -> str:
    """The command that repeats a run over the inputs of these names; options at their defaults are left out."""
    words = ["gromov", "measure", *names]
    defaults = {"instruments": list(instruments), "normalize": "none", "device": "cpu", "seed": 0, "order": "natural"}
    for name, value in config.items():
        if name == "plugins" or value is None or value is False or value == defaults.get(name):
            continue
        words += [f"--{name}"] if value is True else [f"--{name}", ",".join(value) if isinstance(value, list) else str(value)]
    return shlex.join(words)
