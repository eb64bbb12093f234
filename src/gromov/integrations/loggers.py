"""Measurements into TensorBoard, MLflow and Weights & Biases, through the object that the user already has.

None of them is imported: each function says which methods it calls, and anything that has them will do. Numbers are named
`gromov/<instrument>/<number>`, their standard errors `gromov/<instrument>/<number>_stderr`; what could not be computed is left out.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from gromov.core import Estimate, Finding, Result
from gromov.verbs import Measurement

Loggable: TypeAlias = Measurement | Mapping[str, Result | Estimate]
"""What `gromov.measure` returns, or results and estimates by name: `{"effective_rank": metric.compute()}`."""


class SummaryWriter(Protocol):
    """A writer of TensorBoard: `torch.utils.tensorboard.SummaryWriter`, or tensorboardX's."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int | None = None, /) -> object:
        """One number of one step."""
        ...

    def add_text(self, tag: str, text_string: str, global_step: int | None = None, /) -> object:
        """Text in Markdown."""
        ...


class Mlflow(Protocol):
    """The module `mlflow`, which logs to its active run."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> object:
        """Numbers of one step."""
        ...

    def log_text(self, text: str, artifact_file: str) -> object:
        """A file of text among the artifacts."""
        ...


class WandbRun(Protocol):
    """A run of Weights & Biases, as `wandb.init` returns it."""

    def log(self, data: dict[str, Any], step: int | None = None) -> object:
        """Numbers, or media, of one step."""
        ...

    def log_artifact(self, path: str, name: str | None = None, kind: str | None = None, /) -> object:
        """A file as an artifact, versioned by its name."""
        ...


def flat_numbers(measured: Loggable, *, prefix: str = "gromov") -> dict[str, float]:
    """Every finite number under a name that trackers take: `gromov/spectrum/effective_rank`, and `…_stderr` for its error.

    Counts become floats, yes and no 1 and 0; texts and numbers that could not be computed are left out.

    Args:
        measured: A measurement, or results and estimates by name.
        prefix: First part of every name; an empty one is left out.
    """
    return {"/".join(part for part in (prefix, name) if part): value for name, value in _numbers(measured) if math.isfinite(value)}


def log_to_tensorboard(measured: Loggable, writer: SummaryWriter, *, step: int | None = None, prefix: str = "gromov") -> None:
    """Every number as a scalar and, for a measurement, the score-card as text (TensorBoard shows no HTML).

    Args:
        measured: A measurement, or results and estimates by name.
        writer: The user's own; it is neither flushed nor closed.
        step: Step of the training, or None.
        prefix: First part of every name.
    """
    for name, value in flat_numbers(measured, prefix=prefix).items():
        writer.add_scalar(name, value, step)
    if isinstance(measured, Measurement):
        writer.add_text(f"{prefix}/score-card" if prefix else "score-card", score_card(measured), step)


def log_to_mlflow(measured: Loggable, mlflow: Mlflow, *, step: int | None = None, prefix: str = "gromov") -> None:
    """Every number as a metric and, for a measurement, `report.html` and `result.json` as artifacts of the active run.

    Args:
        measured: A measurement, or results and estimates by name.
        mlflow: The module itself, with a run begun (or MLflow begins one).
        step: Step of the training, or None; the artifacts of a step get a folder of their own.
        prefix: First part of every name, and the artifacts' folder.
    """
    mlflow.log_metrics(flat_numbers(measured, prefix=prefix), step=step)
    if isinstance(measured, Measurement):
        folder = "/".join(part for part in (prefix, "" if step is None else f"step-{step}") if part)
        for name, text in (("report.html", measured.to_html()), ("result.json", measured.to_json())):
            mlflow.log_text(text, f"{folder}/{name}" if folder else name)


def log_to_wandb(
    measured: Loggable,
    run: WandbRun,
    *,
    step: int | None = None,
    prefix: str = "gromov",
    html: Callable[[str], object] | None = None,
) -> None:
    """Every number in one `log` and, for a measurement, the report as an artifact of type `report`.

    Args:
        measured: A measurement, or results and estimates by name.
        run: What `wandb.init` returned.
        step: Step of the training, or None for the run's own counter.
        prefix: First part of every name.
        html: `wandb.Html`, to show the report among the charts as well.
    """
    data: dict[str, Any] = dict(flat_numbers(measured, prefix=prefix))
    if not isinstance(measured, Measurement):
        run.log(data, step=step)
        return
    page = measured.to_html()
    if html is not None:
        data[f"{prefix}/report" if prefix else "report"] = html(page)
    run.log(data, step=step)
    with tempfile.TemporaryDirectory(prefix="gromov-") as folder:  # wandb copies a file when it is logged
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        run.log_artifact(str(path), f"{prefix or 'gromov'}-report".replace("/", "-"), "report")


def score_card(measurement: Measurement) -> str:
    """The findings as a table in Markdown."""
    found = [finding for result in measurement.results.values() for finding in result.findings()]
    return "\n".join(["| | | |", "|---|---|---|", *map(_row, found)])


def _row(finding: Finding) -> str:
    cells = (finding.question, f"**{finding.answer}**", f"{finding.detail} {finding.action}".strip())
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _numbers(measured: Loggable) -> Iterator[tuple[str, float]]:
    items = measured.results if isinstance(measured, Measurement) else measured
    for name, item in items.items():
        rows = ((name, item),) if isinstance(item, Estimate) else ((f"{name}/{path}", number) for path, number in item.rows())
        for path, number in rows:
            tag = path.replace(".", "/")
            if isinstance(number, Estimate):
                yield tag, number.value
                if number.stderr is not None and math.isfinite(number.value):
                    yield f"{tag}_stderr", number.stderr
            elif not isinstance(number, str):
                yield tag, float(number)
