"""Into the ball and out of it: feature clipping, exponential map and logarithm at the origin."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.nn.hyperbolic.ball import Ball, as_ball, at_least_single, before_rim, positive
from gromov.spaces.gyrovector import from_origin, to_origin
from gromov.spaces.smooth import norm

CLIP = 2.3
"""Largest length of a feature vector: tanh 2.3 = .98, so a point of the unit ball is at most 4.6 from the origin."""


def clip_features(x: Float[Tensor, "... d"], largest: float) -> Float[Tensor, "... d"]:
    """x·min(1, largest/‖x‖).

    Reference: Guo, Wang, Chen, Yu (2022), Clipped hyperbolic classifiers are super-hyperbolic classifiers. arXiv:2107.11472.
    """
    return x * (largest / norm(x).clamp_min(largest))[..., None]


class ToBall(nn.Module):
    """exp₀(v) = tanh(√c‖v‖)·v/(√c‖v‖) of v = x·min(1, clip/‖x‖), c = −K.

    In the metric the point lies 2‖v‖ from the origin; where K → 0 it is v. Without clipping long features all land on the rim, where
    gradients vanish.

    Args:
        curvature: K ≤ 0 in 1/length²; or a ball that layers share.
        clip: Largest ‖v‖; None clips nothing. 2.3 is that of Ermolov et al. (2022), arXiv:2203.10833; Guo et al. take 1.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: K > 0, or the clip is not positive.

    Example:
        >>> import torch
        >>> from gromov.nn import ToBall
        >>> point = ToBall()(torch.tensor([30.0, 40.0]))
        >>> [round(float(entry), 3) for entry in point]
        [0.588, 0.784]
    """

    def __init__(self, curvature: float | Ball = -1.0, clip: float | None = CLIP, *, learn_curvature: bool = False) -> None:
        super().__init__()
        positive("clip", clip)
        self.ball = as_ball(curvature, learn=learn_curvature)
        self.clip = clip

    def forward(self, x: Float[Tensor, "... d"]) -> Float[Tensor, "... d"]:
        """Points of the ball, in float32 or wider."""
        with torch.autocast(x.device.type, enabled=False):
            x = at_least_single(x)
            v = x if self.clip is None else clip_features(x, self.clip)
            return before_rim(from_origin(v, self.ball.kappa_like(v)), self.ball)

    def extra_repr(self) -> str:
        """The clip."""
        return f"clip={self.clip}"


class FromBall(nn.Module):
    """log₀(x) = artanh(√c‖x‖)·x/(√c‖x‖), which undoes `ToBall` where nothing was clipped.

    Args:
        curvature: K ≤ 0 in 1/length²; or a ball that layers share.

    Raises:
        InputError: K > 0.
    """

    def __init__(self, curvature: float | Ball = -1.0) -> None:
        super().__init__()
        self.ball = as_ball(curvature)

    def forward(self, x: Float[Tensor, "... d"]) -> Float[Tensor, "... d"]:
        """Vectors at the origin."""
        with torch.autocast(x.device.type, enabled=False):
            x = at_least_single(x)
            return to_origin(x, self.ball.kappa_like(x))
