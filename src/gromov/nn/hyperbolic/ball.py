"""The ball a layer works in, and the precision it works at."""

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.spaces import PoincareBall, Stereographic
from gromov.spaces.smooth import dot, root

Ball = PoincareBall | Stereographic
"""The ball, or its flat limit."""

_RIM = 4
"""Machine epsilons between a point and the rim, as in `gromov.spaces`."""


def as_ball(curvature: float | Ball, *, learn: bool = False) -> Ball:
    """The ball of a curvature K ≤ 0; a ball is itself, so that layers can share one whose curvature is learnt.

    A learnt curvature is −e^θ: it keeps its sign, and θ is a float64 parameter, whatever the layer computes in.

    Args:
        curvature: K in 1/length², 0 for flat space; or a ball.
        learn: Whether K becomes a parameter.

    Raises:
        InputError: K > 0, or a flat space is to learn its curvature.
    """
    if isinstance(curvature, PoincareBall):
        return curvature
    if isinstance(curvature, Stereographic):
        if curvature.curvature or any(True for _ in curvature.parameters()):
            raise InputError(
                "a hyperbolic layer wants a PoincareBall, or a curvature K ≤ 0: of a Stereographic space only the flat one will do"
            )
        return curvature
    if not curvature <= 0:
        raise InputError(f"curvature is {curvature}; a hyperbolic layer wants K ≤ 0 in 1/length², and 0 is flat")
    if curvature == 0:
        if learn:
            raise InputError("curvature is 0, and a learnt curvature keeps its sign: start below 0, such as -0.1")
        return Stereographic(0.0)
    return PoincareBall(curvature, learn_curvature=learn)


def before_rim(x: Float[Tensor, "... d"], ball: Ball) -> Float[Tensor, "... d"]:
    """x, or the last point before the rim that the dtype can hold, in its direction.

    `ball.project` with gradients that are finite at the origin of a nearly flat ball too, where its quotient of the rim and ‖x‖ overflows.
    """
    if isinstance(ball, Stereographic):
        return x
    largest = (1 - _RIM * torch.finfo(x.dtype).eps) * torch.rsqrt(-ball.kappa_like(x))
    return x * (largest / torch.maximum(root(dot(x, x)), largest))[..., None]


def at_least_single(x: Tensor) -> Tensor:
    """At least float32: half precision cannot hold a hyperbolic point."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def positive(name: str, value: float | None) -> None:
    """Refuse a length that is not positive and finite; None is no length."""
    if value is not None and not 0 < value < float("inf"):
        raise InputError(f"{name} is {value}; it must be a positive length")
