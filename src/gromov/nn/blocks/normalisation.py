"""Normalisations: of a batch, of a row, of groups of channels."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from gromov.nn.block import Block
from gromov.nn.fields import whole
from gromov.nn.shapes import Shape, ShapeError, features


@dataclass(frozen=True, repr=False)
class BatchNorm(Block):
    """Each feature or channel minus its mean over the batch, by its deviation, times a learnt scale plus a learnt shift.

    Takes (features,) or (channels, height, width). Parameters: 2 a channel (running mean and variance are buffers). A batch of one vector
    cannot be normalised while training.

    Reference: Ioffe, Szegedy (2015), Batch normalization. arXiv:1502.03167.
    """

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        if len(shape) not in (1, 3):
            raise ShapeError(str(self), shape, "(features,) or (channels, height, width): for tokens use LayerNorm() or RMSNorm()")
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """2 a channel."""
        return 2 * shape[0]

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.BatchNorm1d` or `BatchNorm2d`."""
        return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(shape[0])


@dataclass(frozen=True, repr=False)
class LayerNorm(Block):
    """Each row minus its mean, by its deviation, times a learnt scale plus a learnt shift.

    Takes (features,) or (tokens, width). Parameters: 2·width.

    Reference: Ba, Kiros, Hinton (2016), Layer normalization. arXiv:1607.06450.
    """

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        features(self, shape)
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """2·width."""
        return 2 * shape[-1]

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.LayerNorm`."""
        return nn.LayerNorm(shape[-1])


@dataclass(frozen=True, repr=False)
class RMSNorm(Block):
    """Each row by the root of its mean square, times a learnt scale.

    Takes (features,) or (tokens, width). Parameters: width.

    Reference: Zhang, Sennrich (2019), Root mean square layer normalization. arXiv:1910.07467.
    """

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        features(self, shape)
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """The width."""
        return shape[-1]

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.RMSNorm`."""
        return nn.RMSNorm(shape[-1])


@dataclass(frozen=True, repr=False)
class GroupNorm(Block):
    """Each group of channels of a sample minus its mean, by its deviation, times a learnt scale a channel plus a learnt shift.

    Takes (channels, height, width) or (features,). Parameters: 2 a channel.

    Args:
        groups: Number of groups; 1 normalises the whole sample.

    Raises:
        InputError: groups is not a positive whole number.

    Reference: Wu, He (2018), Group normalization. arXiv:1803.08494.
    """

    groups: int

    def __post_init__(self) -> None:
        whole(self, "groups")

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        if len(shape) not in (1, 3) or shape[0] % self.groups:
            wanted = f"(channels, height, width) or (features,) with channels that {self.groups} divides"
            raise ShapeError(str(self), shape, f"{wanted}: use another number of groups, or LayerNorm() for tokens")
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """2 a channel."""
        return 2 * shape[0]

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.GroupNorm`."""
        return nn.GroupNorm(self.groups, shape[0])


class UnitVectors(nn.Module):
    """x/‖x‖ along the last axis: points of the unit sphere."""

    def forward(self, x: Float[Tensor, "... d"]) -> Float[Tensor, "... d"]:
        """The unit vectors."""
        return functional.normalize(x, dim=-1)


@dataclass(frozen=True, repr=False)
class UnitLength(Block):
    """Each row by its length: points of the unit sphere. A row of zeros stays one.

    Takes (features,) or (tokens, width). No parameters.
    """

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        features(self, shape)
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        """`UnitVectors`."""
        del shape
        return UnitVectors()
