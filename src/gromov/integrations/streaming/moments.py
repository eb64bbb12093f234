"""Mean and scatter of a stream, merged without cancellation (Chan, Golub, LeVeque 1979)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import InputError, require_memory
from gromov.integrations.streaming.batches import Array, in_double, like, to_numpy
from gromov.integrations.streaming.metric import State, check_state


@dataclass(frozen=True, slots=True, eq=False)
class StreamMoments:
    """Moments of all rows, on the host.

    Attributes:
        rows: Number of rows.
        mean: Their mean.
        scatter: Σ (x − mean)(x − mean)ᵀ.
    """

    rows: int
    mean: Float[np.ndarray, " d"]
    scatter: Float[np.ndarray, "d d"]

    @property
    def gram(self) -> Float[np.ndarray, "d d"]:
        """Σ x xᵀ, about the origin."""
        return self.scatter + self.rows * np.outer(self.mean, self.mean)


class MomentStream:
    """Count, mean and scatter so far.

    Where two parts a and b meet, mean += n_b/n·(mean_b − mean_a) and scatter += scatter_b + n_a·n_b/n·(mean_b − mean_a)(…)ᵀ: differences of
    means are multiplied, never large means. Arrays live where the first batch lives.

    Cost of an update of b rows: b·d² multiplications; 8·d² bytes are kept.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._mean: Array | None = None
        self._scatter: Array | None = None

    @property
    def columns(self) -> int | None:
        """Number of columns; None before the first row."""
        return None if self._mean is None else self._mean.shape[0]

    def update(self, rows: Array) -> None:
        """Count rows that `rows_of` has let through."""
        if len(rows) == 0:
            return
        rows = in_double(rows)
        mean = rows.sum(0) / len(rows)
        centered = rows - mean
        self._meet(len(rows), mean, centered.T @ centered)

    def merge_state(self, state: State) -> None:
        """Count what another stream has seen.

        Raises:
            InputError: not such a state, or one of other columns.
        """
        check_state(state, {"rows": 0, "mean": 1, "scatter": 2})
        mean, scatter = (np.array(state[name], dtype=np.float64) for name in ("mean", "scatter"))
        if scatter.shape != (len(mean), len(mean)):
            raise InputError(f"this is no state of such a metric: its mean has {len(mean)} columns and its scatter {scatter.shape}")
        if int(state["rows"]):
            if self.columns not in (None, len(mean)):
                raise InputError(f"one has {self.columns} columns and the other {len(mean)}: they measure different spaces")
            self._meet(int(state["rows"]), mean, scatter)

    def moments(self) -> StreamMoments:
        """The moments so far; at least one row must have come."""
        assert self._mean is not None
        assert self._scatter is not None
        return StreamMoments(self.rows, to_numpy(self._mean), to_numpy(self._scatter))

    def state(self) -> State:
        """Number of rows, mean and scatter."""
        mean = np.zeros(0) if self._mean is None else to_numpy(self._mean).copy()
        scatter = np.zeros((0, 0)) if self._scatter is None else to_numpy(self._scatter).copy()
        return {"rows": np.array(self.rows), "mean": mean, "scatter": scatter}

    def _meet(self, count: int, mean: Array, scatter: Array) -> None:
        if self._mean is None or self._scatter is None:
            d = len(mean)
            require_memory(32 * d * d, step=f"the moments of {d:,} columns", remedy="project the representation to fewer columns first")
            self.rows, self._mean, self._scatter = count, mean, scatter
            return
        mean, scatter = like(self._mean, mean), like(self._mean, scatter)
        total = self.rows + count
        apart = mean - self._mean
        # never in place: a tensor made in torch's inference mode may not be changed outside of it
        self._scatter = self._scatter + scatter + apart[:, None] * (apart * (self.rows * count / total))
        self._mean = self._mean + apart * (count / total)
        self.rows = total
