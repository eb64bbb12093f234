"""The `gromov` command: parse, call, print.

Exit 0: done. 2: bad input, one sentence on standard error. 3: a --fail-if held. 130: interrupted; the same command resumes.
"""

import io
import os
import sys
from collections.abc import Sequence

import typer

from gromov.cli.compare import compare
from gromov.cli.data import data_app
from gromov.cli.doctor import doctor
from gromov.cli.fit import fit_app
from gromov.cli.measure import measure
from gromov.cli.predict import predict_command

_INTERRUPTED = 130

app = typer.Typer(
    name="gromov",
    help="Measure the geometry of learned representations: is it collapsed, how many dimensions does it use, is it a tree?",
    epilog="Example: gromov measure embeddings.npy --labels labels.npy",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("measure")(measure)
app.command("compare")(compare)
app.command("predict")(predict_command)
app.command("doctor")(doctor)
app.add_typer(fit_app, name="fit")
app.add_typer(data_app, name="data")


@app.callback(invoke_without_command=True)
def _root(show: bool = typer.Option(False, "--version", help="Print the version and stop.", is_eager=True)) -> None:  # pyright: ignore[reportUnusedFunction]
    if show:
        from importlib.metadata import version

        typer.echo(version("gromov"))
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a letter shows a question mark
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code. No traceback reaches the user for anything foreseen."""
    try:
        code = app(args=None if arguments is None else list(arguments), standalone_mode=False)
    except typer.TyperException as error:
        if not list(sys.argv[1:] if arguments is None else arguments):
            typer.echo(error.format_message())  # no command at all: the help, not a complaint
            return 0
        return _refuse(f"{error.format_message().rstrip('.')}. Try --help.")
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except SystemExit:
        return 0  # typer's way out when the reader of our output has left, and after shell completion
    except _foreseen() as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename or 'the system'}: {error.strerror or error}")
    except MemoryError:
        return _refuse("memory ran out: use --sample N, or close other programs")
    if code == _INTERRUPTED:
        return _refuse("interrupted: the same command goes on where it stopped", _INTERRUPTED)
    return code if isinstance(code, int) else 0


def _foreseen() -> type[Exception]:
    """The root of gromov's errors, imported only when something was raised: `gromov --help` needs none of core."""
    from gromov.core import GromovError

    return GromovError


def _refuse(sentence: str, code: int = 2) -> int:
    words = " ".join(sentence.split())
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
    typer.echo(f"gromov: {shown}", err=True)  # a name may hold codes that steer the terminal
    return code
