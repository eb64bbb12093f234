"""`gromov predict`."""

from pathlib import Path
from typing import Annotated

import typer

from gromov.cli.running import Device, DeviceName, Quiet, words


def predict_command(
    run: Annotated[Path, typer.Argument(help="Run folder of gromov fit classify or gromov fit images.", metavar="RUN")],
    data: Annotated[str, typer.Argument(help="Samples: files, a folder of images, a data set.", metavar="INPUTS")],
    labels: Annotated[str | None, typer.Option(help="Column, array or file of their classes, to tell the accuracy.")] = None,
    columns: Annotated[str | None, typer.Option(help="Columns of a table, the same as were learnt from.", metavar="NAMES")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a csv file instead of printing it; of images .npz for their points.", metavar="FILE")
    ] = None,
    device: Device = DeviceName.auto,
    quiet: Quiet = False,
) -> int:
    """Find the classes of new samples with a trained network, or embed new images with a run of gromov fit images.

    Prints a table: of samples names, classes and probabilities; of images their distance from the origin and the images of the run that lie nearest.

    Examples: gromov predict runs/fit-mnist-1a2b3c4d digits.npy | gromov predict RUN photos/ --out found.csv | gromov predict IMAGES-RUN photos/
    --out points.npz
    """
    from gromov.cli.interrupts import interruptible
    from gromov.cli.running import reader_may_leave
    from gromov.core import terminal_progress
    from gromov.verbs.predict import Prediction, predict
    from gromov.verbs.predict_images import embed_images, is_images_run

    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        if is_images_run(run):
            found = embed_images(run, data, out=out, device=device.value, progress=progress)
        else:
            found = predict(run, data, labels=labels, columns=words(columns) or None, out=out, device=device.value, progress=progress)
    with reader_may_leave():
        if out is None:
            typer.echo(found.to_csv(), nl=False)
        elif not quiet:
            typer.echo(f"{len(found.names):,} samples written to {out}")
    if isinstance(found, Prediction) and found.accuracy is not None and not quiet:
        typer.echo(f"accuracy {found.accuracy:.4f} over {len(found.names):,} samples", err=True)
    return 0
