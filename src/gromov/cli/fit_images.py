"""`gromov fit images`."""

from enum import StrEnum
from typing import Annotated

import typer

from gromov.cli.fit_options import FIT, FitBudget, Seeds
from gromov.cli.running import PANEL, Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, checked_gate, end, words

_READING = "Input"
_NETWORK = "Network"


class SpaceName(StrEnum):
    """Where images are embedded."""

    hyperbolic = "hyperbolic"
    euclidean = "euclidean"
    sphere = "sphere"


def images(
    data: Annotated[
        str,
        typer.Argument(
            help="A folder of images (CUB-200, Cars-196, SOP, In-Shop, miniImageNet, Omniglot, or one folder a class), a table, an archive, or a data set: omniglot-small, mnist, cifar10-jpeg.",
            metavar="DATA",
        ),
    ],
    space: Annotated[
        SpaceName, typer.Option(help="The space that is reported; the others are its controls.", rich_help_panel=FIT)
    ] = SpaceName.hyperbolic,
    dim: Annotated[int, typer.Option(help="Numbers of an embedding.", min=2, rich_help_panel=FIT)] = 128,
    curvature: Annotated[str, typer.Option(help="auto (from δ of the features), learned, or K below 0.", rich_help_panel=FIT)] = "auto",
    clip: Annotated[float, typer.Option(help="Longest vector that goes into the ball.", rich_help_panel=FIT)] = 2.3,
    temperature: Annotated[
        float | None, typer.Option(help="τ of the loss (default: chosen by validation classes).", rich_help_panel=FIT)
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps of training.", min=10, rich_help_panel=FIT)] = 1000,
    batch: Annotated[int, typer.Option(help="Images in a step.", min=4, rich_help_panel=FIT)] = 128,
    per_class: Annotated[int, typer.Option(help="Images of a class in a step.", min=2, rich_help_panel=FIT)] = 4,
    rate: Annotated[float, typer.Option(help="Largest learning rate.", rich_help_panel=FIT)] = 0.003,
    seeds: Seeds = 1,
    augment: Annotated[
        bool, typer.Option("--augment/--no-augment", help="Change images at random while training.", rich_help_panel=FIT)
    ] = True,
    controls: Annotated[bool, typer.Option("--controls/--no-controls", help="Fit the other spaces too.", rich_help_panel=FIT)] = True,
    backbone: Annotated[str, typer.Option(help="conv4, resnet, vit, efficientnet-lite0 or timm:NAME.", rich_help_panel=_NETWORK)] = "conv4",
    width: Annotated[int | None, typer.Option(help="Width of the body (default: the preset's).", min=1, rich_help_panel=_NETWORK)] = None,
    weights: Annotated[str | None, typer.Option(help="Weights for a network of timm.", metavar="FILE", rich_help_panel=_NETWORK)] = None,
    finetune: Annotated[
        bool, typer.Option("--finetune", help="Train a body that comes with weights, too.", rich_help_panel=_NETWORK)
    ] = False,
    labels: Annotated[str | None, typer.Option(help="Column, array or file of the classes.", rich_help_panel=_READING)] = None,
    superclass: Annotated[str | None, typer.Option(help="Column or array of the superclasses.", rich_help_panel=_READING)] = None,
    image_shape: Annotated[
        str | None, typer.Option(help="Points are images: 28x28, 32x32x3.", metavar="SHAPE", rich_help_panel=_READING)
    ] = None,
    size: Annotated[int | None, typer.Option(help="Side that images are brought to.", min=4, rich_help_panel=_READING)] = None,
    sample: Annotated[int | None, typer.Option(help="Images to draw (default: all).", min=8, rich_help_panel=_READING)] = None,
    test_classes: Annotated[
        str | None,
        typer.Option(
            help="Classes or superclasses to test on (default: the source's, or drawn).", metavar="NAMES", rich_help_panel=_READING
        ),
    ] = None,
    test_share: Annotated[
        float, typer.Option(help="Share of the classes to test on, where they are drawn.", rich_help_panel=_READING)
    ] = 0.5,
    validation: Annotated[float, typer.Option(help="Share of the training classes that τ is chosen by.", rich_help_panel=_READING)] = 0.2,
    foreign: Annotated[
        str | None, typer.Option(help="Images of another source: does the radius tell them?", metavar="DATA", rich_help_panel=_READING)
    ] = None,
    one_shot: Annotated[
        str | None, typer.Option(help="Lake's one-shot runs: omniglot-runs, or the archive.", metavar="RUNS", rich_help_panel=_READING)
    ] = None,
    episodes: Annotated[int, typer.Option(help="Few-shot episodes of each kind.", min=2, rich_help_panel=FIT)] = 10_000,
    export: Annotated[str | None, typer.Option(help="Write the network as onnx as well.", metavar="LIST", rich_help_panel=PANEL)] = None,
    out: Out = None,
    again: Again = False,
    json: Json = False,
    seed: Seed = 0,
    device: Device = DeviceName.auto,
    budget: FitBudget = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'test.recall_1<0.7'.", metavar="EXPR")] = None,
    summary: Summary = None,
    quiet: Quiet = False,
) -> int:
    """Embed images so that classes that were never seen lie together, beside the same in other spaces.

    Writes a run folder (report.html, result.json, network.safetensors, model.safetensors, index.npz, …) and prints a summary; gromov predict RUN
    INPUTS embeds new images, and gromov measure RUN measures the embedded ones in their own space.

    Examples: gromov fit images omniglot-small --superclass alphabet --seeds 5 | gromov fit images CUB_200_2011/ --backbone timm:vit_small_patch16_224
    --weights vit.safetensors | gromov fit images cifar10-jpeg --backbone efficientnet-lite0 --dim 16
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import terminal_progress
    from gromov.verbs.compare_images import image_shape as shape_of
    from gromov.verbs.images import fit_images
    from gromov.verbs.images_options import curvature_of

    gate = checked_gate(fail_if, summary)
    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        fitted = fit_images(
            data,
            space=space.value,
            dim=dim,
            curvature=curvature_of(curvature),
            clip=clip,
            temperature=temperature,
            steps=steps,
            batch=batch,
            per_class=per_class,
            rate=rate,
            seeds=seeds,
            augment=augment,
            controls=controls,
            backbone=backbone,
            width=width,
            weights=weights,
            finetune=finetune,
            labels=labels,
            superclass=superclass,
            image_shape=None if image_shape is None else shape_of(image_shape),
            size=size,
            sample=sample,
            test_classes=words(test_classes) or None,
            test_share=test_share,
            validation=validation,
            foreign=foreign,
            one_shot=one_shot,
            episodes=episodes,
            export=words(export),
            seed=seed,
            device=device.value,
            budget=budget,
            out=out,
            again=again,
            progress=progress,
            default_folder=True,
        )
    return end(fitted, gate=gate, fail_if=fail_if, summary=summary, json=json, quiet=quiet)
