"""`predict`: a trained classifier on new samples."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import Device, InputError, PointsLike, Progress, Silent, resolve_device
from gromov.core.runs import write_atomically
from gromov.data import load
from gromov.learn import Machine, TensorSamples, accuracy, outputs_of
from gromov.nn import load_network
from gromov.verbs.classify_data import samples_like
from gromov.verbs.classify_record import CLASSES, NETWORK


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a classifier makes of samples.

    Attributes:
        names: Name of each sample: its own, or its number.
        classes: Names of the classes.
        probabilities: Of each class, n × k.
        accuracy: Share of the samples whose class was found; None where the input has no classes.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    probabilities: Float[np.ndarray, "n k"]
    accuracy: float | None

    @property
    def found(self) -> Integer[np.ndarray, " n"]:
        """The likeliest class of each sample."""
        return self.probabilities.argmax(axis=1)

    def to_csv(self) -> str:
        """A table: name, class, confidence, and the probability of each class."""
        stream = io.StringIO()
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["name", "class", "confidence", *self.classes])
        for name, place, row in zip(self.names, self.found.tolist(), self.probabilities.tolist(), strict=True):
            table.writerow([name, self.classes[place], f"{row[place]:.6g}", *(f"{p:.6g}" for p in row)])
        return stream.getvalue()


def predict(
    run: str | Path,
    data: PointsLike | str | Path,
    *,
    labels: str | None = None,
    columns: Sequence[str] | None = None,
    out: str | Path | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
) -> Prediction:
    """The classes that a run of `fit classify` finds in new samples.

    Args:
        run: The run folder.
        data: Samples in any form that is read: files, folders of images, data sets, arrays.
        labels: Where their classes are, if they have any: then the accuracy is told.
        columns: Columns of a table, the same as were learnt from.
        out: A csv file to write; None writes nothing.
        device: `auto`, `cpu` or `cuda`.
        progress: Told how far the work is.

    Raises:
        InputError: no such run, or samples of another shape than the network takes.
    """
    folder, report = Path(run), progress or Silent()
    if not (folder / NETWORK).is_file() or not (folder / CLASSES).is_file():
        raise InputError(f"{run} is no finished run of gromov fit classify: it has no {NETWORK}")
    report.step("reading", 0.0)
    saved = load_network(folder / NETWORK)
    try:
        tree = cast("dict[str, object]", json.loads((folder / CLASSES).read_text(encoding="utf-8")))
        classes, of_bytes = tuple(map(str, cast("list[object]", tree["classes"]))), bool(tree["bytes"])
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise InputError(f"{folder / CLASSES} is damaged: train again") from error
    found = load(data, labels=labels, columns=columns, flatten=True)
    inputs = samples_like(found, saved.shape, of_bytes=of_bytes)
    report.step("predicting", 0.3)
    machine = Machine.of(resolve_device(device), "float32")
    samples = TensorSamples(inputs, torch.zeros(len(inputs), dtype=torch.int64))
    logits, _ = outputs_of(machine.placed(saved.module), samples, machine)
    score = None
    if found.labels is not None:
        place = {name: i for i, name in enumerate(classes)}
        known = [place.get(str(label), -1) for label in found.labels.tolist()]
        if labels is not None or min(known) >= 0:
            score = accuracy(logits, torch.tensor(known))
    names = found.names or tuple(str(i) for i in range(len(inputs)))
    prediction = Prediction(names, classes, logits.double().softmax(dim=1).numpy(), score)
    if out is not None:
        write_atomically(Path(out), prediction.to_csv())
    report.step("done", 1.0)
    return prediction
