"""What the fits of embeddings have in common: the folder, the progress of one fit among several, the command that repeats it."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gromov.core import Progress, Result, Tree, decode
from gromov.core.runs import RunFolder
from gromov.models import Embedding, load_embedding
from gromov.verbs.fit_record import FitRun


@dataclass(frozen=True, slots=True)
class Place:
    """Progress of one fit among all of them."""

    whole: Progress
    place: int
    count: int

    def step(self, what: str, done: float) -> None:
        """Tell how far all of them are."""
        self.whole.step(what, min(0.97, (self.place + done) / max(1, self.count)))


@dataclass(frozen=True, slots=True)
class Finished:
    """What a complete run of a folder holds."""

    results: dict[str, Result]
    embedding: Embedding
    skipped: dict[str, str]
    warnings: tuple[str, ...]


def finished(folder: RunFolder | None, kinds: Mapping[str, type[Result]]) -> Finished | None:
    """What a complete run of the folder holds; None where it is not complete.

    Raises:
        RunFolderError: the folder is damaged.
    """
    if folder is None or folder.has_parts() or (tree := folder.finished()) is None:
        return None
    try:
        arrays = folder.arrays()
        results = {name: decode(kinds[name], each, arrays) for name, each in cast(Tree, tree["results"]).items()}
        skipped = cast("dict[str, str]", tree["skipped"])
        return Finished(results, load_embedding(folder.path), skipped, tuple(map(str, cast("list[object]", tree["warnings"]))))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error


def write(run: FitRun, folder: RunFolder | None, report: Progress, *, late: bool) -> FitRun:
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
