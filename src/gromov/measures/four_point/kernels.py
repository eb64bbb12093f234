"""Compiled loops over quadruples: the exact δ by pruning, local search, and the (max, min) product at one base point.

All bounds below hold for every metric, except the one marked Ptolemaic. Write p = d(x,y), q = d(u,v) for the two diagonals of a
quadruple (the pairs of the largest sum S₁ = p + q) and S₂ ≥ S₃ for the other two sums; δ = (S₁ − S₂)/2.

* 2δ ≤ min(p, q), and |d(x,u) − d(y,u)| ≤ p − 2δ for every vertex u of the other diagonal (δ is at most a Gromov product).
* S₂ ≥ (S₂ + S₃)/2 = (f(u) + f(v))/2 with f(u) = d(x,u) + d(y,u), so q ≥ g(u) + g(v) with g(u) = (f(u) − p)/2 + δ.
* Ptolemaic (Euclidean, and every CAT(0) space): S₁² ≤ S₂² + S₃², so δ ≤ ½(1 − 1/√2) S₁.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@njit(cache=True)
def quadruple_delta(distances: Floats, x: int, y: int, u: int, v: int) -> float:
    """Four-point δ of one quadruple: half the difference of the two largest sums of opposite distances."""
    s = distances[x, y] + distances[u, v]
    t = distances[x, u] + distances[y, v]
    w = distances[x, v] + distances[y, u]
    largest = max(s, t, w)
    middle = max(min(s, t), min(max(s, t), w))
    return (largest - middle) / 2


@njit(cache=True)
def climb(distances: Floats, quadruple: NDArray[np.int64], fixed: int) -> float:
    """Replace one point of `quadruple` at a time by the best of all n until nothing improves; the first `fixed` points stay."""
    n = distances.shape[0]
    best = quadruple_delta(distances, quadruple[0], quadruple[1], quadruple[2], quadruple[3])
    improved = True
    while improved:
        improved = False
        for place in range(fixed, 4):
            a, b, c = quadruple[(place + 1) % 4], quadruple[(place + 2) % 4], quadruple[(place + 3) % 4]
            found = -1
            for w in range(n):
                value = quadruple_delta(distances, a, b, c, w)
                if value > best * (1 + 1e-12) + 1e-300:
                    best = value
                    found = w
            if found >= 0:
                quadruple[place] = found
                improved = True
    return best


@njit(cache=True)
def prune_quadruples(
    distances: Floats,
    first: Indices,
    second: Indices,
    far: Indices,
    far_distances: Floats,
    witness: NDArray[np.int64],
    start: float,
    step: float,
    cap: float,
    work: int,
) -> tuple[float, float, int]:
    """Best quadruple over all, by the bounds above.

    Args:
        distances: n × n.
        first: First point x of each pair that can be a longer diagonal, longest pair first.
        second: Second point y of each such pair.
        far: All points by decreasing distance from each point, n × n.
        far_distances: Those distances.
        witness: The quadruple behind `start`; overwritten by the best one found.
        start: A δ already attained.
        step: Least gain a better quadruple must bring (½ on graphs with unit edges, else 0).
        cap: δ ≤ cap · p for the longer diagonal p: 1 − 1/√2 in Ptolemaic spaces, ½ in any metric space.
        work: Stop after about this many quadruples.

    Returns:
        δ, a certified upper bound (equal to δ when the search ended), and the number of quadruples tried.
    """
    n = distances.shape[0]
    bound = np.empty(n)
    best = start
    tried = 0
    for pair in range(first.shape[0]):
        x, y = first[pair], second[pair]
        p = distances[x, y]
        target = best + step
        if cap * p <= best or p < 2 * target:
            break
        if tried > work:
            return best, max(best, cap * p), tried
        from_x, from_y = distances[x], distances[y]
        shortest = max(2 * target, 2 * best / cap - p)
        slack = p - 2 * target
        least = np.inf
        for u in range(n):
            value = 0.5 * (from_x[u] + from_y[u] - p) + target
            value = value if abs(from_x[u] - from_y[u]) <= slack else np.inf
            bound[u] = value
            least = min(least, value)
        tried += n
        if 2 * least > p:
            continue
        for u in range(n):
            # Of each quadruple the vertex with the smaller bound comes first: its partner's is no smaller, so q ≥ 2·here.
            here = bound[u]
            cut = max(shortest, 2 * here)
            if cut > p:
                continue
            partners, lengths = far[u], far_distances[u]
            xu, yu = from_x[u], from_y[u]
            for j in range(n):
                q = lengths[j]
                if q < cut:
                    tried += j
                    break
                v = partners[j]
                if q >= here + bound[v]:
                    value = (p + q - max(xu + from_y[v], yu + from_x[v])) / 2
                    if value > best:
                        best = value
                        target = best + step
                        witness[0], witness[1], witness[2], witness[3] = x, y, u, v
    return best, best, tried


@njit(cache=True)
def largest_minimum(a: NDArray[np.signedinteger], b: NDArray[np.signedinteger]) -> int:
    """max_w min(a_w, b_w) over integers: floating-point comparisons would not be vectorised."""
    largest = a[0] * 0
    for w in range(a.shape[0]):
        smaller = a[w] if a[w] < b[w] else b[w]
        largest = smaller if smaller > largest else largest
    return largest


@njit(cache=True)
def largest_defect(
    products: NDArray[np.floating], bits: NDArray[np.signedinteger], reach: NDArray[np.floating], start: float
) -> tuple[float, int, int]:
    """Max over y, z of max_w min(P_yw, P_wz) − P_yz for a symmetric matrix P ≥ 0 of Gromov products, and the pair (y, z).

    Args:
        products: P, n × n.
        bits: The same memory as integers of the same width: non-negative floats are ordered like their bits.
        reach: Largest off-diagonal entry of each row of P; min(reach_y, reach_z) − P_yz bounds the defect of (y, z).
        start: A defect already attained; the pair is (−1, −1) where none is larger.
    """
    cell = np.empty(1, dtype=bits.dtype)
    value = cell.view(products.dtype)
    best, best_y, best_z = start, -1, -1
    for y in range(products.shape[0]):
        reach_y = reach[y]
        for z in range(y):
            if min(reach_y, reach[z]) - products[y, z] <= best:
                continue
            cell[0] = largest_minimum(bits[y], bits[z])
            defect = value[0] - products[y, z]
            if defect > best:
                best, best_y, best_z = defect, y, z
    return best, best_y, best_z
