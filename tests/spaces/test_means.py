"""Fréchet means: answers known by symmetry, and the condition that the mean logarithm vanishes."""

import math

import pytest
import torch
from space_cases import CASES, CONSTANT, DTYPES, Case

from gromov.core import InputError, NumericalWarning
from gromov.spaces import Euclidean, Hyperboloid, Polar, Sphere, frechet_mean

on_every_space = pytest.mark.parametrize("case", CASES, ids=str)
at_both_precisions = pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
DEPTH = 0.7  # on a sphere the mean is unique within π/4


@on_every_space
@at_both_precisions
def test_of_two_points_it_is_the_middle(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), case.points(2, dtype, 0, depth=DEPTH)
    middle = space.geodesic(x[0], x[1], 0.5)
    assert float(space.distance(frechet_mean(space, x), middle)) <= 4 * case.tolerance(dtype) * case.unit
    third = space.geodesic(x[0], x[1], 1 / 3)
    weighted = frechet_mean(space, x, torch.tensor([2.0, 1.0], dtype=dtype))
    assert float(space.distance(weighted, third)) <= 4 * case.tolerance(dtype) * case.unit
    assert float(space.distance(frechet_mean(space, x[:1]), x[0])) <= case.tolerance(dtype) * case.unit
    assert float(space.distance(frechet_mean(space, x[:1].expand(5, -1)), x[0])) <= case.tolerance(dtype) * case.unit


@pytest.mark.parametrize("case", CONSTANT, ids=str)
@at_both_precisions
def test_of_a_cross_it_is_the_center(case: Case, dtype: torch.dtype) -> None:
    space, center = case.make(), case.points(3, dtype, 0, depth=DEPTH)[1]
    frame = torch.cat([torch.eye(case.dim), -torch.eye(case.dim)]).to(dtype) * DEPTH * case.unit
    arms = space.transport(case.origin(dtype), center, space.from_frame(frame))
    found = frechet_mean(space, space.exp(center.expand(len(arms), -1), arms))
    assert float(space.distance(found, center)) <= 4 * case.tolerance(dtype) * case.unit


@on_every_space
@at_both_precisions
def test_the_mean_logarithm_vanishes(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), case.points(60, dtype, 0, depth=DEPTH)
    weights = torch.linspace(0, 1, 60, dtype=dtype)
    mean = frechet_mean(space, x, weights)
    pull = (weights[:, None] * space.log(mean.expand_as(x), x)).sum(0) / weights.sum()
    assert float(space.norm(mean, pull)) <= 4 * case.tolerance(dtype) * case.unit

    def spread(point: torch.Tensor) -> torch.Tensor:
        return (weights * space.distance(point, x).square()).sum()

    around = space.exp(mean.expand(9, -1), case.vectors(mean.expand(9, -1), 5, length=0.2))
    assert all(spread(point) > spread(mean) for point in around)


def test_flat_and_deep_means() -> None:
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(frechet_mean(Euclidean(), x), x.mean(0))
    space = Polar()
    ring = space.from_polar(
        torch.tensor(12.0), torch.stack([torch.tensor([math.cos(t), math.sin(t)]) for t in torch.arange(7) * 2 * math.pi / 7])
    )
    assert float(frechet_mean(space, ring)[0]) < 1e-3


def test_the_sphere_of_archimedes() -> None:
    """A spherical cap drawn evenly around its pole: the mean is the pole."""
    angle = torch.arange(8, dtype=torch.float64) * math.pi / 4
    ring = torch.stack([torch.full_like(angle, math.cos(0.6)), math.sin(0.6) * angle.cos(), math.sin(0.6) * angle.sin()], dim=-1)
    torch.testing.assert_close(frechet_mean(Sphere(), ring), torch.tensor([1.0, 0, 0], dtype=torch.float64))


def test_what_is_refused_and_what_is_warned_about() -> None:
    space = Hyperboloid()
    x = space.exp(space.origin(2), space.from_frame(torch.randn(5, 2, generator=torch.Generator().manual_seed(0))))
    with pytest.raises(InputError, match="at least one point"):
        frechet_mean(space, x[:0])
    for weights in (torch.zeros(5), torch.tensor([1.0, 1, 1, 1, -1])):
        with pytest.raises(InputError, match="weights"):
            frechet_mean(space, x, weights)
    with pytest.warns(NumericalWarning, match="give more steps"):
        frechet_mean(space, x, steps=1)
