"""Correlation of ranks."""

import numpy as np


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's correlation, tied values sharing their mean rank; NaN where either is constant."""
    from scipy.stats import rankdata

    if x.min() == x.max() or y.min() == y.max():
        return float("nan")
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
