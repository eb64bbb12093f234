"""Entailment cones: a node holds the cone that opens outwards from it, and whatever lies in the cone is below it.

In the ball of curvature −1 the cone at x has the half-angle ψ(x), and y is seen from x at the angle Ξ(x, y) from the outward ray:

    ψ(x) = arcsin(K(1 − ‖x‖²)/‖x‖),        E(x, y) = max(0, Ξ(x, y) − ψ(x)),

    cos Ξ(x, y) = (⟨x, y⟩(1 + ‖x‖²) − ‖x‖²(1 + ‖y‖²)) / (‖x‖·‖x − y‖·√(1 + ‖x‖²‖y‖² − 2⟨x, y⟩)).

E is 0 where x entails y. ψ is such that cones are nested: y in the cone of x puts the cone of y inside the cone of x. Cones exist outside the radius ε with
K = 2ε/(1 − ε²).

Reference: Ganea, Bécigneul, Hofmann (2018), Hyperbolic entailment cones for learning hierarchical embeddings. arXiv:1804.01882.
"""

import torch
from jaxtyping import Float
from torch import Tensor

INNER = 0.1
MARGIN = 0.01
_TINY = 1e-12


def half_angle(x: Float[Tensor, "... d"], inner: float = INNER) -> Float[Tensor, "..."]:
    """ψ(x), π/2 at the radius `inner` and 0 at the rim."""
    size = torch.linalg.vector_norm(x, dim=-1).clamp_min(inner)
    constant = inner / (1 - inner**2)
    return torch.asin((constant * (1 - size * size) / size).clamp(-1 + _TINY, 1 - _TINY))


def angle(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"]) -> Float[Tensor, "..."]:
    """Ξ(x, y): 0 where y lies straight outwards from x, π where it lies between x and the origin."""
    xx, yy, xy = (x * x).sum(-1), (y * y).sum(-1), (x * y).sum(-1)
    gap = torch.linalg.vector_norm(x - y, dim=-1)
    above = xy * (1 + xx) - xx * (1 + yy)
    below = xx.sqrt() * gap * (1 + xx * yy - 2 * xy).clamp_min(_TINY).sqrt()
    return torch.acos((above / below.clamp_min(_TINY)).clamp(-1 + 1e-9, 1 - 1e-9))


def energy(x: Float[Tensor, "... d"], y: Float[Tensor, "... d"], inner: float = INNER) -> Float[Tensor, "..."]:
    """E(x, y): by how much y lies outside the cone of x; 0 where x entails y."""
    return (angle(x, y) - half_angle(x, inner)).clamp_min(0)
