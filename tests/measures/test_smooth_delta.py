"""The differentiable δ: between its bounds, with gradients that are derivatives."""

import math

import numpy as np
import pytest
import torch
from four_point_references import all_quadruples, brute_delta, euclidean

from gromov.core import InputError
from gromov.measures import smooth_delta


def matrix(n: int = 9, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(euclidean(np.random.default_rng(seed).standard_normal((n, 3))))


@pytest.mark.parametrize("scale", [1.0, 10.0, 100.0, 1e4])
@pytest.mark.parametrize("quadruples", [1, 64, 4_096])
def test_it_lies_between_its_bounds(scale: float, quadruples: int) -> None:
    distances = matrix()
    largest = brute_delta(distances.numpy())
    value = float(smooth_delta(distances, scale=scale, quadruples=quadruples))
    assert value <= largest + (math.log(3) + math.log(quadruples)) / scale + 1e-12
    if quadruples == 4_096:  # all 126 quadruples of nine points are among them
        assert value >= largest - math.log(3) / (2 * scale) - 1e-12


@pytest.mark.parametrize("scale", [1e5, 1e7])
def test_at_a_large_scale_it_is_the_exact_delta(scale: float) -> None:
    distances = matrix()
    assert float(smooth_delta(distances, scale=scale)) == pytest.approx(brute_delta(distances.numpy()), abs=10 / scale)


def test_every_quadruple_is_drawn_equally_often() -> None:
    counts = np.zeros(6)
    for seed in range(300):
        distances = matrix(6).requires_grad_()
        smooth_delta(distances, quadruples=1, seed=seed).backward()
        assert distances.grad is not None
        touched = torch.nonzero(distances.grad).unique().numpy()
        assert len(touched) == 4
        counts[touched] += 1
    assert np.abs(counts - 200).max() < 5 * math.sqrt(300 * 2 / 9)


def test_the_gradient_is_the_derivative() -> None:
    distances = matrix(6).requires_grad_()
    assert torch.autograd.gradcheck(lambda d: smooth_delta(d, scale=3.0, quadruples=64), (distances,))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_the_gradient_is_finite_at_ties_and_zeros(dtype: torch.dtype, scale: float) -> None:
    for distances in (torch.zeros(5, 5, dtype=dtype), torch.ones(5, 5, dtype=dtype) - torch.eye(5, dtype=dtype), 1e3 * matrix().to(dtype)):
        distances.requires_grad_()
        value = smooth_delta(distances, scale=scale)
        value.backward()
        assert value.dtype == dtype
        assert distances.grad is not None
        assert torch.isfinite(value)
        assert torch.isfinite(distances.grad).all()


def test_descending_it_makes_a_cloud_more_tree_like() -> None:
    points = torch.from_numpy(np.random.default_rng(0).standard_normal((12, 2))).requires_grad_()
    optimiser = torch.optim.Adam([points], lr=0.05)

    def relative() -> torch.Tensor:
        distances = torch.cdist(points, points)
        return smooth_delta(distances / distances.max(), scale=100.0, quadruples=512)

    before = float(relative().detach())
    for _ in range(100):
        optimiser.zero_grad()
        relative().backward()
        optimiser.step()
    assert float(relative().detach()) < 0.8 * before


def test_the_same_seed_gives_the_same_number() -> None:
    distances = matrix(30)
    values = [float(smooth_delta(distances, quadruples=100, seed=seed)) for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]
    deltas, _, _ = all_quadruples(distances.numpy())
    assert values[0] <= deltas.max() + math.log(300) / 10


@pytest.mark.parametrize("shape", [(3, 3), (4, 5), (16,), (2, 4, 4)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="n × n"):
        smooth_delta(torch.zeros(shape))


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_scale_that_is_not_positive_is_refused(scale: float) -> None:
    with pytest.raises(InputError, match="positive"):
        smooth_delta(torch.zeros(4, 4), scale=scale)
