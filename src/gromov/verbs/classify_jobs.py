"""One training of a classifier as a job, and the simpler models beside it; kept in the run folder, so that a killed run goes on."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from gromov.core import Arrays, Progress
from gromov.core.runs import RunFolder
from gromov.learn import Data, Machine, Problem, TensorSamples, Training, accuracy, cross_entropy, fit, outputs_of
from gromov.learn.augmenting import shifted, turned
from gromov.learn.samples import Augment
from gromov.nn import Block, Composition, Dense, Flatten, Standardise

GREY = 1
_MOST_OF_TABLE = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a training brought.

    Attributes:
        logits: Outputs on the test samples, n × classes.
        weights: State of the model, as arrays.
        losses: Training loss by epoch.
        validation: Accuracy on the validation samples by epoch; empty where there are none.
        stopped: Why training ended.
        cpu: CPU seconds.
    """

    logits: Float[np.ndarray, "n k"]
    weights: Arrays
    losses: Float[np.ndarray, " e"]
    validation: Float[np.ndarray, " e"]
    stopped: str
    cpu: float


def standardise(inputs: Tensor) -> Standardise:
    """The block that brings these inputs to mean 0 and deviation 1: each channel of images, each feature of vectors."""
    axes = (0, *range(2, inputs.ndim))
    x = inputs.double() / 255 if inputs.dtype == torch.uint8 else inputs.double()
    scale = x.std(dim=axes, correction=0)
    return Standardise(tuple(x.mean(dim=axes).tolist()), tuple(torch.where(scale > 1e-12, scale, 1.0).tolist()))


def train_classifier(
    name: str,
    network: Block,
    shape: tuple[int, ...],
    data: Data,
    test: TensorSamples,
    training: Training,
    smoothing: float,
    seed: int,
    device: str,
    folder: RunFolder | None,
    progress: Progress,
) -> Trained:
    """Train, or take from the folder what an earlier run finished, or go on from where it stopped."""
    if folder is not None and (kept := folder.part(name)) is not None:
        tree, arrays = kept
        weights = {key.removeprefix("weights."): value for key, value in arrays.items() if key.startswith("weights.")}
        logits, losses, validation = (cast(np.ndarray, arrays[key]) for key in ("logits", "losses", "validation"))
        return Trained(logits, weights, losses, validation, str(tree["stopped"]), cast(float, tree["cpu"]))
    problem = Problem.of_block(network, shape, partial(cross_entropy, smoothing=smoothing), data, {"accuracy": accuracy})
    found = fit(problem, training, seed=seed, device="cuda" if device == "cuda" else "cpu", folder=folder, name=name, progress=progress)
    start = time.process_time()
    machine = Machine.of(device, training.precision)
    logits = outputs_of(machine.placed(found.model), test, machine)[0].numpy()
    weights = weights_of(found.model)
    validation = found.validation.get("accuracy", np.empty(0))
    done = Trained(logits, weights, found.losses, validation, found.stopped, found.seconds + time.process_time() - start)
    if folder is not None:
        arrays = {"logits": logits, "losses": done.losses, "validation": validation, **{f"weights.{k}": v for k, v in weights.items()}}
        folder.keep(name, {"stopped": done.stopped, "cpu": done.cpu}, arrays)
    return done


def weights_of(model: torch.nn.Module) -> Arrays:
    """The state of a model, as arrays."""
    return {key: value.cpu().numpy() for key, value in model.state_dict().items()}


def load_weights(model: torch.nn.Module, weights: Arrays) -> torch.nn.Module:
    """The model with these weights."""
    state = model.state_dict()
    model.load_state_dict({key: torch.from_numpy(np.array(weights[key])).reshape(state[key].shape) for key in state})
    return model.eval()


def augment_for(shape: tuple[int, ...]) -> Augment | None:
    """How images are changed at random while training: grey ones, as of figures, are turned a little; colour ones are shifted and mirrored."""
    if len(shape) != 3:
        return None
    return turned if shape[0] == GREY else shifted


def linear_network(inputs: Tensor, classes: int) -> Block:
    """Multinomial logistic regression."""
    return Composition(standardise(inputs), Flatten(), Dense(classes))


def table_controls(train: TensorSamples, test: TensorSamples, seed: int) -> Mapping[str, tuple[str, np.ndarray, int]]:
    """Logistic regression and a random forest of scikit-learn: what each is called, log probabilities on the test samples, parameters."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y, z = train.inputs.numpy(), train.targets.numpy(), test.inputs.numpy()
    logistic = LogisticRegression(max_iter=2000)
    linear = make_pipeline(StandardScaler(), logistic).fit(x, y)
    count = int(np.size(logistic.coef_) + np.size(logistic.intercept_))
    found = {"linear": ("logistic regression (scikit-learn)", _log(linear.predict_proba(z)), count)}
    if len(x) <= _MOST_OF_TABLE:
        forest = RandomForestClassifier(random_state=seed, n_jobs=1).fit(x, y)
        found["forest"] = ("random forest (scikit-learn)", _log(forest.predict_proba(z)), 0)
    return found


def _log(probabilities: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    return np.log(np.maximum(probabilities, 1e-12))


def confusion_of(found: Integer[np.ndarray, " n"], targets: Integer[np.ndarray, " n"], classes: int) -> Integer[np.ndarray, "k k"]:
    """Samples by class (row) and by what was found (column)."""
    return np.bincount(targets * classes + found, minlength=classes * classes).reshape(classes, classes)
