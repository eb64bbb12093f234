"""A δ with gradients: to push a representation towards a tree, or away from one."""

from typing import TYPE_CHECKING

from gromov.core import InputError, generator
from gromov.measures.four_point.sampled import distinct_quadruples

if TYPE_CHECKING:
    from torch import Tensor


def smooth_delta(distances: "Tensor", *, scale: float = 10.0, quadruples: int = 4_096, seed: int = 0) -> "Tensor":
    """Differentiable Gromov δ of a torch matrix of distances.

    For each sampled quadruple with sums s₁, s₂, s₃ of opposite distances, the largest and the two largest together are replaced by
    log-sum-exp at `scale` λ, and so is the maximum over quadruples:

        δ_q = LSE_λ(s₁, s₂, s₃) − ½ LSE_λ(s₁ + s₂, s₁ + s₃, s₂ + s₃),      δ = LSE_λ(δ_q),      LSE_λ(a) = log Σ exp(λ a) / λ.

    With Q quadruples, −½ log 3 / λ ≤ δ − max_q δ_q ≤ (log 3 + log Q)/λ.

    Args:
        distances: n × n tensor, symmetric, in the unit of δ; gradients flow to it.
        scale: λ, in 1/length; larger is sharper. A hundred over the diameter is a good start.
        quadruples: Number Q of quadruples sampled without repeated points.
        seed: Seed of the sample.

    Cost: 6·Q look-ups, forward and backward.

    Raises:
        InputError: fewer than 4 points, not square, or `scale` not positive.

    Reference: DeltaZero (2025), arXiv:2505.21073.
    """
    import torch

    if distances.ndim != 2 or distances.shape[0] != distances.shape[1] or len(distances) < 4:
        raise InputError(f"distances must be n × n with n ≥ 4; got {tuple(distances.shape)}")
    if scale <= 0:
        raise InputError(f"scale is {scale}; it must be positive")
    n = len(distances)
    index = distinct_quadruples(n, quadruples, generator(seed, "smooth-delta"))
    x, y, u, v = torch.from_numpy(index).to(distances.device).T
    sums = torch.stack([distances[x, y] + distances[u, v], distances[x, u] + distances[y, v], distances[x, v] + distances[y, u]], dim=1)
    pairs = sums.sum(dim=1, keepdim=True) - sums
    deltas = torch.logsumexp(scale * sums, dim=1) / scale - torch.logsumexp(scale * pairs, dim=1) / (2 * scale)
    return torch.logsumexp(scale * deltas, dim=0) / scale
