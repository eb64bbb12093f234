"""Certified bounds of the Gromov–Wasserstein distance of two distance matrices of one size with uniform weights.

GW = ½ min over couplings T of √(Σ (D_ik − E_jl)² T_ij T_kl). Mémoli's three lower bounds compare what a coupling cannot change; every
coupling gives an upper bound, found by conditional gradient from several starts. With equal uniform weights the linear problem inside
is an assignment, so the steps are exact and the ends are permutations, whose value is taken by differences: isometric clouds give 0.
"""

import numpy as np
from jaxtyping import Float, Integer

Matrix = Float[np.ndarray, "n n"]
_STEPS = 200
_TOLERANCE = 1e-12


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


def upper_bound(d: Matrix, e: Matrix, starts: Float[np.ndarray, "s n n"]) -> float:
    """The best value over conditional gradients from some couplings (rows and columns of each sum to 1/n), rounded to matchings.

    Cost: n³ a step, at most 200 steps a start.
    """
    from scipy.optimize import linear_sum_assignment

    best = np.inf
    for start in starts:
        coupling = _descend(d, e, start)
        for candidate in (coupling, None):
            if candidate is None:
                _, matched = linear_sum_assignment(-coupling)
                best = min(best, of_matching(d, e, np.asarray(matched)))
            else:
                best = min(best, _of_coupling(d, e, candidate))
    return best


def matching_coupling(matched: Integer[np.ndarray, " n"]) -> Matrix:
    """The coupling of a matching."""
    n = len(matched)
    coupling = np.zeros((n, n))
    coupling[np.arange(n), matched] = 1.0 / n
    return coupling


def _descend(d: Matrix, e: Matrix, start: Matrix) -> Matrix:
    """Conditional gradient with exact line search on the quadratic −2 Σ D T E T (the rest does not depend on T)."""
    from scipy.optimize import linear_sum_assignment

    coupling, n = start, len(d)
    product = d @ coupling @ e
    scale = float((d * d).mean() + (e * e).mean())
    for _ in range(_STEPS):
        _, matched = linear_sum_assignment(-product)
        direction = matching_coupling(np.asarray(matched)) - coupling
        slope = -4.0 * float(np.vdot(product, direction))
        if slope >= -_TOLERANCE * scale:
            break
        moved = d @ direction @ e
        curvature = -2.0 * float(np.vdot(moved, direction))
        length = 1.0 if curvature <= 0 else min(1.0, -slope / (2 * curvature))
        coupling = coupling + length * direction
        product = product + length * moved
        if length == 1.0:  # a vertex: begin anew from exact numbers
            coupling = matching_coupling(np.asarray(matched))
            product = d[:, np.argsort(matched)] @ e / n
    return coupling


def _of_coupling(d: Matrix, e: Matrix, coupling: Matrix) -> float:
    """The value of any coupling; accurate to the root of rounding where it is near 0."""
    n = len(d)
    squared = float((d * d).sum() + (e * e).sum()) / n**2 - 2 * float(np.vdot(d @ coupling @ e, coupling))
    floor = 16 * np.finfo(np.float64).eps * float((d * d).mean() + (e * e).mean())
    return 0.5 * float(np.sqrt(squared)) if squared > floor else np.inf


def _wasserstein(a: Float[np.ndarray, " k"], b: Float[np.ndarray, " k"]) -> float:
    """2-Wasserstein distance of two samples of one size on the line."""
    difference = np.sort(a) - np.sort(b)
    return float(np.sqrt((difference * difference).mean()))
