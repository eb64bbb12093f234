"""The convolution of images."""

from dataclasses import dataclass

from torch import nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.blocks.dense import INITIAL, start
from gromov.nn.fields import choice, flag, whole
from gromov.nn.shapes import Shape, ShapeError, image


def after_window(block: object, shape: Shape, size: int, stride: int, padding: int) -> tuple[int, int]:
    """Height and width where a window of that size can stand: ⌊(n + 2·padding − size)/stride⌋ + 1.

    Raises:
        ShapeError: it does not fit.
    """
    _, height, width = image(block, shape)
    if min(height, width) + 2 * padding < size:
        raise ShapeError(
            str(block), shape, f"at least {size - 2 * padding} in height and width: pool or stride less before it, or pad more"
        )
    return (height + 2 * padding - size) // stride + 1, (width + 2 * padding - size) // stride + 1


@dataclass(frozen=True, repr=False)
class Convolution(Block):
    """Convolution of an image with `channels` windows of size × size.

    Takes (in, height, width). Parameters: channels·in/groups·size² + channels. FLOPs: 2·channels·in/groups·size² a place of the output.

    Args:
        channels: Channels of the output.
        size: Side of the window.
        stride: Steps between windows.
        padding: Rows of zeros around the image; None is ⌊size/2⌋, which keeps its size where stride is 1 and size is odd.
        groups: Parts of the channels that do not see each other; as many as channels is a depthwise convolution.
        bias: Whether a number is added to each channel.
        initial: How weights begin: `torch` (the default of `torch.nn.Conv2d`), `he`, `glorot`, `small` or `zero`.

    Raises:
        InputError: a field cannot be used.
    """

    channels: int
    size: int = 3
    stride: int = 1
    padding: int | None = None
    groups: int = 1
    bias: bool = True
    initial: str = "torch"

    def __post_init__(self) -> None:
        for name in ("channels", "size", "stride", "groups"):
            whole(self, name)
        if self.padding is not None:
            whole(self, "padding", 0)
        flag(self, "bias")
        choice(self, "initial", INITIAL)
        if self.channels % self.groups:
            raise InputError(f"groups of Convolution is {self.groups}, which does not divide its {self.channels} channels")

    @property
    def margin(self) -> int:
        """Padding as a number."""
        return self.size // 2 if self.padding is None else self.padding

    def shape_for(self, shape: Shape) -> Shape:
        """(channels, …, …)."""
        if image(self, shape)[0] % self.groups:
            raise ShapeError(str(self), shape, f"a number of channels that {self.groups} groups divide: use fewer groups")
        return (self.channels, *after_window(self, shape, self.size, self.stride, self.margin))

    def parameters_for(self, shape: Shape) -> int:
        """channels·(in/groups·size² + 1)."""
        return self.channels * (shape[0] // self.groups * self.size**2 + self.bias)

    def flops_for(self, shape: Shape) -> int:
        """2·in/groups·size² a number of the output."""
        channels, height, width = image(self, self.shape_for(shape))
        return 2 * channels * height * width * (shape[0] // self.groups) * self.size**2

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.Conv2d`."""
        layer = nn.Conv2d(shape[0], self.channels, self.size, self.stride, self.margin, groups=self.groups, bias=self.bias)
        start(layer.weight, self.initial, layer.bias)
        return layer
