"""What all fits have in common: the folder, the budget, the progress of one among several, the command that repeats the run."""

import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Generic, TypeVar, cast

from gromov.core import Progress, Result, Tree, decode, generator
from gromov.core.runs import RunFolder
from gromov.verbs.record import OneInput

Fitted = TypeVar("Fitted")
Run = TypeVar("Run", bound=OneInput)


@dataclass(frozen=True, slots=True)
class Place:
    """Progress of one fit among all of them."""

    whole: Progress
    place: float
    count: float

    def step(self, what: str, done: float) -> None:
        """Tell how far all of them are."""
        self.whole.step(what, min(0.97, (self.place + done) / max(1, self.count)))


@dataclass(slots=True, eq=False)
class Budget:
    """Seconds after which no further fit is begun, and what was left out for it.

    Attributes:
        seconds: The budget; None has no end.
        skipped: What was left out, and why.
        late: Whether it was found to be spent.
    """

    seconds: float | None
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    late: bool = False
    _started: float = field(default_factory=time.monotonic)

    def is_spent(self) -> bool:
        """Whether the seconds are over."""
        spent = self.seconds is not None and time.monotonic() - self._started > self.seconds
        self.late = self.late or spent
        return spent

    def leave_out(self, what: str) -> None:
        """Say that something is not begun."""
        self.skipped[what] = f"the budget of {self.seconds:g} s was spent before it began"


def start_seed(seed: int, turn: int) -> int:
    """Seed of the turn-th fit of a run."""
    return int(generator(seed, "fit", "start", turn).integers(2**31))


def run_folder(
    task: str,
    source: Tree,
    config: Tree,
    *,
    out: str | Path | None,
    default_folder: bool,
    again: bool,
    also: Mapping[str, object] | None = None,
) -> RunFolder | None:
    """The folder of a fit; None where nothing is to be written.

    Args:
        task: What is fitted.
        source: What was read.
        config: The options.
        out: The folder; None takes the default one, runs/fit-<input>-<hash>, or none.
        default_folder: Whether there is a default one.
        again: Start another run beside an existing one.
        also: What else makes two runs the same.

    Raises:
        RunFolderError: the folder holds something else, or cannot be made.
    """
    if out is None and not default_folder:
        return None
    identity: Tree = {"verb": "fit", "task": task, "gromov": version("gromov"), "config": config, "input": source, **(also or {})}
    return RunFolder.open(None if out is None else Path(out), identity, stem=f"fit-{Path(str(source['name'])).stem}", again=again)


@dataclass(frozen=True, slots=True, eq=False)
class Finished(Generic[Fitted]):
    """What a complete run of a folder holds."""

    results: dict[str, Result]
    fitted: Fitted
    skipped: dict[str, str]
    warnings: tuple[str, ...]


def finished(folder: RunFolder | None, kinds: Mapping[str, type[Result]], load: Callable[[Path], Fitted]) -> Finished[Fitted] | None:
    """What a complete run of the folder holds; None where it is not complete.

    Args:
        folder: The folder.
        kinds: Type of each result.
        load: Reads what was fitted.

    Raises:
        RunFolderError: the folder is damaged.
    """
    if folder is None or folder.has_parts() or (tree := folder.finished()) is None:
        return None
    try:
        arrays = folder.arrays()
        results = {name: decode(kinds[name], each, arrays) for name, each in cast(Tree, tree["results"]).items()}
        skipped = cast("dict[str, str]", tree["skipped"])
        return Finished(results, load(folder.path), skipped, tuple(map(str, cast("list[object]", tree["warnings"]))))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error


def write(run: Run, folder: RunFolder | None, report: Progress, *, late: bool) -> Run:
    """Write the files of a run; what its fits left in the folder goes, unless a budget left out some that may still come."""
    if folder is not None:
        report.step("report", 0.98)
        if folder.finished() != run.to_dict():
            folder.finish(run.files(), run.to_dict())
        if not late:
            folder.drop_parts()
    report.step("done", 1.0)
    return run


def command(task: str, name: str, config: Tree, defaults: Tree) -> str:
    """The command that repeats the run; options at their defaults are left out."""
    words = ["gromov", "fit", task, name]
    for key, value in config.items():
        option = key.replace("_", "-")
        if value == defaults.get(key) or value is None or value == []:
            continue
        if value is False:
            if key in defaults:  # what is on unless it is turned off
                words.append(f"--no-{option}")
        elif value is True:
            words.append(f"--{option}")
        elif isinstance(value, list):
            words += [f"--{option}", ",".join(f"{x:g}" if isinstance(x, float) else str(x) for x in cast("list[object]", value))]
        else:
            words += [f"--{option}", str(value)]
    return shlex.join(words)
