"""`fit classify`: samples with classes in, a trained network out, beside simpler models."""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from gromov.core import Device, Estimate, InputError, PointsLike, Progress, Result, Silent, Tree, resolve_device
from gromov.core.devices import multiplies_bfloat16
from gromov.core.runs import RunFolder
from gromov.learn import Data, TensorSamples, Training, calibration_error, negative_log_likelihood, split
from gromov.learn.training import Precision
from gromov.nn import Block, Composition, preset
from gromov.verbs.classify_compression import compression_of, parse_compressions
from gromov.verbs.classify_data import Labelled, read_labelled
from gromov.verbs.classify_format import in_format
from gromov.verbs.classify_jobs import (
    Trained,
    augment_for,
    confusion_of,
    linear_network,
    standardise,
    table_controls,
    train_classifier,
)
from gromov.verbs.classify_record import KINDS, ClassifyRun, load_trained
from gromov.verbs.classify_results import ClassControls, Classification, ClassScores
from gromov.verbs.fit_common import Budget, Place, command, finished, run_folder, start_seed, write
from gromov.verbs.fit_summary import over_seeds
from gromov.verbs.fit_training import one_thread

DEFAULTS: Tree = {
    "seeds": 1,
    "network": "auto",
    "seed": 0,
    "test_share": 0.2,
    "validation": 0.1,
    "controls": True,
    "augment": True,
    "linear": "dense",
}
_HARDEST = 24
_MANY = 20_000
_FEWEST_STEPS = 1500
_GROUPS = 15


def fit_classify(
    data: PointsLike | str | Path,
    *,
    test: str | Path | None = None,
    labels: str | None = None,
    columns: Sequence[str] | None = None,
    image_shape: Sequence[int] | None = None,
    network: str = "auto",
    width: int | None = None,
    linear: str = "dense",
    epochs: int | None = None,
    batch: int | None = None,
    rate: float | None = None,
    seeds: int = 1,
    test_share: float = 0.2,
    validation: float = 0.1,
    augment: bool = True,
    precision: Precision | None = None,
    compress: Sequence[str] = (),
    controls: bool = True,
    seed: int = 0,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
    default_folder: bool = False,
) -> ClassifyRun:
    """Train a network to tell classes apart, beside simpler models on the same samples.

    Args:
        data: A folder of images by class, a table (csv, parquet), an archive, an idx file, a data set (`mnist`, `cifar10-jpeg`, `digits`, `wine`), or points with labels.
        test: Samples to test on, in the same form; None takes those the source keeps for it, or a share drawn from each class.
        labels: Where the classes are, if the source does not say so.
        columns: Columns of a table to learn from.
        image_shape: Shape of a sample, where points are images and do not say so.
        network: A preset of `gromov.nn` (`mlp`, `lenet`, `conv4`, `convnet`, `deepnet`, `resnet_cifar`, `vit`), or `auto`: `mlp` for tables, `convnet` for grey images, `deepnet` for
            colour images, `mlp` for small ones.
        width: Width of the network; None leaves the preset's.
        linear: `dense`, or a format for the dense layers within the network: `tt:8`, `low-rank:8`, `tucker:8`, `cp:8`, with the rank.
        epochs: Passes over the training samples; None means 15 for images, and more where that is less than 1,500 steps; 100 for tables.
        batch: Samples in a step; None means 256 for images (64 of fewer than 20,000), 32 for tables.
        rate: Largest learning rate; None means 0.004 for images, 0.003 for tables.
        seeds: Number of fits from different starts.
        test_share: Share of each class to test on, where nothing else says what to test on.
        validation: Share of each class that training looks at without learning from it; of tables the best epoch there is kept. 0 leaves it out.
        augment: Whether images are changed at random while training.
        precision: `float32`, or `bf16`; None takes bf16 for images where the processor multiplies it in hardware.
        compress: Formats and ranks to bring the trained network into: `tt:8`, `low-rank:4`, `tucker:8`, `prune:0.1`.
        controls: False leaves the simpler models out.
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
        >>> run = gromov.fit_classify("iris", epochs=30)
        >>> run["test"].accuracy.value > 0.8
        True
    """
    report = progress or Silent()
    report.step("reading", 0.0)
    where = resolve_device(device)
    if seeds < 1:
        raise InputError(f"--seeds is {seeds}; it must be 1 or more")
    wanted = parse_compressions(compress)
    whole, kept = read_labelled(data, labels=labels, columns=columns, image_shape=image_shape)
    if test is not None:
        kept = read_labelled(test, labels=labels, columns=columns, image_shape=image_shape, classes=whole.classes)[0]
        if kept.shape != whole.shape:
            raise InputError(f"samples of {test} have the shape {kept.shape}, and those of {whole.input['name']} {whole.shape}")
    training = _training(whole, epochs, batch, rate, validation, precision)
    config: Tree = {
        "test": None if test is None else str(test),
        "labels": labels,
        "columns": None if columns is None else list(columns),
        "image_shape": None if image_shape is None else "x".join(map(str, image_shape)),
        "network": network,
        "width": width,
        "linear": linear,
        "epochs": training.epochs,
        "batch": training.batch,
        "rate": training.rate,
        "seeds": seeds,
        "test_share": test_share,
        "validation": validation,
        "augment": augment,
        "precision": training.precision,
        "compress": list(compress),
        "controls": controls,
        "seed": seed,
    }
    parts = _parts(whole, kept, test_share, validation, seed)
    net = _network(network, width, whole, parts.train.inputs, linear)
    about: Tree = {"test": None if kept is None else kept.input["sha256"], **whole.input}
    folder = run_folder("classify", about, config, out=out, default_folder=default_folder, again=again)
    plan = _Plan(seed, seeds, where, training, parts.data(augment=augment), parts.test, folder, report, Budget(budget))
    timings: dict[str, dict[str, float]] = {}
    if (before := finished(folder, KINDS, load_trained)) is not None:
        results, weights, skipped, warned = before.results, before.fitted, before.skipped, before.warnings
    else:
        smoothing = 0.1 if whole.is_images else 0.0
        with nullcontext() if whole.is_images else one_thread():  # a second thread only slows what is small
            fits = plan.fits(net, whole.shape, smoothing)
        timings = {f"fit-{i}": {"cpu_s": each.cpu} for i, each in enumerate(fits)}
        called = _auto(whole) if network == "auto" else network
        logits = [each.logits for each in fits]
        own = _scores(called, net.parameters(whole.shape), net.flops(whole.shape), logits, parts.test, seed)
        others = plan.controls(whole, parts) if controls else {}
        largest = float(torch.bincount(parts.test.targets).max()) / len(parts.test)
        results: dict[str, Result] = {"test": _classification(own, fits[0], whole, parts), "controls": ClassControls(own, others, largest)}
        weights = fits[0].weights
        if wanted:
            report.step("compression", 0.95)
            results["compression"] = compression_of(net, whole.shape, weights, parts.test, wanted)
        skipped, warned = plan.budget.skipped, whole.warnings
    run = ClassifyRun(
        results=results,
        network=net,
        shape=whole.shape,
        weights=weights,
        classes=whole.classes,
        of_bytes=whole.inputs.dtype == torch.uint8,
        input=whole.input,
        config=config,
        skipped=skipped,
        warnings=warned,
        version=version("gromov"),
        timings=timings,
        folder=None if folder is None else folder.path,
        command=command("classify", str(whole.input["name"]), config, DEFAULTS),
    )
    return write(run, folder, report, late=plan.budget.late)


def _training(
    whole: Labelled, epochs: int | None, batch: int | None, rate: float | None, validation: float, precision: Precision | None
) -> Training:
    if not 0 <= validation < 1:
        raise InputError(f"--validation is {validation:g}; it is a share, at least 0 and less than 1")
    if whole.is_images:
        size = batch or (256 if len(whole.targets) >= _MANY else 64)
        return Training(
            epochs=epochs or max(15, math.ceil(_FEWEST_STEPS * size / len(whole.targets))),
            batch=size,
            rate=0.004 if rate is None else rate,
            schedule="one-cycle",
            weight_decay=0.05,
            average=0.995,
            precision=precision or ("bf16" if multiplies_bfloat16() else "float32"),
        )
    return Training(
        epochs=100 if epochs is None else epochs,
        batch=32 if batch is None else batch,
        rate=0.003 if rate is None else rate,
        weight_decay=0.01,
        keep="best" if validation else "last",
        precision=precision or "float32",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Samples by what they are for."""

    train: TensorSamples
    validation: TensorSamples | None
    test: TensorSamples
    numbers: np.ndarray

    def data(self, *, augment: bool) -> Data:
        """What the loop looks at: test samples are not among it."""
        shape = tuple(self.train.inputs.shape[1:])
        return Data(self.train, self.validation, augment=augment_for(shape) if augment else None)


def _parts(whole: Labelled, kept: Labelled | None, test_share: float, validation: float, seed: int) -> _Parts:
    """Training, validation and test; of the test samples their numbers in the source, too."""
    samples = whole.samples()
    numbered = TensorSamples(torch.arange(len(samples))[:, None].double(), samples.targets)
    shares = ([] if kept is not None else [test_share]) + ([validation] if validation else [])
    drawn = split(numbered, shares, seed) if shares else [numbered]
    numbers = [part.inputs[:, 0].long().numpy() for part in drawn]
    parts = [samples.part(places) for places in numbers]
    test = kept.samples() if kept is not None else parts[1]
    return _Parts(parts[0], parts[-1] if validation else None, test, np.arange(len(test)) if kept is not None else numbers[1])


def _auto(whole: Labelled) -> str:
    """The preset for these samples."""
    small = not whole.is_images or min(whole.shape[1:]) < 16
    return "mlp" if small else "convnet" if whole.shape[0] == 1 else "deepnet"


def _network(name: str, width: int | None, whole: Labelled, inputs: torch.Tensor, linear: str) -> Block:
    """The network, with what standardises its inputs in front."""
    options = {} if width is None else {"width": width}
    body = preset(_auto(whole) if name == "auto" else name, input_shape=whole.shape, classes=len(whole.classes), **options)
    found = Composition(standardise(inputs), *in_format(body, linear).blocks)
    found.output_shape(whole.shape)
    return found


@dataclass(slots=True, eq=False)
class _Plan:
    """The fits of a run: every seed, then the controls."""

    seed: int
    seeds: int
    device: str
    training: Training
    data: Data
    test: TensorSamples
    folder: RunFolder | None
    report: Progress
    budget: Budget

    def fits(self, network: Block, shape: tuple[int, ...], smoothing: float) -> list[Trained]:
        """One fit a seed."""
        found: list[Trained] = []
        for turn in range(self.seeds):
            if turn and self.budget.is_spent():
                self.budget.leave_out(f"seed {turn}")
                continue
            draw = start_seed(self.seed, turn)
            place = Place(self.report, turn, self.seeds)
            found.append(
                train_classifier(
                    f"fit-{turn}", network, shape, self.data, self.test, self.training, smoothing, draw, self.device, self.folder, place
                )
            )
        return found

    def controls(self, whole: Labelled, parts: _Parts) -> dict[str, ClassScores]:
        """Simpler models on the same samples."""
        if self.budget.is_spent():
            self.budget.leave_out("controls")
            return {}
        classes = len(whole.classes)
        self.report.step("controls", 0.95)
        if not whole.is_images:
            found = table_controls(parts.train, parts.test, self.seed)
            return {key: _scores(model, count, 0, [logits], parts.test, self.seed) for key, (model, logits, count) in found.items()}
        network = linear_network(parts.train.inputs, classes)
        training = Training(epochs=max(5, math.ceil(2000 * 128 / len(parts.train))), batch=128, rate=0.005)
        done = train_classifier(
            "linear", network, whole.shape, Data(parts.train), parts.test, training, 0.0, self.seed, self.device, self.folder, Silent()
        )
        sizes = network.parameters(whole.shape), network.flops(whole.shape)
        return {"linear": _scores("logistic regression", *sizes, [done.logits], parts.test, self.seed)}


def _scores(model: str, parameters: int, flops: int, logits: Sequence[np.ndarray], test: TensorSamples, seed: int) -> ClassScores:
    """The numbers of a model over its fits."""
    outputs, targets = [torch.from_numpy(each) for each in logits], test.targets
    right = [int((each.argmax(dim=1) == targets).sum()) for each in outputs]
    n = len(targets)
    accuracy = (
        Estimate.share(right[0] / n, n, seed=seed, method="share of the test samples, Wilson's interval")
        if len(right) == 1
        else over_seeds([each / n for each in right], seed)
    )
    return ClassScores(
        model=model,
        accuracy=accuracy,
        log_loss=over_seeds([negative_log_likelihood(each, targets) for each in outputs], seed),
        calibration_error=over_seeds([calibration_error(each, targets) for each in outputs], seed),
        parameters=parameters,
        flops=flops,
    )


def _classification(scores: ClassScores, first: Trained, whole: Labelled, parts: _Parts) -> Classification:
    """The reported model, with what its figures need of the first fit."""
    test, classes = parts.test, len(whole.classes)
    log_p = torch.from_numpy(first.logits).double().log_softmax(dim=1)
    targets = test.targets.numpy()
    confidence, found = log_p.exp().max(dim=1)
    loss = -log_p.gather(1, test.targets[:, None])[:, 0].numpy()
    confusion = confusion_of(found.numpy(), targets, classes)
    order = np.argsort(confidence.numpy(), kind="stable")
    groups = np.array_split(order, min(_GROUPS, len(order)))
    right = (found.numpy() == targets).astype(np.float64)
    hardest = np.argsort(-loss, kind="stable")[:_HARDEST]
    images = np.zeros((0, 1, 1, 1), dtype=np.uint8)
    if whole.is_images:
        images = test.inputs[torch.from_numpy(hardest)].movedim(1, 3).contiguous().numpy()
        if images.dtype != np.uint8:
            low, high = float(test.inputs.min()), float(test.inputs.max())
            images = np.rint((images - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    return Classification(
        **{name: getattr(scores, name) for name in ClassScores.__dataclass_fields__},
        classes=whole.classes,
        train_samples=len(parts.train),
        validation_samples=0 if parts.validation is None else len(parts.validation),
        test_samples=len(test),
        stopped=first.stopped,
        losses=first.losses,
        validation_accuracy=first.validation,
        confusion=confusion,
        recall=np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1),
        confidence=np.array([float(confidence[torch.from_numpy(group)].mean()) for group in groups]),
        confidence_accuracy=np.array([right[group].mean() for group in groups]),
        hardest=parts.numbers[hardest],
        hardest_loss=loss[hardest],
        hardest_class=targets[hardest],
        hardest_found=found.numpy()[hardest],
        hardest_images=images,
    )
