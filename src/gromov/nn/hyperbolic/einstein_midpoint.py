"""The mean of points of the ball in one step."""

from jaxtyping import Float
from torch import Tensor

from gromov.nn.hyperbolic.ball import Ball, as_ball
from gromov.spaces.stereographic import conformal_factor


def einstein_midpoint(
    points: Float[Tensor, "*batch n d"], weights: Float[Tensor, "*batch n"], curvature: float | Ball = -1.0
) -> Float[Tensor, "*batch d"]:
    """Σ wγk/Σ wγ in Klein's model, k = 2x/(1 + c‖x‖²), γ = (1 − c‖k‖²)^{−½}, carried back to the ball by k/(1 + √(1 − c‖k‖²)).

    It moves with every isometry, and for two points of equal weight is the middle of their geodesic. Where K → 0 it is the weighted mean.

    Args:
        points: Points of the ball.
        weights: Not negative, some positive; only their ratios count.
        curvature: K ≤ 0 in 1/length²; or the ball.

    Cost: linear in n·d.

    Raises:
        InputError: K > 0.

    Reference: Gulcehre et al. (2018), Hyperbolic attention networks. arXiv:1805.09786; Ungar (2005), Analytic hyperbolic geometry.

    Example:
        >>> import torch
        >>> from gromov.nn import einstein_midpoint
        >>> middle = einstein_midpoint(torch.tensor([[0.5, 0.0], [-0.5, 0.0]]), torch.tensor([1.0, 1.0]))
        >>> middle.tolist()
        [0.0, 0.0]
    """
    return as_ball(curvature).midpoint(points, weights)


def einstein_midpoints(
    points: Float[Tensor, "*batch n d"], weights: Float[Tensor, "*batch m n"], ball: Ball
) -> Float[Tensor, "*batch m d"]:
    """The midpoints of the same points under m sets of weights: two matrix products, without m·n·d numbers in memory."""
    kappa = ball.kappa_like(points)
    factor = conformal_factor(points, kappa)[..., None]
    klein = (weights @ (factor * points)) / (weights @ (factor - 1))
    return klein / (1 + (1 + kappa * (klein * klein).sum(dim=-1, keepdim=True)).clamp_min(0).sqrt())
