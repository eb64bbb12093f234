"""Gradients of the spaces: right in float64, finite and not lost in float32, vmapped, and under autocast."""

import math
from collections.abc import Callable

import pytest
import torch
from space_cases import CASES, CONSTANT, DTYPES, HYPERBOLIC, ONE_OF_EACH, STEREOGRAPHIC, Case
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from gromov.spaces import Euclidean, Hyperbolic, Manifold, PoincareBall, Polar, Sphere, Stereographic, poincare

N = 3
DOUBLE = torch.float64
on_each = pytest.mark.parametrize("case", ONE_OF_EACH, ids=str)


def check(f: Callable[..., Tensor], *inputs: Tensor) -> None:
    assert gradcheck(f, tuple(x.detach().clone().requires_grad_() for x in inputs), rtol=1e-5, atol=1e-6)


@on_each
def test_gradients_of_the_maps(case: Case) -> None:
    space = case.make()
    x, y = case.points(N, DOUBLE, 0, depth=1.2), case.points(N, DOUBLE, 10, depth=1.2)
    v = case.vectors(x, 1)
    check(space.distance, x, y)
    check(space.exp, x, v)
    check(space.log, x, y)
    check(space.transport, x, y, v)
    check(space.inner, x, v, v)
    check(space.recenter, x, y)
    if case.name not in ("Polar(-1)", "Product"):  # Polar leaves a direction alone whose length is right to rounding
        check(space.project, x)


@pytest.mark.parametrize("case", [case for case in ONE_OF_EACH if case in CONSTANT], ids=str)
def test_gradients_of_hyperplanes_and_heights(case: Case) -> None:
    space, x = case.make(), case.points(N, DOUBLE, 0, depth=1.2)
    check(space.hyperplane_logits, x, case.directions(N, DOUBLE, 1), torch.linspace(-0.2, 0.2, N, dtype=DOUBLE))
    if isinstance(space, Hyperbolic | Euclidean):
        check(space.busemann, x, case.directions(N, DOUBLE, 2))


def test_second_derivatives_of_the_ball_distance() -> None:
    """The distance has its own backward pass, which must itself be differentiable, in the curvature too."""
    case = HYPERBOLIC[1]
    # all within the ball of c = 1.3
    x, y = case.points(N, DOUBLE, 0, depth=1.5).requires_grad_(), case.points(N, DOUBLE, 10, depth=1.5).requires_grad_()
    c = torch.tensor(1.3, dtype=DOUBLE, requires_grad=True)
    assert gradcheck(poincare.distance, (x, y, c))
    assert gradgradcheck(poincare.distance, (x, y, c))


@pytest.mark.parametrize("kappa", [-0.8, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 0.8])
def test_curvature_is_learnt_through_zero(kappa: float) -> None:
    case = STEREOGRAPHIC[3]
    x, y = case.points(N, DOUBLE, 0, depth=0.8), case.points(N, DOUBLE, 10, depth=0.8)
    v = case.vectors(x, 1) / 2

    def with_curvature(f: Callable[[Stereographic], Tensor]) -> Callable[[Tensor], Tensor]:
        def of(kappa: Tensor) -> Tensor:
            space = Stereographic()
            space.signed_curvature = kappa
            return f(space)

        return of

    at = torch.tensor(kappa, dtype=DOUBLE, requires_grad=True)
    for f in (
        lambda space: space.distance(x, y),
        lambda space: space.exp(x, v),
        lambda space: space.log(x, y),
        lambda space: space.transport(x, y, v),
        lambda space: space.inner(x, v, v),
        lambda space: space.hyperplane_logits(x, v, torch.tensor(0.1, dtype=DOUBLE)),
        lambda space: space.midpoint(x, torch.ones(N, dtype=DOUBLE)),
    ):
        assert gradcheck(with_curvature(f), (at,), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("wanted", "sign"), [(0.9, -1), (0.7, 1)], ids=["downward", "upward"])
def test_a_learnt_curvature_crosses_zero(wanted: float, sign: int) -> None:
    """Two points at distance 0.8 when flat: pulled apart K must become negative, pushed together positive."""
    space = Stereographic(-0.5 * sign, learn_curvature=True)
    x, y = torch.tensor([0.4, 0.0]), torch.tensor([0.0, 0.0])
    optimiser = torch.optim.Adam(space.parameters(), lr=0.05)
    for _ in range(400):
        optimiser.zero_grad()
        (space.distance(x, y) - wanted).square().backward()
        optimiser.step()
    assert math.isclose(space.distance(x, y).item(), wanted, rel_tol=1e-4)
    assert math.copysign(1, space.curvature) == sign


@pytest.mark.parametrize(
    "kind", [lambda: Hyperbolic(-2.0, chart="poincare", learn_curvature=True), lambda: Sphere(2.0, learn_curvature=True)]
)
def test_a_learnt_curvature_keeps_its_sign(kind: Callable[[], Manifold]) -> None:
    space = kind()
    (theta,) = space.parameters()
    sign = math.copysign(1, space.curvature)
    for step in (-30.0, 60.0):
        with torch.no_grad():
            theta += step
        assert math.copysign(1, space.curvature) == sign
    assert "learnt" in repr(space)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
def test_gradients_are_finite_and_not_lost(case: Case, dtype: torch.dtype) -> None:
    """Of distances at both ends, to all depths of the suite, at the origin and for neighbours; at x = y they are 0."""
    space = case.make()
    x, y = case.points(40, dtype, 0).requires_grad_(), case.points(40, dtype, 10).requires_grad_()
    gradients = torch.autograd.grad(space.distance(x, y).sum(), (x, y))
    # a unit of the chart's gradient is a unit of length: the Riemannian gradient of a distance has norm 1
    for point, gradient in zip((x, y), gradients, strict=True):
        size = space.norm(point.detach(), space.gradient(point.detach(), gradient))
        torch.testing.assert_close(size, torch.ones_like(size), rtol=case.tolerance(dtype), atol=case.tolerance(dtype))
    near = space.exp(x.detach(), 1e-3 * case.vectors(x.detach(), 1)).requires_grad_()
    (gradient,) = torch.autograd.grad(space.distance(x.detach(), near).sum(), near)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).any(dim=-1).all()
    for f in (space.distance(x, x), space.distance(x, x.detach()), space.pairwise(x, x).diagonal()):
        (gradient,) = torch.autograd.grad(f.sum(), x)
        assert (gradient == 0).all()
    for f in (space.log(x, x.detach()), space.exp(x, torch.zeros_like(x)), space.transport(x, x.detach(), case.vectors(x.detach(), 1))):
        (gradient,) = torch.autograd.grad(f.square().sum() + 0 * x.sum(), x)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_at_the_origin(case: Case) -> None:
    space, y = case.make(), case.points(8, torch.float32, 3)
    start = case.origin(torch.float32).expand(8, -1).clone().requires_grad_()
    (gradient,) = torch.autograd.grad(space.distance(start, y).sum(), start)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).any(dim=-1).all()
    still = torch.zeros_like(start).requires_grad_()
    (gradient,) = torch.autograd.grad(space.distance(space.exp(start.detach(), still), y).sum(), still)
    assert torch.isfinite(gradient).all()
    if not isinstance(space, Polar):  # which loses the derivative across its direction there, as it says
        size = space.norm(start.detach(), space.gradient(start.detach(), gradient))
        assert (size > 0).all()


def test_vmap_of_the_ball_distance() -> None:
    case = HYPERBOLIC[1]
    space, x, y = case.make(), case.points(N, DOUBLE, 0), case.points(N, DOUBLE, 10)
    torch.testing.assert_close(torch.func.vmap(space.distance)(x, y), space.distance(x, y))
    jacobian = torch.func.vmap(torch.func.grad(space.distance))(x, y)
    start = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(space.distance(start, y).sum(), start)
    torch.testing.assert_close(jacobian, expected)
    torch.testing.assert_close(
        torch.func.vmap(torch.func.vmap(space.distance, in_dims=(None, 0)), in_dims=(0, None))(x, y), space.pairwise(x, y)
    )


@on_each
def test_half_precision_points_are_measured_in_single(case: Case) -> None:
    space = case.make()
    x, y = case.points(N, torch.float32, 0, depth=0.5).bfloat16(), case.points(N, torch.float32, 10, depth=0.5).bfloat16()
    for found in (space.distance(x, y), space.pairwise(x, y).diagonal(), space.nearest(x, y, 2)[0]):
        assert found.dtype == torch.float32
    torch.testing.assert_close(space.distance(x, y), space.distance(x.float(), y.float()))


@on_each
def test_autocast_leaves_the_geometry_alone(case: Case) -> None:
    """Under bfloat16 autocast points and vectors keep float32 and its digits."""
    space = case.make()
    x, y = case.points(64, torch.float32, 0), case.points(64, torch.float32, 10)
    v = case.vectors(x, 1)
    matrix = torch.linalg.qr(torch.randn(case.dim, case.dim, generator=torch.Generator().manual_seed(0))).Q

    def everything() -> list[Tensor]:
        found = [
            space.distance(x, y),
            space.pairwise(x, y),
            space.exp(x, v),
            space.log(x, y),
            space.transport(x, y, v),
            space.inner(x, v, v),
        ]
        found += [space.project(x), space.gradient(x, v), space.recenter(y, x)]
        if case in CONSTANT:
            found.append(space.hyperplane_logits(x, case.directions(1, torch.float32, 1), torch.tensor(0.1)))
        if isinstance(space, Stereographic | PoincareBall):
            found += [space.mobius_linear(matrix, x), space.midpoint(x, torch.ones(64))]
        return found

    plain = everything()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = everything()
    for found, expected in zip(cast, plain, strict=True):
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
