"""Instruments that need points: each over a uniform sample of the stream."""

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gromov.core import Estimate, InputError, as_representation, generator
from gromov.integrations.streaming.batches import Batch, rows_of
from gromov.integrations.streaming.dimension_by import METHODS, DimensionMethod, dimension_by
from gromov.integrations.streaming.metric import State, StreamingMetric
from gromov.integrations.streaming.reservoir import Reservoir
from gromov.measures.four_point import sampled_delta
from gromov.measures.four_point.metric import PointMetric
from gromov.measures.four_point.null import relative_delta
from gromov.measures.neighborhood_quality import uniformity
from gromov.spaces import EUCLIDEAN


class _SampledMetric(StreamingMetric):
    """A number of a uniform sample of the rows.

    Args:
        capacity: Rows in the sample; while no more have come, the number is that of all rows.
        seed: Seed of the sample and of the instrument; the same seed gives the same number however the stream is cut into batches.
        stream: Number of this stream: metrics to be merged need different ones. None is the rank of the process when the first batch comes.
    """

    def __init__(self, *, capacity: int = 2_000, seed: int = 0, stream: int | None = None) -> None:
        self._reservoir = Reservoir(capacity, seed, stream)

    @abstractmethod
    def _measure(self, sample: NDArray[np.float64], seed: int) -> Estimate:
        """The number of the sample."""

    @property
    def rows_seen(self) -> int:
        """Number of rows since the last reset."""
        return self._reservoir.rows

    def update(self, points: Batch) -> None:
        """Offer a batch to the sample: rows × columns, numpy or torch on any device.

        Raises:
            InputError: not two-dimensional, other columns than before, NaN or infinite values; then nothing was counted.
        """
        self._reservoir.update(rows_of(points, self._reservoir.columns))

    def compute(self) -> Estimate:
        """The number of the sample; missing, with the reason, where the rows are such that it has none (all equal, for one).

        Raises:
            InputError: fewer than 4 rows have come.
        """
        self.require_rows()
        sample, seed = self._reservoir.sample(), self._reservoir.seed
        try:
            return self._measure(sample, seed)
        except InputError as error:  # a collapse must not end the training that it is the news of
            return Estimate.missing(str(error), n=len(sample), seed=seed)

    def reset(self) -> None:
        """Forget every batch."""
        self._reservoir.reset()

    def fresh(self) -> Self:
        """A metric of the same settings that has seen nothing."""
        kept = self._reservoir
        return type(self)(capacity=kept.capacity, seed=kept.seed, stream=kept.stream)

    def state(self) -> State:
        """The sample, its random numbers and places, and how many rows of each stream came."""
        return self._reservoir.state()

    def merge_state(self, state: State) -> None:
        """Take in the sample of a state.

        Raises:
            InputError: the state is of another kind of metric, of other settings or columns, or of a stream that was seen here.
        """
        self._reservoir.take(self._reservoir.checked(state, renumber=False))


class IntrinsicDimension(_SampledMetric):
    """Intrinsic dimension of a uniform sample of the rows, by one of the estimators of `gromov.dimension`.

    Args:
        method: `twonn`, `mle`, `correlation` or `local_pca`.
        capacity: Rows in the sample. The dimension is that of the distance between neighbours in so many rows: compare at equal capacity.
        seed: Seed of the sample and of the instrument.
        stream: Number of this stream; None is the rank of the process.

    Cost: nothing but the rows that enter the sample; the neighbours or the distances of the sample to compute.
    """

    def __init__(self, method: DimensionMethod = "twonn", *, capacity: int = 2_000, seed: int = 0, stream: int | None = None) -> None:
        if method not in METHODS:
            raise InputError(f"method is {method!r}; it must be one of {', '.join(METHODS)}")
        super().__init__(capacity=capacity, seed=seed, stream=stream)
        self.method: DimensionMethod = method

    def fresh(self) -> Self:
        """A metric of the same settings that has seen nothing."""
        kept = self._reservoir
        return type(self)(self.method, capacity=kept.capacity, seed=kept.seed, stream=kept.stream)

    def _measure(self, sample: NDArray[np.float64], seed: int) -> Estimate:
        return dimension_by(as_representation(sample), self.method, seed)


class MeanDelta(_SampledMetric):
    """Mean of (S₁ − S₂)/S₁ over quadruples of a uniform sample of the rows: 0 on a tree; it does not drift with the number of rows.

    Args:
        capacity: Rows in the sample.
        seed: Seed of the sample and of the quadruples.
        stream: Number of this stream; None is the rank of the process.

    Cost: nothing but the rows that enter the sample; 200,000 quadruples to compute, about 0.5 s in 64 dimensions.
    """

    def _measure(self, sample: NDArray[np.float64], seed: int) -> Estimate:
        points = np.asarray(as_representation(sample).points, dtype=np.float64)
        return sampled_delta(PointMetric(points), seed=seed).mean_relative


class RelativeDelta(_SampledMetric):
    """2δ/diameter, exact over a uniform sample of the rows: 0 on a tree, at most 2 − √2 in Euclidean space.

    A maximum grows with the number of points, so it has no error bar, and numbers compare at equal capacity only; `MeanDelta` has neither flaw.

    Args:
        capacity: Rows in the sample.
        seed: Seed of the sample.
        stream: Number of this stream; None is the rank of the process.

    Cost: nothing but the rows that enter the sample; the exact δ of the sample to compute.
    """

    def __init__(self, *, capacity: int = 500, seed: int = 0, stream: int | None = None) -> None:
        super().__init__(capacity=capacity, seed=seed, stream=stream)

    def _measure(self, sample: NDArray[np.float64], seed: int) -> Estimate:
        points = np.asarray(as_representation(sample).points, dtype=np.float64)
        value = relative_delta(EUCLIDEAN.pairwise(points, points), ptolemaic=True)
        return Estimate(value, None, None, len(points), seed, f"exact over a sample of {len(points):,} rows")


class Uniformity(_SampledMetric):
    """log E exp(−2‖x − y‖²) over pairs of a uniform sample of the rows on the unit sphere: 0 at a collapse, −4 at the least in high dimension.

    Args:
        capacity: Rows in the sample.
        seed: Seed of the sample and of the pairs.
        stream: Number of this stream; None is the rank of the process.

    Cost: nothing but the rows that enter the sample; 100,000 pairs to compute.

    References:
        Wang, Isola (2020), Understanding contrastive representation learning through alignment and uniformity. arXiv:2005.10242.
    """

    def _measure(self, sample: NDArray[np.float64], seed: int) -> Estimate:
        if (sample == sample[0]).all():
            return Estimate.normal(0.0, 0.0, n=len(sample), seed=seed, method="all rows are equal")
        return uniformity(as_representation(sample), generator(seed, "streaming-uniformity"), seed)
