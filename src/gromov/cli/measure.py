"""`gromov measure`."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer

if TYPE_CHECKING:
    from gromov.core import Progress, Tree


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


class DeviceName(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


_INPUT, _RUN = "Input", "Run"


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
    out: Annotated[Path | None, typer.Option(help="Run folder; new, or the same run to resume.", rich_help_panel=_RUN)] = None,
    again: Annotated[bool, typer.Option("--again", help="Start another run beside an existing one.", rich_help_panel=_RUN)] = False,
    json: Annotated[bool, typer.Option("--json", help="Print result.json on standard output and nothing else there.")] = False,
    instruments: Annotated[str | None, typer.Option(help="Instruments to run, separated by commas (default: all).")] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random draw.", min=0)] = 0,
    workers: Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.", min=1)] = 1,
    device: Annotated[DeviceName, typer.Option(help="Where to compute.")] = DeviceName.auto,
    budget: Annotated[float | None, typer.Option(help="Seconds after which no further instrument is started.", min=0)] = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'spectrum.effective_rank<20'.", metavar="EXPR")] = None,
    summary: Annotated[Path | None, typer.Option(help="Append a summary in markdown, as to $GITHUB_STEP_SUMMARY.", metavar="FILE")] = None,
    order: Annotated[
        Ordering, typer.Option(help="Several DATA: by the numbers in their names (ckpt-9 before ckpt-10), or as given.")
    ] = Ordering.natural,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and --json).")] = False,
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
    import sys

    from gromov.cli.interrupts import interruptible
    from gromov.core import terminal_progress
    from gromov.report import code, print_summary
    from gromov.verbs import gate_holds, parse_gate, trend
    from gromov.verbs import measure as run
    from gromov.verbs.reading import Reading

    if summary is not None:
        require_writable(summary)
    gate = None if fail_if is None else parse_gate(fail_if)
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
    held = gate is not None and gate_holds(gate, _gated(measured.to_dict()))
    if summary is not None:
        said = "" if fail_if is None else f"\n{'❌' if held else '✅'} `--fail-if` {'held' if held else 'did not hold'}: {code(fail_if)}\n"
        append(summary, measured.to_markdown() + said)
    with reader_may_leave():
        if json:
            typer.echo(measured.to_json().encode(), nl=False)
        elif not quiet:
            print_summary(measured.page(), file=sys.stdout, out=measured.folder)
    if held:
        typer.echo(f"gromov: --fail-if held: {fail_if}", err=True)
    return 3 if held else 0


def _gated(tree: "Tree") -> Mapping[str, object]:
    """What a condition may name: the results, and of several inputs the trend."""
    results = tree["results"]
    assert isinstance(results, dict)
    return {**results, "trend": tree["trend"]} if "trend" in tree else results


def require_writable(path: Path) -> None:
    """Refuse a summary that could not be written, before anything is measured.

    Raises:
        InputError: a folder, a file that may not be written, or a place that is not there.
    """
    import os

    from gromov.core import InputError

    if path.is_dir():
        raise InputError(f"--summary {path} is a folder: name a file")
    if not path.parent.is_dir():
        raise InputError(f"--summary {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"--summary {path} may not be written: check its permissions")


def append(path: Path, text: str) -> None:
    """Add a text to a file, an empty line after what is there."""
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if file.tell() else "") + text)


@contextmanager
def reader_may_leave() -> Generator[None]:
    """Print to a pipe whose other end may be closed early, as by `head`."""
    import os
    import sys

    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # what is left in the buffer goes nowhere, so that Python can flush it when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
