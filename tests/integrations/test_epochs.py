"""The numbers of every epoch, told to objects that only remember, and to the real trackers where they are installed."""

import importlib
import importlib.util
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from gromov.core import InputError, MissingDependencyError
from gromov.integrations.epochs import mlflow_logger, tensorboard_logger, wandb_logger
from gromov.learn import Data, Fit, Logger, Problem, TensorSamples, Training, accuracy, cross_entropy, fit

NAMES = {"gromov/loss", "gromov/rate", "gromov/validation/loss", "gromov/validation/accuracy"}


class Recorder:
    """A tracker that remembers what it was told: the methods of all three."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, int | None], float] = {}
        self.flushed = 0

    def add_scalar(self, tag: str, scalar_value: float, global_step: int | None = None, /) -> None:
        self.numbers[tag, global_step] = scalar_value

    def add_text(self, tag: str, text_string: str, global_step: int | None = None, /) -> None:
        raise AssertionError(tag, text_string, global_step)

    def flush(self) -> None:
        self.flushed += 1

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.numbers.update({(name, step): value for name, value in metrics.items()})

    def log_text(self, text: str, artifact_file: str) -> None:
        raise AssertionError(text, artifact_file)

    def log(self, data: dict[str, float], step: int | None = None) -> None:
        self.log_metrics(data, step)

    def log_artifact(self, path: str, name: str | None = None, kind: str | None = None, /) -> None:
        raise AssertionError(path, name, kind)


def trained(*loggers: Logger) -> Fit:
    x = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    samples = TensorSamples(x, (x[:, 0] > 0).long())
    problem = Problem(nn.Linear(2, 2), cross_entropy, Data(samples, validation=samples), {"accuracy": accuracy})
    return fit(problem, Training(epochs=3, batch=16, rate=0.1), loggers=loggers)


MAKERS: dict[str, Callable[[Recorder], Logger]] = {"tensorboard": tensorboard_logger, "mlflow": mlflow_logger, "wandb": wandb_logger}


@pytest.mark.parametrize("name", MAKERS)
def test_the_object_of_the_user_is_told_every_epoch(name: str) -> None:
    tracker = Recorder()
    found = trained(MAKERS[name](tracker))
    assert set(tracker.numbers) == {(each, epoch) for each in NAMES for epoch in (1, 2, 3)}
    assert [tracker.numbers["gromov/loss", epoch] for epoch in (1, 2, 3)] == found.losses.tolist()
    assert tracker.numbers["gromov/validation/accuracy", 3] == found.validation["accuracy"][-1]
    assert tracker.flushed == 0


def test_several_loggers_are_told_the_same() -> None:
    trackers = [Recorder() for _ in range(3)]
    trained(*(make(tracker) for make, tracker in zip(MAKERS.values(), trackers, strict=True)))
    assert trackers[0].numbers == trackers[1].numbers == trackers[2].numbers


@pytest.mark.parametrize("name", MAKERS)
def test_names_and_what_is_no_number(name: str) -> None:
    tracker = Recorder()
    tell = MAKERS[name](tracker)
    tell(1, {"loss": 2.0, "validation.loss": math.nan, "validation.f1.macro": 0.5})
    assert tracker.numbers == {("gromov/loss", 1): 2.0, ("gromov/validation/f1/macro", 1): 0.5}
    bare = Recorder()
    wandb_logger(bare, prefix="")(1, {"loss": 2.0})
    tensorboard_logger(bare, prefix="run/a")(1, {"loss": 2.0})
    assert set(bare.numbers) == {("loss", 1), ("run/a/loss", 1)}


PACKAGES: dict[str, tuple[str, Callable[[], Logger]]] = {
    "tensorboard": ("torch.utils.tensorboard", lambda: tensorboard_logger("here")),
    "mlflow": ("mlflow", mlflow_logger),
    "wandb": ("wandb", wandb_logger),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_tracker_is_told_before_training(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, make = PACKAGES[name]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError, match=f"needs {name}: pip install {name}"):
        make()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_is_no_tracker_is_refused(make: Callable[[object], Logger]) -> None:
    with pytest.raises(InputError, match=r"a logger needs .*; got a int, which has no"):
        make(3)


def test_a_tracker_that_is_imported_begins_with_the_first_epoch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun: list[tuple[str, Recorder]] = []

    def begin(where: str = "") -> Recorder:
        begun.append((where, Recorder()))
        return begun[-1][1]

    def init() -> Recorder:
        wandb.run = begin("wandb")
        return wandb.run

    wandb = SimpleNamespace(run=None, init=init)
    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = begin  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    monkeypatch.setitem(sys.modules, "wandb", wandb)  # pyright: ignore[reportArgumentType]
    loggers = [tensorboard_logger(tmp_path / "events"), wandb_logger()]
    assert not begun
    trained(*loggers)
    assert [where for where, _ in begun] == [str(tmp_path / "events"), "wandb"]
    assert all({name for name, _ in tracker.numbers} == NAMES for _, tracker in begun)
    assert begun[0][1].flushed == 3


# ---- the real ones


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed")


@needs("tensorboard")
@pytest.mark.filterwarnings("default")
def test_tensorboard_reads_it_back(tmp_path: Path) -> None:
    found = trained(tensorboard_logger(tmp_path / "events"))
    events = importlib.import_module("tensorboard.backend.event_processing.event_accumulator").EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    assert set(events.Tags()["scalars"]) == NAMES
    assert [(event.step, pytest.approx(event.value)) for event in events.Scalars("gromov/loss")] == list(enumerate(found.losses, start=1))


@needs("mlflow")
@pytest.mark.filterwarnings("default")
def test_mlflow_reads_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow = importlib.import_module("mlflow")
    mlflow.set_tracking_uri(f"file://{tmp_path}/store")
    with mlflow.start_run(experiment_id=mlflow.create_experiment("fit")) as run:
        found = trained(mlflow_logger())
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "gromov/loss")
    assert [(each.step, each.value) for each in history] == list(enumerate(found.losses.tolist(), start=1))


@needs("wandb")
@pytest.mark.filterwarnings("default")
def test_wandb_keeps_it_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    for place in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(place, str(tmp_path / place))
    wandb = importlib.import_module("wandb")
    found = trained(wandb_logger())
    run = wandb.run
    run.log({})  # a step is told when the next begins
    numbers: Mapping[str, float] = run.summary
    assert numbers["gromov/loss"] == found.losses[-1]
    run.finish()
