"""Plain references of persistent homology: the whole boundary matrix, matchings as assignments, ranks over two elements."""

from itertools import combinations

import numpy as np
from scipy.optimize import linear_sum_assignment

from gromov.measures.homology import Diagram
from gromov.spaces import EUCLIDEAN


def distances(points: np.ndarray) -> np.ndarray:
    return EUCLIDEAN.pairwise(points, points)


def polygon(n: int) -> np.ndarray:
    angles = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def reduced(matrix: np.ndarray, degree: int) -> np.ndarray:
    """Plain persistent homology: the boundary matrix of all simplices, reduced column by column over the field of two elements."""
    n = len(matrix)
    simplices = [s for size in range(1, degree + 3) for s in combinations(range(n), size)]
    length = {s: max((matrix[i, j] for i, j in combinations(s, 2)), default=0.0) for s in simplices}
    simplices.sort(key=lambda s: (length[s], len(s), s))
    place = {s: i for i, s in enumerate(simplices)}
    pivots: dict[int, set[int]] = {}
    found = []
    for s in simplices:
        column = {place[s[:i] + s[i + 1 :]] for i in range(len(s))} if len(s) > 1 else set()
        while column and max(column) in pivots:
            column ^= pivots[max(column)]
        if column:
            pivots[max(column)] = column
            born = simplices[max(column)]
            if len(born) == degree + 1 and length[s] - length[born] > 1e-12:
                found.append((length[born], length[s]))
    return np.array(sorted(found, key=lambda pair: (pair[0] - pair[1], pair[0]))).reshape(-1, 2)


def matched(x: Diagram, y: Diagram, order: float) -> float:
    """Plain Wasserstein distance: an assignment in which every feature has a place on the diagonal."""
    m, k = len(x), len(y)
    cost = np.zeros((m + k, m + k))
    cost[:m, :k] = np.linalg.norm(x.pairs[:, None] - y.pairs, axis=-1) ** order
    cost[:m, k:] = ((x.lives / np.sqrt(2)) ** order)[:, None]
    cost[m:, :k] = (y.lives / np.sqrt(2)) ** order
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].sum() ** (1 / order))


def matched_worst(x: Diagram, y: Diagram) -> float:
    """Plain bottleneck distance: the least cost at which a perfect matching exists."""
    m, k = len(x), len(y)
    cost = np.zeros((m + k, m + k))
    cost[:m, :k] = np.abs(x.pairs[:, None] - y.pairs).max(axis=-1)
    cost[:m, k:] = (x.lives / 2)[:, None]
    cost[m:, :k] = y.lives / 2
    for level in np.unique(cost):
        over = (cost > level).astype(float)
        rows, columns = linear_sum_assignment(over)
        if not over[rows, columns].any():
            return float(level)
    raise AssertionError


def rank_of(matrix: np.ndarray) -> int:
    """Rank over the field of two elements."""
    matrix, rank = matrix.copy() % 2, 0
    for column in range(matrix.shape[1]):
        rows = np.flatnonzero(matrix[rank:, column]) + rank
        if len(rows):
            matrix[[rank, rows[0]]] = matrix[[rows[0], rank]]
            for row in np.flatnonzero(matrix[:, column]):
                if row != rank:
                    matrix[row] ^= matrix[rank]
            rank += 1
            if rank == len(matrix):
                break
    return rank
