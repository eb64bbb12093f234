"""Losses and metrics against values by hand, scikit-learn, and plain loops."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.learn import (
    LOSSES,
    SCHEDULES,
    accuracy,
    calibration_error,
    cross_entropy,
    euclidean_distances,
    focal,
    hyperplane,
    negative_log_likelihood,
    pairwise_contrastive,
    schedule,
    squared,
    supervised_contrastive,
    triplet,
)


def test_cross_entropy_by_hand() -> None:
    z = torch.tensor([[0.0, math.log(3)]])
    assert math.isclose(float(cross_entropy(z, torch.tensor([1]))), -math.log(0.75), rel_tol=1e-6)
    smoothed = -(0.9 + 0.05) * math.log(0.75) - 0.05 * math.log(0.25)
    assert math.isclose(float(cross_entropy(z, torch.tensor([1]), smoothing=0.1)), smoothed, rel_tol=1e-6)


def test_squared_takes_classes_and_numbers() -> None:
    assert math.isclose(float(squared(torch.tensor([[1.0, 0.5]]), torch.tensor([0]))), 0.125)
    assert math.isclose(float(squared(torch.tensor([[2.0], [0.0]]), torch.tensor([1.0, 0.0]))), 0.5)


def test_focal_is_cross_entropy_without_focus_and_by_hand_with() -> None:
    z, y = torch.randn(7, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 3, 0, 1, 2])
    assert torch.isclose(focal(z, y, gamma=0.0), cross_entropy(z, y))
    assert math.isclose(float(focal(torch.tensor([[0.0, math.log(3)]]), torch.tensor([1]))), -(0.25**2) * math.log(0.75), rel_tol=1e-5)


def test_supervised_contrastive_is_that_of_a_plain_loop() -> None:
    x, y = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 0, 1, 1, 1, 2])
    unit = x / x.norm(dim=1, keepdim=True)
    terms = []
    for i in range(5):  # the last is alone in its class
        mass = sum(math.exp(float(unit[i] @ unit[a]) / 0.5) for a in range(6) if a != i)
        own = [float(unit[i] @ unit[a]) / 0.5 - math.log(mass) for a in range(6) if a != i and y[a] == y[i]]
        terms.append(-sum(own) / len(own))
    assert math.isclose(float(supervised_contrastive(x, y, temperature=0.5)), sum(terms) / 5, rel_tol=1e-9)
    with pytest.raises(InputError, match="no two samples"):
        supervised_contrastive(x[:3], torch.tensor([0, 1, 2]))


def test_pairs_and_triplets_by_hand() -> None:
    x, y = torch.tensor([[0.0], [1.0], [1.5]]), torch.tensor([0, 0, 1])
    # near: 1; far: (0, 1.5) beyond the margin and (1, 1.5) half inside
    assert math.isclose(float(pairwise_contrastive(x, y, margin=1.0)), 1 + (0 + 0.25) / 2, rel_tol=1e-5)
    # anchors 0 and 1: 0.2 + 1 − 1.5 < 0 and 0.2 + 1 − 0.5
    assert math.isclose(float(triplet(x, y, margin=0.2)), (0 + 0.7) / 2, rel_tol=1e-5)
    with pytest.raises(InputError, match="larger or balanced"):
        triplet(x[:2], y[:2])


def test_hyperplane_by_hand() -> None:
    assert math.isclose(float(hyperplane(torch.tensor([[2.0, 1.5, -3.0], [0.0, 5.0, 0.0]]), torch.tensor([0, 1]))), 0.25)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_where_points_coincide(name: str, dtype: torch.dtype) -> None:
    outputs = torch.zeros(6, 3, dtype=dtype, requires_grad=True)
    loss = LOSSES[name](outputs, torch.tensor([0, 0, 1, 1, 2, 2]))
    loss.backward()
    assert outputs.grad is not None
    assert torch.isfinite(outputs.grad).all()


def test_distances_are_those_of_torch() -> None:
    x, y = torch.randn(5, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    assert torch.allclose(euclidean_distances(x, y), torch.cdist(x, y), atol=1e-6)


def test_metrics_by_hand() -> None:
    z, y = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0], [0.0, 4.0]]), torch.tensor([0, 0, 0, 1])
    assert accuracy(z, y) == 0.75
    assert math.isclose(negative_log_likelihood(z, y), float(torch.nn.functional.cross_entropy(z.double(), y)))
    sure = torch.tensor([[100.0, 0.0]] * 20)
    assert calibration_error(sure, torch.zeros(20, dtype=torch.int64)) < 1e-12


def test_a_model_that_says_what_it_knows_is_calibrated() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(50_000)
    z = torch.from_numpy(np.column_stack([np.log(p), np.log1p(-p)]))
    y = torch.from_numpy((rng.random(50_000) > p).astype(np.int64))
    assert calibration_error(z, y) < 0.01
    assert calibration_error(3 * z, y) > 0.05


@given(st.sampled_from(sorted(SCHEDULES)), st.floats(0, 1), st.floats(0, 0.9))
def test_the_pace_stays_between_nothing_and_the_largest_rate(name: str, done: float, warm_up: float) -> None:
    assert -1e-12 <= schedule(name, warm_up)(done) <= 1 + 1e-12


def test_paces_by_hand() -> None:
    assert schedule("cosine")(0.5) == pytest.approx(0.5)
    assert schedule("linear")(0.25) == 0.75
    assert schedule("one-cycle")(0.3) == pytest.approx(1)
    assert schedule("constant", 0.5)(0.25) == 0.5
    assert schedule("cosine", 0.2)(0.2) == pytest.approx(1)
    with pytest.raises(InputError, match="schedule"):
        schedule("steps")
    with pytest.raises(InputError, match="warm-up"):
        schedule("cosine", 1.0)
