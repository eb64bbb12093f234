"""Standard errors by leaving out groups of points."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

GROUPS = 20


def jackknife(
    sums: Float[np.ndarray, "g s"],
    sizes: Float[np.ndarray, " g"],
    number: Callable[[NDArray[np.float64]], Any],
    whole: Float[np.ndarray, " s"],
) -> NDArray[np.float64]:
    """Delete-a-group jackknife of `number(λ)`, λ a vector of means over points scaled to `whole`.

    The squared error is (G − 1)/G Σ_g (number(λ without group g) − mean)², G the number of groups that hold points.

    Args:
        sums: Sum over the points of each group of what λ is a mean of.
        sizes: Number of points of each group.
        number: The statistic.
        whole: λ over all points; the left-out means are scaled to it, so a constant factor (n − 1 for n) does not matter.
    """
    total, n = sums.sum(axis=0), sizes.sum()
    scale = np.divide(whole, total / n, out=np.zeros_like(whole), where=total > 0)
    held = np.flatnonzero((sizes > 0) & (sizes < n))
    if len(held) < 2:
        return np.full(np.shape(number(whole)), np.nan)
    values = np.array([number((total - sums[g]) / (n - sizes[g]) * scale) for g in held])
    return np.asarray(np.sqrt((len(held) - 1) / len(held) * ((values - values.mean(axis=0)) ** 2).sum(axis=0)))
