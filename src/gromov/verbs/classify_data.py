"""What `fit classify` reads: samples with classes, as images or as rows of a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Integer

from gromov.core import InputError, PointsLike, Representation, Tree
from gromov.data import find, load
from gromov.data.readers import File
from gromov.data.readers.file import names_file
from gromov.learn import TensorSamples
from gromov.verbs.compare_images import album
from gromov.verbs.encoded_images import holds_encoded_images, read_encoded_images
from gromov.verbs.source import describe

_PARTS = {"mnist": ("mnist-train", "mnist-test")}
_FEWEST = 2
_SMALLEST_IMAGE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Samples with classes.

    Attributes:
        inputs: n × the shape of a sample: channels × height × width (bytes, or numbers in the unit of the source), or features.
        targets: The place of each sample's class among `classes`.
        classes: Names of the classes, in order.
        is_images: Whether samples are images.
        input: What was read, as result.json tells it.
        warnings: What a reader must keep in mind.
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    classes: tuple[str, ...]
    is_images: bool
    input: Tree
    warnings: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a sample."""
        return tuple(self.inputs.shape[1:])

    def samples(self) -> TensorSamples:
        """As the loop takes them."""
        return TensorSamples(self.inputs, self.targets)

    def part(self, chosen: Integer[np.ndarray, " m"]) -> "Labelled":
        """Some of the samples."""
        places = torch.from_numpy(chosen)
        return Labelled(self.inputs[places], self.targets[places], self.classes, self.is_images, self.input, self.warnings)


def read_labelled(
    data: PointsLike | str | Path,
    *,
    labels: str | None = None,
    columns: Sequence[str] | None = None,
    image_shape: Sequence[int] | None = None,
    classes: tuple[str, ...] | None = None,
) -> tuple[Labelled, Labelled | None]:
    """Samples with classes, and those the source itself keeps for testing, if it does.

    Args:
        data: A folder of images by class, a table, an archive, an idx file, a data set (`mnist`, `cifar10-jpeg`, `digits`, `wine`, …), or points with labels.
        labels: Where the classes are, if the source does not say so itself.
        columns: Columns of a table to learn from.
        image_shape: Shape of a sample, where points are images and do not say so.
        classes: The classes there may be, of samples that belong to others; None takes those there are.

    Raises:
        InputError: nothing can be read, samples have no classes, or there is only one class.
    """
    if isinstance(data, str) and data in _PARTS and not Path(data).exists():
        train, test = (read_labelled(name, image_shape=image_shape, classes=classes)[0] for name in _PARTS[data])
        return _renamed(train, data), test
    path = _encoded(data)
    if path is not None:
        images, names, parts = read_encoded_images(path, labels)
        described: Tree = {
            "name": str(data),
            "kind": "points",
            "n": len(images),
            "d": math.prod(images.shape[1:]),
            "classes": len(set(names)),
            "sha256": File(path).sha256(),
            "notes": [f"{len(images):,} images of {images.shape[2]} × {images.shape[3]}"],
        }
        whole = _labelled(torch.from_numpy(images), np.array(names), True, described, classes)
        if parts is None or "test" not in parts:
            return whole, None
        is_test = np.array(parts) == "test"
        return whole.part(np.flatnonzero(~is_test)), whole.part(np.flatnonzero(is_test))
    found = load(data, labels=labels, columns=columns, flatten=True)
    if found.kind != "points":
        raise InputError(f"{found.source.name} holds {found.kind}: classes are learnt from points, one row a sample")
    if found.labels is None:
        raise InputError(f"{found.source.name} has no classes: say with --labels which column, array or file holds them")
    shape = _image_shape(found, image_shape)
    described = describe(found, read=isinstance(data, str | Path))
    return _labelled(_inputs(found, shape), found.labels, shape is not None, described, classes), None


def _inputs(found: Representation, shape: tuple[int, ...] | None) -> torch.Tensor:
    """Points as features, or as images with their channels first; bytes stay bytes, other numbers are single ones in the unit they have."""
    points = np.asarray(found.points)
    if shape is None or points.dtype != np.uint8:
        points = np.ascontiguousarray(points, dtype=np.float32)
    inputs = torch.from_numpy(np.array(points))
    if shape is None:
        return inputs
    inputs = inputs.reshape(len(points), *shape)
    if len(shape) == 2:
        inputs = inputs[:, None]
    elif shape[0] not in (1, 3):
        inputs = inputs.movedim(3, 1)
    return inputs.contiguous()


def samples_like(found: Representation, shape: tuple[int, ...], *, of_bytes: bool) -> torch.Tensor:
    """Points as the samples of this shape that a network takes; `of_bytes` where it was trained on images of bytes.

    Raises:
        InputError: the points are no such samples.
    """
    if found.kind != "points":
        raise InputError(f"{found.source.name} holds {found.kind}, and a network takes points, one row a sample")
    width = found.points.shape[1]
    if width != math.prod(shape):
        raise InputError(
            f"samples of {found.source.name} have {width:,} values, and the network takes {' × '.join(map(str, shape))}, which is {math.prod(shape):,}"
        )
    if len(shape) != 3:
        return _inputs(found, None).reshape(len(found.points), *shape)
    drawn = album([found], None)
    last = drawn is not None and len(drawn.shape) == 3 and drawn.shape[2] == shape[0] and shape[0] != 1
    inputs = _inputs(found, (shape[1], shape[2], shape[0]) if last or shape[0] == 3 else shape)
    if not of_bytes or inputs.dtype == torch.uint8:
        return inputs
    low, high = float(inputs.min()), float(inputs.max())
    if low >= 0 and high <= 1:
        return (inputs * 255).round().to(torch.uint8)
    if low >= 0 and high <= 255 and bool((inputs == inputs.round()).all()):
        return inputs.to(torch.uint8)
    raise InputError(
        f"samples of {found.source.name} lie between {low:g} and {high:g}, and the network was trained on images of whole numbers up to 255: bring them to 0…255 or 0…1"
    )


def _renamed(found: Labelled, name: str) -> Labelled:
    return Labelled(found.inputs, found.targets, found.classes, found.is_images, {**found.input, "name": name}, found.warnings)


def _labelled(inputs: torch.Tensor, labels: np.ndarray, is_images: bool, described: Tree, classes: tuple[str, ...] | None) -> Labelled:
    named = np.array([str(label) for label in labels.tolist()])
    known = classes or tuple(
        sorted(set(named.tolist()), key=lambda name: (not name.lstrip("-").isdigit(), int(name) if name.lstrip("-").isdigit() else 0, name))
    )
    if len(known) < _FEWEST:
        raise InputError(f"all samples of {described['name']} are of the class {known[0]!r}: there is nothing to tell apart")
    place = {name: i for i, name in enumerate(known)}
    strange = sorted(set(named.tolist()) - set(known))
    if strange:
        raise InputError(f"{described['name']} has samples of the class {strange[0]!r}, which is none of {', '.join(known[:10])}")
    targets = torch.from_numpy(np.array([place[name] for name in named.tolist()]))
    warnings: list[str] = []
    counts = torch.bincount(targets, minlength=len(known))
    if classes is None and int(counts.min()) * 10 < int(counts.max()):
        few, many = known[int(counts.argmin())], known[int(counts.argmax())]
        warnings.append(
            f"classes are of very different size: {int(counts.max())} samples of {many}, {int(counts.min())} of {few}; read the recall of each class, too"
        )
    if len(known) > len(named) / 2:
        raise InputError(
            f"{described['name']} has {len(known)} classes for {len(named)} samples: --labels names no class but something of each sample"
        )
    return Labelled(inputs, targets, known, is_images, described, tuple(warnings))


def _encoded(data: object) -> Path | None:
    """The table of encoded images that a source is, if it is one."""
    if not isinstance(data, str | Path):
        return None
    dataset = None if names_file(str(data)) else find(str(data))
    if dataset is not None and dataset.kind == "files" and len(dataset.files) == 1 and next(iter(dataset.files)).endswith(".parquet"):
        (place,) = dataset.verified().values()
        return place if holds_encoded_images(place) else None
    path = Path(str(data)).expanduser()
    return path if names_file(str(data)) and path.suffix == ".parquet" and holds_encoded_images(path) else None


def _image_shape(found: Representation, asked: Sequence[int] | None) -> tuple[int, ...] | None:
    """The shape of the images that points are; None where they are none: a guess is made only of whole numbers up to 255, as pixels are."""
    if asked is None:
        points = np.asarray(found.points[:200], dtype=np.float64)
        pixels = (
            points.shape[1] >= _SMALLEST_IMAGE and points.min() >= 0 and points.max() <= 255 and bool((points == np.rint(points)).all())
        )
        if not pixels:
            return None
    drawn = album([found], asked)
    return None if drawn is None else drawn.shape
