"""The diameter of a cloud between two certified bounds."""

import math

import numpy as np
from jaxtyping import Float

from gromov.measures.four_point.metric import MatrixMetric, Metric, PointMetric
from gromov.spaces import EuclideanArrays

ALL_PAIRS_WORK = 2e12
"""Multiplications up to which every pair of a Euclidean cloud is looked at (100,000 points in 64 dimensions: 10 CPU s)."""
_SWEEPS = 8
_BLOCK = 2_048
_ROWS = 65_536


def diameter_bounds(metric: Metric) -> tuple[float, float]:
    """Max d(x, y): a distance attained, and a bound that holds.

    Matrices are read. In Euclidean clouds every pair is looked at in float32 blocks, skipping blocks too close to the centre, and the
    bound allows for the rounding (relative 1e-5). Beyond 2·10¹² multiplications, and in curved spaces, the lower bound comes from
    farthest-point sweeps and the upper is 2 max d(c, ·) for the best centre c met.
    """
    if isinstance(metric, MatrixMetric):
        largest = float(metric.matrix.max())
        return largest, largest
    here, lower, upper = 0, 0.0, math.inf
    for _ in range(_SWEEPS):
        away = _from_one(metric, here)
        upper = min(upper, 2 * float(away.max()))
        there = int(away.argmax())
        if away[there] <= lower:
            break
        lower, here = float(away[there]), there
    if isinstance(metric, PointMetric) and isinstance(metric.space, EuclideanArrays):
        return _all_pairs(metric, lower)
    return lower, upper


def _from_one(metric: Metric, point: int) -> Float[np.ndarray, " n"]:
    starts = range(0, metric.n, _ROWS)
    parts = [metric.pairwise(np.array([point]), np.arange(start, min(metric.n, start + _ROWS)))[0] for start in starts]
    return np.concatenate(parts)


def _all_pairs(metric: PointMetric, lower: float) -> tuple[float, float]:
    n, d = metric.points.shape
    center, norms = _center_and_norms(metric)
    order = np.argsort(-norms, kind="stable")
    norms = norms[order]
    if n * n / 2 * d > ALL_PAIRS_WORK:
        return lower, float(norms[0] + norms[1])
    # (x, ‖x‖², 1)·(−2y, 1, ‖y‖²) = ‖x−y‖², in units of the radius; rounding is below 4 (d + 3) 2⁻²⁴ of the largest norm squared
    radius = float(norms[0])
    margin = 4 * (d + 3) * 2.0**-23
    best = (lower / radius) ** 2
    blocks = [slice(start, min(n, start + _BLOCK)) for start in range(0, n, _BLOCK)]
    pair = (0, 0)
    for a, rows in enumerate(blocks):
        if norms[rows.start] + norms[0] <= lower:
            break
        x = _scaled(metric, order[rows], center, radius)
        left = np.concatenate([x, np.einsum("ij,ij->i", x, x)[:, None], np.ones((len(x), 1), dtype=np.float32)], axis=1)
        for columns in blocks[: a + 1]:
            if norms[rows.start] + norms[columns.start] <= lower:
                break
            y = x if columns == rows else _scaled(metric, order[columns], center, radius)
            right = np.concatenate([-2 * y, np.ones((len(y), 1), dtype=np.float32), np.einsum("ij,ij->i", y, y)[:, None]], axis=1)
            squared = left @ right.T
            largest = float(squared.max())
            if largest > best:
                place = int(squared.argmax())
                best, pair = largest, (rows.start + place // len(y), columns.start + place % len(y))
    found = float(metric.distance(order[[pair[0]]], order[[pair[1]]])[0])
    lower = max(lower, found)
    return lower, max(lower, math.sqrt(best + margin) * radius)


def _center_and_norms(metric: PointMetric) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " n"]]:
    n = metric.n
    center = np.zeros(metric.points.shape[1])
    for start in range(0, n, _ROWS):
        center += np.asarray(metric.points[start : start + _ROWS], dtype=np.float64).sum(axis=0)
    center /= n
    norms = np.empty(n)
    for start in range(0, n, _ROWS):
        block = np.asarray(metric.points[start : start + _ROWS], dtype=np.float64) - center
        norms[start : start + _ROWS] = np.sqrt(np.einsum("ij,ij->i", block, block))
    return center, norms


def _scaled(metric: PointMetric, rows: np.ndarray, center: Float[np.ndarray, " d"], radius: float) -> Float[np.ndarray, "b d"]:
    return ((np.asarray(metric.points[rows], dtype=np.float64) - center) / radius).astype(np.float32)
