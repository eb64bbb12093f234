"""The Poincaré ball {x ∈ ℝᵈ : c‖x‖² < 1} of curvature −c, where it can do better than the general κ-model.

The distance is written with arsinh, d = (2/√c)·arsinh(√c‖x − y‖/√((1 − c‖x‖²)(1 − c‖y‖²))), which is accurate at small distances where
the arcosh and Möbius forms have lost every digit, and its gradient is written out, so that forward and backward pass over the points
as few times as they can. Write α = 1 − c‖x‖², β = 1 − c‖y‖², s = √c‖x − y‖/√(αβ):

    ∂d/∂x = (2√c/√(1 + s²))·((x − y)/(s αβ) + s x/α),        ∂d/∂c = −d/(2c) + (s/√(c(1 + s²)))·(1/c + ‖x‖²/α + ‖y‖²/β).

Reference: Nickel, Kiela (2017), Poincaré embeddings for learning hierarchical representations. arXiv:1705.08039.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function

from gromov.spaces.smooth import dot, root


def distance(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """Geodesic distance (2/√c)·arsinh(s); at x = y the gradient is taken to be 0.

    Cost: 3 passes over the points forward, 4 backward; twice differentiable.
    """
    if torch.compiler.is_compiling():  # the compiler fuses the plain formula itself
        return _rows(x, y, x - y, c).distance(c).to(x.dtype)
    return _apply(x, y, c)


def pair_distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], c: Float[Tensor, ""]) -> Float[Tensor, "n m"]:
    """All distances between rows of x and of y, from the differences of the points; n·m numbers are held."""
    chords = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    scale_x, scale_y = (torch.rsqrt(1 - c * _square(part)).to(x.dtype) for part in (x, y))
    return 2 * torch.asinh(chords * (torch.sqrt(c) * scale_x)[:, None] * scale_y) * torch.rsqrt(c)


def busemann(x: Float[Tensor, "... d"], ideal: Float[Tensor, "... d"], c: Float[Tensor, ""]) -> Float[Tensor, "..."]:
    """B(x) = (1/√c)·log(‖ω − √c x‖²/(1 − c‖x‖²)) for the point ω of the unit sphere at infinity."""
    gap = ideal - torch.sqrt(c) * x
    return (torch.log(dot(gap, gap)) - torch.log(1 - c * dot(x, x))) * torch.rsqrt(c)


class _Rows(NamedTuple):
    """The row numbers that distance and gradient share; x − y is in the dtype of the points, these in that of `_square`."""

    x_square: Tensor
    y_square: Tensor
    s: Tensor

    def distance(self, c: Tensor) -> Tensor:
        """d, as wide as the rows."""
        return 2 * torch.asinh(self.s) * torch.rsqrt(c)


def _rows(x: Tensor, y: Tensor, delta: Tensor, c: Tensor) -> _Rows:
    x_square, y_square = _square(x), _square(y)
    spread = c / ((1 - c * x_square) * (1 - c * y_square))
    if torch.is_grad_enabled():
        return _Rows(x_square, y_square, root(_square(delta) * spread))
    # nothing is taken from the chord, so its own dtype will do: half the time of float64
    return _Rows(x_square, y_square, torch.linalg.vector_norm(delta, dim=-1) * root(spread))


class _Distance(Function):
    """d(x, y) with its gradient in closed form; the rows are kept for it."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, y: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rows = _rows(x, y, x - y, c)
        return rows.distance(c).to(x.dtype), rows.x_square, rows.y_square, rows.s

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor], output: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, y, c, *kept = ctx.saved_tensors
        grad, delta = grads[0], x - y
        # where this gradient will be differentiated, the rows must be functions of x and y again
        rows = _rows(x, y, delta, c) if torch.is_grad_enabled() else _Rows(*kept)
        alpha, beta = 1 - c * rows.x_square, 1 - c * rows.y_square
        apart = rows.s > 0
        s = torch.where(apart, rows.s, 1.0)
        slope = grad * torch.rsqrt(1 + rows.s * rows.s)
        scale = 2 * torch.sqrt(c) * slope
        toward = torch.where(apart, scale / (s * alpha * beta), 0.0).to(x.dtype)[..., None] * delta
        outward = scale * rows.s
        grad_x = grad_y = grad_c = None
        if ctx.needs_input_grad[0]:
            grad_x = torch.addcmul(toward, (outward / alpha).to(x.dtype)[..., None], x).sum_to_size(x.shape)
        if ctx.needs_input_grad[1]:  # in the memory of `toward`, which is not needed again
            grad_y = toward.neg_().addcmul_((outward / beta).to(y.dtype)[..., None], y).sum_to_size(y.shape)
        if ctx.needs_input_grad[2]:
            growth = 1 / c + rows.x_square / alpha + rows.y_square / beta
            grad_c = (slope * rows.s * growth * torch.rsqrt(c) - grad * rows.distance(c) / (2 * c)).sum().to(c.dtype)
        return grad_x, grad_y, grad_c


def _apply(x: Tensor, y: Tensor, c: Tensor) -> Tensor:
    return _Distance.apply(x, y, c)[0]  # pyright: ignore[reportOptionalSubscript, reportReturnType]


def _square(x: Tensor) -> Tensor:
    """‖x‖² in float64, so that 1 − c‖x‖² is right to the last digit of x near the rim.

    In one pass over x, without a second tensor of its size; where it must be differentiated again, as a plain sum.
    """
    wide = x.dtype if x.device.type == "mps" else torch.float64  # which has no float64
    return dot(x.to(wide), x.to(wide)) if torch.is_grad_enabled() else torch.linalg.vector_norm(x, dim=-1, dtype=wide).square()
