"""`gromov measure`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer

from gromov.cli.running import Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, Workers, checked_gate, end

if TYPE_CHECKING:
    from gromov.core import Progress

NETWORK = "The layers of a network"


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


class Pooling(StrEnum):
    """What is made of sequences and images in a layer."""

    mean = "mean"
    flatten = "flatten"
    first = "first"
    last = "last"
    tokens = "tokens"


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
            help="A file, a data set (gromov data list), or module:factory; several give a trend. Default: digits. With --inputs: a network.",
            metavar="DATA...",
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
    inputs: Annotated[
        str | None,
        typer.Option(
            help="Measure the layers of DATA, a saved network or module:factory, for these inputs.", metavar="DATA", rich_help_panel=NETWORK
        ),
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(help="Which layers: 'layer*' (default), 'encoder.layer.*', '**'.", metavar="PATTERN", rich_help_panel=NETWORK),
    ] = None,
    pool: Annotated[
        Pooling | None, typer.Option(help="What to make of sequences and images (default: mean).", rich_help_panel=NETWORK)
    ] = None,
) -> int:
    """Measure one representation: is it collapsed, how many dimensions does it use, is it a tree? Of several, also what changes.

    Writes a run folder (report.html, result.json, arrays.npz, …) and prints a summary.

    Examples: gromov measure digits | gromov measure vectors.npz --array x --labels y | gromov measure graph.csv --as edges |
    gromov measure ckpt-*.npy | gromov measure runs/fit/network.safetensors --inputs digits
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import InputError, terminal_progress
    from gromov.verbs import measure as run
    from gromov.verbs import trend
    from gromov.verbs.layers import measure_layers
    from gromov.verbs.reading import Reading

    gate = checked_gate(fail_if, summary)
    sources = data or ["digits"]
    if inputs is None and (layers is not None or pool is not None):
        raise InputError(
            f"--{'layers' if layers is not None else 'pool'} belongs to the layers of a network: say --inputs, too, what to give it"
        )
    if inputs is not None and (data is None or len(data) != 1):
        raise InputError(f"--inputs goes with one network, and there are {len(data or [])}: gromov measure NETWORK --inputs DATA")
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
        if inputs is not None:
            measured = measure_layers(
                sources[0], inputs, layers=layers or "layer*", pool="mean" if pool is None else pool.value, **running, **reading
            )
        elif len(sources) > 1:
            measured = trend(sources, order=order.value, **running, **reading)
        else:
            measured = run(sources[0], **running, **reading)
    return end(measured, gate=gate, fail_if=fail_if, summary=summary, json=json, quiet=quiet)
