"""Spectral embedding and clustering: the slowest modes of heat on a graph as coordinates, and groups that exchange little of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import InputError, generator, pinned, require_memory
from gromov.graphs.laplacian import Laplacian

_DENSE_UP_TO = 1_000
_RESTARTS = 10


@dataclass(frozen=True, slots=True, eq=False)
class SpectralEmbedding:
    """The first eigenvectors of a normalised Laplacian.

    Attributes:
        eigenvalues: The k smallest, ascending; as many are 0 as the graph has pieces, at most k.
        vectors: An eigenvector of unit length a column (n × k). The first belong to the pieces, the largest first, and are √degree on their piece
            alone; of each, the entry of largest size is positive. Of a repeated positive eigenvalue only the span of its vectors is determined.
        components: Number of connected pieces.
    """

    eigenvalues: Float[np.ndarray, " k"]
    vectors: Float[np.ndarray, "n k"]
    components: int


@dataclass(frozen=True, slots=True, eq=False)
class SpectralClusters:
    """Groups of the nodes of a graph, with little between them.

    Attributes:
        labels: The group of each node, 0 the largest.
        cut: Normalised cut: the sum over the groups of the share of their edge ends that lead out of them; 0 for separate pieces.
        bound: Sum of the k smallest eigenvalues: no division into k groups has a smaller cut.
    """

    labels: Integer[np.ndarray, " n"]
    cut: float
    bound: float


def spectral_embedding(laplacian: Laplacian, dimensions: int, *, seed: int = 0) -> SpectralEmbedding:
    """The eigenvectors of the smallest eigenvalues of L = I − D^(−1/2) A D^(−1/2), piece by piece.

    Divided by √degree they are the Laplacian eigenmaps, solutions of Lv = λDv.

    Args:
        laplacian: A normalised Laplacian.
        dimensions: Number k of eigenvectors, the trivial ones of the pieces among them.
        seed: Seed of the start of the iteration.

    Cost: of each piece m³ up to 1,000 nodes; beyond, Lanczos iterations with restarts, more of them the closer the eigenvalues lie.

    Raises:
        InputError: k is not between 1 and n, or the Laplacian is not normalised.

    References:
        Belkin, Niyogi (2003), Laplacian eigenmaps for dimensionality reduction and data representation, Neural Computation 15.
    """
    from scipy.sparse.csgraph import connected_components

    if laplacian.kind != "normalised":
        raise InputError("a spectral embedding takes the normalised Laplacian, and this one is combinatorial: Laplacian(adjacency)")
    if not 1 <= dimensions <= laplacian.n:
        raise InputError(f"dimensions is {dimensions}; it must be between 1 and {laplacian.n}, the number of nodes")
    require_memory(24 * laplacian.n * dimensions, step=f"{dimensions} eigenvectors of {laplacian.n:,} nodes", remedy="ask for fewer")
    count, member = connected_components(laplacian.adjacency, directed=False)
    order = np.argsort(-np.bincount(member), kind="stable")  # pieces are numbered by their first node
    roots = np.sqrt(np.maximum(laplacian.degrees, 1))
    columns = [roots * (member == piece) for piece in order[:dimensions]]
    values = [0.0] * len(columns)
    wanted = dimensions - len(values)
    for piece in order:
        rows = np.flatnonzero(member == piece)
        if wanted == 0 or len(rows) == 1:
            break
        found, vectors = _slowest(laplacian, rows, min(wanted, len(rows) - 1), seed)
        values.extend(found)
        for vector in vectors.T:
            whole = np.zeros(laplacian.n)
            whole[rows] = vector
            columns.append(whole)
    kept = np.argsort(values, kind="stable")[:dimensions]
    table = np.stack([columns[place] for place in kept], axis=1)
    table /= np.linalg.norm(table, axis=0)
    largest = table[np.abs(table).argmax(axis=0), np.arange(dimensions)]
    return SpectralEmbedding(np.array(values)[kept], table * np.sign(largest), int(count))


def spectral_clusters(laplacian: Laplacian, groups: int, *, seed: int = 0) -> SpectralClusters:
    """Groups of nodes by k-means on the rows, brought to unit length, of the first k eigenvectors.

    Args:
        laplacian: A normalised Laplacian.
        groups: Number k of groups, at least the number of pieces.
        seed: Seed of k-means, the best of ten starts.

    Cost: a spectral embedding, and n·k² steps an iteration.

    Raises:
        InputError: k is below the number of pieces, or not between 2 and n.

    References:
        Ng, Jordan, Weiss (2001), On spectral clustering: analysis and an algorithm, NeurIPS; the bound: Ky Fan (1949).
    """
    from sklearn.cluster import KMeans

    if not 2 <= groups <= laplacian.n:
        raise InputError(f"groups is {groups}; it must be between 2 and {laplacian.n}, the number of nodes")
    embedded = spectral_embedding(laplacian, groups, seed=seed)
    if embedded.components > groups:
        raise InputError(
            f"the graph has {embedded.components:,} separate pieces, more than the {groups} groups asked for: "
            "ask for as many, or take its largest piece"
        )
    lengths = np.linalg.norm(embedded.vectors, axis=1, keepdims=True)
    with pinned():
        start = int(generator(seed, "spectral-clusters").integers(2**31))
        means = KMeans(groups, n_init=_RESTARTS, random_state=start)  # pyright: ignore[reportArgumentType]
        found = np.asarray(means.fit_predict(embedded.vectors / lengths))
    rank = np.argsort(np.argsort(-np.bincount(found, minlength=groups), kind="stable"))
    labels = rank[found]
    return SpectralClusters(labels, _cut(laplacian, labels, groups), float(embedded.eigenvalues.sum()))


def _slowest(
    laplacian: Laplacian, rows: Integer[np.ndarray, " m"], wanted: int, seed: int
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "m k"]]:
    """Smallest positive eigenvalues of a connected piece, ascending, and their vectors."""
    import scipy.sparse
    from scipy.linalg import eigh

    part = Laplacian(scipy.sparse.csr_array(laplacian.adjacency[rows][:, rows]))
    matrix = part.matrix()
    if len(rows) <= _DENSE_UP_TO or 2 * wanted >= len(rows):
        require_memory(24 * len(rows) ** 2, step=f"the eigenvectors of {len(rows):,} nodes", remedy="ask for fewer dimensions")
        return eigh(matrix.toarray(), subset_by_index=[1, wanted])
    from scipy.sparse.linalg import LinearOperator, eigsh

    first = np.sqrt(part.degrees / part.degrees.sum())

    def walk(v: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """2I − L with the known eigenvector of its eigenvalue 2 taken out, so that the slowest others are on top."""
        v = v.ravel()
        return 2 * v - matrix @ v - 2 * first * (first @ v)

    operator = LinearOperator(matrix.shape, matvec=walk, dtype=np.float64)  # pyright: ignore[reportCallIssue]
    start = generator(seed, "spectral-embedding").standard_normal(len(rows))
    with pinned():
        top, vectors = eigsh(operator, k=wanted, which="LA", v0=start, ncv=min(len(rows), max(4 * wanted, 40)), maxiter=len(rows))  # pyright: ignore[reportArgumentType]
    order = np.argsort(-top, kind="stable")
    return np.maximum(2 - top[order], 0.0), vectors[:, order]


def _cut(laplacian: Laplacian, labels: Integer[np.ndarray, " n"], groups: int) -> float:
    rows = np.repeat(labels, laplacian.degrees)
    leaving = np.bincount(rows, labels[laplacian.adjacency.indices] != rows, minlength=groups)
    volume = np.bincount(labels, laplacian.degrees, minlength=groups)
    return float((leaving / np.maximum(volume, 1)).sum())
