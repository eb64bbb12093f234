"""Images that are held against the test images: blurred ones, those of another source, Lake's one-shot runs."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor
from torch.nn import functional

from gromov.core import InputError
from gromov.data import find
from gromov.data.image_sets import read_one_shot_runs
from gromov.data.readers.file import names_file
from gromov.learn import TensorSamples
from gromov.models.images import blurred
from gromov.verbs.images_data import Pictures, read_pictures, spread

_MOST = 2000


def blurred_samples(pictures: Pictures, places: Integer[np.ndarray, " m"]) -> TensorSamples:
    """At most 2,000 of the images, blurred by a Gaussian of a fourteenth of their height."""
    some = places[spread(len(places), _MOST)]
    images, targets = pictures.images.batch(some)
    return TensorSamples(_as_bytes(blurred(images)), targets)


def foreign_samples(source: str | Path, shape: tuple[int, ...]) -> TensorSamples:
    """At most 2,000 images of another source, in the size and the colours of the network's.

    Raises:
        InputError: there are no images.
    """
    found = read_pictures(source, size=shape[1])
    images, _ = found.images.batch(spread(len(found.targets), _MOST))
    return TensorSamples(_as_bytes(_like(images, shape)), torch.zeros(len(images), dtype=torch.int64))


def one_shot_samples(source: str | Path, shape: tuple[int, ...]) -> tuple[TensorSamples, Integer[np.ndarray, "runs 20"]]:
    """All images of Lake's runs, of each run the 20 that are shown and then the 20 that are asked; and the right answers.

    Raises:
        InputError: there is no such archive.
    """
    dataset = None if names_file(str(source)) else find(str(source))
    if dataset is None and not Path(source).expanduser().exists():
        raise InputError(f"there are no one-shot runs {source}: name omniglot-runs, or the archive all_runs.zip")
    path = Path(source).expanduser() if dataset is None else next(iter(dataset.verified().values()))
    runs = read_one_shot_runs(path)
    images = np.concatenate([np.concatenate([run.support, run.query]) for run in runs])
    x = _like(torch.from_numpy(images).float() / 255, shape)
    return TensorSamples(_as_bytes(x), torch.zeros(len(x), dtype=torch.int64)), np.stack([run.answers for run in runs])


def _like(images: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Images in another size and number of colours."""
    if tuple(images.shape[2:]) != tuple(shape[1:]):
        images = functional.interpolate(images, tuple(shape[1:]), mode="bilinear", antialias=True)
    if images.shape[1] == shape[0]:
        return images
    return images.mean(dim=1, keepdim=True).expand(-1, shape[0], -1, -1)


def _as_bytes(images: Tensor) -> Tensor:
    return (255 * images).round().clamp(0, 255).to(torch.uint8)
