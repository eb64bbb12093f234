"""Numbers made of a spectrum: pure formulas."""

import numpy as np
from jaxtyping import Float


def effective_rank(singular: Float[np.ndarray, " r"]) -> float:
    """RankMe: exp(−Σ p log p) with p = σ/Σσ; between 1 and the number of non-zero singular values (Garrido et al. 2023)."""
    shares = singular[singular > 0] / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def stable_rank(singular: Float[np.ndarray, " r"]) -> float:
    """Σσ²/σ₁²: at least 1, at most the rank."""
    return float((singular**2).sum() / singular.max() ** 2)


def participation_ratio(eigenvalues: Float[np.ndarray, " s"]) -> float:
    """(Σλ)²/Σλ²: k for k equal eigenvalues."""
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def power_law_window(eigenvalues: Float[np.ndarray, " s"]) -> tuple[int, int]:
    """Ranks the power law is fitted over: from a twentieth to a half of the positive eigenvalues, leaving out head and tail."""
    positive = int((eigenvalues > 0).sum())
    return max(1, positive // 20), max(1, positive // 2)


def power_law(eigenvalues: Float[np.ndarray, " s"], window: tuple[int, int]) -> float:
    """α of λ_k ~ k^−α by least squares on the logarithms over the ranks of `window`; NaN for fewer than two."""
    low, high = window
    if high <= low:
        return float("nan")
    ranks, values = np.log(np.arange(low, high + 1)), np.log(np.maximum(eigenvalues[low - 1 : high], 1e-300))
    ranks = ranks - ranks.mean()
    return float(-(ranks @ values) / (ranks @ ranks))
