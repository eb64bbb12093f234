"""Effective rank and participation ratio of a stream: exact, from its moments; their errors from a sample of its rows."""

import math
from collections.abc import Callable
from typing import Self

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import Estimate
from gromov.integrations.streaming.batches import Batch, rows_of
from gromov.integrations.streaming.metric import State, StreamingMetric
from gromov.integrations.streaming.moments import MomentStream
from gromov.integrations.streaming.reservoir import Reservoir
from gromov.measures.jackknife import GROUPS, jackknife
from gromov.measures.spectral_numbers import effective_rank, participation_ratio

Vector = NDArray[np.float64]


class _MomentMetric(StreamingMetric):
    """A number of the eigenvalues of a second moment.

    Args:
        error_rows: Rows of the sample that the error bar comes from; the number itself is of all rows.
        seed: Seed of that sample.
    """

    def __init__(self, *, error_rows: int = 2_000, seed: int = 0) -> None:
        self._moments = MomentStream()
        self._sample = Reservoir(error_rows, seed, None)

    @property
    def rows_seen(self) -> int:
        """Number of rows since the last reset."""
        return self._moments.rows

    def update(self, points: Batch) -> None:
        """Count a batch: rows × columns, numpy or torch on any device; gradients are left alone.

        Raises:
            InputError: not two-dimensional, other columns than before, NaN or infinite values; then nothing was counted.
        """
        rows = rows_of(points, self._moments.columns)
        self._moments.update(rows)
        self._sample.update(rows)

    def reset(self) -> None:
        """Forget every batch."""
        self._moments = MomentStream()
        self._sample.reset()

    def fresh(self) -> Self:
        """A metric of the same settings that has seen nothing."""
        return type(self)(error_rows=self._sample.capacity, seed=self._sample.seed)

    def state(self) -> State:
        """Number of rows, mean, scatter, and the sample."""
        return {**self._moments.state(), **self._sample.state()}

    def merge_state(self, state: State) -> None:
        """Count what a state holds as well.

        Raises:
            InputError: the state is of another kind of metric, or of other settings or columns.
        """
        sample = self._sample.checked(state, renumber=True)
        self._moments.merge_state(state)
        self._sample.take(sample)

    def _estimate(self, second_moment: Float[np.ndarray, "d d"], center: Vector, number: Callable[[Vector], float]) -> Estimate:
        """The number of the eigenvalues of Σ (x − center)(x − center)ᵀ, and its error.

        The error is that of the delete-a-group jackknife of the sample, with eigenvalues to first order, as in `gromov.spectrum`, times √(sample/rows).
        """
        n, d = self.rows_seen, len(center)
        count = min(n, d)
        values, directions = np.linalg.eigh(second_moment)
        values, directions = values[::-1][:count], directions[:, ::-1][:, :count]
        values = np.where(values > max(n, d) * 2.0**-52 * values[0], values, 0.0)
        value = number(values)
        sample = self._sample.sample()
        squares = ((sample - center) @ directions) ** 2
        member = np.arange(len(sample)) % GROUPS
        sums = np.stack([squares[member == g].sum(axis=0) for g in range(GROUPS)])
        sizes = np.bincount(member, minlength=GROUPS).astype(np.float64)
        error = float(jackknife(sums, sizes, number, values)) * math.sqrt(len(sample) / n)
        method = f"all rows; error by a delete-a-group jackknife of {len(sample):,} of them, {GROUPS} groups"
        return Estimate.log_normal(value, error, n=n, seed=self._sample.seed, method=method)


class EffectiveRank(_MomentMetric):
    """RankMe of a stream: exp(−Σ p log p) with p = σ/Σσ, σ the singular values of all rows so far, not centred.

    The matrix Σ x xᵀ streams exactly, so batches of any size and order give what `gromov.spectrum` gives for all rows at once. Singular values below
    about 1e-8 of the largest drown in its rounding, which moves the number by less than 1e-6 of itself. A collapse to one point gives 1.

    Args:
        error_rows: Rows of the sample that the error bar comes from; the number itself is of all rows.
        seed: Seed of that sample.

    Cost: b·d² multiplications for a batch of b rows; 8·d·(d + error_rows) bytes; d³ to compute.

    References:
        Garrido, Balestriero, Najman, LeCun (2023), RankMe. arXiv:2210.02885.
    """

    def compute(self) -> Estimate:
        """RankMe of all rows since the last reset.

        Raises:
            InputError: fewer than 4 rows have come.
        """
        self.require_rows()
        found = self._moments.moments()
        return self._estimate(found.gram, np.zeros_like(found.mean), lambda values: effective_rank(np.sqrt(values)))


class ParticipationRatio(_MomentMetric):
    """Participation ratio of a stream: (Σλ)²/Σλ², λ the eigenvalues of the covariance of all rows so far.

    k where k directions carry all variance evenly; 0 where all rows are equal. It keeps the same state as `EffectiveRank`: `load_state` of the
    other's `state()` gives both numbers for the price of one.

    Args:
        error_rows: Rows of the sample that the error bar comes from; the number itself is of all rows.
        seed: Seed of that sample.

    Cost: b·d² multiplications for a batch of b rows; 8·d·(d + error_rows) bytes; d³ to compute.
    """

    def compute(self) -> Estimate:
        """Participation ratio of all rows since the last reset.

        Raises:
            InputError: fewer than 4 rows have come.
        """
        self.require_rows()
        found = self._moments.moments()
        return self._estimate(found.scatter, found.mean, participation_ratio)
