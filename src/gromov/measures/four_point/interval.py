"""δ of clouds too large for the exact search: a certified interval."""

import numpy as np
from jaxtyping import Integer

from gromov.core import generator
from gromov.measures.four_point.exact import METRIC_CAP, PTOLEMAIC_CAP, DeltaBounds, exact_delta
from gromov.measures.four_point.kernels import quadruple_delta
from gromov.measures.four_point.metric import Metric

POOL = 20_000
LANDMARKS = 500
_BLOCK = 4_096


def bounded_delta(metric: Metric, *, diameter_upper: float, seed: int = 0) -> DeltaBounds:
    """A certified interval for δ from landmarks.

    Lower: δ of 500 farthest-point and 500 random landmarks, then local search over a pool of 20,000 points. Upper: the smaller of
    δ(S) + 4ε, S the landmarks and every point within ε of one, and the bound by the diameter (1 − 1/√2, or ½ where the space
    is not Ptolemaic).

    Args:
        metric: The metric.
        diameter_upper: An upper bound of the diameter.
        seed: Seed of the pool and the landmarks.

    Cost: 1,000 n distances and one exact search on 1,000 points.
    """
    n = metric.n
    rng = generator(seed, "landmarks")
    pool = np.sort(rng.choice(n, min(n, POOL), replace=False))
    landmarks = np.union1d(farthest_points(metric, pool, LANDMARKS), rng.choice(pool, min(len(pool), LANDMARKS), replace=False))
    among = metric.pairwise(landmarks, landmarks)
    best = exact_delta(among, ptolemaic=metric.ptolemaic, step=metric.step, seed=seed)
    witness, lower = _climb(metric, pool, [int(landmarks[i]) for i in best.witness])
    radius = _cover_radius(metric, landmarks)
    cap = PTOLEMAIC_CAP if metric.ptolemaic else METRIC_CAP
    upper = max(lower, min(best.upper + 4 * radius, cap * diameter_upper))
    return DeltaBounds(lower, upper, witness, best.tried)


def farthest_points(metric: Metric, pool: Integer[np.ndarray, " m"], count: int) -> Integer[np.ndarray, " k"]:
    """Greedy landmarks: each next point is the one farthest from those already taken (Gonzalez 1985)."""
    chosen = [int(pool[0])]
    nearest = metric.pairwise(np.array(chosen), pool)[0]
    for _ in range(min(count, len(pool)) - 1):
        place = int(nearest.argmax())
        if nearest[place] == 0:
            break
        chosen.append(int(pool[place]))
        np.minimum(nearest, metric.pairwise(pool[place : place + 1], pool)[0], out=nearest)
    return np.array(chosen)


def _climb(metric: Metric, pool: Integer[np.ndarray, " m"], quadruple: list[int]) -> tuple[tuple[int, int, int, int], float]:
    points = quadruple
    best = -1.0
    improved = True
    while improved:
        improved = False
        for place in range(4):
            others = np.array(points[:place] + points[place + 1 :])
            a, b, c = metric.pairwise(others, pool)
            ab, ac, bc = metric.distance(others[[0, 0, 1]], others[[1, 2, 2]])
            sums = np.sort(np.stack([a + bc, b + ac, c + ab]), axis=0)
            deltas = (sums[2] - sums[1]) / 2
            found = int(deltas.argmax())
            if deltas[found] > best * (1 + 1e-12) + 1e-300:
                best, points[place], improved = float(deltas[found]), int(pool[found]), True
    index = np.array(points)
    return (points[0], points[1], points[2], points[3]), quadruple_delta(metric.pairwise(index, index), 0, 1, 2, 3)


def _cover_radius(metric: Metric, landmarks: Integer[np.ndarray, " k"]) -> float:
    farthest = 0.0
    for start in range(0, metric.n, _BLOCK):
        block = np.arange(start, min(metric.n, start + _BLOCK))
        farthest = max(farthest, float(metric.pairwise(block, landmarks).min(axis=1).max()))
    return farthest
