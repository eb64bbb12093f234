"""A uniform sample of a stream that does not depend on how the stream is cut into batches.

Row i of stream s gets a random number that depends on (seed, s, i) alone; the `capacity` rows with the smallest numbers are the sample.
Every set of rows is as likely as any other of its size, and samples of several streams merge into the sample of them all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError, generator
from gromov.integrations.streaming.batches import Array, in_double, to_numpy
from gromov.integrations.streaming.gathering import process_rank
from gromov.integrations.streaming.metric import State, check_state


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What a reservoir holds.

    Attributes:
        keys: Random number of each row kept.
        places: Its stream, and its place in that.
        kept: The rows.
        seen: Number of rows of each stream that came.
    """

    keys: NDArray[np.uint64]
    places: NDArray[np.int64]
    kept: NDArray[np.float64]
    seen: dict[int, int]


class Reservoir:
    """The rows of a stream with the smallest random numbers.

    Args:
        capacity: Largest number of rows kept.
        seed: Seed of the random numbers.
        stream: Number of this stream: streams to be merged need different ones. None is the rank of the process when the first batch comes.
    """

    def __init__(self, capacity: int, seed: int, stream: int | None) -> None:
        if capacity < 4:
            raise InputError(f"capacity is {capacity}; at least 4 rows must be kept")
        self.capacity, self.seed, self.stream = capacity, seed, stream
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._seen: dict[int, int] = {}
        self._keys = np.empty(0, dtype=np.uint64)
        self._places = np.empty((0, 2), dtype=np.int64)
        self._kept = np.empty((0, 0))

    @property
    def columns(self) -> int | None:
        """Number of columns; None before the first row."""
        return self._kept.shape[1] if len(self._kept) else None

    @property
    def rows(self) -> int:
        """Number of rows that came."""
        return sum(self._seen.values())

    def update(self, rows: Array) -> None:
        """Offer rows that `rows_of` has let through; only those that enter the sample leave their device."""
        if len(rows) == 0:
            return
        stream = process_rank() if self.stream is None else self.stream
        start = self._seen.get(stream, 0)
        bits = generator(self.seed, "reservoir", stream).bit_generator
        assert isinstance(bits, np.random.PCG64)
        bits.advance(start)
        keys = bits.random_raw(len(rows))
        chosen = np.flatnonzero(keys < self._keys[-1]) if len(self._keys) == self.capacity else np.arange(len(rows))
        chosen = np.sort(chosen[np.argsort(keys[chosen], kind="stable")[: self.capacity]])
        kept = to_numpy(in_double(rows[chosen.tolist()]))
        places = np.stack([np.full(len(chosen), stream), start + chosen], axis=1)
        self._seen[stream] = start + len(rows)
        self._take(keys[chosen], places, kept)

    def sample(self) -> NDArray[np.float64]:
        """The rows of the sample in the order in which they came, stream by stream."""
        return self._kept[np.lexsort(self._places.T[::-1])]

    def state(self) -> State:
        """The sample, its random numbers and places, and how many rows of each stream came."""
        seen = np.array(sorted(self._seen.items()), dtype=np.int64).reshape(-1, 2)
        settings = np.array([self.capacity, self.seed])
        return {"settings": settings, "seen": seen, "keys": self._keys.copy(), "places": self._places.copy(), "kept": self._kept.copy()}

    def checked(self, state: State, *, renumber: bool) -> "Sample":
        """The sample that a state holds, once it is known to fit.

        Args:
            state: What `state()` of another reservoir gave.
            renumber: Give streams that were seen here too new numbers instead of refusing them. Streams of one number draw the same places, which
                leaves an error bar as good as it was and would bias a statistic of pairs.

        Raises:
            InputError: not such a state, one of other settings or columns, or one of a stream that was seen here.
        """
        check_state(state, {"settings": 1, "seen": 2, "keys": 1, "places": 2, "kept": 2})
        settings, mine = [int(value) for value in state["settings"]], [self.capacity, self.seed]
        if settings != mine:
            raise InputError(
                f"the state is of a sample of {settings[0]} rows with seed {settings[-1]}, and this metric takes {mine[0]} with seed {mine[1]}"
            )
        keys, places = np.array(state["keys"], dtype=np.uint64), np.array(state["places"], dtype=np.int64)
        kept, seen = np.array(state["kept"], dtype=np.float64), np.array(state["seen"], dtype=np.int64)
        if not len(keys) == len(places) == len(kept) <= self.capacity or places.shape[1] != 2 or seen.shape[1] != 2:
            raise InputError(
                f"this is no state of such a metric: it has {len(keys)} random numbers, {len(places)} places, {len(kept)} rows"
            )
        if len(keys) and len(self._keys) and kept.shape[1] != self._kept.shape[1]:
            raise InputError(f"one has {self._kept.shape[1]} columns and the other {kept.shape[1]}: they measure different spaces")
        both = sorted(self._seen.keys() & {int(stream) for stream in seen[:, 0]})
        if both and not renumber:
            raise InputError(
                f"both have seen a stream {both[0]}, so their samples are not independent: give each its own number, as in stream=0 and stream=1"
            )
        if both:
            shift = 1 + max(*self._seen, *(int(stream) for stream in seen[:, 0]))
            places[:, 0] += shift
            seen[:, 0] += shift
        return Sample(keys, places, kept, {int(stream): int(count) for stream, count in seen})

    def take(self, sample: "Sample") -> None:
        """Take in the sample of other streams, as `checked` gave it."""
        self._seen.update(sample.seen)
        self._take(sample.keys, sample.places, sample.kept)

    def _take(self, keys: NDArray[np.uint64], places: NDArray[np.int64], kept: NDArray[np.float64]) -> None:
        """Add rows, and keep those with the smallest numbers, in the order of these."""
        if len(keys) == 0:
            return
        joined = np.concatenate([self._keys, keys])
        order = np.argsort(joined, kind="stable")[: self.capacity]
        self._keys = joined[order]
        self._places = np.concatenate([self._places, places])[order]
        self._kept = (np.concatenate([self._kept, kept]) if len(self._kept) else kept)[order]
