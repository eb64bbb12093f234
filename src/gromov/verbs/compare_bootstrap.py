"""How sure a dendrogram is: every dissimilarity computed again from random halves of the inputs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float

from gromov.core import Comparison, Executor, PluginError, Progress, Representation, UnsuitableError, generator
from gromov.core.runs import RunFolder
from gromov.verbs.comparisons import COMPARISONS, comparison

REPLICATES = 100
_POOL = 400
_LEAST = 16
_CHUNK = 5
LEFT_OUT = "the budget was spent before the bootstrap"


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How the inputs are drawn again.

    Attributes:
        replicates: How often; 0 for not at all.
        paired: Whether the same rows are drawn of every input.
        seed: Seed of the draws.
        executor: The workers.
    """

    replicates: int
    paired: bool
    seed: int
    executor: Executor

    def possible(self, clouds: Sequence[Representation]) -> bool:
        """Whether a bootstrap is wanted, and points can be left out: not of a graph, nor of fewer than 16."""
        return self.replicates > 0 and all(cloud.kind != "graph" and cloud.n >= _LEAST for cloud in clouds)

    def pool(self, clouds: Sequence[Representation]) -> list[Representation]:
        """At most 400 random points of each, as many of every one."""
        size = min(_POOL, *(cloud.n for cloud in clouds))
        return [self._some(cloud, size, "pool", 0, place) for place, cloud in enumerate(clouds)]

    def matrices(
        self, name: str, pool: Sequence[Representation], places: Sequence[tuple[int, int]], progress: Progress
    ) -> Float[np.ndarray, "b p"]:
        """The dissimilarity of each pair of places by one comparison, in each replicate; a replicate that cannot be computed is left out.

        A replicate takes a random half of each input, without replacement: the value of a half varies about that of the whole as that of
        the whole does about the truth, and no point is there twice, which would disturb neighbours and distances. Cost: `statistic` of
        200 points for each pair and replicate; of a comparison without one, the comparison with a single draw of its null.
        """
        rows: list[Float[np.ndarray, " p"]] = []
        starts = range(0, self.replicates, _CHUNK)
        for part in self.executor.map(self._chunk, starts, name, pool, places):
            rows.extend(part)
            progress.step(f"{name}: bootstrap", len(rows) / self.replicates)
        found = np.stack(rows)
        return found[np.isfinite(found).all(axis=1)]

    def _chunk(
        self, start: int, name: str, pool: Sequence[Representation], places: Sequence[tuple[int, int]]
    ) -> list[Float[np.ndarray, " p"]]:
        found: list[Float[np.ndarray, " p"]] = []
        for replicate in range(start, min(self.replicates, start + _CHUNK)):
            halves = [self._some(cloud, cloud.n // 2, "half", replicate, place) for place, cloud in enumerate(pool)]
            found.append(np.array([self._apart(name, halves[first], halves[second]) for first, second in places]))
        return found

    def _some(self, cloud: Representation, count: int, what: str, replicate: int, place: int) -> Representation:
        """Random rows of an input; of paired inputs the same of every one."""
        stream = generator(self.seed, "bootstrap", what, replicate, 0 if self.paired else place)
        return cloud.take(np.sort(stream.choice(cloud.n, count, replace=False)))

    def _apart(self, name: str, first: Representation, second: Representation) -> float:
        instrument = comparison(name)
        kind = cast("type[Comparison]", instrument.result)
        try:
            value = kind.statistic(first, second, seed=self.seed)
            if value is None:
                options = {key: given for key, given in (("seed", self.seed), ("null", 1)) if key in instrument.accepts}
                value = cast(Comparison, instrument.function(first, second, **options)).value.value
            return kind.unlikeness(value)
        except UnsuitableError:
            return np.nan
        except Exception as error:
            if name in COMPARISONS:
                raise
            raise PluginError(f"the plug-in {name} failed in the bootstrap: {type(error).__name__}: {error}") from error


def replicated(
    names: Sequence[str],
    clouds: Sequence[Representation],
    places: Sequence[tuple[int, int]],
    bootstrap: Bootstrap,
    folder: RunFolder | None,
    until: float | None,
    progress: Progress,
) -> tuple[dict[str, Float[np.ndarray, "b p"]], list[str]]:
    """The replicates of some measures, kept in the run folder as they finish, and why others have none.

    Args:
        names: The measures.
        clouds: The inputs.
        places: The pairs of them.
        bootstrap: How they are drawn again.
        folder: Where finished replicates are kept; None for nowhere.
        until: Time (time.monotonic) after which none is begun; None for no end.
        progress: Told how far all are.
    """
    found: dict[str, Float[np.ndarray, "b p"]] = {}
    said: list[str] = []
    pool = bootstrap.pool(clouds) if names else []
    own = None if folder is None else folder.of("bootstrap")
    for turn, name in enumerate(names):
        kept = None if own is None else own.part(name)
        if kept is not None and "replicates" in kept[1]:
            found[name] = kept[1]["replicates"]
            continue
        if until is not None and time.monotonic() > until:
            said.append(f"{LEFT_OUT} of {name}: its support is within the errors of the values")
            continue
        try:
            found[name] = bootstrap.matrices(name, pool, places, _Share(progress, turn, len(names)))
        except PluginError as error:
            said.append(f"{error}; its support is within the errors of the values")
            continue
        if own is not None:
            own.keep(name, {}, {"replicates": found[name]})
    return found, said


@dataclass(frozen=True, slots=True)
class _Share:
    """Progress of one measure as a share of that of all."""

    whole: Progress
    place: int
    count: int

    def step(self, what: str, done: float) -> None:
        self.whole.step(what, (self.place + done) / self.count)
