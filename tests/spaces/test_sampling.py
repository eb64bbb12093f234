"""Random points: densities that integrate to 1, radii of the right law, volumes in closed form."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import chi, kstest
from space_cases import CONSTANT, DTYPES, Case

from gromov.core import InputError
from gromov.spaces import (
    ConstantCurvature,
    Euclidean,
    Hyperboloid,
    PoincareBall,
    Polar,
    Sphere,
    Stereographic,
    WrappedNormal,
    from_normal_coordinates,
    uniform_ball,
)

DOUBLE = torch.float64
PLANES: list[ConstantCurvature] = [
    Euclidean(),
    PoincareBall(-1.0),
    Hyperboloid(-0.5),
    Polar(-2.0),
    Sphere(1.0),
    Stereographic(-1.0),
    Stereographic(0.0),
    Stereographic(1.0),
]
in_each_plane = pytest.mark.parametrize("space", PLANES, ids=repr)


# ---- volumes


def test_volumes_in_closed_form() -> None:
    radii = [0.0, 1e-3, 0.5, 1.0, 3.0]
    r = torch.tensor(radii, dtype=DOUBLE)
    expected = {
        (2, -1.0): 2 * math.pi * (torch.cosh(r) - 1),
        (3, -1.0): math.pi * (torch.sinh(2 * r) - 2 * r),
        (2, -4.0): 2 * math.pi * (torch.cosh(2 * r) - 1) / 4,
        (2, 1.0): 2 * math.pi * (1 - torch.cos(r)),
        (3, 1.0): math.pi * (2 * r - torch.sin(2 * r)),
        (1, -1.0): 2 * r,
        (1, 1.0): 2 * r,
    }
    for (dim, curvature), volumes in expected.items():
        space = Sphere(curvature) if curvature > 0 else PoincareBall(curvature)
        torch.testing.assert_close(space.volume(dim, radii), volumes, rtol=1e-7 if dim > 1 else 1e-12, atol=1e-15)
    ball = [math.pi ** (d / 2) / math.gamma(d / 2 + 1) * 2.0**d for d in (1, 2, 3, 7)]
    assert np.allclose([float(Euclidean().volume(d, 2.0)) for d in (1, 2, 3, 7)], ball, rtol=1e-13)
    whole = 2 * math.pi**2  # the 3-sphere
    assert math.isclose(float(Sphere().volume(3, math.pi)), whole, rel_tol=1e-12)
    for wrong in (-0.1, 3.2):
        with pytest.raises(InputError, match="radius"):
            Sphere().volume(2, wrong)
    with pytest.raises(InputError, match="dim"):
        Sphere().volume(0, 1.0)


# ---- uniform points of a ball


@in_each_plane
@pytest.mark.parametrize("dim", [1, 2, 3, 10])
def test_uniform_points_fill_the_ball_by_volume(space: ConstantCurvature, dim: int) -> None:
    """P(radius ≤ r) = vol(r)/vol(R), and directions without a preferred one."""
    n, reach = 4000, 1.6
    x = uniform_ball(space, n, dim, reach, generator=torch.Generator().manual_seed(dim))
    assert x.shape == (n, space.coordinates(dim))
    r = space.distance(space.origin(dim, dtype=DOUBLE), x)
    assert float(r.max()) <= reach * (1 + 1e-12)
    shares = (space.volume(dim, r.tolist()) / space.volume(dim, reach)).numpy()
    assert kstest(shares, "uniform").pvalue > 1e-3
    unit = space.to_frame(space.log(space.origin(dim, dtype=DOUBLE).expand_as(x), x)) / r[:, None]
    assert (unit.mean(0).abs() < 4.5 / math.sqrt(n * dim)).all()
    assert torch.allclose(unit.T @ unit / n, torch.eye(dim, dtype=DOUBLE) / dim, atol=4.5 / math.sqrt(n))


def test_uniform_points_of_a_whole_sphere_and_of_a_deep_ball() -> None:
    generator = torch.Generator().manual_seed(0)
    x = uniform_ball(Sphere(), 4000, 2, math.pi, generator=generator)
    assert all(kstest(((x[:, i] + 1) / 2).numpy(), "uniform").pvalue > 1e-3 for i in range(3))  # Archimedes
    r = uniform_ball(Polar(), 4000, 3, 60.0, generator=generator)[:, 0]
    depth = (60 - r).numpy()  # the density is e^{−2·depth}·2 to within e^{−60}
    assert kstest(depth, "expon", args=(0, 0.5)).pvalue > 1e-3


def test_uniform_points_are_seeded_and_typed() -> None:
    draws = [
        uniform_ball(PoincareBall(), 9, 2, 1.0, generator=torch.Generator().manual_seed(3), dtype=dtype) for dtype in (*DTYPES, *DTYPES)
    ]
    assert torch.equal(draws[0], draws[2])
    assert torch.equal(draws[1], draws[3])
    assert [each.dtype for each in draws[:2]] == list(DTYPES)
    assert len(uniform_ball(PoincareBall(), 0, 2, 1.0)) == 0
    for radius in (0.0, -1.0, math.nan, 3.2):
        with pytest.raises(InputError, match="radius"):
            uniform_ball(Sphere(), 3, 2, radius)


# ---- the wrapped normal distribution


@in_each_plane
def test_the_density_integrates_to_one(space: ConstantCurvature) -> None:
    """∫ p dvol in geodesic polar coordinates around the origin, dvol = sin_K(r) dr dθ."""
    mean = from_normal_coordinates(torch.tensor([0.4, -0.3], dtype=DOUBLE), space)
    law = WrappedNormal(space, mean, torch.tensor([0.25, 0.4], dtype=DOUBLE))
    nodes, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(160))
    reach = math.pi if space.curvature > 0 else 5.0
    r, w = reach * (nodes + 1) / 2, reach * weights / 2
    theta = 2 * math.pi * torch.arange(256, dtype=DOUBLE) / 256
    v = r[:, None, None] * torch.stack([theta.cos(), theta.sin()], dim=-1)
    density = law.log_prob(from_normal_coordinates(v, space)).exp()
    total = (density * space.sine(r)[:, None] * w[:, None]).sum() * 2 * math.pi / 256
    assert math.isclose(float(total), 1.0, rel_tol=1e-6)


@in_each_plane
def test_samples_have_the_law_of_their_density(space: ConstantCurvature) -> None:
    """Moments in the frame of the mean, the χ law of the radii, and the entropy −E log p against its own quadrature."""
    n = 4000
    torch.manual_seed(1)
    mean = from_normal_coordinates(torch.tensor([0.4, -0.3], dtype=DOUBLE), space)
    scale = torch.tensor([0.25, 0.25], dtype=DOUBLE)
    law = WrappedNormal(space, mean, scale)
    x = law.sample((n,))
    origin = space.origin(2, dtype=DOUBLE)
    pull = space.to_frame(space.transport(mean, origin, space.log(mean.expand_as(x), x)))
    assert (pull.mean(0).abs() < 4 * 0.25 / math.sqrt(n)).all()
    assert torch.allclose(pull.T @ pull / n, torch.eye(2, dtype=DOUBLE) * 0.0625, atol=4.5 * 0.0625 * math.sqrt(2 / n))
    r = space.distance(mean.expand_as(x), x)
    assert kstest((r / 0.25).numpy(), chi(2).cdf).pvalue > 1e-3
    expected = -0.5 * (r / 0.25).square() - math.log(2 * math.pi * 0.0625) - torch.log(space.sine(r) / r)
    torch.testing.assert_close(law.log_prob(x), expected)


def test_the_flat_wrapped_normal_is_normal() -> None:
    mean, scale = torch.tensor([0.3, -1.0, 2.0]), torch.tensor([0.5, 1.0, 2.0])
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    expected = torch.distributions.Normal(mean, scale).log_prob(x).sum(-1)
    torch.testing.assert_close(WrappedNormal(Euclidean(), mean, scale).log_prob(x), expected)


@pytest.mark.parametrize("case", CONSTANT, ids=str)
def test_samples_are_reparameterised_and_batched(case: Case) -> None:
    space = case.make()
    assert isinstance(space, ConstantCurvature)
    mean = case.points(4, torch.float32, 0, depth=0.5).requires_grad_()
    scale = (torch.full((3,), 0.1) * case.unit).requires_grad_()
    law = WrappedNormal(space, mean, scale)
    x = law.rsample((5,))
    assert x.shape == (5, 4, space.coordinates(3))
    assert law.log_prob(x).shape == (5, 4)
    for gradient in torch.autograd.grad((law.log_prob(x) + space.distance(mean.detach(), x) / case.unit).sum(), (mean, scale)):
        assert torch.isfinite(gradient).all()
        assert (gradient != 0).any()
    assert torch.isfinite(law.log_prob(mean)).all()


def test_scales_must_be_positive_and_fit() -> None:
    for scale in (torch.tensor([0.1, -0.1]), torch.tensor([0.1]), torch.tensor([0.1, math.nan])):
        with pytest.raises(InputError, match="scale"):
            WrappedNormal(PoincareBall(), torch.zeros(2), scale)
