"""The space images are embedded in: where vectors go, what distance means there, what a midpoint is."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.learn import euclidean_distances
from gromov.nn import Block, ToBall, UnitLength
from gromov.nn.blocks.hyperbolic import IntoBall
from gromov.nn.hyperbolic.ball import as_ball, at_least_single
from gromov.nn.hyperbolic.einstein_midpoint import einstein_midpoints
from gromov.nn.hyperbolic.to_ball import CLIP
from gromov.spaces import Euclidean, Manifold, PoincareBall, Sphere

SPACES = ("hyperbolic", "euclidean", "sphere")
_LEAST = 1e-12


def ball_distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], c: Float[Tensor, ""]) -> Float[Tensor, "n m"]:
    """(2/√c)·arsinh(√c‖x − y‖/√((1 − c‖x‖²)(1 − c‖y‖²))) of all pairs, by one matrix product.

    ‖x − y‖² comes from ‖x‖² + ‖y‖² − 2⟨x, y⟩, good to a few units in the last place of ‖x‖²: what training wants. `PoincareBall.pairwise`
    loses no digit, and takes n·m·d numbers of memory.
    """
    xx, yy = (x * x).sum(1)[:, None], (y * y).sum(1)
    square = (xx + yy - 2 * x @ y.T).clamp_min(_LEAST)
    return 2 * c.rsqrt() * torch.arcsinh((c * square / ((1 - c * xx) * (1 - c * yy))).sqrt())


class Geometry(nn.Module):
    """Vectors of a linear layer as points of hyperbolic, Euclidean or spherical space.

    Hyperbolic: exp₀ of the vector cut to the length `clip`, distance that of the Poincaré ball, midpoint Einstein's. Euclidean: the vector, its distance, the
    mean. Sphere: the vector by its length, 1 − cos of the angle (half the square of the chord), the mean brought back to the sphere.

    Args:
        space: `hyperbolic`, `euclidean` or `sphere`.
        curvature: K < 0 of the ball, in 1/length²; not used elsewhere.
        clip: Longest vector that goes into the ball.
        learn_curvature: Whether K is a parameter.

    Raises:
        InputError: an unknown space, or a curvature that is not negative.

    References:
        Khrulkov et al. (2020), Hyperbolic image embeddings. arXiv:1904.02239; Ermolov et al. (2022), Hyperbolic vision transformers. arXiv:2203.10833.

    Example:
        >>> import torch
        >>> from gromov.models.images import Geometry
        >>> space = Geometry("hyperbolic", curvature=-0.5)
        >>> space.distances(space(torch.zeros(1, 2)), space(torch.tensor([[0.3, 0.4]]))).item().__round__(4)
        1.0
    """

    def __init__(self, space: str, curvature: float = -1.0, clip: float = CLIP, *, learn_curvature: bool = False) -> None:
        super().__init__()
        if space not in SPACES:
            raise InputError(f"space is {space!r}; it must be one of {', '.join(SPACES)}")
        if space == "hyperbolic" and not curvature < 0:
            raise InputError(f"curvature is {curvature}; hyperbolic space has K < 0 in 1/length²")
        self.space, self.clip = space, clip
        self.ball: ToBall | None = None
        if space == "hyperbolic":
            self.ball = ToBall(as_ball(curvature, learn=learn_curvature), clip)

    def forward(self, v: Float[Tensor, "... d"]) -> Float[Tensor, "... d"]:
        """Points of the space, in float32 or wider."""
        if self.ball is not None:
            return self.ball(v)
        v = at_least_single(v)
        return v if self.space == "euclidean" else nn.functional.normalize(v, dim=-1)

    def distances(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """What is compared of all pairs of points: the distance, on the sphere 1 − cos of the angle."""
        if self.ball is not None:
            return ball_distances(x, y, -self.ball.ball.kappa_like(x))
        return euclidean_distances(x, y) if self.space == "euclidean" else 1 - x @ y.T

    def midpoints(self, points: Float[Tensor, "*batch n d"], weights: Float[Tensor, "*batch m n"]) -> Float[Tensor, "*batch m d"]:
        """The middle of the points under each set of weights."""
        if self.ball is not None:
            return einstein_midpoints(points, weights, self.ball.ball)
        mean = weights @ points / weights.sum(-1, keepdim=True)
        return mean if self.space == "euclidean" else nn.functional.normalize(mean, dim=-1)

    def radii(self, v: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """Distance of the vectors' points from the origin; on the sphere, which has none, the length of the vector before it is lost."""
        return v.norm(dim=-1).clamp_max(self.clip) * 2 if self.ball is not None else v.norm(dim=-1)

    @property
    def curvature(self) -> float:
        """K."""
        return float(self.ball.ball.curvature) if self.ball is not None else float(self.space == "sphere")

    def manifold(self) -> Manifold:
        """The space as `gromov.spaces` has it."""
        return PoincareBall(self.curvature) if self.ball is not None else Euclidean() if self.space == "euclidean" else Sphere(1.0)

    def blocks(self) -> tuple[Block, ...]:
        """What maps vectors to points, as a declaration."""
        if self.ball is not None:
            return (IntoBall(self.curvature, self.clip),)
        return () if self.space == "euclidean" else (UnitLength(),)
