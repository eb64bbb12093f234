"""Mean relative living times: how often a cloud shows 0, 1, 2 … holes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import Estimate


@dataclass(frozen=True, slots=True, eq=False)
class LivingTimes:
    """How long each number of holes of one dimension lives.

    Attributes:
        holes: Mean number of holes over draws and scales, Σ k·MRLT(k); the error is that of the draws.
        usual: The number of holes that lives longest.
        shares: MRLT(k), the mean over draws of the share of [0, α] in which there are k holes, k = 0, 1, … as far as any draw goes; they sum to 1.
        error: Their standard errors over the draws.
    """

    holes: Estimate
    usual: int
    shares: Float[np.ndarray, " k"]
    error: Float[np.ndarray, " k"]

    @classmethod
    def of(cls, draws: Sequence[Float[np.ndarray, "..."]], *, seed: int) -> "LivingTimes":
        """The mean of relative living times of the draws, of which some go further than others."""
        table = padded(draws)
        shares = table.mean(axis=0)
        error = table.std(axis=0, ddof=1) / np.sqrt(len(table)) if len(table) > 1 else np.zeros(len(shares))
        number = table @ np.arange(len(shares))
        spread = float(number.std(ddof=1) / np.sqrt(len(table))) if len(table) > 1 else 0.0
        for array in (shares, error):
            array.flags.writeable = False
        method = f"{len(table)} draws of landmarks; spread of the draws"
        holes = Estimate.normal(float(number.mean()), spread, n=len(table), seed=seed, method=method)
        return cls(holes, int(shares.argmax()), shares, error)


def padded(draws: Sequence[Float[np.ndarray, "..."]]) -> Float[np.ndarray, "r k"]:
    """Relative living times as rows of equal length: the counts beyond the last have share 0."""
    width = max(len(draw) for draw in draws)
    return np.stack([np.pad(draw, (0, width - len(draw))) for draw in draws])


def apart(one: Float[np.ndarray, " k"], two: Float[np.ndarray, " m"]) -> float:
    """The Geometry Score of two mean relative living times: Σ_k (MRLT₁(k) − MRLT₂(k))²."""
    both = padded((one, two))
    return float(((both[0] - both[1]) ** 2).sum())


def transport(one: Float[np.ndarray, " k"], two: Float[np.ndarray, " m"]) -> float:
    """By how many holes they differ: the Wasserstein distance Σ_k |F₁(k) − F₂(k)|, F the sums of the shares up to k."""
    both = padded((one, two)).cumsum(axis=1)
    return float(np.abs(both[0] - both[1]).sum())
