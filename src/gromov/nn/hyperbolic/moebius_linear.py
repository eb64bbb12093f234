"""The linear layer of the ball."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.nn.hyperbolic.ball import Ball, as_ball, at_least_single, before_rim
from gromov.spaces.gyrovector import from_origin, mobius_add, mobius_linear


class MoebiusLinear(nn.Module):
    """M ⊗ x ⊕ b, M ⊗ x = exp₀(M log₀ x), b = exp₀(bias); where K → 0 it is Mx + b.

    The bias is kept as a vector at the origin, so that any optimiser may move it and it never leaves the ball.

    Args:
        in_features: Entries of a point.
        out_features: Entries of its image.
        curvature: K ≤ 0 in 1/length² of both balls; or a ball that layers share.
        bias: Whether there is a b; it begins at the origin.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: K > 0.

    Cost: 2·in·out FLOPs a point, and some passes over it.

    Reference: Ganea, Bécigneul, Hofmann (2018), Hyperbolic neural networks. arXiv:1805.09112.

    Example:
        >>> import torch
        >>> from gromov.nn import MoebiusLinear
        >>> layer = MoebiusLinear(3, 2, bias=False)
        >>> bool(layer(torch.tensor([[0.9, 0.0, 0.0]])).norm() < 1)
        True
    """

    def __init__(
        self, in_features: int, out_features: int, curvature: float | Ball = -1.0, *, bias: bool = True, learn_curvature: bool = False
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.ball = as_ball(curvature, learn=learn_curvature)
        self.weight = nn.Parameter(nn.Linear(in_features, out_features, bias=False).weight.detach())
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Float[Tensor, "... d"]) -> Float[Tensor, "... e"]:
        """Points of the ball, in float32 or wider."""
        with torch.autocast(x.device.type, enabled=False):
            x = at_least_single(x)
            kappa = self.ball.kappa_like(x)
            y = mobius_linear(self.weight, x, kappa)
            if self.bias is not None:
                y = mobius_add(before_rim(y, self.ball), from_origin(self.bias.to(x.dtype), kappa), kappa)
            return before_rim(y, self.ball)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
