"""Means of points: Fréchet's, by iteration, and the Einstein midpoint, in one step."""

import warnings

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError, NumericalWarning
from gromov.spaces.manifold import Manifold, Point

_TOLERANCE = 8.0
"""Stop where the step is this many machine epsilons of the spread: rounding allows no better."""


def frechet_mean(
    space: Manifold, x: Float[Tensor, "n coordinates"], weights: Float[Tensor, " n"] | None = None, *, steps: int = 200
) -> Point:
    """The point m that minimises Σ wᵢ d(m, xᵢ)², by Riemannian gradient descent: m ← exp_m(t·Σ wᵢ log_m xᵢ / Σ wᵢ).

    Starts from the point of x nearest the others on average (of at most 256 of them). t is 1 on curvature ≥ 0; in hyperbolic space the
    Hessian is at most √c·R/tanh(√c·R) for points within R, so t is its inverse and every step descends. The mean is unique in Euclidean and
    hyperbolic space, and on a sphere where the points lie in an open ball of radius π/(4√K).

    Args:
        space: Where the points live.
        x: n points.
        weights: Their weights, not negative; None means equal.
        steps: Most steps to take.

    Cost: n logarithms a step; a dozen steps where the points lie within 1/√|K|, more where they are spread wide.

    Raises:
        InputError: no points, or weights that are negative, sum to 0 or do not match.

    Warns:
        NumericalWarning: the steps ran out before rounding was reached.
    """
    n = len(x)
    if n == 0:
        raise InputError("a mean needs at least one point")
    share = torch.full((n,), 1.0, dtype=x.dtype, device=x.device) if weights is None else weights.to(x)
    if share.shape != (n,) or bool((share < 0).any()) or not float(share.sum()) > 0:
        raise InputError(f"weights must be {n} numbers, none negative, with a positive sum; got {tuple(share.shape)}")
    share = share / share.sum()
    few = x[torch.linspace(0, n - 1, min(n, 256)).long().unique()]
    mean = few[space.pairwise(few, few).square().mean(dim=1).argmin()]
    moved = spread = 0.0
    for _ in range(steps):
        pull = space.log(mean, x)
        lengths = space.norm(mean, pull)
        spread = float(lengths.max().detach())
        reach = max(0.0, -space.curvature) ** 0.5 * spread
        rate = 1.0 if reach < 1e-3 else float(torch.tanh(torch.tensor(reach))) / reach
        step = rate * (share[:, None] * pull).sum(dim=0)
        moved = float(space.norm(mean, step).detach())
        mean = space.retract(mean, step)
        if moved <= _TOLERANCE * torch.finfo(x.dtype).eps * max(spread, torch.finfo(x.dtype).tiny):
            return mean
    warnings.warn(
        f"the Fréchet mean still moves by {moved:.1e} after {steps} steps (points within {spread:.3g}): give more steps",
        NumericalWarning,
        stacklevel=2,
    )
    return mean
