"""`gromov fit classify`."""

from enum import StrEnum
from typing import Annotated

import typer

from gromov.cli.fit_options import FIT, FitBudget, Seeds
from gromov.cli.running import Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, checked_gate, end, words

_READING = "Input"


class PrecisionName(StrEnum):
    """How products are rounded."""

    auto = "auto"
    float32 = "float32"
    bf16 = "bf16"


def classify(
    data: Annotated[
        str,
        typer.Argument(
            help="A folder of images by class, a table, an archive, idx, or a data set: mnist, cifar10-jpeg, digits, wine.", metavar="DATA"
        ),
    ],
    network: Annotated[
        str, typer.Option(help="auto, mlp, lenet, conv4, convnet, deepnet, resnet_cifar or vit.", rich_help_panel=FIT)
    ] = "auto",
    width: Annotated[int | None, typer.Option(help="Width of the network (default: the preset's).", min=1, rich_help_panel=FIT)] = None,
    linear: Annotated[
        str, typer.Option(help="Format of the dense layers: dense, tt:8, low-rank:8, tucker:8, cp:8.", rich_help_panel=FIT)
    ] = "dense",
    epochs: Annotated[
        int | None,
        typer.Option(help="Passes over the samples (default: 15 or more for images, 100 for tables).", min=1, rich_help_panel=FIT),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="Samples in a step (default: 256 or 64 for images, 32 for tables).", min=1, rich_help_panel=FIT)
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Largest learning rate (default: .004 images, .003 tables).", rich_help_panel=FIT)
    ] = None,
    seeds: Seeds = 1,
    augment: Annotated[
        bool, typer.Option("--augment/--no-augment", help="Change images at random while training.", rich_help_panel=FIT)
    ] = True,
    precision: Annotated[
        PrecisionName, typer.Option(help="auto: bf16 for images where the processor has it.", rich_help_panel=FIT)
    ] = PrecisionName.auto,
    compress: Annotated[
        str | None,
        typer.Option(help="Bring the trained network into formats: tt:8,low-rank:8,prune:0.1.", metavar="LIST", rich_help_panel=FIT),
    ] = None,
    controls: Annotated[bool, typer.Option("--controls/--no-controls", help="Train the simpler models too.", rich_help_panel=FIT)] = True,
    test: Annotated[str | None, typer.Option(help="Samples to test on.", metavar="DATA", rich_help_panel=_READING)] = None,
    test_share: Annotated[
        float, typer.Option(help="Share of each class to test on, where nothing says so.", rich_help_panel=_READING)
    ] = 0.2,
    validation: Annotated[
        float, typer.Option(help="Share that training looks at without learning from it.", rich_help_panel=_READING)
    ] = 0.1,
    labels: Annotated[str | None, typer.Option(help="Column, array or file of the classes.", rich_help_panel=_READING)] = None,
    columns: Annotated[
        str | None, typer.Option(help="Columns of a table to learn from.", metavar="NAMES", rich_help_panel=_READING)
    ] = None,
    image_shape: Annotated[
        str | None, typer.Option(help="Points are images: 28x28, 32x32x3.", metavar="SHAPE", rich_help_panel=_READING)
    ] = None,
    out: Out = None,
    again: Again = False,
    json: Json = False,
    seed: Seed = 0,
    device: Device = DeviceName.auto,
    budget: FitBudget = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'test.accuracy<0.9'.", metavar="EXPR")] = None,
    summary: Summary = None,
    quiet: Quiet = False,
) -> int:
    """Train a network to tell classes apart, beside simpler models on the same samples.

    Writes a run folder (report.html, result.json, network.safetensors, …) and prints a summary; gromov predict RUN INPUTS uses it.

    Examples: gromov fit classify mnist | gromov fit classify photos/ --network resnet_cifar | gromov fit classify table.csv --labels species |
    gromov fit classify mnist --network lenet --linear tt:8 --compress tt:4,low-rank:4
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import terminal_progress
    from gromov.verbs.classify import fit_classify
    from gromov.verbs.compare_images import image_shape as shape_of

    gate = checked_gate(fail_if, summary)
    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        fitted = fit_classify(
            data,
            test=test,
            labels=labels,
            columns=words(columns) or None,
            image_shape=None if image_shape is None else shape_of(image_shape),
            network=network,
            width=width,
            linear=linear,
            epochs=epochs,
            batch=batch,
            rate=rate,
            seeds=seeds,
            test_share=test_share,
            validation=validation,
            augment=augment,
            precision=None if precision is PrecisionName.auto else precision.value,
            compress=words(compress),
            controls=controls,
            seed=seed,
            device=device.value,
            budget=budget,
            out=out,
            again=again,
            progress=progress,
            default_folder=True,
        )
    return end(fitted, gate=gate, fail_if=fail_if, summary=summary, json=json, quiet=quiet)
