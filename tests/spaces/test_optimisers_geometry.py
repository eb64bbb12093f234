"""What a step must keep: the closed form of the ball, isometries, charts, tangency, legal points; and clipping in the metric."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces import (
    Euclidean,
    Hyperboloid,
    Manifold,
    ManifoldParameter,
    PoincareBall,
    Polar,
    Product,
    RiemannianAdam,
    RiemannianOptimizer,
    RiemannianSGD,
    Sphere,
    Stereographic,
    clip_grad_norm_,
    convert,
    from_normal_coordinates,
)
from gromov.spaces.ball_step import ball_step

DTYPES = (torch.float32, torch.float64)
SPACES: list[Manifold] = [
    Euclidean(),
    PoincareBall(-2.0),
    Hyperboloid(-0.5),
    Polar(-1.5),
    Stereographic(-0.7),
    Stereographic(0.7),
    Sphere(2.0),
    Product([(PoincareBall(), 2), (Sphere(), 2)]),
]


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def cloud(space: Manifold, n: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Points at distances of about 1 from the origin."""
    dim = sum(space.dims) if isinstance(space, Product) else 3
    origin = space.origin(dim, dtype=dtype).expand(n, -1)
    return space.exp(origin, space.from_frame(0.6 * normal(n, dim, seed=seed, dtype=dtype)))


def follow(optimiser: torch.optim.Optimizer, space: Manifold, x: ManifoldParameter, goals: Tensor, steps: int) -> list[Tensor]:
    """The path of x towards the goals."""
    path: list[Tensor] = []
    for _ in range(steps):
        optimiser.zero_grad()
        space.distance(x[:, None], goals).square().mean(dim=1).sum().backward()
        optimiser.step()
        path.append(x.detach().clone())
    return path


def make(which: str, x: nn.Parameter) -> RiemannianOptimizer:
    match which:
        case "adam":
            return RiemannianAdam([x], lr=0.05)
        case "amsgrad":
            return RiemannianAdam([x], lr=0.05, amsgrad=True)
        case "sgd":
            return RiemannianSGD([x], lr=0.1)
        case "momentum":
            return RiemannianSGD([x], lr=0.05, momentum=0.8, dampening=0.1)
        case _:
            return RiemannianSGD([x], lr=0.05, momentum=0.8, nesterov=True)


KINDS = ("adam", "amsgrad", "sgd", "momentum", "nesterov")


# ---- the closed form of the ball


@given(
    depth=st.floats(0.0, 5.0),
    rate=st.floats(1e-6, 1.0),
    curvature=st.floats(-4.0, -0.1),
    seed=st.integers(0, 10_000),
)
def test_the_ball_s_closed_form_is_gradient_exp_and_transport(depth: float, rate: float, curvature: float, seed: int) -> None:
    space = PoincareBall(curvature)
    unit = math.sqrt(-curvature)
    flat = normal(5, 3, seed=seed)
    x = from_normal_coordinates(depth / unit * flat / flat.norm(dim=1, keepdim=True), space)
    lengths = space.conformal_factor(x)[:, None]
    momentum, derivative = normal(5, 3, seed=seed + 1) / lengths, normal(5, 3, seed=seed + 2) * lengths
    keep, add = (torch.tensor(number, dtype=torch.float64) for number in (0.9, 0.3))
    seen: list[Tensor] = []

    def factor(square: Tensor) -> Tensor:
        seen.append(square)
        return -rate / (1 + square.sqrt())

    moved = ball_step(x, derivative, momentum, keep, add, factor, -space.kappa)
    gradient = space.gradient(x, derivative)
    joined = 0.9 * momentum + 0.3 * gradient
    assert torch.allclose(seen[0], space.inner(x, gradient, gradient), rtol=1e-9)
    point = space.exp(x, factor(space.inner(x, gradient, gradient))[:, None] * joined)
    # rounding in the chart grows like the square of the conformal factor, and so may the difference
    tolerance = 1e-14 * math.exp(2 * depth)
    assert float(space.distance(moved.point, point).max()) < tolerance
    assert torch.allclose(moved.momentum, space.transport(x, point, joined), rtol=100 * tolerance, atol=100 * tolerance * (1 - depth / 10))
    assert torch.allclose(space.norm(moved.point, moved.momentum), space.norm(x, joined), rtol=100 * tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_beyond_all_bounds_ends_just_inside_the_rim(dtype: torch.dtype) -> None:
    space = PoincareBall()
    x = ManifoldParameter(0.1 * normal(6, 3, dtype=dtype), space)
    optimiser = RiemannianSGD([x], lr=1e6, momentum=0.9)
    for seed in range(20):
        x.grad = normal(6, 3, seed=seed, dtype=dtype)
        optimiser.step()
        assert bool((x.detach().double().norm(dim=1) < 1).all())
        assert torch.allclose(x.detach(), space.project(x.detach()), rtol=4 * torch.finfo(dtype).eps)
        assert bool(torch.isfinite(optimiser.state[x]["momentum_buffer"]).all())
        assert bool(torch.isfinite(space.distance(x.detach(), torch.zeros(3, dtype=dtype))).all())


def test_no_gradient_and_no_momentum_is_no_step() -> None:
    for space in SPACES:
        data = cloud(space, 4)
        x = ManifoldParameter(data.clone(), space)
        optimiser = RiemannianAdam([x], lr=1.0)
        x.grad = torch.zeros_like(x)
        optimiser.step()
        assert torch.allclose(x.detach(), data, rtol=1e-14, atol=1e-15), space


# ---- invariance


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "space", [PoincareBall(-2.0), Hyperboloid(-0.5), Polar(-1.5), Stereographic(0.7), Sphere(2.0), Euclidean()], ids=repr
)
def test_the_path_moves_with_an_isometry_of_the_space(kind: str, space: Manifold) -> None:
    begin, goals, center = cloud(space, 3), cloud(space, 5, seed=1), cloud(space, 1, seed=2)
    straight, carried = ManifoldParameter(begin.clone(), space), ManifoldParameter(space.recenter(begin, center), space)
    path = follow(make(kind, straight), space, straight, goals, 15)
    other = follow(make(kind, carried), space, carried, space.recenter(goals, center), 15)
    assert float(space.distance(begin, path[-1]).min()) > 0.1
    for here, there in zip(path, other, strict=True):
        assert float(space.distance(space.recenter(here, center), there).max()) < 1e-10


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_charts_of_hyperbolic_space_take_the_same_path(kind: str) -> None:
    ball = PoincareBall(-0.8)
    begin, goals = cloud(ball, 3), cloud(ball, 5, seed=1)
    x = ManifoldParameter(begin.clone(), ball)
    path = follow(make(kind, x), ball, x, goals, 15)
    for space in (Hyperboloid(-0.8), Polar(-0.8), Stereographic(-0.8)):
        y = ManifoldParameter(convert(begin, ball, space), space)
        for here, there in zip(path, follow(make(kind, y), space, y, convert(goals, ball, space), 15), strict=True):
            assert float(ball.distance(here, convert(there, space, ball)).max()) < 1e-10


# ---- legal points and tangent momentum, after many steps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_after_many_steps_points_are_legal_and_momentum_is_tangent(space: Manifold, kind: str, dtype: torch.dtype) -> None:
    x = ManifoldParameter(cloud(space, 4, dtype=dtype), space)
    optimiser = make(kind, x)
    for seed in range(60):
        # about as long in the metric wherever x is
        x.grad = normal(*x.shape, seed=seed, dtype=dtype)
        clip_grad_norm_(x, 1.0)
        optimiser.step()
    eps = torch.finfo(dtype).eps
    here = x.detach()
    assert bool(torch.isfinite(here).all())
    assert torch.allclose(here, space.project(here), rtol=8 * eps, atol=8 * eps)
    for name in optimiser.vectors:
        if name in optimiser.state[x]:
            vector = optimiser.state[x][name]
            size = float(vector.abs().max())
            assert size > 0
            assert float((space.tangent(here, vector) - vector).abs().max()) < 64 * eps * size * float(here.abs().max().clamp(min=1)) ** 2


# ---- clipping


def test_the_length_that_is_clipped_is_the_riemannian_one() -> None:
    # at 0 the ball's metric is 4‖v‖²: a derivative of length 6 is a gradient of length 3
    ball, plain = ManifoldParameter(torch.zeros(2, 2, dtype=torch.float64), PoincareBall()), nn.Parameter(torch.zeros(3))
    ball.grad, plain.grad = torch.tensor([[6.0, 0.0], [0.0, 0.0]], dtype=torch.float64), torch.tensor([0.0, 4.0, 0.0])
    assert clip_grad_norm_([ball, plain], 10.0).item() == pytest.approx(5.0, rel=1e-12)
    assert plain.grad[1].item() == 4.0
    assert clip_grad_norm_([ball, plain], 1.0).item() == pytest.approx(5.0, rel=1e-12)
    assert ball.grad[0, 0].item() == pytest.approx(1.2, rel=1e-6)
    assert plain.grad[1].item() == pytest.approx(0.8, rel=1e-6)


def test_plain_parameters_are_clipped_as_torch_clips_them() -> None:
    ours, theirs = ([nn.Parameter(normal(4, 3, seed=s)) for s in (0, 1)] for _ in range(2))
    for parameters in (ours, theirs):
        for parameter in parameters:
            parameter.grad = parameter.detach() * 3
    assert clip_grad_norm_(ours, 0.7).item() == pytest.approx(nn.utils.clip_grad_norm_(theirs, 0.7).item(), rel=1e-14)
    for a, b in zip(ours, theirs, strict=True):
        assert a.grad is not None
        assert b.grad is not None
        assert torch.allclose(a.grad, b.grad, rtol=1e-14)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_clipped_gradients_are_as_long_as_asked(space: Manifold) -> None:
    x = ManifoldParameter(cloud(space, 6), space)
    x.grad = 100 * normal(*x.shape, seed=3)
    clip_grad_norm_(x, 0.3)
    turned = space.gradient(x.detach(), x.grad)
    assert space.inner(x.detach(), turned, turned).sum().sqrt().item() == pytest.approx(0.3, rel=1e-6)


def test_sparse_gradients_are_clipped_like_dense_ones() -> None:
    lengths = []
    for sparse in (True, False):
        table = nn.Embedding(5, 2, sparse=sparse)
        table.weight = ManifoldParameter(0.3 * torch.ones(5, 2, dtype=torch.float64), PoincareBall())
        table(torch.tensor([1, 3, 3])).square().sum().backward()
        lengths.append(clip_grad_norm_([table.weight], 0.01).item())
        lengths.append(clip_grad_norm_([table.weight], 1.0).item())
    assert lengths[:2] == pytest.approx(lengths[2:], rel=1e-12)
    assert lengths[1] == pytest.approx(0.01, rel=1e-3)


def test_what_cannot_be_clipped_is_refused() -> None:
    x = nn.Parameter(torch.zeros(2))
    assert clip_grad_norm_([x], 1.0).item() == 0
    x.grad = torch.tensor([float("nan"), 1.0])
    with pytest.raises(InputError, match="no finite length"):
        clip_grad_norm_([x], 1.0, error_if_nonfinite=True)
    with pytest.raises(InputError, match="max_norm is -1"):
        clip_grad_norm_([x], -1.0)


# ---- against another implementation


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_takes_the_path_of_geoopt_s_in_the_ball(amsgrad: bool) -> None:
    # in its ball geoopt follows geodesics and transports along them; on its sphere it projects instead
    geoopt = pytest.importorskip("geoopt", reason="geoopt is an oracle, installed with benchmarks/peers.txt")
    space, theirs = PoincareBall(), geoopt.PoincareBallExact()
    begin, goals = cloud(space, 4), cloud(space, 5, seed=1)
    x, y = ManifoldParameter(begin.clone(), space), geoopt.ManifoldParameter(begin.clone(), manifold=theirs)
    settings = {"lr": 0.03, "betas": (0.8, 0.95), "amsgrad": amsgrad}
    path = follow(RiemannianAdam([x], **settings), space, x, goals, 25)
    other = follow(geoopt.optim.RiemannianAdam([y], **settings), space, y, goals, 25)
    for here, there in zip(path, other, strict=True):
        assert torch.allclose(here, there, rtol=0, atol=1e-10)
