"""The Riemannian optimisers find what is known: means, eigenvectors, isometries, curvatures."""

import math

import pytest
import torch
from torch import Tensor, nn

from gromov.spaces import (
    ConstantCurvature,
    Euclidean,
    Hyperboloid,
    Manifold,
    ManifoldParameter,
    PoincareBall,
    Polar,
    Product,
    RiemannianAdam,
    RiemannianSGD,
    Sphere,
    Stereographic,
    frechet_mean,
    from_normal_coordinates,
)

SPACES: list[ConstantCurvature] = [
    Euclidean(),
    PoincareBall(-0.5),
    Hyperboloid(-0.5),
    Polar(-0.5),
    Stereographic(-0.5),
    Stereographic(0.5),
    Sphere(0.5),
]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def cloud(space: ConstantCurvature, n: int, spread: float, seed: int = 0) -> Tensor:
    """Points around a place off the origin."""
    return from_normal_coordinates(torch.tensor([0.4, -0.3, 0.2], dtype=torch.float64) + spread * normal(n, 3, seed=seed), space)


def minimise(optimiser: torch.optim.Optimizer, loss: "Loss", steps: int, decay: float = 1.0) -> None:
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimiser, decay)
    for _ in range(steps):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
        scheduler.step()


class Loss:
    """Half the mean squared distance of points to one that is sought."""

    def __init__(self, space: Manifold, sought: nn.Parameter, points: Tensor) -> None:
        self.space, self.sought, self.points = space, sought, points

    def __call__(self) -> Tensor:
        return self.space.distance(self.sought, self.points).square().mean() / 2


# ---- means


@pytest.mark.parametrize("space", SPACES, ids=repr)
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_sgd_meets_two_points_halfway(space: ConstantCurvature, momentum: float) -> None:
    ends = cloud(space, 2, 0.6)
    x = ManifoldParameter(ends[:1].clone(), space)
    minimise(RiemannianSGD([x], lr=0.4, momentum=momentum, nesterov=momentum > 0), Loss(space, x, ends), 80)
    assert space.distance(x.detach(), space.geodesic(ends[:1], ends[1:], 0.5)).item() < 1e-9


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_sgd_finds_the_frechet_mean(space: ConstantCurvature) -> None:
    points = cloud(space, 20, 0.4)
    x = ManifoldParameter(points[:1].clone(), space)
    minimise(RiemannianSGD([x], lr=0.5, momentum=0.3), Loss(space, x, points), 80)
    assert space.distance(x.detach()[0], frechet_mean(space, points)).item() < 1e-9


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_adam_finds_the_frechet_mean(space: ConstantCurvature) -> None:
    points = cloud(space, 20, 0.4, seed=1)
    x = ManifoldParameter(points[:1].clone(), space)
    minimise(RiemannianAdam([x], lr=0.1, betas=(0.8, 0.9)), Loss(space, x, points), 200, decay=0.93)
    assert space.distance(x.detach()[0], frechet_mean(space, points)).item() < 1e-5


def test_the_mean_in_a_product_is_the_product_of_the_means() -> None:
    parts: list[ConstantCurvature] = [PoincareBall(-2.0), Sphere(0.5), Polar(), Euclidean()]
    space = Product([(part, 3) for part in parts])
    points = torch.cat([cloud(part, 15, 0.3, seed=i) for i, part in enumerate(parts)], dim=-1)
    x = ManifoldParameter(points[:1].clone(), space)
    minimise(RiemannianSGD([x], lr=0.5, momentum=0.3), Loss(space, x, points), 100)
    means = [frechet_mean(part, piece) for part, piece in zip(parts, space.split(points), strict=True)]
    assert space.distance(x.detach()[0], torch.cat(means)).item() < 1e-8


def test_the_karcher_mean_of_a_ring_on_the_sphere_is_its_pole() -> None:
    space, angles = Sphere(), torch.arange(5, dtype=torch.float64) * (2 * math.pi / 5)
    height = torch.full((5,), math.cos(0.7), dtype=torch.float64)
    ring = torch.stack([height, math.sin(0.7) * torch.cos(angles), math.sin(0.7) * torch.sin(angles)], dim=-1)
    x = ManifoldParameter(ring[:1].clone(), space)
    minimise(RiemannianSGD([x], lr=0.5, momentum=0.2), Loss(space, x, ring), 100)
    assert torch.allclose(x.detach(), torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64), atol=1e-9)


# ---- eigenvectors and isometries


@pytest.mark.parametrize("which", ["sgd", "adam"])
def test_the_rayleigh_quotient_climbs_to_the_leading_eigenvector(which: str) -> None:
    half = normal(6, 6, seed=3)
    matrix = half @ half.T
    values, vectors = torch.linalg.eigh(matrix)
    x = ManifoldParameter(Sphere().project(normal(1, 6, seed=4)), Sphere())
    optimiser = (
        RiemannianSGD([x], lr=0.02, momentum=0.8, maximize=True)
        if which == "sgd"
        else RiemannianAdam([x], lr=0.1, betas=(0.8, 0.9), maximize=True)
    )
    minimise(optimiser, lambda: torch.sum((x @ matrix) * x), 400, decay=1.0 if which == "sgd" else 0.97)  # pyright: ignore[reportArgumentType]
    assert ((x.detach() @ matrix) * x.detach()).sum().item() == pytest.approx(values[-1].item(), rel=1e-8)
    assert abs((x.detach() @ vectors[:, -1]).item()) == pytest.approx(1.0, abs=1e-6)


def test_a_known_isometry_of_the_hyperbolic_plane_is_recovered() -> None:
    space, points = PoincareBall(), from_normal_coordinates(normal(40, 2, seed=5), PoincareBall())
    true_shift, true_angle = torch.tensor([0.3, -0.5], dtype=torch.float64), 0.9

    def moved(shift: Tensor, angle: Tensor) -> Tensor:
        turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
        return space.mobius_add(shift.expand_as(points), points @ turn.T)

    goal = moved(true_shift, torch.tensor(true_angle, dtype=torch.float64))
    shift, angle = ManifoldParameter(torch.zeros(2, dtype=torch.float64), space), nn.Parameter(torch.zeros((), dtype=torch.float64))
    optimiser = RiemannianAdam([shift, angle], lr=0.1, betas=(0.8, 0.9))
    minimise(optimiser, lambda: space.distance(moved(shift, angle), goal).square().mean(), 300, decay=0.96)  # pyright: ignore[reportArgumentType]
    assert torch.allclose(shift.detach(), true_shift, atol=1e-5)
    assert angle.item() == pytest.approx(true_angle, abs=1e-5)


# ---- curvature


def stress(space: Manifold, x: Tensor, wanted: Tensor) -> Tensor:
    first, second = torch.triu_indices(len(wanted), len(wanted), 1)
    return (space.distance(x[first], x[second]) - wanted[first, second]).square().mean()


def test_the_curvature_of_fixed_lengths_and_angles_is_found() -> None:
    # a triangle with legs 1 that meet at right angles: cosh(√c·hypotenuse) = cosh²√c
    for true in (-0.3, -2.0):
        root_c = math.sqrt(-true)
        hypotenuse = math.acosh(math.cosh(root_c) ** 2) / root_c
        space = PoincareBall(-1.0, learn_curvature=True)

        def gap(space: PoincareBall = space, hypotenuse: float = hypotenuse) -> Tensor:
            ends = from_normal_coordinates(torch.eye(2, dtype=torch.float64), space)
            return (space.distance(ends[0], ends[1]) - hypotenuse).square()

        minimise(RiemannianAdam(space.parameters(), lr=0.1, betas=(0.8, 0.9)), gap, 300, decay=0.96)  # pyright: ignore[reportArgumentType]
        assert space.curvature == pytest.approx(true, rel=1e-4)


@pytest.mark.parametrize(
    ("begin", "true"),
    [
        (PoincareBall(-1.0, learn_curvature=True), -2.0),
        (Hyperboloid(-1.0, learn_curvature=True), -0.4),
        (Sphere(1.0, learn_curvature=True), 0.5),
        (Stereographic(0.3, learn_curvature=True), -0.8),
        (Stereographic(-0.4, learn_curvature=True), 0.5),
    ],
    ids=repr,
)
def test_curvature_and_points_are_fitted_to_distances_together(begin: ConstantCurvature, true: float) -> None:
    chart = type(begin)(true)  # the same chart, of the curvature to be found
    flat = 0.8 * normal(25, 2, seed=6)
    there = from_normal_coordinates(flat, chart)
    wanted = chart.pairwise(there, there)
    x = ManifoldParameter(from_normal_coordinates(flat + 0.1 * normal(25, 2, seed=7), begin), begin)
    optimiser = RiemannianAdam([x, *begin.parameters()], lr=0.03, betas=(0.9, 0.95))
    signs: set[float] = set()

    def loss() -> Tensor:
        signs.add(math.copysign(1.0, begin.curvature))
        assert torch.allclose(x.detach(), begin.project(x.detach()), rtol=1e-14)  # legal at the curvature of now
        return stress(begin, x, wanted)

    minimise(optimiser, loss, 350, decay=0.99)  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        left = stress(begin, x, wanted)
    assert left.sqrt().item() < 1e-3
    assert begin.curvature == pytest.approx(true, abs=0.005)
    assert len(signs) == (2 if isinstance(begin, Stereographic) else 1)
