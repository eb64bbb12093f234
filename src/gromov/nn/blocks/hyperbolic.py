"""Blocks of hyperbolic layers.

`IntoBall`, `MoebiusDense`, `OutOfBall` and `BallLogits` pass points of a ball on, so their curvature is fixed, and must be the same from
block to block. `HyperbolicLogits` and `HyperbolicAttention` take Euclidean features and keep their ball to themselves: they may learn it.
"""

import math
from dataclasses import dataclass

from torch import nn

from gromov.nn import fields
from gromov.nn.block import Block
from gromov.nn.blocks.attention import heads_fit
from gromov.nn.hyperbolic.attention import WEIGHTINGS, HyperbolicSelfAttention
from gromov.nn.hyperbolic.hyperplane_logits import HyperbolicHead, HyperplaneLogits
from gromov.nn.hyperbolic.moebius_linear import MoebiusLinear
from gromov.nn.hyperbolic.to_ball import CLIP, FromBall, ToBall
from gromov.nn.shapes import Shape, features


def _check_clip(block: Block) -> None:
    fields.number(block, "clip", 0, math.inf, "a positive length")


@dataclass(frozen=True, repr=False)
class IntoBall(Block):
    """Euclidean features become points of the ball: `ToBall`. Takes (features,) or (tokens, width).

    Args:
        curvature: K ≤ 0 in 1/length².
        clip: Largest length of a feature vector; None clips nothing.

    Raises:
        InputError: a field cannot be used.
    """

    curvature: float = -1.0
    clip: float | None = CLIP

    def __post_init__(self) -> None:
        fields.curvature(self)
        if self.clip is not None:
            _check_clip(self)

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        features(self, shape)
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        """`ToBall`."""
        del shape
        return ToBall(self.curvature, self.clip)


@dataclass(frozen=True, repr=False)
class OutOfBall(Block):
    """Points of the ball become vectors at its origin: `FromBall`. Takes (features,) or (tokens, width).

    Args:
        curvature: K ≤ 0 in 1/length², that of the block before.

    Raises:
        InputError: K > 0.
    """

    curvature: float = -1.0

    def __post_init__(self) -> None:
        fields.curvature(self)

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        features(self, shape)
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        """`FromBall`."""
        del shape
        return FromBall(self.curvature)


@dataclass(frozen=True, repr=False)
class MoebiusDense(Block):
    """M ⊗ x ⊕ b from points of the ball to points of the ball: `MoebiusLinear`.

    Takes (features,) or (tokens, width). Parameters: in·units + units. FLOPs: 2·in·units a token.

    Args:
        units: Entries of the image.
        curvature: K ≤ 0 in 1/length², that of the block before.
        bias: Whether there is a b.

    Raises:
        InputError: a field cannot be used.
    """

    units: int
    curvature: float = -1.0
    bias: bool = True

    def __post_init__(self) -> None:
        fields.whole(self, "units")
        fields.curvature(self)
        fields.flag(self, "bias")

    def shape_for(self, shape: Shape) -> Shape:
        """The last axis becomes `units`."""
        features(self, shape)
        return (*shape[:-1], self.units)

    def parameters_for(self, shape: Shape) -> int:
        """(in + 1)·units."""
        return (shape[-1] + self.bias) * self.units

    def flops_for(self, shape: Shape) -> int:
        """2·in·units a token."""
        return 2 * math.prod(shape) * self.units

    def module_for(self, shape: Shape) -> nn.Module:
        """`MoebiusLinear`."""
        return MoebiusLinear(shape[-1], self.units, self.curvature, bias=self.bias)


@dataclass(frozen=True, repr=False)
class BallLogits(Block):
    """Logits of points of the ball: `HyperplaneLogits`.

    Takes (features,) or (tokens, width). Parameters: (in + 1)·classes. FLOPs: 2·in·classes a token.

    Args:
        classes: Number of logits.
        curvature: K ≤ 0 in 1/length², that of the block before.

    Raises:
        InputError: a field cannot be used.
    """

    classes: int
    curvature: float = -1.0

    def __post_init__(self) -> None:
        fields.whole(self, "classes")
        fields.curvature(self)

    def shape_for(self, shape: Shape) -> Shape:
        """The last axis becomes `classes`."""
        features(self, shape)
        return (*shape[:-1], self.classes)

    def parameters_for(self, shape: Shape) -> int:
        """(in + 1)·classes."""
        return (shape[-1] + 1) * self.classes

    def flops_for(self, shape: Shape) -> int:
        """2·in·classes a token."""
        return 2 * math.prod(shape) * self.classes

    def module_for(self, shape: Shape) -> nn.Module:
        """`HyperplaneLogits`."""
        return HyperplaneLogits(shape[-1], self.classes, self.curvature)


@dataclass(frozen=True, repr=False)
class HyperbolicLogits(Block):
    """A hyperbolic head on Euclidean features: clipping, the exponential map, and distances to hyperplanes (`HyperbolicHead`).

    Takes (features,) or (tokens, width). Parameters: (in + 1)·classes, and 1 where K is learnt. FLOPs: 2·in·classes a token.

    Args:
        classes: Number of logits.
        curvature: K ≤ 0 in 1/length².
        clip: Largest length of a feature vector.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: a field cannot be used.
    """

    classes: int
    curvature: float = -1.0
    clip: float = CLIP
    learn_curvature: bool = False

    def __post_init__(self) -> None:
        fields.whole(self, "classes")
        fields.flag(self, "learn_curvature")
        fields.curvature(self)
        _check_clip(self)

    def shape_for(self, shape: Shape) -> Shape:
        """The last axis becomes `classes`."""
        features(self, shape)
        return (*shape[:-1], self.classes)

    def parameters_for(self, shape: Shape) -> int:
        """(in + 1)·classes, and 1 where K is learnt."""
        return (shape[-1] + 1) * self.classes + self.learn_curvature

    def flops_for(self, shape: Shape) -> int:
        """2·in·classes a token."""
        return 2 * math.prod(shape) * self.classes

    def module_for(self, shape: Shape) -> nn.Module:
        """`HyperbolicHead`."""
        return HyperbolicHead(shape[-1], self.classes, self.curvature, self.clip, learn_curvature=self.learn_curvature)


@dataclass(frozen=True, repr=False)
class HyperbolicAttention(Block):
    """Self-attention by hyperbolic distance, gathering by Einstein midpoints: `HyperbolicSelfAttention`.

    Takes (tokens, width) that `heads` divide. Parameters: 4·width² + 4·width + heads, as many heads again for `sigmoid`, and 1 where K is
    learnt. FLOPs: 8·tokens·width² + 4·tokens²·width + 2·heads·tokens².

    Args:
        heads: Parts of the width that attend by themselves.
        causal: Whether a token sees only itself and those before it.
        curvature: K ≤ 0 in 1/length².
        clip: Largest length of a query, key or value.
        weighting: `softmax` or `sigmoid`.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: a field cannot be used.

    Reference: Gulcehre et al. (2018), Hyperbolic attention networks. arXiv:1805.09786.
    """

    heads: int
    causal: bool = False
    curvature: float = -1.0
    clip: float = CLIP
    weighting: str = "softmax"
    learn_curvature: bool = False

    def __post_init__(self) -> None:
        fields.whole(self, "heads")
        fields.flag(self, "causal", "learn_curvature")
        fields.curvature(self)
        _check_clip(self)
        fields.choice(self, "weighting", WEIGHTINGS)

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        heads_fit(self, shape, self.heads)
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """Those of attention, and β, γ and K."""
        return 4 * shape[1] * (shape[1] + 1) + self.heads * (1 + (self.weighting == "sigmoid")) + self.learn_curvature

    def flops_for(self, shape: Shape) -> int:
        """Those of attention, and the denominators of the midpoints."""
        count, width = shape
        return 8 * count * width**2 + 4 * count**2 * width + 2 * self.heads * count**2

    def module_for(self, shape: Shape) -> nn.Module:
        """`HyperbolicSelfAttention`."""
        return HyperbolicSelfAttention(
            shape[1],
            self.heads,
            causal=self.causal,
            curvature=self.curvature,
            clip=self.clip,
            weighting=self.weighting,
            learn_curvature=self.learn_curvature,
        )
