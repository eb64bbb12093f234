"""What stands between a reader and a representation: what was asked of a source, and what it holds."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gromov.core import Distances, Graph, Space, require_memory

As = Literal["points", "distances", "edges"]
Values: TypeAlias = NDArray[np.generic]
Column: TypeAlias = Callable[[], Values]


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asked of a reader.

    Attributes:
        kind: How to read the numbers; None lets the reader tell.
        array: Name of the array in an archive of several.
        columns: Columns of a table to use, by name; empty means all.
        aside: Columns or arrays that are labels or names, hence no coordinates.
        tested: Columns or arrays the selection asks about.
        flatten: Whether arrays of more than two dimensions are welcome.
        sample: Number of rows to draw, for readers that can leave the others on disk; None keeps all.
        seed: Seed of the sample.
    """

    kind: As | None = None
    array: str | None = None
    columns: tuple[str, ...] = ()
    aside: frozenset[str] = frozenset()
    tested: frozenset[str] = frozenset()
    flatten: bool = False
    sample: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The rows a reader kept of a source it sampled while reading.

    Attributes:
        rows: Their positions, in order.
        total: Number of rows of the source.
    """

    rows: NDArray[np.int64]
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a source holds, before anything is selected.

    Attributes:
        data: An array (n × …), distances or a graph.
        columns: What stands beside the data, one value for each object; read when asked for.
        labels: The column that holds labels unless another is asked for; empty where there is none.
        names: The column that holds names unless another is asked for; empty where there is none.
        sha256: Hash of the bytes it was read from.
        notes: What the reader decided, in sentences.
        space: The geometry the points live in; None means Euclidean.
        drawn: Which rows the data and the columns hold, where the reader sampled them; None means all.
    """

    data: Values | Distances | Graph
    columns: Mapping[str, Column] = field(default_factory=dict[str, Column])
    labels: str = ""
    names: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    space: Space | None = None
    drawn: Drawn | None = None


def constant(values: Values) -> Column:
    """The column of values already read."""
    return lambda: values


def digest(data: Values | Distances | Graph) -> str:
    """SHA-256 of what is held in memory: type, shape and bytes of each array, in row order."""
    match data:
        case Distances(matrix):
            arrays: list[Values] = [matrix]
        case Graph():
            arrays = [np.array([data.nodes]), data.edges, *([] if data.lengths is None else [data.lengths])]
        case _:
            arrays = [data]
    total = hashlib.sha256()
    for array in arrays:
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes() if array.dtype.hasobject else np.ascontiguousarray(array).data)
    return total.hexdigest()


def text_of(values: Values) -> Values:
    """Bytes as UTF-8 text; anything else as it stands."""
    return np.char.decode(values.astype(np.bytes_), "utf-8", "replace") if values.dtype.kind == "S" else values


def text_array(texts: Sequence[str], what: str) -> Values:
    """Texts as an array, in which each takes the room of the longest.

    Raises:
        MemoryEstimateError: they do not fit; one long text among many short ones is enough.
    """
    longest = max(map(len, texts), default=0)
    step = f"{what}: {len(texts):,} texts with the room of the longest ({longest:,} letters)"
    require_memory(8 * longest * len(texts), step=step, remedy="choose another column, or shorten it")
    return np.array(texts, dtype=np.str_)


def joined(parts: Sequence[Values], what: str) -> Values:
    """The parts of a column as one; each text takes the room of the longest of all.

    Raises:
        MemoryEstimateError: they do not fit.
    """
    width = max((part.dtype.itemsize for part in parts), default=0)
    require_memory(width * sum(map(len, parts)), step=f"joining {what}", remedy="choose another column, or --sample")
    return np.concatenate(parts) if parts else np.empty(0)


def shape_of(array: Values) -> str:
    """Shape as a person writes it: 28 × 28."""
    return " × ".join(f"{size}" for size in array.shape) if array.ndim else "a single number"


def digest_of_parts(digests: Sequence[str]) -> str:
    """SHA-256 over the SHA-256 digests of the parts, in order."""
    return hashlib.sha256(b"".join(bytes.fromhex(each) for each in digests)).hexdigest()
