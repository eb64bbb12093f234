"""Two earlier runs of `gromov measure`, compared number by number: the change of each in its standard errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import cast

from gromov.core import Arrays, GromovError, InputError, PluginError, Result, Tree
from gromov.core.runs import RESULT, RunFolder
from gromov.report import Page
from gromov.verbs.catalogue import instrument
from gromov.verbs.trend_record import Trend
from gromov.verbs.trend_series import series_over


@dataclass(frozen=True, slots=True, eq=False)
class RunsCompared(Trend):
    """The numbers of two runs, as a trend from the first to the second."""

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json: that of a trend, with the verb `compare`."""
        return {**Trend.to_dict(self, arrays), "verb": "compare"}

    def page(self) -> Page:
        """The report: that of a trend."""
        return replace(Trend.page(self), verb="compare", title=f"{self.labels[0]} against {self.labels[1]}, number by number")


def is_run(path: object) -> bool:
    """Whether this is a folder of a finished run."""
    return isinstance(path, str | Path) and Path(path).is_dir() and (Path(path) / RESULT).is_file()


def compare_runs(first: str | Path, second: str | Path, *, out: str | Path | None = None, again: bool = False) -> RunsCompared:
    """Each number of two runs of `gromov measure`: second − first with error √(se₁² + se₂²), the headline numbers tested together at 5 %.

    Nothing is measured again.

    Args:
        first: Folder of a run.
        second: Folder of another.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.

    Raises:
        InputError: a folder holds no finished run of `measure` over one input.
    """
    trees = [_read(each) for each in (first, second)]
    results = [_results(each, tree) for each, tree in zip((first, second), trees, strict=True)]
    series, test = series_over(results)
    if not series:
        raise InputError(f"{first} and {second} have no number in common")
    inputs = [{**cast(Tree, tree["input"]), "name": str(path)} for path, tree in zip((first, second), trees, strict=True)]
    skipped = [cast("dict[str, str]", tree["skipped"]) for tree in trees]
    config: Tree = {**cast(Tree, trees[1]["config"]), "order": "given"}
    folder = None
    if out is not None:
        identity: Tree = {"verb": "compare", "gromov": version("gromov"), "config": config, "inputs": inputs}
        folder = RunFolder.open(Path(out), identity, stem="compare-runs", again=again)
    differing = [
        name
        for name in dict.fromkeys([*cast(Tree, trees[0]["config"]), *cast(Tree, trees[1]["config"])])
        if name != "instruments" and cast(Tree, trees[0]["config"]).get(name) != cast(Tree, trees[1]["config"]).get(name)
    ]
    told = [f"the runs were configured differently: {', '.join(differing)}"] if differing else []
    found = RunsCompared(
        series=series,
        test=test,
        results=results[1],
        inputs=inputs,
        steps=(),
        skipped=skipped,
        config=config,
        warnings=tuple(dict.fromkeys([*told, *(str(each) for tree in trees for each in cast("list[object]", tree["warnings"]))])),
        version=version("gromov"),
        timings={str(first): {}, str(second): {}},
        folder=None if folder is None else folder.path,
        command=f"gromov compare {first} {second}",
    )
    if folder is not None and folder.finished() != found.to_dict():
        folder.finish(found.files(), found.to_dict())
    return found


def _read(path: str | Path) -> Tree:
    try:
        tree = json.loads((Path(path) / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} holds no finished run that can be read: {error}") from error
    if not isinstance(tree, dict) or tree.get("verb") != "measure" or "inputs" in tree:
        raise InputError(f"{path} holds no run of gromov measure over one input: those can be compared number by number")
    return cast(Tree, tree)


def _results(path: str | Path, tree: Tree) -> Mapping[str, Result]:
    found: dict[str, Result] = {}
    try:
        arrays = RunFolder(Path(path), {}).arrays()
        for name, each in cast(Tree, tree["results"]).items():
            found[name] = instrument(name).restore(each, arrays)
    except PluginError:
        raise
    except GromovError as error:
        raise InputError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the results in {path} are damaged, or of another version of gromov: measure again") from error
    return found
