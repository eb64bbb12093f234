"""Alignment of pairs in a stream: exact, from the sums of their distances."""

import math
from typing import Self

import numpy as np

from gromov.core import Estimate, InputError
from gromov.integrations.streaming.batches import Array, Batch, in_double, like, rows_of, to_numpy
from gromov.integrations.streaming.metric import State, StreamingMetric, check_state


class Alignment(StreamingMetric):
    """E‖x/‖x‖ − y/‖y‖‖² over the positive pairs (x, y) of a stream, such as two views of one image; 0 where views agree, 2 where they are strangers.

    Pairs count as independent in the error bar.

    Cost: b·d for a batch of b pairs; three numbers are kept.

    References:
        Wang, Isola (2020), Understanding contrastive representation learning through alignment and uniformity. arXiv:2005.10242.
    """

    def __init__(self) -> None:
        self.reset()

    @property
    def rows_seen(self) -> int:
        """Number of pairs since the last reset."""
        return self._count

    def update(self, first: Batch, second: Batch) -> None:
        """Count a batch of pairs: row i of `first` belongs to row i of `second`.

        Raises:
            InputError: the two differ in shape, or hold NaN or infinite values; then nothing was counted.
        """
        x = in_double(rows_of(first))
        y = like(x, in_double(rows_of(second)))
        if x.shape != y.shape:
            raise InputError(f"pairs need as many rows and columns in both: got {tuple(x.shape)} and {tuple(y.shape)}")
        if len(x):
            chords = to_numpy(_squared_chords(x, y))
            self._meet(len(chords), float(chords.mean()), float(((chords - chords.mean()) ** 2).sum()))

    def compute(self) -> Estimate:
        """The mean over all pairs since the last reset.

        Raises:
            InputError: fewer than 4 pairs have come.
        """
        self.require_rows()
        stderr = math.sqrt(self._squares / (self._count - 1) / self._count)
        return Estimate.normal(self._mean, stderr, n=self._count, seed=None, method="mean over pairs")

    def reset(self) -> None:
        """Forget every pair."""
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def fresh(self) -> Self:
        """A metric that has seen nothing."""
        return type(self)()

    def state(self) -> State:
        """Number of pairs, mean, and sum of squares about it."""
        return {"pairs": np.array(self._count), "mean": np.array(self._mean), "squares": np.array(self._squares)}

    def merge_state(self, state: State) -> None:
        """Count the pairs of a state as well.

        Raises:
            InputError: the state is of another kind of metric.
        """
        check_state(state, {"pairs": 0, "mean": 0, "squares": 0})
        if count := int(state["pairs"]):
            self._meet(count, float(state["mean"]), float(state["squares"]))

    def _meet(self, count: int, mean: float, squares: float) -> None:
        apart, total = mean - self._mean, self._count + count
        self._squares += squares + apart * apart * self._count * count / total
        self._mean += apart * count / total
        self._count = total


def _squared_chords(x: Array, y: Array) -> Array:
    """‖x/‖x‖ − y/‖y‖‖² of each pair, from the differences; a zero row is as far as a right angle."""
    lengths_x, lengths_y = (x * x).sum(1) ** 0.5, (y * y).sum(1) ** 0.5
    zero_x, zero_y = lengths_x == 0, lengths_y == 0
    apart = x / (lengths_x + zero_x)[:, None] - y / (lengths_y + zero_y)[:, None]
    squared = (apart * apart).sum(1)
    return squared + (2 - squared) * (zero_x | zero_y)
