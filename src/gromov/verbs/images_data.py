"""What `fit images` reads: images by class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from jaxtyping import Integer, UInt8
from torch.nn import functional

from gromov.core import InputError, PointsLike, Representation, Tree, generator, require_memory
from gromov.data import load
from gromov.data.image_sets import ImageSet, decode_images, find_layout, image_size, read_image_set
from gromov.learn import TensorSamples
from gromov.verbs.classify_data import Labelled, read_labelled, samples_like
from gromov.verbs.images_files import FileImages

_MOST_BYTES = 2**31
_LARGE, _GREY, _SMALLEST = 64, 28, 8
Places = Integer[np.ndarray, " m"]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Images by class.

    Attributes:
        images: The images, channels × height × width, with the place of each one's class.
        shape: Shape of an image.
        targets: The place of each image's class among `classes`.
        classes: Names of the classes, in order.
        groups: Superclass of each class; None where there are none.
        parts: `train`, `validation`, `test`, `query` or `gallery` of each image, as the source says; None where it says nothing.
        names: Name of each image.
        input: What was read, as result.json tells it.
        warnings: What a reader must keep in mind.
        inverted: Whether dark was turned to light on the way in.
        by_class: Whether the parts tell classes apart; else a class has images in several.
    """

    images: TensorSamples | FileImages
    shape: tuple[int, ...]
    targets: Integer[np.ndarray, " n"]
    classes: tuple[str, ...]
    groups: tuple[str, ...] | None
    parts: tuple[str, ...] | None
    names: tuple[str, ...]
    input: Tree
    warnings: tuple[str, ...] = ()
    inverted: bool = False
    by_class: bool = True

    def drawn(self, count: int, seed: int) -> "Pictures":
        """Some of the images, drawn without replacement, in their order."""
        if count >= len(self.targets):
            return self
        rows = np.sort(generator(seed, "images", "sample").permutation(len(self.targets))[:count])
        parts = None if self.parts is None else tuple(self.parts[i] for i in rows.tolist())
        described: Tree = {
            **self.input,
            "n": count,
            "notes": [*cast("list[str]", self.input["notes"]), f"{count:,} of {len(self.targets):,} images drawn"],
        }
        names = tuple(self.names[i] for i in rows.tolist())
        return replace(self, images=self.images.part(rows), targets=self.targets[rows], parts=parts, names=names, input=described)

    def pixels(self, places: Places) -> UInt8[np.ndarray, "m h w c"]:
        """Some images as they are drawn."""
        x = self.images.batch(np.asarray(places))[0]
        return (255 * x).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def read_pictures(
    data: PointsLike | str | Path,
    *,
    labels: str | None = None,
    superclass: str | None = None,
    image_shape: Sequence[int] | None = None,
    size: int | None = None,
    most: int = _LARGE,
) -> Pictures:
    """Images by class, from a folder in a known layout, a table of encoded images, an archive or a data set.

    Args:
        data: The source.
        labels: Where the classes are, if the source does not say so.
        superclass: Where the superclasses are: a column or array beside the classes.
        image_shape: Shape of an image, where points do not say so.
        size: Side that images are brought to; None leaves those of at most `most` as they are.
        most: Largest side that is left alone; larger images are brought to it, grey ones to 28 where it is 64.

    Raises:
        InputError: nothing can be read, or samples are no images of classes.
    """
    if (folder := folder_of(data)) is not None and find_layout(folder) is not None:
        return _of_folder(read_image_set(folder), str(data), size, most)
    whole, kept = read_labelled(data, labels=labels, image_shape=image_shape)
    if not whole.is_images and image_shape is None:
        whole, kept = _as_images(data, labels), None
    if not whole.is_images:
        raise InputError(f"samples of {whole.input['name']} are no images: say with --image-shape what shape they have")
    inputs = whole.inputs if kept is None else torch.cat([whole.inputs, kept.inputs])
    inputs = _resized(inputs, size or _side_for(max(inputs.shape[2:]), inputs.shape[1], most))
    targets = whole.targets if kept is None else torch.cat([whole.targets, kept.targets])
    parts = None if kept is None else ("train",) * len(whole.targets) + ("test",) * len(kept.targets)  # of images, and not of classes
    groups = _groups_of(whole.classes, targets, None if superclass is None else _column(data, superclass, len(targets)))
    names = tuple(f"{whole.classes[c]} {i}" for i, c in enumerate(targets.tolist()))
    shape = tuple(inputs.shape[1:])
    return Pictures(
        TensorSamples(inputs, targets), shape, targets.numpy(), whole.classes, groups, parts, names, whole.input, by_class=False
    )


def spread(count: int, most: int) -> Places:
    """At most `most` of `count` places, from all of them alike."""
    return np.linspace(0, count - 1, min(most, count)).astype(np.int64)


def folder_of(data: object) -> Path | None:
    """The folder that a source is, if it is one."""
    path = Path(data).expanduser() if isinstance(data, str | Path) else None
    return path if path is not None and path.is_dir() else None


def _of_folder(found: ImageSet, name: str, size: int | None, most: int) -> Pictures:
    height, width, colours = image_size(found.files[0])
    if colours == 1 and any(image_size(path)[2] == 3 for path in found.files[:50]):
        colours = 3
    side = size or _side_for(math.inf, colours, most)
    sides = (height, width) if size is None and max(height, width) <= min(most, _LARGE) else (side, side)
    classes = tuple(sorted(set(found.classes)))
    place = {one: i for i, one in enumerate(classes)}
    targets = np.array([place[one] for one in found.classes])
    shape = (colours, *sides)
    lazy = FileImages(found.files, targets, shape, inverted=found.inverted)
    images: TensorSamples | FileImages = lazy
    if len(found.files) * math.prod(shape) <= _MOST_BYTES:
        pixels = decode_images(found.files, sides, colours=colours, inverted=found.inverted)
        images = TensorSamples(torch.from_numpy(pixels), torch.from_numpy(targets))
    groups = None
    if found.groups is not None:
        of = dict(zip(found.classes, found.groups, strict=True))
        groups = tuple(of[one] for one in classes)
    described: Tree = {
        "name": name,
        "kind": "points",
        "n": len(found.files),
        "d": math.prod(shape),
        "classes": len(classes),
        "sha256": found.sha256,
        "notes": [*found.notes, f"images of {shape[1]} × {shape[2]} in {'colour' if colours == 3 else 'grey'}"],
    }
    names = tuple(path.name for path in found.files)
    return Pictures(images, shape, targets, classes, groups, found.parts, names, described, inverted=found.inverted)


def _as_images(data: PointsLike | str | Path, labels: str | None) -> Labelled:
    """Points whose number of values is that of a square image: bits, or numbers that are no bytes."""
    found = load(data, labels=labels, flatten=True)
    side = math.isqrt(found.points.shape[1]) if found.kind == "points" else 0
    if found.kind != "points" or side < _SMALLEST or side * side != found.points.shape[1]:
        raise InputError(f"samples of {found.source.name} are no images: say with --image-shape what shape they have")
    return read_labelled(found, labels=None, image_shape=(side, side))[0]


def images_like(found: Representation, shape: tuple[int, ...]) -> torch.Tensor:
    """Points as images of this shape; square ones of another size are scaled to it.

    Raises:
        InputError: the points are no such images.
    """
    width = found.points.shape[1] if found.kind == "points" else 0
    side = math.isqrt(width // shape[0])
    if width == math.prod(shape) or not width or side * side * shape[0] != width:
        return samples_like(found, shape, of_bytes=True)
    images = torch.from_numpy(np.array(found.points))
    square = images.reshape(-1, 1, side, side) if shape[0] == 1 else images.reshape(-1, side, side, shape[0]).permute(0, 3, 1, 2)
    return _resized(square, shape[1])


def _side_for(side: float, colours: int, most: int) -> int:
    """The side that images of a side are brought to."""
    return int(side) if side <= most else _GREY if colours == 1 and most == _LARGE else most


def _resized(inputs: torch.Tensor, size: int) -> torch.Tensor:
    """Square images of a size as bytes; numbers are stretched to 0…255."""
    low, high = 0.0, 255.0
    if inputs.dtype != torch.uint8 or int(inputs.max()) <= 1:
        low, high = float(inputs.min()), float(inputs.max())
    require_memory(
        len(inputs) * inputs.shape[1] * size * size,
        step=f"bringing {len(inputs):,} images to a side of {size}",
        remedy="take fewer with --sample, or a smaller --size",
    )
    parts: list[torch.Tensor] = []
    for part in inputs.split(1024):
        values = (part.float() - low) * (255 / (high - low or 1.0))
        if tuple(part.shape[2:]) != (size, size):
            values = functional.interpolate(values, (size, size), mode="bilinear", antialias=True)
        parts.append(values.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(parts)


def _column(data: PointsLike | str | Path, superclass: str, n: int) -> list[str]:
    try:
        found = load(data, labels=superclass, flatten=True).labels
    except InputError as error:
        raise InputError(str(error).replace("--labels", "--superclass")) from error
    if found is None or len(found) != n:
        raise InputError(f"--superclass {superclass} gives no superclass for each of the {n:,} images")
    return [str(one) for one in found.tolist()]


def _groups_of(classes: tuple[str, ...], targets: torch.Tensor, given: list[str] | None) -> tuple[str, ...] | None:
    """Superclass of each class: as given, or what stands before the / of every name."""
    if given is None:
        return tuple(one.partition("/")[0] for one in classes) if all("/" in one for one in classes) else None
    of: dict[int, str] = {}
    for target, group in zip(targets.tolist(), given, strict=True):
        if of.setdefault(target, group) != group:
            raise InputError(f"the class {classes[target]!r} belongs to two superclasses, {of[target]!r} and {group!r}")
    return tuple(of[i] for i in range(len(classes)))
