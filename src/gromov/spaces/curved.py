"""Spaces of one constant curvature: what they share beyond a manifold."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces.manifold import Manifold, Scalar
from gromov.spaces.smooth import arcsine_ratio, cosine, sine_ratio


class ConstantCurvature(Manifold):
    """A space of constant sectional curvature K whose sign is fixed: K = sign·e^θ, with θ fixed or learnt.

    Args:
        curvature: K in 1/length².
        learn_curvature: Whether θ is a parameter; then K stays on its side of 0.
    """

    def __init__(self, curvature: float, *, learn_curvature: bool = False) -> None:
        super().__init__()
        if not math.isfinite(curvature):
            raise InputError(f"curvature is {curvature}; it must be a finite number in 1/length²")
        self._sign = float((curvature > 0) - (curvature < 0))
        size = torch.tensor(math.log(abs(curvature)) if curvature else 0.0, dtype=torch.float64)
        self.log_curvature: Tensor
        if learn_curvature:
            self.register_parameter("log_curvature", nn.Parameter(size))
        else:
            self.register_buffer("log_curvature", size)

    @property
    def kappa(self) -> Float[Tensor, ""]:
        """Sectional curvature K."""
        return self._sign * torch.exp(self.log_curvature)

    def kappa_like(self, x: Tensor) -> Float[Tensor, ""]:
        """K in the dtype and on the device of x."""
        return self.kappa.to(dtype=x.dtype, device=x.device)

    def sine(self, length: Scalar) -> Scalar:
        """sin_K(s): sin(√K s)/√K, s or sinh(√−K s)/√−K. The sphere of radius s has volume ∝ sin_K(s)^{d−1}."""
        return length * sine_ratio(self.kappa_like(length) * length * length)

    def arcsine(self, value: Scalar) -> Scalar:
        """The length whose sin_K is `value`."""
        return value * arcsine_ratio(self.kappa_like(value) * value * value)

    def cosine(self, length: Scalar) -> Scalar:
        """cos(√K s), 1 or cosh(√−K s)."""
        return cosine(self.kappa_like(length) * length * length)

    def volume(self, dim: int, radius: Sequence[float] | float) -> Float[Tensor, "..."]:
        """Volume of a geodesic ball, |S^{d−1}|·∫₀^R sin_K(s)^{d−1} ds, in length^dim; float64, by Gauss–Legendre quadrature of 128 nodes.

        Raises:
            InputError: `dim` is below 1, a radius is negative, or beyond half a great circle of a sphere.
        """
        import numpy as np

        reach = torch.as_tensor(radius, dtype=torch.float64)
        if dim < 1:
            raise InputError(f"dim is {dim}; it must be at least 1")
        limit = math.pi / math.sqrt(self.curvature) if self.curvature > 0 else math.inf
        if bool((reach < 0).any()) or bool((reach > limit).any()):
            raise InputError(f"a radius must be between 0 and {limit:g}")
        nodes, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(128))
        s = reach[..., None] * (nodes + 1) / 2
        density = self.sine(s).clamp_min(0) ** (dim - 1)
        return sphere_area(dim) * reach / 2 * (density * weights).sum(dim=-1)


def sphere_area(dim: int) -> float:
    """Area of the unit sphere in ℝ^dim, 2π^{d/2}/Γ(d/2)."""
    return 2 * math.pi ** (dim / 2) / math.gamma(dim / 2)
