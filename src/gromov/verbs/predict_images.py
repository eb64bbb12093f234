"""`predict` with a run of `fit images`: new images as points of the space, and the images of the run that lie nearest."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from jaxtyping import Float

from gromov.core import Device, InputError, PointsLike, Progress, Silent, resolve_device
from gromov.core.runs import to_npz, write_atomically
from gromov.data import load
from gromov.data.image_sets import decode_images
from gromov.data.readers.images import SUFFIXES
from gromov.learn import Machine, TensorSamples, outputs_of
from gromov.models import load_embedding
from gromov.nn import load_network
from gromov.verbs.images_bodies import TimmBody, frozen_features
from gromov.verbs.images_data import folder_of, images_like
from gromov.verbs.images_record import ABOUT, INDEX, NETWORK

_NEAREST = 5


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedImages:
    """New images in the space of a run.

    Attributes:
        names: Name of each image: its own, or its number.
        points: n × entries.
        radii: Distance of each from the origin.
        nearest: Names of the five nearest images of the run.
        classes: Their classes.
        distances: How far they are.
    """

    names: tuple[str, ...]
    points: Float[np.ndarray, "n w"]
    radii: Float[np.ndarray, " n"]
    nearest: tuple[tuple[str, ...], ...]
    classes: tuple[tuple[str, ...], ...]
    distances: Float[np.ndarray, "n five"]

    def to_csv(self) -> str:
        """A table: name, distance from the origin, the nearest image of the run with its class and distance, and the next four."""
        stream = io.StringIO()
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["name", "radius", "class", "nearest", "distance", *(f"next {i}" for i in range(2, self.distances.shape[1] + 1))])
        for i, name in enumerate(self.names):
            rest = [f"{one} ({label})" for one, label in zip(self.nearest[i][1:], self.classes[i][1:], strict=True)]
            table.writerow([name, f"{self.radii[i]:.6g}", self.classes[i][0], self.nearest[i][0], f"{self.distances[i, 0]:.6g}", *rest])
        return stream.getvalue()

    def to_npz(self) -> bytes:
        """Names, points, radii, and the nearest images with their classes and distances, as arrays."""
        return to_npz(
            {
                "names": np.array(self.names),
                "points": self.points,
                "radii": self.radii,
                "nearest": np.array(self.nearest),
                "classes": np.array(self.classes),
                "distances": self.distances,
            }
        )


def is_images_run(folder: Path) -> bool:
    """Whether a folder is a run of `fit images`."""
    return (folder / ABOUT).is_file() and (folder / NETWORK).is_file()


def embed_images(
    run: str | Path,
    data: PointsLike | str | Path,
    *,
    out: str | Path | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
) -> EmbeddedImages:
    """New images as points of the space of a run, and what lies nearest to each.

    Args:
        run: The run folder.
        data: A folder of images, an image set, an array, or a data set.
        out: A file to write: `.npz` for the points, anything else for the table; None writes nothing.
        device: `auto`, `cpu` or `cuda`.
        progress: Told how far the work is.

    Raises:
        InputError: no such run, or images that it cannot take.
    """
    folder, report = Path(run), progress or Silent()
    report.step("reading", 0.0)
    try:
        about = cast("dict[str, object]", json.loads((folder / ABOUT).read_text(encoding="utf-8")))
        shape = tuple(cast("list[int]", about["shape"]))
        backbone, frozen, weights = str(about["backbone"]), bool(about["frozen"]), cast("str | None", about["weights"])
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise InputError(f"{folder / ABOUT} is damaged: fit again") from error
    saved = load_network(folder / NETWORK, also=(TimmBody,))
    index = load_embedding(folder)
    with np.load(folder / INDEX, allow_pickle=False) as stored:
        labels = tuple(map(str, stored["classes"].tolist()))
    images, names = _images(data, shape, inverted=bool(about.get("inverted", False)))
    samples = TensorSamples(images, torch.zeros(len(images), dtype=torch.int64))
    report.step("embedding", 0.2)
    if frozen:
        samples = TensorSamples(frozen_features(backbone, weights, samples, report), samples.targets)
    machine = Machine.of(resolve_device(device), "float32")
    points = outputs_of(machine.placed(saved.module), samples, machine)[0].double()
    space = index.space
    distances = space.pairwise(points, torch.from_numpy(index.points)).numpy()
    order = np.argsort(distances, axis=1, kind="stable")[:, :_NEAREST]
    origin = space.origin(space.dimension(points.shape[1]), dtype=points.dtype)
    found = EmbeddedImages(
        names=names,
        points=points.numpy(),
        radii=space.distance(points, origin.expand_as(points)).numpy(),
        nearest=tuple(tuple(index.names[i] for i in row) for row in order.tolist()),
        classes=tuple(tuple(labels[i] for i in row) for row in order.tolist()),
        distances=np.take_along_axis(distances, order, axis=1),
    )
    if out is not None:
        write_atomically(Path(out), found.to_npz() if str(out).endswith(".npz") else found.to_csv())
    report.step("done", 1.0)
    return found


def _images(data: PointsLike | str | Path, shape: tuple[int, ...], *, inverted: bool) -> tuple[torch.Tensor, tuple[str, ...]]:
    """Images of a folder in any size, or points as the images of this shape."""
    if (folder := folder_of(data)) is not None:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not files:
            raise InputError(f"{folder} holds no images")
        pixels = decode_images(files, (shape[1], shape[2]), colours=shape[0], inverted=inverted)
        return torch.from_numpy(pixels), tuple(path.relative_to(folder).as_posix() for path in files)
    found = load(data, flatten=True)
    inputs = images_like(found, shape)
    return inputs, found.names or tuple(str(i) for i in range(len(inputs)))
