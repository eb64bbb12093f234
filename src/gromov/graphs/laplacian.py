"""Laplacians of neighbour graphs and of given graphs, with the traces of their powers that can be counted exactly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import InputError, require_memory
from gromov.graphs.neighbors import Neighbors

if TYPE_CHECKING:
    import scipy.sparse

Normalisation = Literal["normalised", "combinatorial"]
_BLOCK_NONZEROS = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class Laplacian:
    """The Laplacian of an undirected graph without self-loops, every edge of weight 1.

    `combinatorial`: L = D − A, eigenvalues in [0, 2·max degree]. `normalised`: L = I − D^{−1/2} A D^{−1/2}, eigenvalues in [0, 2]; an
    isolated node has a row of zeros, as in the combinatorial one.

    Attributes:
        adjacency: A, symmetric, of zeros and ones (n × n, float64).
        kind: `normalised` or `combinatorial`.
    """

    adjacency: "scipy.sparse.csr_array"
    kind: Normalisation = "normalised"

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.adjacency.indptr) - 1

    @property
    def degrees(self) -> Integer[np.ndarray, " n"]:
        """Number of neighbours of each node."""
        return np.diff(self.adjacency.indptr)

    def matrix(self) -> "scipy.sparse.csr_array":
        """L as a sparse matrix."""
        import scipy.sparse

        walk, diagonal = self._parts()
        return scipy.sparse.csr_array(scipy.sparse.diags_array(diagonal) - walk)

    @property
    def walks(self) -> float:
        """Number of walks of two steps, the sum of the squared degrees: the cost of tr L³ and tr L⁴."""
        return float((self.degrees.astype(np.float64) ** 2).sum())

    def moments(self, highest: Literal[2, 4] = 4) -> Float[np.ndarray, " k"]:
        """tr L⁰ … tr L⁴, exactly: from the diagonal d of L and its other part −W by walks, tr W² … tr W⁴ by products of sparse rows.

        Args:
            highest: The last power; up to 2 no product is needed.

        Cost: one sparse product W·W (`walks`), made and dropped in blocks of about 4 million entries.
        """
        walk, d = self._parts()
        squares = _row_sums(walk.multiply(walk))  # (W²)ᵢᵢ
        if highest == 2:
            return np.array([self.n, d.sum(), (d**2).sum() + squares.sum()])
        cubes, fourth = np.zeros(self.n), 0.0
        step = max(1, int(_BLOCK_NONZEROS * self.n / max(1.0, self.walks)))
        for start in range(0, self.n, step):
            rows = walk[start : start + step]
            product = rows @ walk
            cubes[start : start + step] = _row_sums(product.multiply(rows))
            fourth += float((product.data**2).sum())
        # tr (D − W)^p: a closed walk that stands still (D) or moves (W); standing and moving do not commute, so each word is counted
        w2, w3 = float(squares.sum()), float(cubes.sum())
        across = float((walk.multiply(walk) @ d) @ d)  # tr D W D W
        return np.array(
            [
                self.n,
                d.sum(),
                (d**2).sum() + w2,
                (d**3).sum() + 3 * (d * squares).sum() - w3,
                (d**4).sum() + 4 * (d**2 * squares).sum() + 2 * across - 4 * (d * cubes).sum() + fourth,
            ]
        )

    def eigenvalues(self) -> Float[np.ndarray, " n"]:
        """All eigenvalues, ascending, those that are 0 exactly so (one for each component).

        Cost: n³ operations and 16·n² bytes.
        """
        require_memory(
            16 * self.n**2, step=f"the eigenvalues of a {self.n:,} × {self.n:,} Laplacian", remedy="use stochastic Lanczos quadrature"
        )
        from scipy.linalg import eigvalsh

        values = np.sort(np.clip(eigvalsh(self.matrix().toarray()), 0.0, None))
        values[: self.components()] = 0.0
        return values

    def components(self) -> int:
        """Number of connected components."""
        from scipy.sparse.csgraph import connected_components

        return int(connected_components(self.adjacency, directed=False, return_labels=False))

    def _parts(self) -> "tuple[scipy.sparse.csr_array, Float[np.ndarray, ' n']]":
        """W and the diagonal of L = diag − W."""
        import scipy.sparse

        if self.kind == "combinatorial":
            return self.adjacency, self.degrees.astype(np.float64)
        connected = self.degrees > 0
        scale = np.where(connected, 1 / np.sqrt(np.maximum(self.degrees, 1)), 0.0)
        half = scipy.sparse.diags_array(scale)
        return scipy.sparse.csr_array(half @ self.adjacency @ half), connected.astype(np.float64)


def neighbor_graph(neighbors: Neighbors, k: int = 5) -> "scipy.sparse.csr_array":
    """The k-nearest-neighbour graph: an edge where either point is among the k nearest of the other, of weight 1.

    Args:
        neighbors: Neighbours of every point.
        k: Number of neighbours to use, at most `neighbors.k`.

    Raises:
        InputError: the neighbours are of a sample of the points, or fewer than k.
    """
    import scipy.sparse

    n = neighbors.n
    if len(neighbors.queries) != n:
        raise InputError(f"a neighbour graph needs the neighbours of all {n:,} points, and these are of {len(neighbors.queries):,}")
    if not 1 <= k <= neighbors.k:
        raise InputError(f"k is {k}; it must be between 1 and {neighbors.k}, the neighbours there are")
    rows = np.repeat(np.arange(n), k)
    columns = neighbors.indices[:, :k].ravel()
    directed = scipy.sparse.csr_array((np.ones(n * k), (rows, columns)), shape=(n, n))
    both = scipy.sparse.csr_array(directed + directed.T)
    both.data[:] = 1.0
    both.sort_indices()
    return both


def _row_sums(matrix: "scipy.sparse.csr_array") -> Float[np.ndarray, " rows"]:
    return np.asarray(matrix.sum(axis=1)).ravel()
