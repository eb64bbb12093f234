"""One step of an optimiser with momentum, in any space."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from gromov.spaces.ball import PoincareBall
from gromov.spaces.ball_step import Moved, ball_step, pull_to_origin
from gromov.spaces.manifold import Manifold


def move(
    space: Manifold,
    x: Float[Tensor, "*batch coordinates"],
    derivative: Float[Tensor, "*batch coordinates"],
    momentum: Float[Tensor, "*batch coordinates"],
    keep: Float[Tensor, "*#batch"],
    add: Float[Tensor, "*#batch"],
    factor: Callable[[Tensor], Tensor],
    *,
    decay: Float[Tensor, "*#batch"] | None = None,
    lookahead: Float[Tensor, "*#batch"] | None = None,
) -> Moved:
    """m' = keep·m + add·g, x' = exp_x(f·m') projected, m' ← transport(x → x').

    g is the Riemannian gradient of the loss plus ½·decay·d(x, origin)². The momentum is made tangent again where it arrives, so that rounding
    does not gather. In the ball all of this is done in closed form.

    Args:
        space: The space.
        x: Points.
        derivative: Partial derivatives of the loss in the chart's coordinates.
        momentum: m, tangent at x.
        keep: Share of the momentum that stays.
        add: Share of the gradient that joins it.
        factor: f from the squared length ‖g‖² of each row.
        decay: Strength of the pull towards the origin; None is none.
        lookahead: μ of Nesterov's step along f·(g + μm') instead of f·m'.
    """
    if isinstance(space, PoincareBall) and lookahead is None:
        c = -space.kappa_like(x)
        pulled = derivative if decay is None else derivative + decay[..., None] * pull_to_origin(x, c)
        return ball_step(x, pulled, momentum, keep, add, factor, c)
    gradient = riemannian_gradient(space, x, derivative, decay)
    joined = keep[..., None] * momentum + add[..., None] * gradient
    direction = joined if lookahead is None else gradient + lookahead[..., None] * joined
    point = space.retract(x, factor(space.inner(x, gradient, gradient))[..., None] * direction)
    return Moved(point, space.tangent(point, space.transport(x, point, joined)), None)


def riemannian_gradient(
    space: Manifold,
    x: Float[Tensor, "*batch coordinates"],
    derivative: Float[Tensor, "*batch coordinates"],
    decay: Float[Tensor, "*#batch"] | None,
) -> Float[Tensor, "*batch coordinates"]:
    """The gradient of the loss plus ½·decay·d(x, origin)², whose own is −decay·log_x(origin)."""
    gradient = space.gradient(x, derivative)
    if decay is None:
        return gradient
    origin = space.origin(space.dimension(x.shape[-1]), dtype=x.dtype, device=x.device)
    return gradient - decay[..., None] * space.log(x, origin.expand_as(x))
