"""The witness filtration and its homology, written down as they are defined: for small clouds only."""

from itertools import combinations

import numpy as np

Simplex = tuple[int, ...]


def filtration(distances: np.ndarray, alpha: float, dimension: int) -> dict[Simplex, float]:
    """Value of every simplex of at most `dimension`, from the distances of the witnesses to the landmarks."""
    count = distances.shape[1]
    values: dict[Simplex, float] = {(v,): 0.0 for v in range(count)}
    for size in range(2, dimension + 2):
        for simplex in combinations(range(count), size):
            facets = [simplex[:k] + simplex[k + 1 :] for k in range(size)]
            if not all(facet in values for facet in facets):
                continue
            outside = [v for v in range(count) if v not in simplex]
            nearest = distances[:, outside].min(axis=1) if outside else np.full(len(distances), np.inf)
            relaxation = max(0.0, float((distances[:, simplex].max(axis=1) - nearest).min()))
            value = max(relaxation, *(values[facet] for facet in facets))
            if value <= alpha:
                values[simplex] = value
    return values


def persistence(values: dict[Simplex, float], alpha: float, degree: int) -> list[np.ndarray]:
    """Intervals of positive length in each dimension, by reducing the columns of the boundary matrix."""
    order = sorted(values, key=lambda simplex: (values[simplex], len(simplex), simplex))
    place = {simplex: at for at, simplex in enumerate(order)}
    columns: dict[int, set[int]] = {}
    paired: set[int] = set()
    bars: list[list[tuple[float, float]]] = [[] for _ in range(degree + 1)]
    for at, simplex in enumerate(order):
        column = {place[simplex[:k] + simplex[k + 1 :]] for k in range(len(simplex))} if len(simplex) > 1 else set()
        while column and max(column) in columns:
            column ^= columns[max(column)]
        if column:
            low = max(column)
            columns[low] = column
            paired |= {low, at}
            if len(order[low]) <= degree + 1:
                bars[len(order[low]) - 1].append((values[order[low]], values[simplex]))
    for at, simplex in enumerate(order):
        if at not in paired and len(simplex) <= degree + 1:
            bars[len(simplex) - 1].append((values[simplex], alpha))
    return [np.array([bar for bar in each if bar[1] > bar[0]]).reshape(-1, 2) for each in bars]
