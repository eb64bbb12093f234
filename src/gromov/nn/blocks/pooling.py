"""Pooling of images and of tokens."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.blocks.convolution import after_window
from gromov.nn.fields import choice, whole
from gromov.nn.shapes import Shape, image, tokens


@dataclass(frozen=True, repr=False)
class _Pool(Block):
    """A window that moves over each channel.

    Args:
        size: Side of the window.
        stride: Steps between windows; None is `size`.
        padding: Rows around the image, at most half the size.

    Raises:
        InputError: a field cannot be used.
    """

    size: int = 2
    stride: int | None = None
    padding: int = 0

    def __post_init__(self) -> None:
        whole(self, "size")
        whole(self, "padding", 0)
        if self.stride is not None:
            whole(self, "stride")
        if 2 * self.padding > self.size:
            raise InputError(f"padding of {type(self).__name__} is {self.padding}; it must be at most half the size, {self.size // 2}")

    def shape_for(self, shape: Shape) -> Shape:
        """(channels, …, …)."""
        return (image(self, shape)[0], *after_window(self, shape, self.size, self.stride or self.size, self.padding))


@dataclass(frozen=True, repr=False)
class MaxPool(_Pool):
    """The largest number in each window. Takes (channels, height, width).

    Args:
        size: Side of the window.
        stride: Steps between windows; None is `size`.
        padding: Rows of −∞ around the image, at most half the size.

    Raises:
        InputError: a field cannot be used.
    """

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.MaxPool2d`."""
        del shape
        return nn.MaxPool2d(self.size, self.stride, self.padding)


@dataclass(frozen=True, repr=False)
class AveragePool(_Pool):
    """The mean of each window. Takes (channels, height, width).

    Args:
        size: Side of the window.
        stride: Steps between windows; None is `size`.
        padding: Rows of zeros around the image, which count; at most half the size.

    Raises:
        InputError: a field cannot be used.
    """

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.AvgPool2d`."""
        del shape
        return nn.AvgPool2d(self.size, self.stride, self.padding)


class ImageMean(nn.Module):
    """Mean over height and width."""

    def forward(self, x: Float[Tensor, "... channels height width"]) -> Float[Tensor, "... channels"]:
        """One number a channel."""
        return x.mean(dim=(-2, -1))


@dataclass(frozen=True, repr=False)
class GlobalAveragePool(Block):
    """The mean of each channel: (channels, height, width) becomes (channels,)."""

    def shape_for(self, shape: Shape) -> Shape:
        """(channels,)."""
        return (image(self, shape)[0],)

    def module_for(self, shape: Shape) -> nn.Module:
        """`ImageMean`."""
        del shape
        return ImageMean()


class TokenPooling(nn.Module):
    """One vector for a sequence: the mean of its tokens, the first or the last."""

    def __init__(self, which: str) -> None:
        super().__init__()
        self.which = which

    def forward(self, x: Float[Tensor, "... tokens width"]) -> Float[Tensor, "... width"]:
        """The pooled vector."""
        if self.which == "mean":
            return x.mean(dim=-2)
        return x[..., 0 if self.which == "first" else -1, :]

    def extra_repr(self) -> str:
        """Which."""
        return self.which


@dataclass(frozen=True, repr=False)
class TokenPool(Block):
    """One vector for a sequence: (tokens, width) becomes (width,).

    Args:
        which: `mean`, `first` (where a `ClassToken` stands) or `last` (which alone has seen all, where attention is causal).

    Raises:
        InputError: an unknown word.
    """

    which: str = "mean"

    def __post_init__(self) -> None:
        choice(self, "which", ("mean", "first", "last"))

    def shape_for(self, shape: Shape) -> Shape:
        """(width,)."""
        return (tokens(self, shape)[1],)

    def module_for(self, shape: Shape) -> nn.Module:
        """`TokenPooling`."""
        del shape
        return TokenPooling(self.which)
