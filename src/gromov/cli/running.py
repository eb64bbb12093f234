"""What every command that runs has in common: its options, the gate, and how it ends."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import ast

    from gromov.verbs.record import Record

PANEL = "Run"


class DeviceName(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


Out = Annotated[Path | None, typer.Option(help="Run folder; new, or the same run to resume.", rich_help_panel=PANEL)]
Again = Annotated[bool, typer.Option("--again", help="Start another run beside an existing one.", rich_help_panel=PANEL)]
Json = Annotated[bool, typer.Option("--json", help="Print result.json on standard output and nothing else there.")]
Seed = Annotated[int, typer.Option(help="Seed of every random draw.", min=0)]
Workers = Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.", min=1)]
Device = Annotated[DeviceName, typer.Option(help="Where to compute.")]
Summary = Annotated[Path | None, typer.Option(help="Append a summary in markdown, as to $GITHUB_STEP_SUMMARY.", metavar="FILE")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and --json).")]


def words(text: str | None) -> list[str]:
    """The words of a list parted by commas."""
    return [] if text is None else [word.strip() for word in text.split(",") if word.strip()]


def checked_gate(fail_if: str | None, summary: Path | None) -> "ast.expr | None":
    """The condition of --fail-if; it and --summary are refused, if they must be, before anything is measured.

    Raises:
        InputError: not a condition, or a summary that could not be written.
    """
    from gromov.verbs import parse_gate

    if summary is not None:
        _require_writable(summary)
    return None if fail_if is None else parse_gate(fail_if)


def end(record: "Record", *, gate: "ast.expr | None", fail_if: str | None, summary: Path | None, json: bool, quiet: bool) -> int:
    """Write the summary, print what was asked for, and say whether the condition held: the exit code, 0 or 3.

    Raises:
        InputError: the condition names what is not among the results.
    """
    import sys

    from gromov.report import code, print_summary
    from gromov.verbs import gate_holds

    tree = record.to_dict()
    results = tree["results"]
    assert isinstance(results, dict)
    held = gate is not None and gate_holds(gate, {**results, **({"trend": tree["trend"]} if "trend" in tree else {})})
    if summary is not None:
        said = "" if fail_if is None else f"\n{'❌' if held else '✅'} `--fail-if` {'held' if held else 'did not hold'}: {code(fail_if)}\n"
        _append(summary, record.to_markdown() + said)
    with reader_may_leave():
        if json:
            typer.echo(record.to_json().encode(), nl=False)
        elif not quiet:
            print_summary(record.page(), file=sys.stdout, out=record.folder)
    if held:
        typer.echo(f"gromov: --fail-if held: {fail_if}", err=True)
    return 3 if held else 0


def _require_writable(path: Path) -> None:
    import os

    from gromov.core import InputError

    if path.is_dir():
        raise InputError(f"--summary {path} is a folder: name a file")
    if not path.parent.is_dir():
        raise InputError(f"--summary {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"--summary {path} may not be written: check its permissions")


def _append(path: Path, text: str) -> None:
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
