"""What every streaming metric can do, and how processes put theirs together."""

from abc import ABC, abstractmethod
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gromov.core import MIN_POINTS, Estimate, InputError
from gromov.integrations.streaming.gathering import gather_states

State: TypeAlias = dict[str, NDArray[np.generic]]


class StreamingMetric(ABC):
    """A number of a representation that arrives in batches.

    `update` takes a batch and each subclass says what that is; nothing is kept of a batch that it refuses.
    """

    @abstractmethod
    def compute(self) -> Estimate:
        """The number over everything since the last reset, with its error; the stream can go on afterwards.

        Raises:
            InputError: fewer than 4 rows have come.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget every batch."""

    @abstractmethod
    def fresh(self) -> Self:
        """A metric of the same settings that has seen nothing."""

    @abstractmethod
    def state(self) -> State:
        """What was seen, as plain arrays in the memory of the host: save them with `numpy.savez`, gather them from other processes."""

    @abstractmethod
    def merge_state(self, state: State) -> None:
        """Count what a state holds as well.

        Raises:
            InputError: the state does not fit: other columns, other settings, or no such state; then nothing was counted.
        """

    @property
    @abstractmethod
    def rows_seen(self) -> int:
        """Number of rows since the last reset."""

    def load_state(self, state: State) -> None:
        """Continue from a state; what was seen before is forgotten. Metrics that keep the same state can be loaded from each other's.

        Raises:
            InputError: the state does not fit; then nothing was forgotten.
        """
        self.fresh().merge_state(state)
        self.reset()
        self.merge_state(state)

    def merge(self, other: Self) -> None:
        """Count what `other` has seen as well, as if its rows had come here; `other` stays as it is.

        Raises:
            InputError: another kind of metric, or other settings.
        """
        if type(other) is not type(self):
            raise InputError(f"{type(self).__name__} cannot take in a {type(other).__name__}: merge metrics of one kind")
        self.merge_state(other.state())

    def __add__(self, other: Self) -> Self:
        both = self.fresh()
        both.merge(self)
        both.merge(other)
        return both

    def sync(self) -> Self:
        """The metric over all processes of `torch.distributed`, the same in each; outside of one, a copy. This metric stays as it is.

        Every process must call it. The states travel as plain arrays, never as pickles.
        """
        whole = self.fresh()
        for state in gather_states(self.state()):
            whole.merge_state(state)
        return whole

    def require_rows(self) -> None:
        """Refuse to compute from too few rows."""
        if self.rows_seen < MIN_POINTS:
            raise InputError(f"at least {MIN_POINTS} rows are needed; {self.rows_seen} came since the last reset: update first")


def check_state(state: State, wanted: dict[str, int]) -> None:
    """Refuse a state that lacks an array or has one of another number of axes."""
    for name, axes in wanted.items():
        if name not in state:
            raise InputError(f"this is no state of such a metric: it has no {name!r}, only {', '.join(sorted(state)) or 'nothing'}")
        if np.ndim(state[name]) != axes:
            raise InputError(f"this is no state of such a metric: {name!r} has {np.ndim(state[name])} axes and should have {axes}")
