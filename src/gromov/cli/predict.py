"""`gromov predict`."""

from pathlib import Path
from typing import Annotated

import typer

from gromov.cli.running import Device, DeviceName, Quiet, words


def predict_command(
    run: Annotated[Path, typer.Argument(help="Run folder of gromov fit classify.", metavar="RUN")],
    data: Annotated[str, typer.Argument(help="Samples: files, a folder of images, a data set.", metavar="INPUTS")],
    labels: Annotated[str | None, typer.Option(help="Column, array or file of their classes, to tell the accuracy.")] = None,
    columns: Annotated[str | None, typer.Option(help="Columns of a table, the same as were learnt from.", metavar="NAMES")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a csv file instead of printing it.", metavar="FILE")] = None,
    device: Device = DeviceName.auto,
    quiet: Quiet = False,
) -> int:
    """Find the classes of new samples with a trained network: a table of names, classes and probabilities.

    Examples: gromov predict runs/fit-mnist-1a2b3c4d digits.npy | gromov predict RUN photos/ --out found.csv
    """
    from gromov.cli.interrupts import interruptible
    from gromov.cli.running import reader_may_leave
    from gromov.core import terminal_progress
    from gromov.verbs.predict import predict

    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        found = predict(run, data, labels=labels, columns=words(columns) or None, out=out, device=device.value, progress=progress)
    with reader_may_leave():
        if out is None:
            typer.echo(found.to_csv(), nl=False)
        elif not quiet:
            typer.echo(f"{len(found.names):,} samples written to {out}")
    if found.accuracy is not None and not quiet:
        typer.echo(f"accuracy {found.accuracy:.4f} over {len(found.names):,} samples", err=True)
    return 0
