"""Sine, cosine and their inverse in a ball, in as few operations as its curvature allows.

The functions of `gromov.spaces.smooth` are analytic in K through 0, which a learnt curvature needs: written with √c, its gradient is a
difference that loses float32's digits where c is small. Where K is fixed nothing is differentiated in c, and sinh(√c s)/√c is as good.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.nn.hyperbolic.ball import Ball
from gromov.spaces import PoincareBall


def sine(length: Float[Tensor, "*shape"], ball: Ball) -> Float[Tensor, "*shape"]:
    """sinh(√c s)/√c, or s in flat space."""
    if (root := _fixed_root(length, ball)) is None:
        return ball.sine(length)
    return torch.sinh(root * length) / root


def cosine(length: Float[Tensor, "*shape"], ball: Ball) -> Float[Tensor, "*shape"]:
    """cosh(√c s), or 1 in flat space."""
    if (root := _fixed_root(length, ball)) is None:
        return ball.cosine(length)
    return torch.cosh(root * length)


def arcsine(value: Float[Tensor, "*shape"], ball: Ball) -> Float[Tensor, "*shape"]:
    """arsinh(√c v)/√c, or v in flat space."""
    if (root := _fixed_root(value, ball)) is None:
        return ball.arcsine(value)
    return torch.asinh(root * value) / root


def arcsine_of_distances(value: Float[Tensor, "*shape"], ball: Ball) -> Float[Tensor, "*shape"]:
    """`arcsine` of numbers v ≥ 0 that come from points of the ball, so that √c v squared does not overflow.

    log(1 + u + u²/(1 + √(1 + u²))), u = √c v: torch computes logarithms in vectors, and arsinh one by one.
    """
    if (root := _fixed_root(value, ball)) is None:
        return ball.arcsine(value)
    u = root * value
    square = u * u
    return torch.log1p(u + square / (1 + torch.sqrt(1 + square))) / root


def _fixed_root(like: Tensor, ball: Ball) -> Tensor | None:
    """√c where it is fixed and positive; None where the general functions are due."""
    if not isinstance(ball, PoincareBall) or isinstance(ball.log_curvature, nn.Parameter):
        return None
    return torch.sqrt((-ball.kappa_like(like)).clamp_min(torch.finfo(like.dtype).tiny))
