"""What is logged, to objects that only remember, and to the real trackers where they are installed."""

import importlib
import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gromov
from gromov.core import Estimate, Representation
from gromov.integrations.loggers import flat_numbers, log_to_mlflow, log_to_tensorboard, log_to_wandb
from gromov.verbs import Measurement

RANK = "gromov/spectrum/effective_rank"


@pytest.fixture(scope="module")
def measurement() -> Measurement:
    x = np.random.default_rng(0).normal(size=(120, 6))
    return gromov.measure(Representation(x, labels=np.arange(120) % 3), instruments=["spectrum", "neighborhood"])


class Recorder:
    """A tracker that remembers what it was told: the methods of all three, as their users call them."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, int | None], float] = {}
        self.texts: dict[str, str] = {}
        self.calls: list[tuple[str, int | None]] = []

    def add_scalar(self, tag: str, scalar_value: float, global_step: int | None = None, /) -> None:
        self.numbers[tag, global_step] = scalar_value

    def add_text(self, tag: str, text_string: str, global_step: int | None = None, /) -> None:
        self.texts[tag] = text_string

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.numbers.update({(name, step): value for name, value in metrics.items()})

    def log_text(self, text: str, artifact_file: str) -> None:
        self.texts[artifact_file] = text

    def log(self, data: dict[str, Any], step: int | None = None) -> None:
        self.calls.append(("log", step))
        self.numbers.update({(name, step): value for name, value in data.items()})

    def log_artifact(self, path: str, name: str | None = None, kind: str | None = None, /) -> None:
        self.texts[f"{kind}:{name}"] = Path(path).read_text(encoding="utf-8")
        self.path = Path(path)


def test_an_estimate_becomes_two_numbers() -> None:
    estimate = Estimate.normal(2.5, 0.25, n=10, seed=None, method="")
    assert flat_numbers({"rank": estimate}) == {"gromov/rank": 2.5, "gromov/rank_stderr": 0.25}
    assert flat_numbers({"rank": estimate}, prefix="valid/gromov")["valid/gromov/rank"] == 2.5
    assert set(flat_numbers({"rank": estimate}, prefix="")) == {"rank", "rank_stderr"}


def test_what_could_not_be_computed_is_left_out() -> None:
    assert flat_numbers(
        {"a": Estimate.missing("why"), "b": Estimate(1.0, None, None, 4, None, ""), "c": Estimate(math.inf, 1.0, None, 4, None, "")}
    ) == {"gromov/b": 1.0}


def test_every_number_of_a_measurement_is_there_under_its_own_name(measurement: Measurement) -> None:
    flat = flat_numbers(measurement)
    spectrum = measurement["spectrum"]
    assert flat[RANK] == spectrum.effective_rank.value  # pyright: ignore[reportAttributeAccessIssue]
    assert flat[f"{RANK}_stderr"] == spectrum.effective_rank.stderr  # pyright: ignore[reportAttributeAccessIssue]
    for name, result in measurement.results.items():
        for path, item in result.rows():
            value = item.value if isinstance(item, Estimate) else item
            tag = f"gromov/{name}/{path.replace('.', '/')}"
            assert (tag in flat) == (not isinstance(value, str) and math.isfinite(value))
            assert tag not in flat or flat[tag] == value
    assert flat["gromov/neighborhood/labels/accuracy"] == measurement["neighborhood"].labels.accuracy.value  # pyright: ignore[reportAttributeAccessIssue]
    assert all(type(value) is float for value in flat.values())


def test_tensorboard_gets_scalars_and_the_score_card(measurement: Measurement) -> None:
    writer = Recorder()
    log_to_tensorboard(measurement, writer, step=7)
    assert writer.numbers == {(name, 7): value for name, value in flat_numbers(measurement).items()}
    card = writer.texts["gromov/score-card"]
    assert "| Is it collapsed? | **No** |" in card
    assert {line.replace("\\|", "").count("|") for line in card.splitlines()} == {4}


def test_mlflow_gets_metrics_and_two_files(measurement: Measurement) -> None:
    mlflow = Recorder()
    log_to_mlflow(measurement, mlflow, step=7, prefix="geometry")
    assert mlflow.numbers == {(name, 7): value for name, value in flat_numbers(measurement, prefix="geometry").items()}
    assert mlflow.texts == {"geometry/step-7/report.html": measurement.to_html(), "geometry/step-7/result.json": measurement.to_json()}


def test_wandb_gets_one_step_and_the_report(measurement: Measurement) -> None:
    run = Recorder()
    log_to_wandb(measurement, run, step=7)
    assert run.calls == [("log", 7)]
    assert run.numbers == {(name, 7): value for name, value in flat_numbers(measurement).items()}
    assert run.texts == {"report:gromov-report": measurement.to_html()}
    assert not run.path.exists()  # nothing is left behind
    log_to_wandb(measurement, run, html=len)
    assert run.numbers["gromov/report", None] == len(measurement.to_html())


def test_estimates_alone_bring_no_report() -> None:
    tracker = Recorder()
    numbers = {"rank": Estimate.normal(2.0, 0.5, n=4, seed=None, method="")}
    log_to_tensorboard(numbers, tracker, step=1)
    log_to_mlflow(numbers, tracker, step=2)
    log_to_wandb(numbers, tracker, step=3)
    assert tracker.numbers == {(f"gromov/rank{end}", step): value for step in (1, 2, 3) for end, value in (("", 2.0), ("_stderr", 0.5))}
    assert not tracker.texts


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed")


@needs("tensorboard")
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("module", ["torch.utils.tensorboard", "tensorboardX"])
def test_tensorboard_reads_it_back(module: str, measurement: Measurement, tmp_path: Path) -> None:
    writers = pytest.importorskip(module)
    with writers.SummaryWriter(str(tmp_path)) as writer:
        log_to_tensorboard(measurement, writer, step=3)
    events = importlib.import_module("tensorboard.backend.event_processing.event_accumulator").EventAccumulator(str(tmp_path))
    events.Reload()
    flat = flat_numbers(measurement)
    assert set(events.Tags()["scalars"]) == set(flat)
    (event,) = events.Scalars(RANK)
    assert (event.step, event.value) == (3, pytest.approx(flat[RANK], rel=1e-6))
    (text,) = events.Tensors("gromov/score-card/text_summary")
    assert "Is it collapsed?" in text.tensor_proto.string_val[0].decode()


@needs("mlflow")
@pytest.mark.filterwarnings("default")
def test_mlflow_reads_it_back(measurement: Measurement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow = importlib.import_module("mlflow")
    mlflow.set_tracking_uri(f"file://{tmp_path}/store")
    with mlflow.start_run(experiment_id=mlflow.create_experiment("test")) as run:
        log_to_mlflow(measurement, mlflow, step=3)
        log_to_mlflow({"rank": Estimate.normal(2.0, 0.5, n=4, seed=None, method="")}, mlflow, step=4)
    client = mlflow.MlflowClient()
    (metric,) = client.get_metric_history(run.info.run_id, RANK)
    assert (metric.step, metric.value) == (3, flat_numbers(measurement)[RANK])
    assert client.get_metric_history(run.info.run_id, "gromov/rank_stderr")[0].value == 0.5
    report = client.download_artifacts(run.info.run_id, "gromov/step-3/report.html", str(tmp_path))
    assert Path(report).read_text(encoding="utf-8") == measurement.to_html()


@needs("wandb")
@pytest.mark.filterwarnings("default")
def test_wandb_keeps_it_offline(measurement: Measurement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    for place in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(place, str(tmp_path / place))
    wandb = importlib.import_module("wandb")
    run = wandb.init(project="test", dir=str(tmp_path))
    log_to_wandb(measurement, run, step=3, html=wandb.Html)
    log_to_wandb(measurement, run, step=4)
    assert run.summary.get(RANK) == flat_numbers(measurement)[RANK]
    run.finish()
    shown = list((tmp_path / "wandb").rglob("media/html/gromov/*.html"))
    assert len(shown) == 1
    assert "Is it collapsed?" in shown[0].read_text(encoding="utf-8")
    staged = [path for path in (tmp_path / "WANDB_DATA_DIR").rglob("*") if path.is_file() and path.stat().st_size > 100_000]
    assert any(path.read_text(encoding="utf-8") == measurement.to_html() for path in staged)
