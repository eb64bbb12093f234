"""Residual connections, and the shortcut without parameters."""

from dataclasses import dataclass
from typing import cast

from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.fields import whole
from gromov.nn.shapes import Shape, ShapeError, image
from gromov.nn.summary import Row


class ResidualModule(nn.Module):
    """inner(x) + shortcut(x)."""

    def __init__(self, inner: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.shortcut = shortcut

    def forward(self, x: Float[Tensor, "*sample"]) -> Float[Tensor, "*result"]:
        """The sum."""
        return self.inner(x) + self.shortcut(x)


@dataclass(frozen=True, repr=False)
class Residual(Block):
    """inner(x) + shortcut(x). Takes what both take; they must give the same shape. Parameters and FLOPs are those of the two.

    Args:
        inner: A block or a composition.
        shortcut: Another, where `inner` changes the shape; None is x itself.

    Raises:
        InputError: a part is not a block.

    Reference: He, Zhang, Ren, Sun (2015), Deep residual learning for image recognition. arXiv:1512.03385.
    """

    inner: Block
    shortcut: Block | None = None

    def __post_init__(self) -> None:
        for name, part in (("inner", self.inner), ("shortcut", self.shortcut)):
            if not isinstance(cast(object, part), Block) and (part is not None or name == "inner"):
                raise InputError(f"{name} of Residual is {part!r}, which is not a block")

    def _parts(self) -> tuple[tuple[str, Block], ...]:
        return (("inner", self.inner),) if self.shortcut is None else (("inner", self.inner), ("shortcut", self.shortcut))

    def shape_for(self, shape: Shape) -> Shape:
        """What both give."""
        found: list[Shape] = []
        for name, part in self._parts():
            try:
                found.append(part.shape_for(shape))
            except ShapeError as error:
                raise error.inside(name) from None
        ends = [*found, shape][:2]
        if ends[0] != ends[1]:
            label = "Residual(…)"  # the whole block would fill the sentence
            advice = "give a shortcut that ends in the same shape, such as Convolution(channels, 1, stride) or Dense(units), or keep the shape inside"
            raise ShapeError(label, shape, f"two ways to one shape; inner gives {ends[0]} and the shortcut gives {ends[1]}: {advice}")
        return ends[0]

    def parameters_for(self, shape: Shape) -> int:
        """The sum."""
        return sum(part.parameters_for(shape) for _, part in self._parts())

    def flops_for(self, shape: Shape) -> int:
        """The sum."""
        return sum(part.flops_for(shape) for _, part in self._parts())

    def rows(self, shape: Shape) -> tuple[Row, ...]:
        """The rows of both."""
        return tuple(row.inside(name) for name, part in self._parts() for row in part.rows(shape))

    def module_for(self, shape: Shape) -> nn.Module:
        """`ResidualModule`, drawn from one stream."""
        return ResidualModule(self.inner.module_for(shape), nn.Identity() if self.shortcut is None else self.shortcut.module_for(shape))

    def assemble(self, shape: Shape, seed: int, path: str, device: str) -> nn.Module:
        """`ResidualModule`, each part from its own stream."""
        prefix = f"{path}." if path else ""
        inner, *shortcut = (part.assemble(shape, seed, prefix + name, device) for name, part in self._parts())
        return ResidualModule(inner, *shortcut or [nn.Identity()])


class SubsampleModule(nn.Module):
    """Every stride-th row and column, with channels of zeros added."""

    def __init__(self, extra: int, stride: int) -> None:
        super().__init__()
        self.extra, self.stride = extra, stride

    def forward(self, x: Float[Tensor, "... channels height width"]) -> Float[Tensor, "... more rows columns"]:
        """The smaller image."""
        return nn.functional.pad(x[..., :: self.stride, :: self.stride], (0, 0, 0, 0, self.extra // 2, self.extra - self.extra // 2))


@dataclass(frozen=True, repr=False)
class Subsample(Block):
    """Every stride-th row and column, with channels of zeros added on both sides: the shortcut that has no parameters.

    Takes (in, height, width) with in ≤ channels.

    Args:
        channels: Channels of the output.
        stride: Steps between rows and columns that stay.

    Raises:
        InputError: a field is not a positive whole number.

    Reference: He, Zhang, Ren, Sun (2015), option A. arXiv:1512.03385.
    """

    channels: int
    stride: int = 2

    def __post_init__(self) -> None:
        whole(self, "channels")
        whole(self, "stride")

    def shape_for(self, shape: Shape) -> Shape:
        """(channels, ⌈height/stride⌉, ⌈width/stride⌉)."""
        channels, height, width = image(self, shape)
        if channels > self.channels:
            raise ShapeError(str(self), shape, f"at most {self.channels} channels: use Convolution({self.channels}, 1) to have fewer")
        return self.channels, -(-height // self.stride), -(-width // self.stride)

    def module_for(self, shape: Shape) -> nn.Module:
        """`SubsampleModule`."""
        return SubsampleModule(self.channels - shape[0], self.stride)
