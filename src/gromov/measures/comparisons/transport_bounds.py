"""Certified bounds of the Gromov–Wasserstein distance of two distance matrices of one size with uniform weights.

GW = ½ min over couplings T of √(Σ (D_ik − E_jl)² T_ij T_kl). Mémoli's three lower bounds compare what a coupling cannot change; every
coupling gives an upper bound, and that of a matching is taken by differences, so that isometric clouds give 0. `transport_solvers`
looks for a good coupling.
"""

import numpy as np
from jaxtyping import Float, Integer

Matrix = Float[np.ndarray, "n n"]


def first_bound(d: Matrix, e: Matrix) -> float:
    """FLB: ½ the 2-Wasserstein distance of the eccentricities √(mean_k D_ik²)."""
    return 0.5 * _wasserstein(*(np.sqrt((each * each).mean(axis=1)) for each in (d, e)))


def second_bound(d: Matrix, e: Matrix) -> float:
    """SLB: ½ the 2-Wasserstein distance of the distributions of all distances, the n zeros included."""
    return 0.5 * _wasserstein(d.ravel(), e.ravel())


def third_bound(d: Matrix, e: Matrix) -> tuple[float, Integer[np.ndarray, " n"]]:
    """TLB: ½ the cheapest matching of points by the 2-Wasserstein distance of their distances to all others, and that matching.

    It is at least both others. Cost: n³.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    cost = cdist(np.sort(d, axis=1), np.sort(e, axis=1), "sqeuclidean") / len(d)
    rows, matched = linear_sum_assignment(cost)
    return 0.5 * float(np.sqrt(cost[rows, matched].mean())), matched


def of_matching(d: Matrix, e: Matrix, matched: Integer[np.ndarray, " n"]) -> float:
    """½ √(mean (D_ik − E_{m(i) m(k)})²): an upper bound, by differences."""
    difference = d - e[np.ix_(matched, matched)]
    return 0.5 * float(np.sqrt((difference * difference).mean()))


def matching_coupling(matched: Integer[np.ndarray, " n"]) -> Matrix:
    """The coupling of a matching."""
    n = len(matched)
    coupling = np.zeros((n, n))
    coupling[np.arange(n), matched] = 1.0 / n
    return coupling


def _wasserstein(a: Float[np.ndarray, " k"], b: Float[np.ndarray, " k"]) -> float:
    """2-Wasserstein distance of two samples of one size on the line."""
    difference = np.sort(a) - np.sort(b)
    return float(np.sqrt((difference * difference).mean()))
