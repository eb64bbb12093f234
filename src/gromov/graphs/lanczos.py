"""Stochastic Lanczos quadrature: traces of functions of a Laplacian too large for its eigenvalues.

For a random vector z of signs, zᵀf(L)z has mean tr f(L), and m steps of Lanczos' recurrence from z give a Gauss quadrature
n·Σ_j w_j f(θ_j) of it that is exact for polynomials of degree below 2m. The mean over probes is the estimate, their spread its error.
Most of that spread is avoided: a polynomial q of degree 4 that lies close to f on the spectrum has a trace that can be counted
(`Laplacian.moments`), so only tr (f − q)(L) is sampled.

Reference: Ubaru, Chen, Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, SIAM J. Matrix Anal. Appl. 38; control
variates: Meyer, Musco, Musco, Woodruff (2021), Hutch++, arXiv:2010.09649, do the same with a low-rank part.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import generator
from gromov.graphs.laplacian import Laplacian

STEPS, PROBES = 12, 64
_BLOCK = 8
_BREAKDOWN = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class SpectralSample:
    """What the probes have seen of a spectrum.

    Attributes:
        n: Size of the matrix.
        nodes: Ritz values θ of each probe (probes × steps).
        weights: Their weights w, which sum to 1 for each probe.
        moments: tr L⁰ … tr L⁴, exact.
        seed: Seed of the probes.
    """

    n: int
    nodes: Float[np.ndarray, "p m"]
    weights: Float[np.ndarray, "p m"]
    moments: Float[np.ndarray, " 5"]
    seed: int

    def trace(self, values: Callable[[Float[np.ndarray, "*shape"]], Float[np.ndarray, "*shape"]]) -> tuple[float, float]:
        """tr f(L) and its standard error, for f applied entrywise."""
        mean, error = self.traces(values(self.nodes)[None])
        return float(mean[0]), float(error[0])

    def traces(self, values: Float[np.ndarray, "f p m"]) -> tuple[Float[np.ndarray, " f"], Float[np.ndarray, " f"]]:
        """tr f(L) of several functions, given by their values at the nodes, and standard errors.

        q is the polynomial of degree 4 nearest f in the mean square over the sampled spectrum. It is fitted to the probes it corrects, which
        costs 5 of their degrees of freedom and a bias of the order of the remaining error over the number of probes.
        """
        powers = self.nodes[..., None] ** np.arange(5)
        scale = np.sqrt(self.weights)
        design = (powers * scale[..., None]).reshape(-1, 5)
        basis, triangle = np.linalg.qr(design)
        coefficients = np.linalg.lstsq(triangle, basis.T @ (values * scale).reshape(len(values), -1).T, rcond=None)[0]
        rest = values - np.einsum("pmk,kf->fpm", powers, coefficients)
        sampled = self.n * (self.weights * rest).sum(axis=2)
        probes = sampled.shape[1]
        spread = sampled.std(axis=1, ddof=min(5, probes - 1)) if probes > 1 else np.full(len(values), np.inf)
        return self.moments @ coefficients + sampled.mean(axis=1), spread / np.sqrt(probes)

    def density(self, edges: Float[np.ndarray, " b"]) -> tuple[Float[np.ndarray, " c"], Float[np.ndarray, " c"]]:
        """Share of the spectrum between consecutive edges, and standard errors; coarser than a node's spacing it means nothing."""
        cell = np.clip(np.searchsorted(edges, self.nodes, side="right") - 1, 0, len(edges) - 2)
        shares = np.stack([np.bincount(c, w, minlength=len(edges) - 1) for c, w in zip(cell, self.weights, strict=True)])
        return shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(len(shares))


def spectral_sample(laplacian: Laplacian, *, probes: int = PROBES, steps: int = STEPS, seed: int = 0) -> SpectralSample:
    """Run the probes.

    Three vectors a probe are held, eight probes at a time, and no basis: the loss of orthogonality that this allows only makes a Ritz value
    appear twice with its weight shared, which no quadrature notices. Each probe draws from its own stream.

    Args:
        laplacian: L.
        probes: Number of random vectors.
        steps: m; 12 are exact to 1e-9 for exp(−tL), t ≤ 10, on the normalised Laplacian.
        seed: Seed of the vectors.

    Cost: probes·steps products of the sparse matrix with a vector; 3·8·n numbers.
    """
    matrix = laplacian.matrix()
    n = laplacian.n
    steps = min(steps, n)
    nodes, weights = np.zeros((probes, steps)), np.zeros((probes, steps))
    for start in range(0, probes, _BLOCK):
        block = range(start, min(start + _BLOCK, probes))
        signs = np.stack([generator(seed, "lanczos", p).integers(0, 2, n) for p in block], axis=1)
        diagonal, off = _recurrence(matrix, (2.0 * signs - 1.0) / np.sqrt(n), steps)
        for column, p in enumerate(block):
            nodes[p], weights[p] = _quadrature(diagonal[:, column], off[:, column])
    return SpectralSample(n, nodes, weights, laplacian.moments(), seed)


def _recurrence(matrix: object, start: Float[np.ndarray, "n p"], steps: int) -> tuple[Float[np.ndarray, "m p"], Float[np.ndarray, "m p"]]:
    """Diagonal and off-diagonal of Lanczos' tridiagonal matrices, one column a probe."""
    previous, current = np.zeros_like(start), start
    diagonal, off = np.zeros((steps, start.shape[1])), np.zeros((steps, start.shape[1]))
    for step in range(steps):
        image = matrix @ current  # pyright: ignore[reportOperatorIssue]
        if step:
            image -= off[step - 1] * previous
        diagonal[step] = np.einsum("ij,ij->j", current, image)
        image -= diagonal[step] * current
        size = np.sqrt(np.einsum("ij,ij->j", image, image))
        # a probe that has seen an invariant subspace is complete: its next vector is rounding
        off[step] = np.where(size > _BREAKDOWN, size, 0.0)
        previous, current = current, np.where(off[step] > 0, image / np.where(off[step] > 0, off[step], 1.0), 0.0)
    return diagonal, off


def _quadrature(diagonal: Float[np.ndarray, " m"], off: Float[np.ndarray, " m"]) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Gauss nodes and weights: eigenvalues, and squared first entries of the eigenvectors."""
    from scipy.linalg import eigh_tridiagonal

    values, vectors = eigh_tridiagonal(diagonal, off[:-1])
    return np.clip(values, 0.0, None), vectors[0] ** 2
