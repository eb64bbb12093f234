"""One run of several instruments over one representation."""

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from gromov.core import (
    Arrays,
    Executor,
    GromovWarning,
    PluginError,
    Progress,
    Representation,
    Result,
    Tree,
    UnsuitableError,
    cpu_seconds,
    pinned,
)
from gromov.core.runs import RunFolder
from gromov.graphs import Neighbors, nearest_neighbors
from gromov.verbs.catalogue import Instrument, instrument

_NEIGHBORS = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the instruments of a run returned and said.

    Attributes:
        results: Result of each instrument that ran.
        skipped: Why the others did not.
        timings: Wall and CPU seconds of each.
        said: What they warned of.
    """

    results: dict[str, Result]
    skipped: dict[str, str]
    timings: dict[str, dict[str, float]]
    said: list[str]


@dataclass(frozen=True, slots=True)
class _Share:
    """Progress of one instrument as a share of the whole run."""

    whole: Progress
    place: int
    count: int
    name: str

    def step(self, what: str, done: float) -> None:
        self.whole.step(f"{self.name}: {what}", (self.place + done) / self.count)


class Session:
    """What the instruments of one run share: the neighbours, the workers, the folder."""

    def __init__(
        self, representation: Representation, seed: int, executor: Executor, device: str, progress: Progress, folder: RunFolder | None
    ) -> None:
        self._representation, self._seed, self._executor = representation, seed, executor
        self._device, self._progress, self._folder = device, progress, folder
        self._neighbors: Neighbors | None = None
        self._finished = None if folder is None else folder.finished()
        self._arrays: Arrays = folder.arrays() if folder is not None and self._finished is not None else {}

    def kept(self, name: str) -> tuple[Result, list[str]] | None:
        """The result of an instrument that an earlier run of this folder has already computed."""
        if self._folder is None:
            return None
        part = self._folder.part(name)
        if part is not None:
            with suppress(PluginError):  # one that has changed since computes again
                return _decoded(name, part[0]["result"], part[0]["warnings"], part[1])
        if self._finished is None:
            return None
        try:
            results, said = cast(Tree, self._finished["results"]), self._finished["warnings"]
            return _decoded(name, results[name], said, self._arrays) if name in results else None
        except PluginError as error:
            raise PluginError(f"{error}. Its result in {self._folder.path} stays: choose another --out, or --again") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._folder.damaged() from error

    def run(self, names: Sequence[str], *, budget: float | None, started: float, asked: bool = True) -> Outcome:
        """Each instrument in turn, from the folder where it is there; none is begun `budget` seconds after `started` (time.monotonic).

        A plug-in that fails ends the run where the instruments were `asked` for by name, and is left out where all there are were meant.
        """
        outcome = Outcome({}, {}, {}, [])
        for place, name in enumerate(names):
            kept = self.kept(name)
            if kept is None and budget is not None and time.monotonic() - started > budget:
                outcome.skipped[name] = f"the budget of {budget:g} s was spent before it began"
                continue
            wall, cpu = time.perf_counter(), cpu_seconds()
            try:
                outcome.results[name], said = kept or self.compute(instrument(name), _Share(self._progress, place, len(names), name))
                outcome.said.extend(said)
            except UnsuitableError as error:
                outcome.skipped[name] = str(error)
            except PluginError as error:
                if asked:
                    raise
                outcome.skipped[name] = str(error)
            outcome.timings[name] = {"wall_s": time.perf_counter() - wall, "cpu_s": cpu_seconds() - cpu}
        return outcome

    def compute(self, instrument: Instrument, progress: Progress) -> tuple[Result, list[str]]:
        """Run an instrument, keep its result, and collect what it warned of."""
        progress.step("begins", 0.0)
        with warnings.catch_warnings(record=True) as caught, pinned():
            warnings.simplefilter("always")
            offered: dict[str, Callable[[], object]] = {
                "seed": lambda: self._seed,
                "executor": lambda: self._executor,
                "progress": lambda: progress,
                "neighbors": self._shared_neighbors,
            }
            options = {name: make() for name, make in offered.items() if name in instrument.accepts}
            result = instrument.function(self._representation, **options)
        said = words_of(caught)
        if self._folder is not None:
            arrays: Arrays = {}
            tree = result.to_dict(arrays, prefix=instrument.name)
            self._folder.keep(instrument.name, {"result": tree, "warnings": said}, arrays)
        return result, said

    def _shared_neighbors(self) -> Neighbors | None:
        if self._representation.kind == "graph":
            return None
        if self._neighbors is None:
            k = min(_NEIGHBORS, self._representation.n - 1)
            self._neighbors = nearest_neighbors(
                self._representation, k, seed=self._seed, device="cuda" if self._device == "cuda" else "cpu"
            )
        return self._neighbors


def _decoded(name: str, tree: object, said: object, arrays: Arrays) -> tuple[Result, list[str]]:
    return instrument(name).restore(tree, arrays), [str(text) for text in cast("list[object]", said)]


def words_of(caught: list[warnings.WarningMessage]) -> list[str]:
    """Gromov's own warnings in words, each once; others are passed on."""
    for item in caught:
        if not issubclass(item.category, GromovWarning):
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
    return list(dict.fromkeys(str(item.message) for item in caught if issubclass(item.category, GromovWarning)))
