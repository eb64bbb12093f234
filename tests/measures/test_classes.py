"""Classes: each is measured as the instruments measure it alone; small, collapsed and repeated ones do no harm."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.core import Distances, Graph, Representation, UnsuitableError
from gromov.core.runs import to_json
from gromov.core.serial import Arrays, decode
from gromov.graphs import nearest_neighbors
from gromov.measures import Classes, classes, spectrum
from gromov.measures.dimension_estimators import two_nearest
from gromov.measures.regions import REGIONS, spatial_regions
from gromov.spaces import EUCLIDEAN

NUMBERS = (
    "effective_rank",
    "participation_ratio",
    "participation_ratio_error",
    "twonn",
    "twonn_error",
    "mean_relative_delta",
    "mean_relative_delta_error",
)


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def labelled(points: np.ndarray, labels: np.ndarray) -> Representation:
    return Representation(points, labels=labels)


def three(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Classes of dimensions 1, 2 and 5, of 60, 80 and 100 points, shuffled."""
    points = np.concatenate([np.pad(gaussian(n, d, seed + d), ((0, 0), (0, 5 - d))) + 3 for n, d in ((60, 1), (80, 2), (100, 5))])
    order = np.random.default_rng(seed).permutation(240)
    return points[order], np.repeat(["one", "two", "five"], [60, 80, 100])[order]


POINTS, LABELS = three()
OF_THREE = classes(labelled(POINTS, LABELS))


def mean_relative(points: np.ndarray) -> float:
    """Mean of (S₁ − S₂)/S₁ over all quadruples."""
    from itertools import combinations

    d = EUCLIDEAN.pairwise(points, points)
    i, j, k, m = np.array(list(combinations(range(len(points)), 4))).T
    sums = np.sort([d[i, j] + d[k, m], d[i, k] + d[j, m], d[i, m] + d[j, k]], axis=0)
    return float(((sums[2] - sums[1]) / sums[2]).mean())


def there_and_back(found: Classes) -> Classes:
    arrays: Arrays = {}
    text = to_json(found.to_dict(arrays))
    back = decode(Classes, json.loads(text), arrays)
    assert to_json(back.to_dict({})) == text
    assert back.findings() == found.findings()
    assert back.tables() == found.tables()
    return back


# closed forms


def test_names_sizes_and_order() -> None:
    assert OF_THREE.names == ("five", "one", "two")
    assert OF_THREE.sizes.tolist() == [100, 60, 80]
    assert OF_THREE.left_out == 0


def test_each_class_has_its_dimension() -> None:
    by_name = dict(zip(OF_THREE.names, zip(OF_THREE.twonn, OF_THREE.twonn_error, strict=True), strict=True))
    for name, d in (("one", 1), ("two", 2), ("five", 5)):
        value, error = by_name[name]
        assert abs(value - d) < 4 * error + 0.1 * d
    assert OF_THREE.findings()[0].answer == "No"
    assert "one has the lowest" in OF_THREE.summary()
    assert "five the highest" in OF_THREE.summary()


def test_points_on_lines() -> None:
    along = np.outer(np.random.default_rng(0).uniform(1, 2, 80), [1.0, 2, 3])
    found = classes(labelled(along, np.arange(80) % 2))
    np.testing.assert_allclose(found.effective_rank, 1, rtol=1e-6)
    np.testing.assert_allclose(found.participation_ratio, 1)
    np.testing.assert_allclose(found.mean_relative_delta, 0, atol=1e-9)  # a line is a tree


def test_classes_of_one_law_are_told_alike() -> None:
    alike = sum(
        classes(labelled(gaussian(160, 3, seed), np.arange(160) % 4)).findings()[0].answer.startswith("As far") for seed in range(10)
    )
    assert alike >= 9


# each class on its own


@pytest.mark.parametrize("place", range(3))
def test_the_numbers_are_those_of_the_class_alone(place: int) -> None:
    own = POINTS[OF_THREE.names[place] == LABELS]
    alone = spectrum(own)
    assert OF_THREE.effective_rank[place] == pytest.approx(alone.effective_rank.value, rel=1e-12)
    assert OF_THREE.participation_ratio[place] == pytest.approx(alone.participation_ratio.value, rel=1e-12)
    assert OF_THREE.participation_ratio_error[place] == pytest.approx(alone.participation_ratio.stderr, rel=1e-9, abs=1e-12)
    lengths = nearest_neighbors(Representation(own), 2).distances
    assert OF_THREE.twonn[place] == pytest.approx(two_nearest(lengths), rel=1e-6)


def test_the_mean_delta_is_that_of_all_quadruples() -> None:
    points, labels = gaussian(48, 3), np.arange(48) % 2  # 10,626 quadruples in each class: none is left out
    found = classes(labelled(points, labels))
    for place in range(2):
        assert found.mean_relative_delta[place] == pytest.approx(mean_relative(points[labels == place]), rel=1e-9)


def test_distances_say_the_same_without_spectra() -> None:
    found = classes(Representation(Distances(EUCLIDEAN.pairwise(POINTS, POINTS)), labels=LABELS))
    np.testing.assert_allclose(found.twonn, OF_THREE.twonn, rtol=1e-6)
    np.testing.assert_allclose(found.mean_relative_delta, OF_THREE.mean_relative_delta, rtol=1e-6, atol=1e-9)
    assert np.isnan([found.effective_rank, found.participation_ratio, found.participation_ratio_error]).all()
    assert all("nan" not in cell for table in found.tables() for row in table.rows for cell in row)
    there_and_back(found)


def test_a_large_class_is_sampled_and_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys.modules["gromov.measures.classes"], "_POINTS", 50)
    found = classes(labelled(POINTS, LABELS))
    assert found.sizes.tolist() == [100, 60, 80]
    assert abs(found.twonn[1] - 1) < 0.6
    assert to_json(found.to_dict({})) == to_json(classes(labelled(POINTS, LABELS)).to_dict({}))


def test_the_intervals_of_the_dimension_cover() -> None:
    covered = 0
    for seed in range(20):
        found = classes(labelled(gaussian(240, 2, seed), np.arange(240) % 2), seed=seed)
        covered += int((np.abs(found.twonn - 2) <= 2.1 * found.twonn_error).sum())  # Student's t of eight regions is 2.4
    assert covered >= 34


# properties


@given(st.integers(0, 2**31), st.floats(1e-3, 1e3), st.floats(-100, 100))
@settings(max_examples=6)
def test_rotation_scale_and_shift(seed: int, scale: float, shift: float) -> None:
    rotation = np.linalg.qr(gaussian(5, 5, seed))[0]
    found = classes(labelled(scale * (POINTS @ rotation) + shift, LABELS))
    assert found.names == OF_THREE.names
    for name in ("participation_ratio", "twonn", "mean_relative_delta"):  # the quadruples are drawn alike
        np.testing.assert_allclose(getattr(found, name), getattr(OF_THREE, name), rtol=1e-4, atol=1e-6, err_msg=name)


@given(st.integers(0, 2**31))
@settings(max_examples=6)
def test_the_order_of_the_points_does_not_matter(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(240)
    found = classes(labelled(POINTS[order], LABELS[order]))
    np.testing.assert_array_equal(found.sizes, OF_THREE.sizes)
    for name in ("effective_rank", "participation_ratio", "twonn"):
        np.testing.assert_allclose(getattr(found, name), getattr(OF_THREE, name), rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("names", [(7, 3, 11), ("x", "y", "z"), (0.5, 1.5, -2.0)])
def test_what_the_labels_are_does_not_matter(names: tuple[object, ...]) -> None:
    codes = np.unique(LABELS, return_inverse=True)[1]
    ordered = np.array(sorted(names))  # type: ignore[type-var]
    found = classes(labelled(POINTS, ordered[codes]))
    assert found.names == tuple(map(str, ordered))
    np.testing.assert_array_equal(found.twonn, OF_THREE.twonn)


# edges


def test_small_classes_are_left_out() -> None:
    labels = np.array(["a"] * 30 + ["b"] * 20 + ["c"] * 19 + ["d"])
    found = classes(labelled(gaussian(70, 3), labels))
    assert (found.names, found.left_out) == (("a", "b"), 2)


def test_only_the_fifty_largest_are_measured() -> None:
    labels = np.concatenate([np.repeat(np.arange(51), 20), [50]])
    found = classes(labelled(gaussian(1_021, 2), labels))
    assert (len(found.names), found.left_out) == (50, 1)
    assert "50" in found.names


@pytest.mark.parametrize("labels", [np.zeros(60), np.arange(60), np.arange(60) % 4, np.repeat([0, 1], [41, 19])])
def test_too_few_classes_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(UnsuitableError, match="two classes"):
        classes(labelled(gaussian(60, 3), labels))


def test_no_labels_and_graphs_are_refused() -> None:
    with pytest.raises(UnsuitableError, match="--labels"):
        classes(gaussian(60, 3))
    with pytest.raises(UnsuitableError, match="graph"):
        classes(Graph(4, np.array([[0, 1], [1, 2], [2, 3]])))


@pytest.mark.parametrize("place", [0.0, 3.0])
@pytest.mark.parametrize("kind", ["points", "distances"])
def test_a_class_that_has_collapsed_to_a_point_is_kept_and_has_no_numbers(kind: str, place: float) -> None:
    points = np.concatenate([np.full((25, 3), place), gaussian(30, 3), gaussian(30, 3, 1)])
    labels = np.repeat(["collapsed", "full", "other"], [25, 30, 30])
    data = points if kind == "points" else Distances(EUCLIDEAN.pairwise(points, points))
    found = classes(Representation(data, labels=labels))
    assert found.names == ("collapsed", "full", "other")
    assert np.isnan([getattr(found, name)[0] for name in NUMBERS]).all()
    assert np.isfinite(found.twonn[1:]).all()
    assert "nan" not in found.summary() + found.findings()[0].detail
    assert found.tables()[0].rows[0] == ("collapsed", "25", "–", "–", "–", "–")
    assert all(np.isfinite(layer.y).all() for figure in found.figures() for layer in figure if hasattr(layer, "y"))
    there_and_back(found)


def test_forty_points_in_five_places() -> None:
    points = gaussian(5, 3)[np.arange(40) % 5]
    found = classes(labelled(points, np.arange(40) // 20))
    assert found.sizes.tolist() == [20, 20]
    np.testing.assert_allclose(found.participation_ratio[0], found.participation_ratio[1])
    assert np.isnan(found.twonn).all()
    assert "nan" not in found.summary()
    assert (found.findings(), found.figures()) == ((), ())
    there_and_back(found)


def test_an_exact_tree_has_an_error_of_zero() -> None:
    line = np.abs(np.subtract.outer(np.arange(60.0), np.arange(60.0)))
    found = classes(Representation(Distances(line), labels=np.arange(60) // 30))
    assert (found.mean_relative_delta == 0).all()
    assert (found.mean_relative_delta_error == 0).all()


@pytest.mark.parametrize(
    "points",
    [
        gaussian(60, 1),
        gaussian(60, 90),
        np.concatenate([np.zeros((12, 3)), gaussian(48, 3)]),
        np.concatenate([gaussian(60, 3), np.full((60, 2), 7.0)], axis=1),
        gaussian(60, 3).astype(np.float32),
        np.random.default_rng(0).integers(0, 256, (60, 5)).astype(np.uint8),
    ],
    ids=["one dimension", "more dimensions than points", "zero rows", "constant columns", "float32", "bytes"],
)
def test_the_edges_are_measured_without_a_warning(points: np.ndarray) -> None:
    found = classes(labelled(points, np.arange(60) % 3))
    for name in NUMBERS:
        values = getattr(found, name)
        assert np.isfinite(values).all(), name
        assert (values >= 0).all(), name
    there_and_back(found)


# regions


@pytest.mark.parametrize(("n", "most"), [(5, 5), (100, 8), (400, 10), (3_000, REGIONS)])
def test_the_number_of_regions(n: int, most: int) -> None:
    points = gaussian(n, 2)
    regions = spatial_regions(Representation(points), np.arange(n), seed=0)
    assert len(np.unique(regions)) == most
    distances = spatial_regions(Representation(Distances(EUCLIDEAN.pairwise(points, points))), np.arange(n), seed=0)
    np.testing.assert_array_equal(regions, distances)
    assert np.bincount(regions).max() >= math.ceil(n / most)
