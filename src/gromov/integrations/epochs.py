"""The numbers of every epoch into TensorBoard, MLflow and Weights & Biases: what `gromov.learn.fit` takes as `loggers`.

A tracker is the object that the user already has, or is imported when its logger is made, so that a missing one is told before training and not after it. Under
a distributed launch the main process alone tells its loggers.
"""

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from gromov.core import InputError, MissingDependencyError
from gromov.integrations.loggers import Mlflow, SummaryWriter, WandbRun
from gromov.learn import Logger


class _Flushes(SummaryWriter, Protocol):
    def flush(self) -> object: ...


class _Writers(Protocol):
    """The module `torch.utils.tensorboard`."""

    SummaryWriter: Callable[[str], _Flushes]


class _Wandb(Protocol):
    """The module `wandb`."""

    run: WandbRun | None

    def init(self) -> WandbRun: ...


def tensorboard_logger(writer: SummaryWriter | str | Path, *, prefix: str = "gromov") -> Logger:
    """Each number of an epoch as a scalar of TensorBoard; the step is the number of the epoch, from 1.

    Args:
        writer: A `SummaryWriter`, which is neither flushed nor closed here, or the folder of a new one, which is flushed after every epoch.
        prefix: First part of every name, as in `gromov/loss` and `gromov/validation/accuracy`; an empty one is left out.

    Cost: one line of a file for each number of an epoch.

    Raises:
        MissingDependencyError: a folder is given and TensorBoard is not installed.
        InputError: neither a folder nor anything that has `add_scalar`.
    """
    if not isinstance(writer, str | Path):
        _require(writer, "add_scalar", "a SummaryWriter or a folder")
        return lambda epoch, numbers: _add_scalars(writer, epoch, numbers, prefix)
    writers = cast(_Writers, _imported("torch.utils.tensorboard", "tensorboard_logger() of a folder", "tensorboard"))
    opened: list[_Flushes] = []

    def tell(epoch: int, numbers: Mapping[str, float]) -> None:
        if not opened:
            opened.append(writers.SummaryWriter(str(writer)))
        _add_scalars(opened[0], epoch, numbers, prefix)
        opened[0].flush()

    return tell


def mlflow_logger(mlflow: Mlflow | None = None, *, prefix: str = "gromov") -> Logger:
    """The numbers of an epoch as metrics of MLflow's active run (MLflow begins one where there is none); the step is the number of the epoch, from 1.

    Args:
        mlflow: The module itself, or a client with its `log_metrics`; None imports the module.
        prefix: First part of every name, as in `gromov/loss`; an empty one is left out.

    Cost: one call of MLflow an epoch.

    Raises:
        MissingDependencyError: MLflow is to be imported and is not installed.
        InputError: what is given has no `log_metrics`.
    """
    tracker = cast(Mlflow, _imported("mlflow", "mlflow_logger()", "mlflow")) if mlflow is None else mlflow
    _require(tracker, "log_metrics", "the module mlflow, or None")

    def tell(epoch: int, numbers: Mapping[str, float]) -> None:
        tracker.log_metrics(_named(numbers, prefix), step=epoch)

    return tell


def wandb_logger(run: WandbRun | None = None, *, prefix: str = "gromov") -> Logger:
    """The numbers of an epoch in one `log` of a run of Weights & Biases; the step is the number of the epoch, from 1.

    What else is logged with the same step goes beside them: wandb sends a step when the next begins or the run ends.

    Args:
        run: What `wandb.init` returned; None takes the run that is active at the first epoch, and begins one where there is none.
        prefix: First part of every name, as in `gromov/loss`; an empty one is left out.

    Cost: one call of the run an epoch.

    Raises:
        MissingDependencyError: a run is to be begun and wandb is not installed.
        InputError: what is given has no `log`.
    """
    if run is not None:
        _require(run, "log", "what wandb.init returned, or None")
        return lambda epoch, numbers: _log(run, epoch, numbers, prefix)
    wandb = cast(_Wandb, _imported("wandb", "wandb_logger()", "wandb"))
    return lambda epoch, numbers: _log(wandb.run or wandb.init(), epoch, numbers, prefix)


def _add_scalars(writer: SummaryWriter, epoch: int, numbers: Mapping[str, float], prefix: str) -> None:
    for name, value in _named(numbers, prefix).items():
        writer.add_scalar(name, value, epoch)


def _log(run: WandbRun, epoch: int, numbers: Mapping[str, float], prefix: str) -> None:
    run.log(_named(numbers, prefix), step=epoch)


def _named(numbers: Mapping[str, float], prefix: str) -> dict[str, float]:
    """The finite numbers under names that trackers take: `validation.accuracy` becomes `gromov/validation/accuracy`."""
    parts = ((prefix, name.replace(".", "/"), value) for name, value in numbers.items() if math.isfinite(value))
    return {f"{first}/{name}" if first else name: float(value) for first, name, value in parts}


def _imported(module: str, who: str, package: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingDependencyError(f"{who} needs {package}: pip install {package}") from error


def _require(what: object, method: str, wanted: str) -> None:
    if not callable(getattr(what, method, None)):
        raise InputError(f"a logger needs {wanted}; got a {type(what).__name__}, which has no {method}")
