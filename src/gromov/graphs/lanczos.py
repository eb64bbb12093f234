"""Stochastic Lanczos quadrature: traces of functions of a Laplacian too large for its eigenvalues.

For a random vector z of signs, zᵀf(L)z has mean tr f(L), and m steps of Lanczos' recurrence from z give a Gauss quadrature
n·Σ_j w_j f(θ_j) of it that is exact for polynomials of degree below 2m. The mean over probes is the estimate, their spread its error.
Most of that spread is avoided: a polynomial q of degree 4 that lies close to f on the spectrum has a trace that can be counted
(`Laplacian.moments`), so only tr (f − q)(L) is sampled. What the finite number of steps leaves out is bounded by a second quadrature:
that of Gauss and Radau with a node at 0. For completely monotone f, as e^(−tλ), the first is too small and the second too large.

Golub, Meurant (1994), Matrices, moments and quadrature. Further reference: Ubaru, Chen, Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, SIAM J. Matrix Anal. Appl. 38; control
variates: Meyer, Musco, Musco, Woodruff (2021), Hutch++, arXiv:2010.09649, do the same with a low-rank part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import generator
from gromov.graphs.laplacian import Laplacian

STEPS, PROBES = 12, 64
_PILOTS, _MOST_STEPS, _TOLERANCE = 4, 384, 1e-3
_BLOCK = 8
_BREAKDOWN = 1e-10
_MOST_WALKS = 5e8

Functions: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Several functions at once: from an array of eigenvalues to one such array for each function."""


@dataclass(frozen=True, slots=True, eq=False)
class SpectralSample:
    """What the probes have seen of a spectrum.

    Attributes:
        n: Size of the matrix.
        nodes: Ritz values θ of each probe (probes × steps).
        weights: Their weights w, which sum to 1 for each probe.
        diagonal: Diagonals of the tridiagonal matrices behind them.
        off: Their off-diagonals, the one that a further step would use included; 0 where a probe is complete.
        moments: tr L⁰ … tr L⁴, exact; up to tr L² where hubs make the others too long to count.
        seed: Seed of the probes.
    """

    n: int
    nodes: Float[np.ndarray, "p m"]
    weights: Float[np.ndarray, "p m"]
    diagonal: Float[np.ndarray, "p m"]
    off: Float[np.ndarray, "p m"]
    moments: Float[np.ndarray, " k"]
    seed: int

    def trace(self, values: Callable[[Float[np.ndarray, "*shape"]], Float[np.ndarray, "*shape"]]) -> tuple[float, float]:
        """tr f(L) and its standard error, for f applied entrywise."""
        mean, error = self.traces(values(self.nodes)[None])
        return float(mean[0]), float(error[0])

    def traces(self, values: Float[np.ndarray, "f p m"]) -> tuple[Float[np.ndarray, " f"], Float[np.ndarray, " f"]]:
        """tr f(L) of several functions, given by their values at the nodes, and standard errors.

        q is the polynomial of degree 4 (2 without the higher moments) nearest f in the mean square over the sampled spectrum. It is fitted to
        the probes it corrects, which costs 5 (3) of their degrees of freedom and a bias of the order of the remaining error over the number of probes.
        """
        count = len(self.moments)
        powers = self.nodes[..., None] ** np.arange(count)
        scale = np.sqrt(self.weights)
        design = (powers * scale[..., None]).reshape(-1, count)
        basis, triangle = np.linalg.qr(design)
        coefficients = np.linalg.lstsq(triangle, basis.T @ (values * scale).reshape(len(values), -1).T, rcond=None)[0]
        rest = values - np.einsum("pmk,kf->fpm", powers, coefficients)
        sampled = self.n * (self.weights * rest).sum(axis=2)
        probes = sampled.shape[1]
        spread = sampled.std(axis=1, ddof=min(count, probes - 1)) if probes > 1 else np.full(len(values), np.inf)
        return self.moments @ coefficients + sampled.mean(axis=1), spread / np.sqrt(probes)

    def truncation(self, functions: Functions) -> Float[np.ndarray, " f"]:
        """How far apart the quadratures of Gauss and of Gauss and Radau are for f(L)/n, in the mean over the probes.

        A bound of what more steps would change where f is completely monotone, and a measure of it elsewhere.
        """
        gaps: list[Float[np.ndarray, " f"]] = []
        for row in range(len(self.nodes)):
            nodes, weights = _radau(self.diagonal[row], self.off[row])
            gaps.append(np.abs(functions(nodes) @ weights - functions(self.nodes[row]) @ self.weights[row]))
        return np.mean(gaps, axis=0)

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
        steps: m; 12 are exact to 1e-9 for exp(−tL), t ≤ 10, on the normalised Laplacian; `enough_steps` finds how many others need.
        seed: Seed of the vectors.

    Cost: probes·steps products of the sparse matrix with a vector; 3·8·n numbers.
    """
    matrix = laplacian.matrix()
    n = laplacian.n
    steps = min(steps, n)
    nodes, weights, diagonals, offs = np.zeros((4, probes, steps))
    for start in range(0, probes, _BLOCK):
        block = range(start, min(start + _BLOCK, probes))
        signs = np.stack([generator(seed, "lanczos", p).integers(0, 2, n) for p in block], axis=1)
        diagonal, off = _recurrence(matrix, (2.0 * signs - 1.0) / np.sqrt(n), steps)
        diagonals[block], offs[block] = diagonal.T, off.T
    for p in range(probes):
        nodes[p], weights[p] = _quadrature(diagonals[p], offs[p])
    return SpectralSample(n, nodes, weights, diagonals, offs, laplacian.moments(4 if laplacian.walks <= _MOST_WALKS else 2), seed)


def enough_steps(laplacian: Laplacian, functions: Functions, *, tolerance: float = _TOLERANCE, seed: int = 0) -> int:
    """Number of steps from which on more would change no f(L) by more than a share `tolerance` of it, by four probes.

    Begins with 12 and doubles, up to 384. Heat on a combinatorial Laplacian needs about √(t·largest degree) steps.

    Cost: 4·(12 + 24 + …) products of the sparse matrix with a vector.
    """
    steps = STEPS
    while steps < min(_MOST_STEPS, laplacian.n):
        pilot = spectral_sample(laplacian, probes=_PILOTS, steps=steps, seed=seed)
        values = np.abs((functions(pilot.nodes) * pilot.weights).sum(axis=(1, 2))) / _PILOTS
        if (pilot.truncation(functions) <= tolerance * values).all():
            return steps
        steps *= 2
    return min(steps, laplacian.n)


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


def _radau(diagonal: Float[np.ndarray, " m"], off: Float[np.ndarray, " m"]) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Nodes and weights of the Gauss–Radau quadrature with a node at 0: one row more, its diagonal such that 0 is an eigenvalue."""
    pivot = diagonal[0]
    for entry, beside in zip(diagonal[1:], off[:-1], strict=True):
        if pivot <= _BREAKDOWN or beside == 0:
            return _quadrature(diagonal, off)
        pivot = entry - beside**2 / pivot
    if pivot <= _BREAKDOWN or off[-1] == 0:  # the probe is complete, or has found the eigenvalue 0 itself
        return _quadrature(diagonal, off)
    return _quadrature(np.append(diagonal, off[-1] ** 2 / pivot), np.append(off, 0.0))
