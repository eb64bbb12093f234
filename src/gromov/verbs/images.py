"""`fit images`: images by class in, points of a space out, beside the same in other spaces."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from gromov.core import Device, PointsLike, Progress, Silent, Tree, resolve_device
from gromov.models.images import SPACES
from gromov.verbs.fit_common import Budget, command, finished, run_folder, write
from gromov.verbs.images_bodies import sides_for
from gromov.verbs.images_data import read_pictures
from gromov.verbs.images_options import DEFAULTS, ImageOptions
from gromov.verbs.images_plan import is_frozen, planned
from gromov.verbs.images_record import KINDS, ImagesRun, load_images
from gromov.verbs.images_split import split_classes


def fit_images(
    data: PointsLike | str | Path,
    *,
    space: str = "hyperbolic",
    backbone: str = "conv4",
    weights: str | Path | None = None,
    finetune: bool = False,
    width: int | None = None,
    dim: int = 128,
    curvature: str | float = "auto",
    clip: float = 2.3,
    temperature: float | None = None,
    steps: int = 1000,
    batch: int = 128,
    per_class: int = 4,
    rate: float = 0.003,
    seeds: int = 1,
    labels: str | None = None,
    superclass: str | None = None,
    image_shape: Sequence[int] | None = None,
    size: int | None = None,
    sample: int | None = None,
    test_classes: Sequence[str] | None = None,
    test_share: float = 0.5,
    validation: float = 0.2,
    foreign: str | Path | None = None,
    one_shot: str | Path | None = None,
    episodes: int = 10_000,
    augment: bool = True,
    controls: bool = True,
    export: Sequence[str] = (),
    seed: int = 0,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
    default_folder: bool = False,
) -> ImagesRun:
    """Embed images so that those of a class lie together, also of classes that were never seen; beside the same in other spaces.

    Args:
        data: A folder of images (CUB-200, Cars-196, Stanford Online Products, In-Shop, miniImageNet, Omniglot, or one folder a class), a table of encoded images, an array, or a
            data set (`omniglot-small`, `mnist`, `cifar10-jpeg`).
        space: `hyperbolic`, `euclidean` or `sphere`: the one that is reported; the others are its controls.
        backbone: `conv4`, `resnet`, `vit`, `efficientnet-lite0` (its features, not trained) or `timm:NAME`.
        weights: File of weights for a network of timm; its features are then not trained, unless `finetune`.
        finetune: Train a body that comes with weights, too.
        width: Width of the body; None leaves the preset's.
        dim: Numbers of an embedding; the sphere is that of unit vectors with as many numbers.
        curvature: K < 0 of the hyperbolic space in 1/length², `auto` for −(0.144/δ_rel)² of the features before training, or `learned`, which starts there.
        clip: Longest vector that goes into the ball.
        temperature: τ of the loss; None chooses among 0.05, 0.1, 0.2, 0.4 and 0.8 by validation classes, in every space by itself.
        steps: Steps of training.
        batch: Images in a step.
        per_class: Images of a class in a step; more, where there are too few classes to fill it.
        rate: Largest learning rate.
        seeds: Number of fits from different starts.
        labels: Where the classes are, if the source does not say so.
        superclass: Where the superclasses are; None takes what the layout says, or what stands before a / in the name of every class.
        image_shape: Shape of an image, where points do not say so.
        size: Side that images are brought to.
        sample: Number of images to draw; None takes all.
        test_classes: Classes or superclasses to test on; None takes those the source names, or draws a share.
        test_share: Share of the classes that is tested, where they are drawn.
        validation: Share of the training classes that the temperature is chosen by.
        foreign: Images of another source, to see whether the distance from the origin tells them.
        one_shot: Lake's one-shot runs: `omniglot-runs`, or the archive.
        episodes: Number of few-shot episodes of each kind.
        augment: Whether images are changed at random while training.
        controls: False leaves the other spaces out.
        export: `onnx`.
        seed: Seed of every draw.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further fit is started.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        progress: Told how far the work is.
        default_folder: Write to runs/fit-<input>-<hash> where `out` is None.

    Raises:
        GromovError: bad data or options; the text says what to do.

    Example:
        >>> import gromov
        >>> run = gromov.fit_images("digits", image_shape=(8, 8), size=16, width=8, dim=4, steps=20, temperature=0.2, episodes=50)
        >>> run["test"].recall_1.value > 0.5
        True
    """
    report = progress or Silent()
    report.step("reading", 0.0)
    where = resolve_device(device)
    options = ImageOptions(
        space=space,
        backbone=backbone,
        weights=None if weights is None else str(weights),
        finetune=finetune,
        width=width,
        dim=dim,
        curvature=curvature,
        clip=clip,
        temperature=temperature,
        steps=steps,
        batch=batch,
        per_class=per_class,
        rate=rate,
        seeds=seeds,
        labels=labels,
        superclass=superclass,
        image_shape=None if image_shape is None else "x".join(map(str, image_shape)),
        size=size,
        sample=sample,
        test_classes=None if test_classes is None else tuple(test_classes),
        test_share=test_share,
        validation=validation,
        foreign=None if foreign is None else str(foreign),
        one_shot=None if one_shot is None else str(one_shot),
        episodes=episodes,
        augment=augment,
        controls=controls,
        export=tuple(export),
        seed=seed,
    )
    side, most = sides_for(backbone, size, frozen=is_frozen(options))
    pictures = read_pictures(data, labels=labels, superclass=superclass, image_shape=image_shape, size=side, most=most)
    if sample is not None:
        pictures = pictures.drawn(sample, seed)
    split = split_classes(pictures, test_classes=test_classes, test_share=test_share, validation=validation, seed=seed)
    config = options.config()
    folder = run_folder("images", pictures.input, config, out=out, default_folder=default_folder, again=again)
    about: Tree = {
        "backbone": backbone,
        "weights": options.weights,
        "frozen": is_frozen(options),
        "shape": list(pictures.shape),
        "inverted": pictures.inverted,
    }
    timings: dict[str, dict[str, float]] = {}
    budgeted = Budget(budget)
    if (before := finished(folder, KINDS, load_images)) is not None:
        results, fitted, skipped, warned = before.results, before.fitted, before.skipped, before.warnings
    else:
        plan = planned(pictures, split, options, where, folder, report)
        spaces = [space] + ([other for other in SPACES if other != space] if controls else [])
        found = plan.fits(spaces, budgeted)
        timings = {f"fit-{name}-{i}": {"cpu_s": each.done.cpu} for name, fits in found.items() for i, each in enumerate(fits.fits)}
        results, fitted = plan.results(found), plan.fitted(found[space].fits[0])
        skipped, warned = budgeted.skipped, pictures.warnings
    run = ImagesRun(
        results=results,
        fitted=fitted,
        about=about,
        export=tuple(export),
        input=pictures.input,
        config=config,
        skipped=skipped,
        warnings=warned,
        version=version("gromov"),
        timings=timings,
        folder=None if folder is None else folder.path,
        command=command("images", str(pictures.input["name"]), config, dict(DEFAULTS)),
    )
    return write(run, folder, report, late=budgeted.late)
