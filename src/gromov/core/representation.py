"""What flows into every instrument: points in a space, a distance matrix, or a graph, and where it came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from gromov.core.errors import InputError, UnsuitableError
from gromov.core.space import Space

if TYPE_CHECKING:
    import scipy.sparse

Kind = Literal["points", "distances", "graph"]
MIN_POINTS = 4
BLOCK_BYTES = 32 * 2**20
_LARGEST = 1e100


@dataclass(frozen=True, slots=True)
class Source:
    """Where a representation came from.

    Attributes:
        name: What the user called it (path, registry name, `array`).
        sha256: Hash of the bytes it was read from, or of the array's own bytes.
        notes: What was done on the way in (selection, normalisation, sampling), in order.
    """

    name: str = "array"
    sha256: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """A matrix of distances (n × n, symmetric, zero diagonal, finite, not negative)."""

    matrix: Float[np.ndarray, "n n"]

    def __post_init__(self) -> None:
        matrix = self.matrix
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise InputError(f"a distance matrix must be square; this one is {_shape(matrix)}")
        scale = 0.0
        for rows in row_blocks(len(matrix), matrix.shape[1] * 8):
            if not np.isfinite(matrix[rows]).all():
                raise InputError("the distance matrix holds NaN or infinite values: remove those rows and columns first")
            if (matrix[rows] < 0).any():
                raise InputError("the distance matrix holds negative values: distances are not negative")
            scale = max(scale, float(matrix[rows].max(initial=0.0)))
        if scale == 0 and len(matrix) >= MIN_POINTS:
            raise InputError("all distances are zero: there is no geometry to measure")
        if np.abs(np.diagonal(matrix)).max(initial=0.0) > 1e-9 * scale:
            raise InputError("the diagonal of the distance matrix is not zero: is this a similarity matrix?")
        for rows in row_blocks(len(matrix), matrix.shape[1] * 8):
            if np.abs(matrix[rows] - matrix[:, rows].T).max(initial=0.0) > 1e-6 * scale:
                raise InputError("the distance matrix is not symmetric: pass (D + D.T) / 2 if the difference is noise")


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """An undirected graph on nodes 0 … nodes−1.

    Attributes:
        nodes: Number of nodes.
        edges: Pairs of nodes (m × 2); directions, duplicates and self-loops are dropped when distances are taken.
        lengths: Length of each edge (positive); None means every edge has length 1.
    """

    nodes: int
    edges: Integer[np.ndarray, "m 2"]
    lengths: Float[np.ndarray, " m"] | None = None

    def __post_init__(self) -> None:
        if self.edges.ndim != 2 or self.edges.shape[1] != 2:
            raise InputError(f"edges must be m × 2; these are {_shape(self.edges)}")
        if len(self.edges) == 0:
            raise InputError("the graph has no edges")
        if self.edges.min() < 0 or self.edges.max() >= self.nodes:
            wrong = self.edges[(self.edges < 0) | (self.edges >= self.nodes)][0]
            raise InputError(f"an edge names node {wrong}, but the nodes are 0 … {self.nodes - 1}")
        if self.lengths is not None:
            if len(self.lengths) != len(self.edges):
                raise InputError(f"there are {len(self.edges)} edges but {len(self.lengths)} lengths")
            if not np.isfinite(self.lengths).all() or (self.lengths <= 0).any():
                raise InputError("every edge length must be finite and positive")

    def adjacency(self) -> "scipy.sparse.csr_array":
        """Symmetric sparse matrix of edge lengths: no self-loops, the shortest of duplicate edges."""
        import scipy.sparse

        low, high = self.edges.min(axis=1), self.edges.max(axis=1)
        lengths = np.ones(len(self.edges)) if self.lengths is None else np.asarray(self.lengths, dtype=np.float64)
        order = np.lexsort((lengths, high, low))
        low, high, lengths = low[order], high[order], lengths[order]
        keep = low != high
        keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        low, high, lengths = low[keep], high[keep], lengths[keep]
        rows, columns = np.concatenate([low, high]), np.concatenate([high, low])
        return scipy.sparse.csr_array((np.concatenate([lengths] * 2), (rows, columns)), shape=(self.nodes, self.nodes))


@runtime_checkable
class TensorLike(Protocol):
    """A torch tensor, told without importing torch."""

    def detach(self) -> Any:
        """The tensor without its gradient."""
        ...


Data: TypeAlias = NDArray[np.number] | Distances | Graph


@dataclass(frozen=True, slots=True, eq=False)
class Representation:
    """One representation of n objects.

    Attributes:
        data: Points (n × d, any real dtype, possibly memory-mapped), `Distances`, or a `Graph`.
        space: The geometry the points live in; None means Euclidean.
        labels: One label for each object, or None.
        names: One name for each object, or None.
        source: Where it came from.
    """

    data: Data
    space: Space | None = None
    labels: NDArray[np.generic] | None = None
    names: tuple[str, ...] | None = None
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        if isinstance(self.data, np.ndarray):
            _check_points(self.data)
        if self.n < MIN_POINTS:
            raise InputError(f"at least {MIN_POINTS} points are needed; there are {self.n}")
        for what, values in (("labels", self.labels), ("names", self.names)):
            if values is not None and len(values) != self.n:
                raise InputError(f"there are {self.n} points but {len(values)} {what}: one for each point is needed")

    @property
    def kind(self) -> Kind:
        """`points`, `distances` or `graph`."""
        match self.data:
            case Distances():
                return "distances"
            case Graph():
                return "graph"
            case _:
                return "points"

    @property
    def n(self) -> int:
        """Number of objects."""
        match self.data:
            case Distances(matrix):
                return len(matrix)
            case Graph(nodes):
                return nodes
            case points:
                return len(points)

    @property
    def points(self) -> NDArray[np.number]:
        """The points, n × d.

        Raises:
            UnsuitableError: this is a distance matrix or a graph.
        """
        if isinstance(self.data, np.ndarray):
            return self.data
        raise UnsuitableError(f"this needs points with coordinates, and got {'a graph' if self.kind == 'graph' else 'distances'}")

    def blocks(self) -> Iterator[Float[np.ndarray, "rows d"]]:
        """The points in float64, a fixed number of rows at a time (about 32 MB), so that files larger than memory can be read."""
        points = self.points
        for rows in row_blocks(len(points), points.shape[1] * 8):
            yield np.asarray(points[rows], dtype=np.float64)

    def take(self, rows: Integer[np.ndarray, " m"]) -> "Representation":
        """The representation of the objects `rows`, with their labels and names."""
        match self.data:
            case Distances(matrix):
                data: Data = Distances(matrix[np.ix_(rows, rows)])
            case Graph():
                raise UnsuitableError("a graph has no rows to select: removing nodes would change its distances")
            case points:
                data = np.asarray(points[rows])
        labels = None if self.labels is None else self.labels[rows]
        names = None if self.names is None else tuple(self.names[i] for i in rows)
        return replace(self, data=data, labels=labels, names=names)


PointsLike: TypeAlias = Representation | Distances | Graph | NDArray[np.number] | TensorLike | Sequence[Sequence[float]]


def as_representation(data: PointsLike) -> Representation:
    """Wrap arrays, torch tensors, data frames, series of lists and nested lists as points; pass representations, distances, graphs through.

    Raises:
        InputError: not numeric, not n × d, NaN or infinite, fewer than 4 points, or all points equal.
    """
    if isinstance(data, Representation):
        return data
    if isinstance(data, Distances | Graph):
        return Representation(data)
    array = cast("NDArray[np.number]", as_array(data))
    return Representation(array if isinstance(array, np.memmap) else np.asarray(array, order="C"))


def as_array(data: object) -> NDArray[np.generic]:
    """The array an array, torch tensor, data frame, series of lists or nested list stands for; objects stay where they are no numbers.

    Raises:
        InputError: it is ragged, or a data frame with columns of text.
    """
    try:
        array = np.asarray(cast(TensorLike, data).detach().cpu().numpy() if hasattr(data, "detach") else data)
    except (ValueError, TypeError) as error:
        raise InputError(f"the data cannot be made an array: {error}") from error
    return _of_objects(data, array) if array.dtype.hasobject else array


def _of_objects(data: object, array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The numbers of a series of equally long lists; a data frame with columns of text is refused, naming them."""
    if array.ndim == 1 and len(array) and all(hasattr(item, "__len__") and not isinstance(item, str) for item in array):
        lengths = {len(item) for item in array}
        if len(lengths) > 1:
            raise InputError(f"the vectors differ in length ({min(lengths)} to {max(lengths)}): all must have one")
        return np.stack([np.asarray(item) for item in array])
    names = getattr(data, "columns", None)
    if names is not None and array.ndim == 2:
        text = [
            str(name)
            for name, column in zip(names, array.T, strict=True)
            if not all(isinstance(x, int | float | np.number) for x in column)
        ]
        if text:
            raise InputError(
                f"columns {', '.join(text[:12])} hold values that are not numbers: keep the others, as in frame.drop(columns=…)"
            )
        return array.astype(np.float64)
    return array


def _check_points(points: NDArray[np.generic]) -> None:
    if points.dtype.kind not in "fiub":
        raise InputError(f"points must be real numbers; these are of type {points.dtype}")
    if points.ndim != 2:
        raise InputError(f"points must be n × d; these are {_shape(points)}: reshape them, or use --flatten for images")
    if 0 in points.shape:
        raise InputError(f"the data are empty: {_shape(points)}")
    first = points[0]
    differs = bool((points[:64] != first).any())
    for rows in row_blocks(len(points), points.shape[1] * points.dtype.itemsize):
        block = points[rows]
        if points.dtype.kind == "f" and not _finite(block):
            bad = int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0]) + rows.start
            raise InputError(f"row {bad} holds NaN or an infinite value: remove or impute such rows first")
        differs = differs or bool((block != first).any())
    if not differs and len(points) >= MIN_POINTS:
        raise InputError("all points are equal: there is no geometry to measure")
    if points.dtype == np.float64:
        _check_scale(cast("NDArray[np.float64]", points))


def _finite(block: NDArray[np.generic]) -> bool:
    """Whether all values are finite; a finite sum (of squares, where BLAS takes it at once) says so at less cost than looking at each."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        fast = block.dtype.char in "fd" and block.dtype.isnative and block.flags.c_contiguous
        values = cast("NDArray[np.float64]", block)
        total = np.vdot(values, values) if fast else values.sum(dtype=np.float64)
    return bool(np.isfinite(total)) or bool(np.isfinite(block).all())


def _check_scale(points: NDArray[np.float64]) -> None:
    """Refuse float64 values whose squares leave the range of float64, by the sum of all squares."""
    with np.errstate(over="ignore", under="ignore"):
        energy = sum(float(np.vdot(points[rows], points[rows])) for rows in row_blocks(len(points), points.shape[1] * 8))
    if not 1 / _LARGEST**2 < energy < _LARGEST**2:
        largest = float(np.abs(points).max())
        raise InputError(
            f"the largest value is {largest:.1e}; squares of such numbers leave the range of float64: rescale the points first"
        )


def row_blocks(n: int, row_bytes: int) -> Iterator[slice]:
    """Slices of at most 32 MB of rows that together cover n rows; they depend on the data alone."""
    step = max(1, BLOCK_BYTES // max(1, row_bytes))
    for start in range(0, n, step):
        yield slice(start, min(n, start + step))


def _shape(array: NDArray[np.generic]) -> str:
    return " × ".join(map(str, array.shape)) if array.ndim else "a single number"
