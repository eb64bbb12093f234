"""`gromov measure`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer

from gromov.cli.running import Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, Workers, checked_gate, end

if TYPE_CHECKING:
    from gromov.core import Progress


class AsKind(StrEnum):
    """How to read the input."""

    points = "points"
    distances = "distances"
    edges = "edges"


class Normalization(StrEnum):
    """What to do to the points first."""

    NONE = "none"
    CENTER = "center"
    L2 = "l2"
    CENTER_L2 = "center-l2"
    STANDARD = "standard"


class Ordering(StrEnum):
    """How several inputs are ordered."""

    natural = "natural"
    given = "given"


class _Running(TypedDict):
    """The options that every run takes."""

    instruments: list[str] | None
    seed: int
    workers: int
    device: Literal["auto", "cpu", "cuda"]
    budget: float | None
    out: Path | None
    again: bool
    progress: "Progress"
    default_folder: bool


def measure(
    data: Annotated[
        list[str] | None,
        typer.Argument(
            help="A file, a data set (gromov data list), or module:factory; several give a trend. Default: digits.", metavar="DATA..."
        ),
    ] = None,
    out: Out = None,
    again: Again = False,
    json: Json = False,
    instruments: Annotated[str | None, typer.Option(help="Instruments to run, separated by commas (default: all).")] = None,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = DeviceName.auto,
    budget: Annotated[float | None, typer.Option(help="Seconds after which no further instrument is started.", min=0)] = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'spectrum.effective_rank<20'.", metavar="EXPR")] = None,
    summary: Summary = None,
    order: Annotated[
        Ordering, typer.Option(help="Several DATA: by the numbers in their names (ckpt-9 before ckpt-10), or as given.")
    ] = Ordering.natural,
    quiet: Quiet = False,
    as_: Annotated[AsKind | None, typer.Option("--as", help="What the file holds.")] = None,
    array: Annotated[str | None, typer.Option(help="Array to take from an npz.", metavar="NAME")] = None,
    columns: Annotated[str | None, typer.Option(help="Columns to take from a table, separated by commas.")] = None,
    labels: Annotated[str | None, typer.Option(help="Labels: an array of the npz, a column, or a file.")] = None,
    names: Annotated[str | None, typer.Option(help="Names: an array of the npz, a column, or a file.")] = None,
    where: Annotated[str | None, typer.Option(help="Which rows to take: 'model==GAN and epoch>=20'.")] = None,
    normalize: Annotated[Normalization, typer.Option(help="What to do to the points first.")] = Normalization.NONE,
    flatten: Annotated[bool, typer.Option("--flatten", help="Make n × … into n × d, as for images.")] = False,
    sample: Annotated[int | None, typer.Option(help="Draw this many rows at random.", metavar="N", min=1)] = None,
) -> int:
    """Measure one representation: is it collapsed, how many dimensions does it use, is it a tree? Of several, also what changes.

    Writes a run folder (report.html, result.json, arrays.npz, …) and prints a summary.

    Examples: gromov measure digits | gromov measure vectors.npz --array x --labels y | gromov measure graph.csv --as edges |
    gromov measure ckpt-*.npy
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import terminal_progress
    from gromov.verbs import measure as run
    from gromov.verbs import trend
    from gromov.verbs.reading import Reading

    gate = checked_gate(fail_if, summary)
    inputs = data or ["digits"]
    reading: Reading = {
        "kind": None if as_ is None else as_.value,
        "array": array,
        "columns": None if columns is None else [name.strip() for name in columns.split(",")],
        "labels": labels,
        "names": names,
        "where": where,
        "normalize": normalize.value,
        "flatten": flatten,
        "sample": sample,
    }
    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        running: _Running = {
            "instruments": None if instruments is None else [name.strip() for name in instruments.split(",")],
            "seed": seed,
            "workers": workers,
            "device": device.value,
            "budget": budget,
            "out": out,
            "again": again,
            "progress": progress,
            "default_folder": True,
        }
        several = len(inputs) > 1
        measured = trend(inputs, order=order.value, **running, **reading) if several else run(inputs[0], **running, **reading)
    return end(measured, gate=gate, fail_if=fail_if, summary=summary, json=json, quiet=quiet)
