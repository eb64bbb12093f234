"""Differences of heat traces between parts of clouds: what IMD tests, the draws of its null, and the halves that tell its error."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from gromov.core import generator
from gromov.graphs import Laplacian, Normalisation, heat, spectral_trace
from gromov.measures.comparisons.splitting import splits
from gromov.measures.comparisons.subgraphs import Parts

PROBES = 32
_EXACT_UP_TO = 500  # all eigenvalues take no longer than the probes
_STREAM = "imd"


@dataclass(frozen=True, slots=True, eq=False)
class HeatDraws:
    """How the tested statistic and every draw of its null are computed: one way for both.

    Attributes:
        sources: The pool, whose first half is the first cloud; or both clouds, where they cannot be pooled.
        times: The scales t.
        laplacian: Which Laplacian.
        steps: Lanczos steps of the probes; None where 12 are enough.
        seed: Seed of splits, halves and probes.
    """

    sources: tuple[Parts, ...]
    times: Float[np.ndarray, " t"]
    laplacian: Normalisation
    steps: int | None
    seed: int

    def observed(self) -> Float[np.ndarray, " t"]:
        """Difference of the heat traces of the two clouds, or of a half of each."""
        if len(self.sources) == 1:
            first = np.arange(self.sources[0].n) < self.sources[0].n // 2
            return self._between(self.sources[0], first, self.sources[0], ~first)
        one, two = self.sources
        return self._between(one, self._halves(one, 0)[0], two, self._halves(two, 0)[0])

    def one_more(self, place: int) -> Float[np.ndarray, " t"]:
        """Difference for a random split of the pool, or for two halves of one of the clouds."""
        if len(self.sources) == 1:
            (first,) = splits(range(place, place + 1), self.sources[0].n // 2, what=_STREAM, seed=self.seed)
            return self._between(self.sources[0], first, self.sources[0], ~first)
        return self.within(place % 2, 1 + place)

    def within(self, which: int, place: int) -> Float[np.ndarray, " t"]:
        """Difference for two disjoint halves of one source."""
        source = self.sources[which]
        first, second = self._halves(source, place)
        return self._between(source, first, source, second)

    def _halves(self, source: Parts, place: int) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
        order = generator(self.seed, _STREAM, "halves", place).permutation(source.n)
        first, second = np.zeros((2, source.n), dtype=bool)
        first[order[: source.n // 2]] = True
        second[order[source.n // 2 : 2 * (source.n // 2)]] = True
        return first, second

    def _between(self, one: Parts, first: Bool[np.ndarray, " n"], two: Parts, second: Bool[np.ndarray, " m"]) -> Float[np.ndarray, " t"]:
        exact = max(source.n for source in self.sources) // 2 <= _EXACT_UP_TO
        left, right = (
            spectral_trace(
                Laplacian(source.graph(side), self.laplacian),
                heat(self.times),
                exact=exact,
                probes=PROBES,
                steps=self.steps,
                seed=self.seed,
            ).value
            for source, side in ((one, first), (two, second))
        )
        return left - right


def null_draws(places: range, draw: HeatDraws) -> list[Float[np.ndarray, " t"]]:
    """The draws of these places."""
    return [draw.one_more(place) for place in places]


def halvings(places: range, draw: HeatDraws) -> list[Float[np.ndarray, " t"]]:
    """Differences between halves of one cloud, of each in turn, for the error of the whole.

    Two halves of a sample are independent samples: their traces differ by √2 times the error of a half, and that is √2 times the error of the whole.
    """
    return [draw.within(place % 2, place) for place in places]
