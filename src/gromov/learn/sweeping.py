"""A sweep: one problem trained under every combination of some options, side by side, and resumed."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from gromov.core import Executor, InputError, Progress, Silent, Tree
from gromov.core.runs import RunFolder
from gromov.learn.fitting import fit
from gromov.learn.problem import Problem
from gromov.learn.training import Training

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One combination of a sweep.

    Attributes:
        options: The values of this combination, by name.
        seed: Seed of the fit.
        test: Numbers on the test samples.
        validation: Numbers on the validation samples after the last epoch.
        losses: Mean training loss of each epoch.
        seconds: CPU seconds.
    """

    options: Options
    seed: int
    test: Mapping[str, float]
    validation: Mapping[str, float]
    losses: np.ndarray
    seconds: float


def sweep(
    problem: Callable[[Options], tuple[Problem, Training]],
    grid: Mapping[str, Sequence[object]],
    *,
    seeds: Sequence[int] = (0,),
    workers: int = 1,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> list[Trial]:
    """Train a problem under every combination of a grid and every seed.

    Trials run in processes of one thread each; with a folder every trial that is done stays done, and one that was interrupted goes on where it stopped. The numbers do not
    depend on the number of workers.

    Args:
        problem: Makes the problem and its options from a combination; with more than one worker it must be a function of a module.
        grid: The values of each option, JSON-ready.
        seeds: Seeds of the fits.
        workers: Processes.
        folder: Where to keep trials; None keeps nothing.
        progress: Told how many are done.

    Raises:
        InputError: an empty grid or value list, or values that JSON does not know.

    Example:
        >>> import torch
        >>> from gromov.learn import Data, Problem, TensorSamples, Training, cross_entropy, sweep
        >>> x = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
        >>> data = Data(TensorSamples(x, (x[:, 0] > 0).long()))
        >>> make = lambda o: (Problem(torch.nn.Linear(2, 2), cross_entropy, data), Training(epochs=2, rate=o["rate"]))
        >>> [trial.options["rate"] for trial in sweep(make, {"rate": [0.1, 0.01]})]
        [0.1, 0.01]
    """
    if not grid or any(not values for values in grid.values()) or not seeds:
        raise InputError("a sweep needs at least one option, a value of each, and a seed")
    combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    try:
        described = json.loads(json.dumps({"grid": {key: list(values) for key, values in grid.items()}, "seeds": list(seeds)}))
    except TypeError as error:
        raise InputError(f"the values of a sweep must be numbers, texts, truth values or lists of them: {error}") from error
    report = progress or Silent()
    kept = None if folder is None else RunFolder.open(Path(folder), {"sweep": described}, stem="sweep")
    trials = [(options, seed) for options in combinations for seed in seeds]
    if workers == 1:
        found: list[Trial] = []
        for place, (options, seed) in enumerate(trials):
            report.step(f"trial {place + 1} of {len(trials)}", place / len(trials))
            found.append(_trial((options, seed), problem, kept))
    else:
        report.step(f"{len(trials)} trials, {workers} side by side", 0.0)
        found = list(Executor(workers).map(_trial, trials, problem, kept))
    report.step("done", 1.0)
    return found


def _trial(what: tuple[Options, int], problem: Callable[[Options], tuple[Problem, Training]], folder: RunFolder | None) -> Trial:
    options, seed = what
    name = "trial-" + "-".join(f"{key}={value}" for key, value in options.items()).replace("/", "-")[:120] + f"-{seed}"
    if folder is not None and (kept := folder.part(name)) is not None:
        tree, arrays = kept
        test, validation = (cast("dict[str, float]", tree[key]) for key in ("test", "validation"))
        return Trial(options, seed, test, validation, cast(np.ndarray, arrays["losses"]), cast(float, tree["seconds"]))
    made, training = problem(options)
    found = fit(made, training, seed=seed, folder=folder, name=name)
    last = {key: float(values[-1]) for key, values in found.validation.items()}
    trial = Trial(options, seed, found.test, last, found.losses, found.seconds)
    if folder is not None:
        tree: Tree = {"test": dict(found.test), "validation": last, "seconds": found.seconds}
        folder.keep(name, tree, {"losses": found.losses})
    return trial
