"""Numbers made of a spectrum: pure formulas."""

import numpy as np
from jaxtyping import Float


def effective_rank(singular: Float[np.ndarray, " r"]) -> float:
    """RankMe: exp(−Σ p log p) with p = σ/Σσ; between 1 and the number of non-zero singular values, 0 where all are 0 (Garrido et al. 2023)."""
    if singular.sum() == 0:
        return 0.0
    shares = singular[singular > 0] / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def stable_rank(singular: Float[np.ndarray, " r"]) -> float:
    """Σσ²/σ₁²: at least 1, at most the rank."""
    largest = singular.max()
    return float(((singular / largest) ** 2).sum()) if largest > 0 else 0.0


def participation_ratio(eigenvalues: Float[np.ndarray, " s"]) -> float:
    """(Σλ)²/Σλ²: k for k equal eigenvalues."""
    largest = eigenvalues.max()
    if largest <= 0:
        return 0.0
    shares = eigenvalues / largest
    return float(shares.sum() ** 2 / (shares**2).sum())


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


def power_law_straightness(eigenvalues: Float[np.ndarray, " s"], window: tuple[int, int]) -> float:
    """R² of the line through the logarithms over the ranks of `window`; NaN for fewer than three, or where all are equal."""
    low, high = window
    if high - low < 2:
        return float("nan")
    values = np.log(np.maximum(eigenvalues[low - 1 : high], 1e-300))
    ranks = np.log(np.arange(low, high + 1))
    spread = float(np.square(values - values.mean()).sum())
    rest = values - values.mean() + power_law(eigenvalues, window) * (ranks - ranks.mean())
    return 1 - float(rest @ rest) / spread if spread > 0 else float("nan")


def population_spectrum(eigenvalues: Float[np.ndarray, " s"], n: int, d: int) -> Float[np.ndarray, " d"]:
    """Sample covariance eigenvalues drawn together to the spread of the population's: d of them, same mean.

    Sample eigenvalues spread too far when n is not much larger than d. With m = tr S/d and
    U = (n−1)²/((n−2)(n+1)) · (tr S² − (tr S)²/(n−1)), unbiased for tr Σ² of Gaussian data, λ' = m + a(λ − m) has mean m and mean square
    U/d (linear shrinkage; Srivastava 2005, Ledoit and Wolf 2004).

    Args:
        eigenvalues: Eigenvalues of the sample covariance (those of rank above min(n, d) may be left out).
        n: Number of points.
        d: Number of coordinates.
    """
    values = np.zeros(d)
    values[: min(d, len(eigenvalues))] = eigenvalues[:d]
    mean, square = float(values.mean()), float((values**2).mean())
    spread = square - mean**2
    if n < 4 or spread <= 0:
        return values
    unbiased = (n - 1) ** 2 / ((n - 2) * (n + 1)) * (d * square - (d * mean) ** 2 / (n - 1))
    shrink = min(1.0, max(0.0, unbiased / d - mean**2) / spread)
    return np.maximum(mean + np.sqrt(shrink) * (values - mean), 0.0)
