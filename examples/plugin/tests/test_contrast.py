"""What is known on paper, then a plain computation, then what must not change the answer, then the contract of instruments."""

import math

import numpy as np
import pytest
from gromov_contrast import contrast

from gromov.core import Distances, Graph, Representation, UnsuitableError
from gromov.verbs import check_answer, check_instrument, check_refusals


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("n", [4, 9, 100])
def test_on_a_simplex_all_are_equally_far(n: int) -> None:
    found = contrast(np.eye(n))
    assert found.contrast.value == pytest.approx(1.0, rel=1e-12)
    assert found.mean_distance == pytest.approx(math.sqrt(2), rel=1e-12)
    assert found.findings()[0].answer == "Hardly"


@pytest.mark.parametrize("n", [5, 12, 301])
def test_on_a_circle(n: int) -> None:
    angle = 2 * np.pi * np.arange(n) / n
    expected = 1 / math.tan(math.pi / (2 * n)) / ((n - 1) * math.sin(math.pi / n))
    assert contrast(np.column_stack([np.cos(angle), np.sin(angle)])).contrast.value == pytest.approx(expected, rel=1e-9)


def test_on_a_line() -> None:
    n = 50  # equal steps of 1: the mean distance is (n + 1)/3
    assert contrast(np.arange(float(n))[:, None]).contrast.value == pytest.approx((n + 1) / 3, rel=1e-12)


def test_two_far_clusters() -> None:
    n, gap = 60, 1e3
    points = np.vstack([np.eye(n), np.eye(n)]) + np.repeat([[0.0], [gap / math.sqrt(n)]], n, axis=0)
    far = n / (2 * n - 1) * gap  # of 2n − 1 others n are about `gap` away
    near = (n - 1) / (2 * n - 1) * math.sqrt(2)
    assert contrast(points).contrast.value == pytest.approx((far + near) / math.sqrt(2), rel=1e-3)


@pytest.mark.parametrize(("n", "d"), [(30, 2), (200, 40)])
def test_it_is_the_plain_ratio(n: int, d: int) -> None:
    x = gaussian(n, d)
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    nearest = np.sort(distances, axis=1)[:, 1]
    found = contrast(x)
    assert found.contrast.value == pytest.approx(distances.sum() / (n * (n - 1)) / nearest.mean(), rel=1e-9)
    assert found.sample_contrast == pytest.approx(found.contrast.value, rel=1e-9)


@pytest.mark.parametrize(("n", "d"), [(100, 3), (300, 20)])
def test_the_error_is_the_spread_over_fresh_clouds(n: int, d: int) -> None:
    estimates = [contrast(gaussian(n, d, seed), draws=2).contrast for seed in range(200)]
    spread = np.std([each.value for each in estimates], ddof=1)
    assert np.mean([each.stderr for each in estimates]) == pytest.approx(spread, rel=0.2)  # of a spread of 200, itself 5 %


def test_the_null_of_a_gaussian_is_itself() -> None:
    found = contrast(gaussian(500, 10) * np.linspace(1, 3, 10))
    assert found.null_contrast.stderr is not None
    assert abs(found.sample_contrast - found.null_contrast.value) < 5 * found.null_contrast.stderr


def test_clusters_stand_out_of_the_null() -> None:
    centres = np.repeat(10 * gaussian(20, 30), 20, axis=0)
    found = contrast(centres + gaussian(400, 30, 1))
    assert found.null_contrast.ci is not None
    assert found.sample_contrast > 2 * found.null_contrast.ci[1]


@pytest.mark.parametrize("scale", [1e-6, 7.0, 1e6])
def test_neither_shift_nor_scale_nor_rotation_matters(scale: float) -> None:
    x = gaussian(150, 4)
    rotation = np.linalg.qr(gaussian(4, 4, 1))[0]
    moved = contrast(scale * (x @ rotation + 3))
    assert moved.contrast.value == pytest.approx(contrast(x).contrast.value, rel=1e-8)


def test_distances_are_enough() -> None:
    x = gaussian(80, 3)
    found = contrast(Distances(np.linalg.norm(x[:, None] - x[None], axis=2)))
    assert found.contrast.value == pytest.approx(contrast(x).contrast.value, rel=1e-9)
    assert found.null_contrast.reason


def test_a_sample_of_many_points() -> None:
    x = gaussian(5_000, 3)
    found = contrast(x, draws=2)
    assert (found.sampled, len(found.nearest)) == (2_000, 2_000)
    assert found.contrast.n == 5_000
    assert found.sample_contrast < found.contrast.value  # fewer points are farther apart


def test_copies_are_left_out_and_counted() -> None:
    x = gaussian(100, 3)
    found = contrast(np.vstack([x, x[:10]]))
    assert found.copies == 20
    every = contrast(np.vstack([x, x]))
    assert math.isnan(every.contrast.value)
    assert every.contrast.reason == "every point has an exact copy"
    assert every.summary() == "There is no contrast: every point has an exact copy."


def test_a_graph_is_refused() -> None:
    with pytest.raises(UnsuitableError, match="graph"):
        contrast(Graph(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]])))


# The contract


def test_it_is_an_instrument() -> None:
    found = check_instrument(contrast)
    assert found.name == "contrast"
    assert {"seed", "neighbors", "executor"} <= found.accepts


@pytest.mark.parametrize(
    "data",
    [
        gaussian(60, 5),
        gaussian(60, 5).astype(np.float32),
        gaussian(4, 2),
        gaussian(20, 70),
        np.vstack([gaussian(30, 2)] * 2),
        Representation(gaussian(70, 3), labels=np.arange(70) % 3),
        Distances(np.abs(np.subtract.outer(np.arange(9.0), np.arange(9.0)))),
    ],
    ids=["points", "float32", "four", "wide", "copies", "labelled", "distances"],
)
def test_its_answers_keep_the_contract(data: object) -> None:
    check_answer(contrast, data, draws=3)


def test_it_refuses_what_cannot_be_measured() -> None:
    check_refusals(contrast)
