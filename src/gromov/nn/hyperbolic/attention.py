"""Attention by hyperbolic distance."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.nn.blocks.attention import join_heads, split_heads
from gromov.nn.hyperbolic.ball import Ball, at_least_single
from gromov.nn.hyperbolic.einstein_midpoint import einstein_midpoints
from gromov.nn.hyperbolic.to_ball import CLIP, ToBall
from gromov.nn.hyperbolic.trigonometry import arcsine_of_distances
from gromov.spaces.gyrovector import to_origin
from gromov.spaces.stereographic import conformal_factor

WEIGHTINGS = ("softmax", "sigmoid")


class HyperbolicSelfAttention(nn.Module):
    """Each head puts queries, keys and values into a ball, weighs by −β·d(query, key) − γ, and takes the Einstein midpoint of the values.

    Queries, keys and values are linear maps of the tokens, divided by √(width/heads) and put into the ball by `ToBall`; the midpoint comes
    back by the logarithm, times the same root. So where K → 0 the weights are those of −2β‖q − k‖/√(width/heads), and what is gathered is
    the weighted mean of the values, as in `SelfAttention`. β = e^b is learnt for each head. `softmax` weights do not change when a constant
    is added, so γ is a parameter only of `sigmoid` ones, which need not sum to 1: the midpoint divides by their sum.

    Args:
        width: Entries of a token.
        heads: Parts of the width that attend by themselves.
        causal: Whether a token sees only itself and those before it.
        curvature: K ≤ 0 in 1/length²; or a ball that layers share.
        clip: Largest length of a query, key or value before the exponential map.
        weighting: `softmax` or `sigmoid`.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: K > 0, the clip is not positive, or an unknown weighting.

    Cost: 8·tokens·width² + 4·tokens²·width FLOPs; heads·tokens² numbers are held a few times.

    Reference: Gulcehre et al. (2018), Hyperbolic attention networks. arXiv:1805.09786.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        causal: bool = False,
        curvature: float | Ball = -1.0,
        clip: float = CLIP,
        weighting: str = "softmax",
        learn_curvature: bool = False,
    ) -> None:
        super().__init__()
        if weighting not in WEIGHTINGS:
            raise InputError(f"weighting is {weighting!r}; it must be one of {', '.join(WEIGHTINGS)}")
        self.heads, self.causal, self.weighting = heads, causal, weighting
        self.scale = math.sqrt(width // heads)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.to_ball = ToBall(curvature, clip, learn_curvature=learn_curvature)
        self.log_beta = nn.Parameter(torch.zeros(heads))
        self.gamma = nn.Parameter(torch.zeros(heads)) if weighting == "sigmoid" else None

    def forward(self, x: Float[Tensor, "*batch tokens width"]) -> Float[Tensor, "*batch tokens width"]:
        """What each token has gathered."""
        parts = self.query_key_value(x)
        with torch.autocast(x.device.type, enabled=False):
            parts = at_least_single(parts) / self.scale
            query, key, value = (self.to_ball(split_heads(part, self.heads)) for part in parts.chunk(3, dim=-1))
            ball = self.to_ball.ball
            midpoints = einstein_midpoints(value, self.weights(query, key), ball)
            gathered = join_heads(to_origin(midpoints, ball.kappa_like(midpoints))) * self.scale
        return self.output(gathered.to(self.output.weight.dtype))

    def weights(
        self, query: Float[Tensor, "*batch heads m part"], key: Float[Tensor, "*batch heads n part"]
    ) -> Float[Tensor, "*batch heads m n"]:
        """Weight of every key for every query; rows sum to 1 (the midpoint needs only ratios)."""
        scores = -self.log_beta.to(query.dtype).exp()[:, None, None] * distances(query, key, self.to_ball.ball)
        if self.gamma is not None:
            scores = nn.functional.logsigmoid(scores - self.gamma.to(query.dtype)[:, None, None])
        if self.causal:
            count = scores.shape[-1]
            later = torch.ones(count, count, dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(later, -math.inf)
        return scores.softmax(dim=-1)

    def extra_repr(self) -> str:
        """Heads, mask and weighting."""
        return f"heads={self.heads}, causal={self.causal}, weighting={self.weighting}"


def distances(x: Float[Tensor, "*batch m part"], y: Float[Tensor, "*batch n part"], ball: Ball) -> Float[Tensor, "*batch m n"]:
    """All distances within each batch entry, from the differences of the points: `Manifold.pair_distances` with axes before.

    d = 2 arsin_κ(‖x − y‖·√(λ_x λ_y)/2).
    """
    chords = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    scale_x, scale_y = (torch.sqrt(conformal_factor(part, ball.kappa_like(part)) / 2) for part in (x, y))
    return 2 * arcsine_of_distances(chords * scale_x[..., :, None] * scale_y[..., None, :], ball)
