"""What is fed to the network: what `load` reads, brought to the shape that the network takes, or arrays by the names of its arguments."""

import inspect
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError, PointsLike, Representation, Source, Tree, as_array
from gromov.core.representation import TensorLike
from gromov.data.contents import digest
from gromov.data.memory import values_of
from gromov.data.recording.feeding import MASK, Inputs, Preprocess
from gromov.data.recording.keeping import sampled_rows
from gromov.data.recording.pooling import Pool
from gromov.verbs.layers_networks import Network
from gromov.verbs.reading import Reading, read
from gromov.verbs.source import describe

if TYPE_CHECKING:
    from torch import nn

Values: TypeAlias = NDArray[np.generic]
Given: TypeAlias = "PointsLike | str | Path | Mapping[str, Values | TensorLike]"
INPUT = "input"
_OF_FILES = ("kind", "array", "columns", "names", "where", "flatten")


@dataclass(frozen=True, slots=True, eq=False)
class Fed:
    """What is fed, and what is known of it.

    Attributes:
        inputs: For `activations`.
        preprocess: For `activations`.
        labels: One for each object, or None.
        points: The input itself, a point for each object, to compare the layers with; None where it is no point (words, tokens).
        description: What it is, as in result.json.
        notes: What a reader should know of it.
        sample: Number of tokens to keep; None where all are, or where the objects are sampled already.
    """

    inputs: Inputs
    preprocess: Preprocess | None
    labels: Values | None
    points: Representation | None
    description: Tree
    notes: list[str]
    sample: int | None


def feed(given: Given, network: Network, pool: Pool, reading: Reading, seed: int) -> Fed:
    """Read what is to be fed to a network.

    Raises:
        GromovError: it cannot be read, or has not the shape that the network takes.
    """
    if isinstance(given, Mapping):
        return _named({str(name): as_array(each) for name, each in given.items()}, "arrays", network, pool, reading, seed)
    if isinstance(given, str | Path) and reading.get("array") is None:
        arrays = _archive(Path(given), network, reading)
        if arrays is not None:
            return _named(arrays, str(given), network, pool, reading, seed)
    tokens = pool == "tokens"
    reading = {**reading, "flatten": True}
    drawn = reading.get("sample")
    if tokens:
        reading["sample"] = None
    representation, notes = read(given, reading, seed)
    if representation.kind != "points":
        told = "a graph" if representation.kind == "graph" else "distances"
        raise InputError(f"{representation.source.name} holds {told}, and a network takes points: give it arrays")
    points = representation.points
    words = network.preprocess is None and _takes_words(network.module, points)
    shape = network.shape
    if shape is not None and math.prod(shape) != points.shape[1]:
        told = f"{' × '.join(map(str, shape))} = {math.prod(shape):,}" if len(shape) > 1 else f"{math.prod(shape):,}"
        raise InputError(f"{representation.source.name} has {points.shape[1]:,} numbers for each object, and the network takes {told}")
    return Fed(
        points,
        _Shaped(shape, words, network.preprocess),
        representation.labels,
        None
        if words or tokens
        else replace(representation, source=Source(INPUT, representation.source.sha256, representation.source.notes)),
        describe(representation, read=isinstance(given, str | Path)),
        notes,
        drawn if tokens else None,
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Shaped:
    """Rows as the network takes them: in its shape, words as whole numbers, all else as float32."""

    shape: tuple[int, ...] | None
    words: bool
    then: Preprocess | None

    def __call__(self, rows: NDArray[np.number]) -> object:
        made = np.asarray(rows, dtype=np.int64 if self.words else np.float32)
        shaped = made if self.shape is None else made.reshape(len(made), *self.shape)
        return shaped if self.then is None else self.then(shaped)

    def __repr__(self) -> str:  # stands in the identity of what is kept: no addresses
        then = None if self.then is None else getattr(self.then, "__qualname__", type(self.then).__qualname__)
        return f"{self.shape}, {self.words}, {then}"


def _takes_words(module: "nn.Module", points: NDArray[np.number]) -> bool:
    """Whether the network has a table of words and the points are whole numbers that name some."""
    from torch import nn

    sizes = [each.num_embeddings for each in module.modules() if isinstance(each, nn.Embedding)]
    if not sizes:
        return False
    head = np.asarray(points[:64])
    return bool((head == np.floor(head)).all() and (head >= 0).all() and points.max() < max(sizes) and (points == np.floor(points)).all())


def _archive(path: Path, network: Network, reading: Reading) -> "dict[str, Values] | None":
    """The arrays of an .npz, where at least one has the name of an argument of the network."""
    if path.suffix != ".npz" or not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            named = _arguments(network.module)
            if not named & set(file.files):
                return None
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"{path} is damaged, truncated or holds pickled objects: write it again with numpy.savez") from error


def _arguments(module: "nn.Module") -> set[str]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name for name, each in inspect.signature(module.forward).parameters.items() if each.kind in kinds}


def _named(arrays: Mapping[str, Values], name: str, network: Network, pool: Pool, reading: Reading, seed: int) -> Fed:
    """Arrays by the names of the network's arguments; labels are one of them, or given."""
    for option in _OF_FILES:
        if reading.get(option) not in (None, False):
            raise InputError(f"--{option} does not go with arrays that are given to the network by name")
    if reading.get("normalize", "none") != "none":
        raise InputError("--normalize does not go with arrays that are given to the network by name")
    labels, beside = None, reading.get("labels")
    fed = dict(arrays)
    if isinstance(beside, str) and beside:
        if beside not in fed:
            raise InputError(f"{name} holds no array {beside!r} for the labels: it holds {', '.join(fed)}")
        labels = fed.pop(beside)
    elif beside is not None and not isinstance(beside, str):
        labels = values_of(beside, "labels")
    taken = _arguments(network.module)
    open_ended = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in inspect.signature(network.module.forward).parameters.values())
    if network.preprocess is None and not open_ended and (strange := [each for each in fed if each not in taken and each != MASK]):
        raise InputError(
            f"{name} holds {strange[0]!r}, and the network takes {', '.join(sorted(taken))}: leave it out, or name it with labels"
        )
    counts = {each: len(array) if array.ndim else 0 for each, array in fed.items()}
    if len(set(counts.values())) != 1:
        raise InputError(
            f"the arrays of {name} must have a row for each object, and have {', '.join(f'{k} {v:,}' for k, v in counts.items())}"
        )
    count, drawn = next(iter(counts.values())), reading.get("sample")
    if labels is not None and len(labels) != count:
        raise InputError(f"there are {count:,} objects but {len(labels):,} labels: one for each object is needed")
    notes: list[str] = []
    if drawn is not None and pool != "tokens" and drawn < count:
        rows = sampled_rows(count, drawn, seed)
        fed = {each: array[rows] for each, array in fed.items()}
        labels = None if labels is None else labels[rows]
        notes.append(f"{drawn:,} of {count:,} objects drawn at random (seed {seed})")
        count = drawn
    real = next((array for each, array in fed.items() if array.dtype.kind == "f" and array.ndim > 1 and each != MASK), None)
    points = None
    if real is not None and pool != "tokens":
        points = Representation(
            cast("NDArray[np.number]", real.reshape(count, -1)), labels=labels, source=Source(INPUT, notes=tuple(notes))
        )
    parts = "".join(f"{each}{digest(array)}" for each, array in sorted(fed.items()))
    description: Tree = {
        "name": name,
        "kind": "points",
        "n": count,
        "d": None,
        "classes": None if labels is None else len(set(labels.tolist())),
        "sha256": digest(np.frombuffer(parts.encode(), dtype=np.uint8)),
        "notes": [f"fed by name: {', '.join(f'{each} {_shape(array)}' for each, array in fed.items())}", *notes],
    }
    return Fed(cast(Inputs, fed), network.preprocess, labels, points, description, [], drawn if pool == "tokens" else None)


def _shape(array: Values) -> str:
    return " × ".join(map(str, array.shape))
