"""Traces of any functions of a Laplacian, per node: from all eigenvalues where that is cheap, by random probes beyond."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.graphs.lanczos import PROBES, STEPS, Functions, SpectralSample, enough_steps, spectral_sample
from gromov.graphs.laplacian import Laplacian

EXACT_UP_TO = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class SpectralTrace:
    """Tr f(L)/n of several functions.

    Attributes:
        value: The trace of each function over the number of nodes.
        error: Its standard error over the random probes, with what further steps of the recurrence would change; 0 where `exact`.
        exact: Whether all eigenvalues were computed.
        steps: Number of Lanczos steps; 0 where `exact`.
    """

    value: Float[np.ndarray, " f"]
    error: Float[np.ndarray, " f"]
    exact: bool
    steps: int

    @classmethod
    def of_eigenvalues(cls, values: Float[np.ndarray, " n"], functions: Functions) -> "SpectralTrace":
        """From all eigenvalues."""
        mean = functions(values).mean(axis=1)
        return cls(mean, np.zeros_like(mean), True, 0)

    @classmethod
    def of_sample(cls, sample: SpectralSample, functions: Functions) -> "SpectralTrace":
        """From probes whose steps are enough for these functions."""
        total, error = sample.traces(functions(sample.nodes))
        return cls(total / sample.n, error / sample.n, False, sample.nodes.shape[1])


def spectral_trace(
    laplacian: Laplacian, functions: Functions, *, exact: bool | None = None, probes: int = PROBES, steps: int | None = None, seed: int = 0
) -> SpectralTrace:
    """Tr f(L)/n for several functions f at once, as `heat(times)` and `wave(times)` give them, or any of your own.

    Args:
        laplacian: L, normalised or combinatorial.
        functions: Takes an array of eigenvalues, and returns the array of f of them for each f.
        exact: Whether to compute all eigenvalues; None does so up to 2,000 nodes.
        probes: Number of random probes where they are not.
        steps: Lanczos steps of each; None takes 12 for the normalised Laplacian, whose spectrum ends at 2, and as many as are needed
            (`enough_steps`) for the combinatorial one, whose spectrum ends near the largest degree.
        seed: Seed of the probes.

    Cost: n³ operations and 16·n² bytes where exact; else probes·steps products of the sparse matrix with a vector.

    References:
        Ubaru, Chen, Saad (2017), SIAM J. Matrix Anal. Appl. 38.
    """
    if laplacian.n <= EXACT_UP_TO if exact is None else exact:
        return SpectralTrace.of_eigenvalues(laplacian.eigenvalues(), functions)
    if steps is None:
        steps = STEPS if laplacian.kind == "normalised" else enough_steps(laplacian, functions, seed=seed)
    sample = spectral_sample(laplacian, probes=probes, steps=steps, seed=seed)
    found = SpectralTrace.of_sample(sample, functions)
    if laplacian.kind == "normalised":
        return found
    return replace(found, error=np.hypot(found.error, sample.truncation(functions)))


def heat(times: Float[np.ndarray, " t"]) -> Functions:
    """λ ↦ e^(−tλ) for each time: the share of heat that is still where it began."""

    def functions(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-np.multiply.outer(times, values))

    return functions


def wave(times: Float[np.ndarray, " t"]) -> Functions:
    """λ ↦ cos(tλ) for each time, the real part of the wave e^(−itL) (Tsitsulin et al. 2018, NetLSD, arXiv:1805.10712)."""

    def functions(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(np.multiply.outer(times, values))

    return functions
