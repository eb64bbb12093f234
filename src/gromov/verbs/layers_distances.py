"""How far the shape of each layer is from that of the first cloud of a list, the input."""

import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from gromov.core import Arrays, Executor, Progress, Representation, Result, UnsuitableError, cpu_seconds, decode, pinned
from gromov.core.runs import RunFolder
from gromov.measures.comparisons.imd import Imd, imd
from gromov.verbs.session import words_of

NAME = "imd"
LEAST_DRAWS, DRAWS_EACH = 100, 20
_ITSELF = "it is what the others are compared with"


@dataclass(frozen=True, slots=True)
class Distances:
    """The distance of each cloud to the first.

    Attributes:
        results: Of each, under the name `imd`; empty where there is none.
        skipped: Why there is none, under the same name.
        timings: Wall and CPU seconds of each.
        said: What they warned of.
        late: Whether the budget left any out.
    """

    results: list[dict[str, Result]] = field(default_factory=list[dict[str, Result]])
    skipped: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    timings: list[dict[str, dict[str, float]]] = field(default_factory=list[dict[str, dict[str, float]]])
    said: list[str] = field(default_factory=list[str])
    late: bool = False

    @classmethod
    def none(cls, count: int) -> "Distances":
        """None was asked for."""
        return cls([{} for _ in range(count)], [{} for _ in range(count)], [{} for _ in range(count)])


def distances_to_first(
    clouds: Sequence[Representation],
    *,
    seed: int,
    executor: Executor,
    folder: RunFolder | None,
    budget: float | None,
    started: float,
    report: Progress,
) -> Distances:
    """The IMD between each cloud and the first, from the folder where an earlier run has computed it.

    The null of each has 100 draws, or 20 for each distance of the run where that is more, so that one alone can pass the correction for all.

    Args:
        clouds: The first is what the others are compared with; it has no distance of its own, because that is 0 and has no chance to be read beside.
        seed: Seed of every draw, the same for each.
        executor: Runs the draws.
        folder: Where the distances are kept while the run lasts.
        budget: Seconds after `started` (time.monotonic) when none is begun any more.
        started: When the run began.
        report: Told how far the work is.
    """
    results, skipped, timings = [dict[str, Result]()], [{NAME: _ITSELF}], [dict[str, dict[str, float]]()]
    said, late = list[str](), False
    null = max(LEAST_DRAWS, DRAWS_EACH * (len(clouds) - 1))
    for place, cloud in enumerate(clouds[1:], start=1):
        own = None if folder is None else folder.of(str(place))
        kept = _kept(own)
        results.append({})
        skipped.append({})
        timings.append({})
        if kept is None and budget is not None and time.monotonic() - started > budget:
            skipped[-1][NAME] = f"the budget of {budget:g} s was spent before it began"
            late = True
            continue
        wall, cpu = time.perf_counter(), cpu_seconds()
        report.step(f"{NAME} of {cloud.source.name}", (place - 1) / (len(clouds) - 1))
        try:
            found, words = kept or _computed(clouds[0], cloud, seed, null, executor, own)
            results[-1][NAME] = found
            said.extend(words)
        except UnsuitableError as error:
            skipped[-1][NAME] = str(error)
        timings[-1][NAME] = {"wall_s": time.perf_counter() - wall, "cpu_s": cpu_seconds() - cpu}
    return Distances(results, skipped, timings, said, late)


def _computed(
    first: Representation, cloud: Representation, seed: int, null: int, executor: Executor, own: RunFolder | None
) -> tuple[Imd, list[str]]:
    with warnings.catch_warnings(record=True) as caught, pinned():
        warnings.simplefilter("always")
        found = imd(first, cloud, seed=seed, null=null, executor=executor)
    said = words_of(caught)
    if own is not None:
        arrays: Arrays = {}
        tree = found.to_dict(arrays, prefix=NAME)
        own.keep(NAME, {"result": tree, "warnings": said}, arrays)
    return found, said


def _kept(own: RunFolder | None) -> tuple[Imd, list[str]] | None:
    part = None if own is None else own.part(NAME)
    if part is None:
        return None
    with suppress(KeyError, TypeError, ValueError, AttributeError):  # one that does not decode computes again
        return decode(Imd, part[0]["result"], part[1]), [str(each) for each in cast("list[object]", part[0]["warnings"])]
    return None
