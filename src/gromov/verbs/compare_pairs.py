"""The comparisons of one pair of representations, kept in the run folder as they finish."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from gromov.core import (
    Arrays,
    Comparison,
    Executor,
    PluginError,
    Progress,
    Representation,
    Traits,
    Tree,
    UnsuitableError,
    cpu_seconds,
    pinned,
)
from gromov.core.runs import RunFolder
from gromov.verbs.comparisons import OF_TASKS, comparison
from gromov.verbs.contract import Instrument
from gromov.verbs.session import words_of

LEVEL = 0.05
FAMILIES = ("difference", "agreement", "memory")


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two of the inputs and what the comparisons say of them.

    Attributes:
        first: Place of the one among the inputs, from 0.
        second: Place of the other.
        results: Result of each comparison that ran, by name.
        skipped: Why the others did not.
    """

    first: int
    second: int
    results: Mapping[str, Comparison]
    skipped: Mapping[str, str]

    def __getitem__(self, name: str) -> Comparison:
        """The result of one comparison."""
        return self.results[name]

    @property
    def corrected(self) -> dict[str, float]:
        """The p-values after Holm's correction, each family of measures (`family`) by itself."""
        found: dict[str, float] = {}
        for one in FAMILIES:
            found |= holm({name: each.p_value for name, each in self.results.items() if family(each.traits()) == one})
        return found


def family(traits: Traits) -> str:
    """What a measure's small p says: `difference`, `agreement` of paired rows, or `memory`, which is asked of generators."""
    if traits.name in OF_TASKS:
        return "memory"
    return "agreement" if traits.paired else "difference"


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down correction: p ≤ level after it keeps the chance of any false alarm among all at most the level.

    References:
        S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    ordered = sorted(p_values.items(), key=lambda item: item[1])
    found: dict[str, float] = {}
    least = 0.0
    for place, (name, p) in enumerate(ordered):
        least = max(least, min(1.0, (len(ordered) - place) * p))
        found[name] = least
    return {name: found[name] for name in p_values}


@dataclass(frozen=True, slots=True)
class Running:
    """How the comparisons of a run are run.

    Attributes:
        measures: Names of the comparisons.
        seed: Seed of every draw.
        null: Number of draws of each null.
        executor: The workers.
        device: `cpu` or `cuda`.
        until: Time (time.monotonic) after which none is begun; None for no end.
        budget: The seconds that makes, for the reason to be said.
        asked: Whether the measures were asked for by name, so that a plug-in that fails ends the run.
    """

    measures: Sequence[str]
    seed: int
    null: int
    executor: Executor
    device: str
    until: float | None
    budget: float | None
    asked: bool


@dataclass(frozen=True, slots=True)
class _Share:
    """Progress of one comparison as a share of the whole run."""

    whole: Progress
    place: int
    count: int
    name: str

    def step(self, what: str, done: float) -> None:
        self.whole.step(f"{self.name}: {what}", (self.place + done) / self.count)


def compare_pair(
    clouds: tuple[Representation, Representation],
    places: tuple[int, int],
    running: Running,
    folder: RunFolder | None,
    kept: Mapping[str, Comparison],
    progress: Progress,
    turn: tuple[int, int],
) -> tuple[Pair, dict[str, dict[str, float]], list[str]]:
    """Every comparison of two representations: results, seconds of each, and what they warned of.

    Args:
        clouds: The two.
        places: Their places among the inputs.
        running: How.
        folder: Where finished comparisons are kept; None for nowhere.
        kept: Results that an earlier run has finished with.
        progress: Told how far the whole run is.
        turn: Number of this pair, and of all pairs.
    """
    results: dict[str, Comparison] = {}
    skipped: dict[str, str] = {}
    timings: dict[str, dict[str, float]] = {}
    said: list[str] = []
    count = len(running.measures)
    for place, name in enumerate(running.measures):
        share = _Share(progress, turn[0] * count + place, turn[1] * count, name)
        found = (kept[name], list[str]()) if name in kept else _part(folder, name)
        if found is None and running.until is not None and time.monotonic() > running.until:
            skipped[name] = f"the budget of {running.budget:g} s was spent before it began"
            continue
        wall, cpu = time.perf_counter(), cpu_seconds()
        try:
            results[name], words = found or _computed(comparison(name), clouds, running, folder, share)
            said.extend(words)
        except UnsuitableError as error:
            skipped[name] = str(error)
        except PluginError as error:
            if running.asked:
                raise
            skipped[name] = str(error)
        timings[name] = {"wall_s": time.perf_counter() - wall, "cpu_s": cpu_seconds() - cpu}
    return Pair(*places, results, skipped), timings, said


def _part(folder: RunFolder | None, name: str) -> tuple[Comparison, list[str]] | None:
    part = None if folder is None else folder.part(name)
    if part is None:
        return None
    with suppress(PluginError):  # one that has changed since computes again
        tree, arrays = part
        found = comparison(name).restore(tree["result"], arrays)
        return cast(Comparison, found), [str(text) for text in cast("list[object]", tree["warnings"])]
    return None


def _computed(
    instrument: Instrument, clouds: tuple[Representation, Representation], running: Running, folder: RunFolder | None, progress: Progress
) -> tuple[Comparison, list[str]]:
    progress.step("begins", 0.0)
    offered: dict[str, Callable[[], object]] = {
        "seed": lambda: running.seed,
        "null": lambda: running.null,
        "executor": lambda: running.executor,
        "progress": lambda: progress,
        "device": lambda: running.device,
    }
    options = {name: make() for name, make in offered.items() if name in instrument.accepts}
    with warnings.catch_warnings(record=True) as caught, pinned():
        warnings.simplefilter("always")
        result = instrument.function(*clouds, **options)
    assert isinstance(result, Comparison)
    said = words_of(caught)
    if folder is not None:
        arrays: Arrays = {}
        tree: Tree = {"result": result.to_dict(arrays, prefix=instrument.name), "warnings": said}
        folder.keep(instrument.name, tree, arrays)
    return result, said
