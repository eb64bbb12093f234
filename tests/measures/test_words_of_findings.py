"""What instruments say must make sense for the data they say it of: clouds where it once did not."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from gromov.core import Estimate, Graph, Representation
from gromov.measures import classes, dimension, hyperbolicity, incoherence, layout, neighborhood, spectrum
from gromov.measures.four_point import diameter_bounds
from gromov.measures.four_point.metric import PointMetric
from gromov.measures.four_point.sampled import quadruple_values, sampled_delta
from gromov.measures.neighborhood_quality import uniformity


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_heavy_tails_are_no_few_points_that_carry_the_spread() -> None:
    """Points of Student's t with 4 degrees of freedom have rows far from the mean, and none that spans a direction by itself."""
    tails = np.random.default_rng(0).standard_t(4, size=(4000, 20))
    found = incoherence(tails)
    assert found.null_rows.ci is not None
    assert found.mu_rows > 2 * found.null_rows.ci[1]
    (finding,) = found.findings()
    assert (finding.answer, finding.tone) == ("No, but some stand out", "neutral")
    alone = tails.copy()
    alone[7] = 1e4 * np.eye(20)[3]
    (finding,) = incoherence(alone).findings()
    assert (finding.answer, finding.tone) == ("Yes", "caution")
    assert "holds 100 % of one direction" in finding.detail
    (finding,) = incoherence(gaussian(400, 20)).findings()
    assert (finding.answer, finding.tone, finding.action) == ("No", "good", "")


def test_a_table_has_names_only_where_there_are_some() -> None:
    points = gaussian(30, 3)
    assert incoherence(points).tables()[0].columns == ("row", "leverage over mean")
    named = incoherence(Representation(points, names=tuple(f"word{i}" for i in range(30)))).tables()[0]
    assert named.columns == ("row", "leverage over mean", "name")
    assert all(row[2] == f"word{row[0]}" for row in named.rows)


@pytest.mark.parametrize(("shift", "words"), [(1.0, "share a direction, that of the mean"), (5.0, "all point nearly the same way")])
def test_directions_that_lean_are_not_all_the_same(shift: float, words: str) -> None:
    points = gaussian(500, 20) + shift
    detail = next(finding.detail for finding in spectrum(points).findings() if finding.question == "Is it centred?")
    assert words in detail


def test_few_points_in_many_dimensions_are_not_collapsed() -> None:
    """Forty points fill forty dimensions at most: of 2,000 that is little, and no fault of theirs."""
    finding = spectrum(gaussian(40, 2000)).findings()[0]
    assert finding.answer == "No"
    assert finding.detail.startswith("Of 2,000 dimensions (40 points fill 40 at most), ")
    low = gaussian(40, 2) @ gaussian(2, 2000, seed=1) + 1e-3 * gaussian(40, 2000, seed=2)
    assert spectrum(low).findings()[0].answer in ("Yes", "Partly")


def test_a_line_is_a_tree_and_its_usual_number_is_rounding() -> None:
    found = hyperbolicity(gaussian(2001, 1), null_draws=4)
    assert not found.exact
    (finding,) = found.findings()
    assert finding.answer == "It looks like a tree"
    assert "a bound for all of them is δ ≤" in finding.detail


def test_the_two_numbers_of_tree_likeness_are_told_apart() -> None:
    found = hyperbolicity(gaussian(80, 5), null_draws=4)
    detail = found.findings()[0].detail
    assert f"on average by {100 * found.mean_relative_delta.value:.1f} %" in detail
    assert f"The worst four give 2δ/diameter {found.relative_delta:.3f}." in detail


def test_classes_called_by_numbers_are_no_counts() -> None:
    labels = np.repeat([1, 2], 40)
    points = np.concatenate([np.pad(gaussian(40, 1), ((0, 0), (0, 5))), gaussian(40, 6, seed=1)])
    found = classes(Representation(points, labels=labels))
    assert "class 1 has the lowest" in found.summary()
    assert "class 2 the highest" in found.summary()
    assert "(class 1) to" in found.findings()[0].detail


def test_labels_that_neighbours_mostly_miss_are_not_good() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 60)
    clear = neighborhood(Representation(5.0 * np.eye(10)[labels] + rng.normal(size=(600, 10)), labels=labels)).labels
    dim = neighborhood(Representation(0.8 * np.eye(10)[labels] + rng.normal(size=(600, 10)), labels=labels)).labels
    assert clear is not None
    assert dim is not None
    assert clear.finding().tone == "good"
    assert dim.chance < dim.accuracy.value < 0.5
    assert dim.finding().tone == "neutral"
    assert f"predict the label of {100 * dim.accuracy.value:.1f} [" in dim.finding().detail


def test_estimators_that_disagree_are_not_one_number() -> None:
    found = dimension(gaussian(600, 4))
    scales = replace(found.twonn_scales, value=np.full_like(found.twonn_scales.value, 4.0))
    agreeing = replace(found, **dict.fromkeys(("twonn", "mle", "correlation", "local_pca"), found.twonn), twonn_scales=scales)
    assert agreeing.figures()[0].caption.means == "TwoNN is stable over scales: one number describes the cloud."
    far = Estimate.normal(5 * found.twonn.value, 0.1, n=600, seed=None, method="far")
    differing = replace(agreeing, local_pca=far)
    assert "other estimators differ from it" in differing.figures()[0].caption.means
    assert differing.findings()[0].answer.startswith("Between")


def test_only_projections_promise_that_far_is_far() -> None:
    """Orthogonal projections shorten distances; classical scaling of path lengths may lengthen them."""
    figure = layout(gaussian(50, 4)).figures()[0]
    assert "far apart on the map are far apart" in figure.caption.means
    ring = Graph(30, np.array([[i, (i + 1) % 30] for i in range(30)]))
    figure = layout(ring).figures()[0]
    assert "are far apart." not in figure.caption.means
    assert "cloud" not in figure.title


# The same numbers for less memory and time


def test_distances_of_many_coordinates_are_taken_in_parts() -> None:
    points = gaussian(600, 3000).astype(np.float32)
    index = np.random.default_rng(1).integers(0, 600, (4000, 4))
    metric = PointMetric(points)
    tracemalloc.start()
    _, relative = quadruple_values(metric, index)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250e6  # six distances of 4,000 quadruples at once would be 1.2 GB
    x = points[index[:50]].astype(np.float64)
    apart = np.sqrt(((x[:, :, None] - x[:, None]) ** 2).sum(-1))
    sums = np.sort([apart[:, 0, 1] + apart[:, 2, 3], apart[:, 0, 2] + apart[:, 1, 3], apart[:, 0, 3] + apart[:, 1, 2]], axis=0)
    np.testing.assert_allclose(relative[:50], (sums[2] - sums[1]) / sums[2], rtol=1e-9, atol=1e-12)


def test_few_points_have_each_distance_taken_once() -> None:
    points = gaussian(40, 300)
    found = sampled_delta(PointMetric(points), quadruples=20_000)
    asked: list[int] = []

    class Counting(PointMetric):
        __slots__ = ()

        def distance(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
            asked.append(len(i))
            return PointMetric.distance(self, i, j)

    again = sampled_delta(Counting(points), quadruples=20_000)
    assert asked == []
    assert again.mean.value == found.mean.value
    many = sampled_delta(Counting(gaussian(400, 5)), quadruples=5_000)
    assert sum(asked) == 30_000
    assert many.mean.value > 0


def test_few_points_have_each_cosine_taken_once() -> None:
    points = gaussian(50, 80)
    points[3] = 0
    by_product = uniformity(Representation(points), np.random.default_rng(5), 5)
    first, second = np.random.default_rng(6).integers(0, 50, (2, 100_000))
    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-300)
    keep = first != second
    plain = np.log(np.exp(-2 * (2 - 2 * (unit[first[keep]] * unit[second[keep]]).sum(axis=1))).mean())
    assert abs(by_product.value - plain) < 0.02


def test_the_diameter_of_a_flat_cloud_is_certified_closely() -> None:
    points = gaussian(3000, 30)
    lower, upper = diameter_bounds(PointMetric(points))
    squares = (points**2).sum(axis=1)
    largest = float(np.sqrt((squares[:, None] + squares - 2 * points @ points.T).max()))
    assert lower == pytest.approx(largest, rel=1e-9)
    assert upper <= largest * 1.001
