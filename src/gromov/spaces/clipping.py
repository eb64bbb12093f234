"""Gradient clipping in the metric."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from gromov.core import InputError
from gromov.spaces.parameter import ManifoldParameter


@torch.no_grad()
def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, *, error_if_nonfinite: bool = False) -> Float[Tensor, ""]:
    """Shorten all gradients together, in place, so that their Riemannian length is at most `max_norm`.

    The length is √Σ‖g‖²: over the rows of every `ManifoldParameter`, g the Riemannian gradient in the metric at the row's point, and over
    the entries of plain parameters, as in `torch.nn.utils.clip_grad_norm_`. In the ball a partial derivative near the rim is huge and the
    gradient it stands for is not: clipping by entries would take the one for the other.

    Args:
        parameters: Parameters; those without a gradient are passed over. Gradients may be sparse.
        max_norm: Largest length that is kept.
        error_if_nonfinite: Whether a length that is not finite is an error.

    Returns:
        The length before clipping.

    Raises:
        InputError: `max_norm` is negative, or the length is not finite and `error_if_nonfinite`.
    """
    if not max_norm >= 0:
        raise InputError(f"max_norm is {max_norm}; it must not be negative")
    with_gradient = [p for p in ([parameters] if isinstance(parameters, Tensor) else parameters) if p.grad is not None]
    if not with_gradient:
        return torch.tensor(0.0)
    device = with_gradient[0].device
    total = torch.stack([_square(p).to(device=device, dtype=torch.float64) for p in with_gradient]).sum().sqrt()
    if error_if_nonfinite and not bool(torch.isfinite(total)):
        raise InputError("the gradients have no finite length: some entry is NaN or infinite, so nothing was clipped")
    share = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for parameter in with_gradient:
        assert parameter.grad is not None
        parameter.grad.mul_(share.to(device=parameter.grad.device, dtype=parameter.grad.dtype))
    return total


def _square(parameter: Tensor) -> Tensor:
    """Squared length of a parameter's gradient."""
    gradient, x = parameter.grad, parameter.detach()
    assert gradient is not None
    if gradient.is_sparse:
        gradient = gradient.coalesce()
        if isinstance(parameter, ManifoldParameter):
            x = x[gradient.indices()[0]]
        gradient = gradient.values()
    if isinstance(parameter, ManifoldParameter):
        turned = parameter.space.gradient(x, gradient)
        return parameter.space.inner(x, turned, turned).sum(dtype=torch.float64)
    return torch.linalg.vector_norm(gradient, dtype=torch.float64).square()
