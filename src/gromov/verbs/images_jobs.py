"""One fit of an image embedding: trained, its images embedded, and all kept so that a stopped run goes on."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import Arrays, Progress
from gromov.core.runs import RunFolder
from gromov.learn import Data, Machine, Problem, Samples, Training, balanced_batches, fit, outputs_of
from gromov.learn.samples import Augment
from gromov.models.images import Geometry, MetricLoss
from gromov.nn import Block
from gromov.verbs.classify_jobs import weights_of

Build = Callable[[int], nn.Module]


@dataclass(frozen=True, slots=True)
class Setting:
    """What tells one fit from another.

    Attributes:
        space: `hyperbolic`, `euclidean` or `sphere`.
        curvature: K that the ball starts with.
        learn_curvature: Whether K is a parameter.
        clip: Longest vector that goes into the ball.
        temperature: τ of the loss, in the unit of the distance.
        seed: Of every draw.
    """

    space: str
    curvature: float
    learn_curvature: bool
    clip: float
    temperature: float
    seed: int

    def geometry(self, curvature: float | None = None) -> Geometry:
        """The space; with a curvature that training found, it is not learnt any more."""
        if curvature is None:
            return Geometry(self.space, self.curvature, self.clip, learn_curvature=self.learn_curvature)
        return Geometry(self.space, curvature, self.clip)


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """What a fit brought.

    Attributes:
        vectors: Outputs of the linear layer for each set of images, n × dim.
        features: What the linear layer saw, n × features.
        weights: State of the network.
        losses: Training loss by epoch.
        curvature: K at the end.
        stopped: Why training ended.
        cpu: CPU seconds.
    """

    vectors: dict[str, Float[np.ndarray, "n d"]]
    features: Float[np.ndarray, "n f"]
    weights: Arrays
    losses: Float[np.ndarray, " e"]
    curvature: float
    stopped: str
    cpu: float


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """How batches are drawn: `each` images of `classes` classes, `steps` of them an epoch."""

    classes: int
    each: int
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What all fits of a run share.

    Attributes:
        network: Images to vectors.
        shape: Shape of an image, or of its features where the body is not trained.
        build: Makes the module from a seed.
        train: Images that are trained on.
        targets: Their classes.
        sets: Images to embed at the end: `test`, and what is held against it.
        batches: How batches are drawn.
        training: How it is trained.
        augment: How images are changed at random.
        device: `cpu` or `cuda`.
        folder: Where finished fits are kept.
    """

    network: Block
    shape: tuple[int, ...]
    build: Build
    train: Samples
    targets: np.ndarray
    sets: Mapping[str, Samples]
    batches: Batches
    training: Training
    augment: Augment | None = None
    device: str = "cpu"
    folder: RunFolder | None = None

    def run(self, name: str, setting: Setting, progress: Progress) -> Embedded:
        """Train and embed, or take from the folder what an earlier run finished, or go on from where it stopped."""
        if self.folder is not None and (kept := self.folder.part(name)) is not None:
            return _restored(*kept)
        loss = MetricLoss(setting.geometry(), setting.temperature)
        order = partial(balanced_batches, self.targets, self.batches.classes, self.batches.each, self.batches.steps)
        problem = Problem(self.build, loss, Data(self.train, augment=self.augment, order=order))
        found = fit(
            problem,
            self.training,
            seed=setting.seed,
            device="cuda" if self.device == "cuda" else "cpu",
            folder=self.folder,
            name=name,
            progress=progress,
        )
        start = time.process_time()
        machine = Machine.of(self.device, "float32")
        vectors: dict[str, np.ndarray] = {}
        features = np.empty((0, 0), dtype=np.float32)
        model = machine.placed(found.model)
        for key, samples in self.sets.items():
            out, seen = vectors_and_features(model, samples, machine)
            vectors[key] = out.numpy()
            if key == "test":
                features = seen.numpy()
        seconds = found.seconds + time.process_time() - start
        done = Embedded(vectors, features, weights_of(found.model), found.losses, loss.geometry.curvature, found.stopped, seconds)
        if self.folder is not None:
            self.folder.keep(name, *_parts_of(done))
        return done


def vectors_and_features(model: nn.Module, samples: Samples, machine: Machine) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n f"]]:
    """Outputs of a network, and inputs of its last layer."""
    seen: list[Tensor] = []
    last = list(model.children())[-1]

    def remember(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        del module
        seen.append(inputs[0].detach().float().cpu())

    handle = last.register_forward_pre_hook(remember)
    try:
        vectors, _ = outputs_of(model, samples, machine)
    finally:
        handle.remove()
    return vectors, torch.cat(seen)


def _parts_of(done: Embedded) -> tuple[dict[str, object], Arrays]:
    arrays: Arrays = {"features": done.features, "losses": done.losses}
    arrays.update({f"vectors.{key}": value for key, value in done.vectors.items()})
    arrays.update({f"weights.{key}": value for key, value in done.weights.items()})
    return {"curvature": done.curvature, "stopped": done.stopped, "cpu": done.cpu}, arrays


def _restored(tree: dict[str, object], arrays: Arrays) -> Embedded:
    def group(prefix: str) -> dict[str, np.ndarray]:
        return {key.removeprefix(prefix): cast(np.ndarray, value) for key, value in arrays.items() if key.startswith(prefix)}

    features, losses = (cast(np.ndarray, arrays[key]) for key in ("features", "losses"))
    weights: Arrays = dict(group("weights."))
    return Embedded(
        group("vectors."), features, weights, losses, cast(float, tree["curvature"]), str(tree["stopped"]), cast(float, tree["cpu"])
    )
