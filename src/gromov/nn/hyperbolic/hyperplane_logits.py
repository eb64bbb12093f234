"""Logits as signed distances to hyperplanes of the ball."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.nn.hyperbolic.ball import Ball, as_ball, at_least_single, positive
from gromov.nn.hyperbolic.to_ball import CLIP, clip_features
from gromov.nn.hyperbolic.trigonometry import arcsine, cosine, sine
from gromov.spaces.smooth import cosine as cosine_of_square
from gromov.spaces.smooth import dot, root, sine_ratio


class HyperplaneLogits(nn.Module):
    """Logit of class k: 2‖w‖ times the signed distance of x to the hyperplane that stands 2r from the origin along w.

    (2‖w‖/√c)·arsinh([2√c⟨x, ŵ⟩ cosh(2√c r) − (1 + c‖x‖²) sinh(2√c r)]/(1 − c‖x‖²)); where K → 0 it is 4‖w‖(⟨x, ŵ⟩ − r).

    Args:
        in_features: Entries of a point.
        classes: Number of logits.
        curvature: K ≤ 0 in 1/length²; or a ball that layers share.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: K > 0.

    Cost: 2·in·classes FLOPs a point, and a dozen operations a logit.

    Reference: Shimizu, Mukuta, Harada (2021), Hyperbolic Neural Networks++. arXiv:2006.08210.

    Example:
        >>> import torch
        >>> from gromov.nn import HyperplaneLogits
        >>> HyperplaneLogits(3, 5)(torch.zeros(2, 3)).tolist() == [[0.0] * 5] * 2  # all hyperplanes begin through the origin
        True
    """

    def __init__(self, in_features: int, classes: int, curvature: float | Ball = -1.0, *, learn_curvature: bool = False) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes
        self.ball = as_ball(curvature, learn=learn_curvature)
        # logits of a small unit vector begin with variance ‖x‖²/in, as Kaiming's do; the formula multiplies by 4
        self.weight = nn.Parameter(torch.randn(classes, in_features) / (4 * math.sqrt(in_features)))
        self.offset = nn.Parameter(torch.zeros(classes))

    def forward(self, x: Float[Tensor, "... d"]) -> Float[Tensor, "... classes"]:
        """Logits of points of the ball, in float32 or wider."""
        with torch.autocast(x.device.type, enabled=False):
            x = at_least_single(x)
            square = (self.ball.kappa_like(x) * dot(x, x))[..., None]
            return self._logits(2 * x / (1 + square), (1 - square) / (1 + square))

    def of_vectors(self, v: Float[Tensor, "... d"]) -> Float[Tensor, "... classes"]:
        """Logits of the points exp₀(v), without going through the ball: exact where float32 has no point near enough to the rim.

        2⟨x, ŵ⟩/(1 − c‖x‖²) is sinh(2√c‖v‖)⟨v, ŵ⟩/(√c‖v‖), and (1 + c‖x‖²)/(1 − c‖x‖²) is cosh(2√c‖v‖): finite to √c‖v‖ = 44.
        """
        with torch.autocast(v.device.type, enabled=False):
            v = at_least_single(v)
            square = (4 * self.ball.kappa_like(v) * dot(v, v))[..., None]
            return self._logits(2 * v * sine_ratio(square), cosine_of_square(square))

    def _logits(self, space: Tensor, time: Tensor) -> Tensor:
        """From the point on the hyperboloid: its last d entries, and its first times √c.

        `Manifold.hyperplane_logits` is the same for one weight a point; all classes at once are a matrix product.
        """
        weight, twice = self.weight.to(space.dtype), 2 * self.offset.to(space.dtype)
        size = root(dot(weight, weight))
        unit = weight / size.clamp_min(torch.finfo(space.dtype).tiny)[:, None]
        return 2 * size * arcsine(space @ unit.T * cosine(twice, self.ball) - time * sine(twice, self.ball), self.ball)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"in_features={self.in_features}, classes={self.classes}"


class HyperbolicHead(nn.Module):
    """Hyperbolic logits of Euclidean features: `HyperplaneLogits` of `ToBall`, in one step that never meets the rim.

    Args:
        in_features: Entries of a feature vector.
        classes: Number of logits.
        curvature: K ≤ 0 in 1/length²; or a ball that layers share.
        clip: Largest length of a feature vector.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: K > 0, or the clip is not positive.

    Reference: Guo, Wang, Chen, Yu (2022), arXiv:2107.11472; Shimizu, Mukuta, Harada (2021), arXiv:2006.08210.

    Example:
        >>> import torch
        >>> from gromov.nn import HyperbolicHead
        >>> HyperbolicHead(64, 10)(torch.randn(8, 64)).shape
        torch.Size([8, 10])
    """

    def __init__(
        self, in_features: int, classes: int, curvature: float | Ball = -1.0, clip: float = CLIP, *, learn_curvature: bool = False
    ) -> None:
        super().__init__()
        positive("clip", clip)
        self.clip = clip
        self.logits = HyperplaneLogits(in_features, classes, curvature, learn_curvature=learn_curvature)

    def forward(self, x: Float[Tensor, "... d"]) -> Float[Tensor, "... classes"]:
        """Logits, in float32 or wider."""
        with torch.autocast(x.device.type, enabled=False):
            return self.logits.of_vectors(clip_features(at_least_single(x), self.clip))

    def extra_repr(self) -> str:
        """The clip."""
        return f"clip={self.clip}"
