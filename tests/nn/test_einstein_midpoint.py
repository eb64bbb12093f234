"""The Einstein midpoint: two points, Klein's model, isometries, the flat limit."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.nn import ToBall, einstein_midpoint
from gromov.nn.hyperbolic.ball import as_ball
from gromov.nn.hyperbolic.einstein_midpoint import einstein_midpoints
from gromov.spaces import PoincareBall, frechet_mean

KINDS = pytest.mark.parametrize("kind", [torch.float32, torch.float64])


def points(n: int, curvature: float, seed: int = 0, size: float = 0.8, kind: torch.dtype = torch.float64) -> torch.Tensor:
    x = torch.randn(n, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return ToBall(curvature, None)(size * x).to(kind)


def weights_of(n: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) + 0.1


@KINDS
def test_two_points_of_equal_weight_meet_in_the_middle_of_their_geodesic(kind: torch.dtype) -> None:
    pair, space = points(2, -0.7, kind=kind), PoincareBall(-0.7)
    middle = einstein_midpoint(pair, torch.ones(2, dtype=kind), -0.7)
    torch.testing.assert_close(middle, space.geodesic(pair[0], pair[1], 0.5))
    torch.testing.assert_close(space.distance(middle, pair[0]), space.distance(middle, pair[1]))


def test_two_points_of_equal_depth_are_weighed_in_kleins_model() -> None:
    """At equal γ it is the weighted mean of the Klein points: on the segment, at the share of the weights."""
    radius, angle = 0.6, 0.4
    pair = radius * torch.tensor([[math.cos(angle), math.sin(angle)], [math.cos(angle), -math.sin(angle)]], dtype=torch.float64)
    klein = 2 * pair / (1 + radius**2)
    mean = 0.3 * klein[0] + 0.7 * klein[1]
    found = einstein_midpoint(pair, torch.tensor([3.0, 7.0], dtype=torch.float64))
    torch.testing.assert_close(found, mean / (1 + torch.sqrt(1 - mean @ mean)))


@KINDS
@pytest.mark.parametrize("curvature", [-2.0, -0.3])
def test_the_definition(kind: torch.dtype, curvature: float) -> None:
    single, weights, c = points(12, curvature, kind=kind), weights_of(12).to(kind), -curvature
    x, w = single.double(), weights.double()
    k = 2 * x / (1 + c * (x * x).sum(dim=1, keepdim=True))
    gamma = 1 / torch.sqrt(1 - c * (k * k).sum(dim=1))
    mean = ((w * gamma)[:, None] * k).sum(dim=0) / (w * gamma).sum()
    expected = mean / (1 + torch.sqrt(1 - c * mean @ mean))
    near = 1e-4 if kind == torch.float32 else 1e-12
    torch.testing.assert_close(einstein_midpoint(single, weights, curvature).double(), expected, rtol=near, atol=near)


@given(curvature=st.floats(-3.0, -0.05), seed=st.integers(0, 999))
def test_it_moves_with_every_isometry(curvature: float, seed: int) -> None:
    space, x, w = PoincareBall(curvature), points(7, curvature, seed), weights_of(7, seed)
    middle = einstein_midpoint(x, w, curvature)
    shift = points(1, curvature, seed + 1000, 0.5)[0]
    moved = space.mobius_add(shift.expand_as(x), x)
    torch.testing.assert_close(einstein_midpoint(moved, w, curvature), space.mobius_add(shift, middle), rtol=1e-7, atol=1e-9)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))).Q
    torch.testing.assert_close(einstein_midpoint(x @ turn, w, curvature), middle @ turn, rtol=1e-9, atol=1e-12)


def test_only_ratios_of_weights_count_and_one_point_is_its_own() -> None:
    x, w = points(5, -1.0), weights_of(5)
    torch.testing.assert_close(einstein_midpoint(x, 9 * w), einstein_midpoint(x, w))
    torch.testing.assert_close(einstein_midpoint(x, torch.eye(5, dtype=torch.float64)[3]), x[3])
    torch.testing.assert_close(einstein_midpoint(x[:1].expand(4, 3), w[:4]), x[0])


def test_it_is_near_the_frechet_mean_of_near_points() -> None:
    x, w = points(9, -1.0, size=0.05), weights_of(9)
    torch.testing.assert_close(einstein_midpoint(x, w), frechet_mean(PoincareBall(), x, w), rtol=2e-2, atol=1e-4)


@pytest.mark.parametrize("curvature", [-1e-6, -1e-10, 0.0])
def test_the_flat_limit_is_the_weighted_mean(curvature: float) -> None:
    x, w = points(9, -1.0), weights_of(9)
    near = max(1e2 * abs(curvature), 1e-12)
    torch.testing.assert_close(einstein_midpoint(x, w, curvature), (w @ x) / w.sum(), rtol=near, atol=near)


def test_many_sets_of_weights_at_once() -> None:
    ball = as_ball(-0.9)
    x = torch.stack([points(6, -0.9, seed) for seed in (0, 1)])
    w = torch.rand(2, 4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    each = torch.stack([torch.stack([einstein_midpoint(x[b], w[b, m], ball) for m in range(4)]) for b in range(2)])
    torch.testing.assert_close(einstein_midpoints(x, w, ball), each)
    torch.testing.assert_close(einstein_midpoint(x, w[:, 0], ball), each[:, 0])


def test_gradients() -> None:
    x, w = points(4, -0.8).requires_grad_(), weights_of(4).requires_grad_()
    torch.autograd.gradcheck(lambda x, w: einstein_midpoint(x, w, -0.8), (x, w))
    ball = as_ball(-0.8)
    torch.autograd.gradcheck(lambda x, w: einstein_midpoints(x, w[None], ball), (x, w))
    for place in (torch.zeros(3, 4), 0.999999 * torch.eye(4)[:3]):
        start = place.clone().requires_grad_()
        einstein_midpoint(start, torch.ones(3)).sum().backward()
        assert start.grad is not None
        assert torch.isfinite(start.grad).all()


def test_a_sphere_is_refused() -> None:
    with pytest.raises(InputError, match=r"curvature is 1\.0"):
        einstein_midpoint(torch.zeros(2, 3), torch.ones(2), 1.0)
