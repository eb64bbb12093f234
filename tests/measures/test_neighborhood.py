"""Neighbourhoods: closed forms, brute force and scikit-learn, invariances, and the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.core import Distances, Graph, InputError, Representation, UnsuitableError, generator
from gromov.core.runs import to_json
from gromov.core.serial import Arrays, decode
from gromov.graphs import nearest_neighbors
from gromov.measures import Neighborhood, neighborhood
from gromov.measures.neighborhood_quality import alignment, label_accuracy, skewness, uniformity
from gromov.spaces import EUCLIDEAN


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def orthogonal(d: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(gaussian(d, d, seed))[0]


def labelled(points: np.ndarray, labels: np.ndarray) -> Representation:
    return Representation(points, labels=labels)


def there_and_back(found: Neighborhood) -> Neighborhood:
    arrays: Arrays = {}
    tree = found.to_dict(arrays)
    back = decode(Neighborhood, tree, arrays)
    assert to_json(back.to_dict({})) == to_json(tree)
    return back


# closed forms


@pytest.mark.parametrize(
    ("counts", "value"),
    [([5, 5, 5], 0), ([0, 0, 0, 4], 2 / math.sqrt(3)), ([0, 1], 0), ([1, 1, 1, 1, 6], 1.5), ([5, 5, 5, 5, 0], -1.5)],
)
def test_skewness_of_known_counts(counts: list[int], value: float) -> None:
    assert skewness(np.array(counts)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(("n", "d"), [(4, 2), (8, 3), (11, 1), (12, 40), (150, 5)])
def test_occurrences_add_up_to_k_for_each_point(n: int, d: int) -> None:
    found = neighborhood(gaussian(n, d))
    assert found.occurrences.sum() == n * min(10, n - 1)
    assert found.largest_hub == found.occurrences.max()
    assert found.antihubs == pytest.approx((found.occurrences == 0).mean())
    assert found.hubness.value == pytest.approx(skewness(found.occurrences))
    assert found.points_used == n


def test_the_centre_of_a_star_is_everybodys_neighbour() -> None:
    ends = gaussian(100, 400)
    ends /= np.linalg.norm(ends, axis=1, keepdims=True)
    found = neighborhood(np.concatenate([np.zeros((1, 400)), ends]))
    assert found.occurrences[0] == found.largest_hub == 100
    assert found.hubness.value > neighborhood(ends).hubness.value
    assert neighborhood(np.array([[math.cos(t), math.sin(t)] for t in 2 * np.pi * np.arange(44) / 44])).largest_hub <= 11


def test_points_on_a_ring_have_no_hubs() -> None:
    steps = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    ring = Distances(np.minimum(steps, 30 - steps).astype(float))  # the five nearest on each side, without ties at the tenth
    found = neighborhood(ring)
    assert (found.occurrences == 10).all()
    assert (found.hubness.value, found.antihubs, found.outliers, found.near_duplicates) == (0, 0, 0, 0)
    np.testing.assert_allclose(found.log_density, -math.log(5))


@pytest.mark.parametrize("names", [("a", "b"), (0, 1), (2.5, -1.0), (True, False)])
def test_two_far_clusters_predict_their_labels(names: tuple[object, object]) -> None:
    labels = np.array([names[i] for i in np.arange(60) % 2])
    points = gaussian(60, 3) + 100 * (np.arange(60) % 2)[:, None]
    found = neighborhood(labelled(points, labels)).labels
    assert found is not None
    assert (found.accuracy.value, found.worst_accuracy, found.chance, found.k) == (1, 1, 0.5, 10)
    assert found.worst_class in map(str, labels)


def test_labels_without_meaning_stand_at_chance() -> None:
    covered = 0
    for seed in range(20):
        labels = np.random.default_rng(seed).integers(0, 4, 300)
        near = nearest_neighbors(Representation(gaussian(300, 3, seed)), 10).indices
        found = label_accuracy(near, labels)
        assert found is not None
        assert found.accuracy.ci is not None
        covered += found.accuracy.ci[0] <= 0.25 <= found.accuracy.ci[1]
    assert covered >= 17


@pytest.mark.parametrize("right", [0, 3, 20, 40])
def test_wilson_interval(right: int) -> None:
    labels = np.array([0, 1] * 20)
    # each point looks at one other: of its own class for the first `right`, of the other class for the rest
    near = np.array([[(i + 2) % 40 if i < right else (i + 1) % 40] for i in range(40)])
    found = label_accuracy(near, labels)
    assert found is not None
    low, high = found.accuracy.ci or (math.nan, math.nan)
    assert found.accuracy.value == right / 40
    for end in (low, high):  # both ends solve (p̂ − p)² = z² p(1 − p)/n
        assert (right / 40 - end) ** 2 == pytest.approx(1.959963984540054**2 * end * (1 - end) / 40, abs=1e-12)
    assert -1e-12 <= low <= right / 40 <= high + 1e-12 <= 1 + 2e-12


def test_a_tied_vote_goes_to_the_label_of_the_nearest() -> None:
    labels = np.array([0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    near = np.array([[i for i in range(11) if i != row][:10] for row in range(11)])
    near[10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]  # five of each, the nearest of class 0
    found = label_accuracy(near, labels)
    assert found is not None
    votes = [np.bincount(labels[row], minlength=2) for row in near]
    expected = [labels[near[i, 0]] if vote[0] == vote[1] else vote.argmax() for i, vote in enumerate(votes)]
    assert expected[10] == 0
    assert found.accuracy.value == pytest.approx((np.array(expected) == labels).mean())


def test_uniformity_and_alignment_of_two_antipodes() -> None:
    points = np.array([[1.0, 0], [-1, 0]])[np.arange(200) % 2] * np.linspace(1, 5, 200)[:, None]
    found = neighborhood(labelled(points, np.arange(200) % 2))
    # of the other 199 points, 99 are in the same place and 100 opposite
    assert found.uniformity is not None
    assert found.uniformity.value == pytest.approx(math.log((99 + 100 * math.exp(-8)) / 199), abs=0.02)
    assert found.alignment is not None
    assert found.alignment.value == pytest.approx(0, abs=1e-12)
    assert found.alignment.value >= 0
    mixed = neighborhood(labelled(points, np.arange(200) // 100)).alignment
    assert mixed is not None
    assert mixed.value == pytest.approx(4 * 50 / 99, rel=0.02)


def test_uniformity_of_points_in_one_direction_is_zero() -> None:
    found = neighborhood(np.outer(np.linspace(1, 3, 50), [1.0, 2, -1])).uniformity
    assert found is not None
    assert found.value == pytest.approx(0, abs=1e-12)


def test_uniformity_of_orthonormal_points() -> None:
    found = neighborhood(np.eye(12)).uniformity
    assert found is not None
    assert found.value == pytest.approx(-4)
    assert found.stderr == pytest.approx(0, abs=1e-12)


def test_points_spread_over_the_sphere_stand_at_their_null() -> None:
    found = neighborhood(gaussian(1_500, 8))
    assert found.uniformity is not None
    assert found.null_uniformity is not None
    assert found.uniformity.value == pytest.approx(found.null_uniformity, abs=0.02)
    assert found.sample_hubness == pytest.approx(found.null_hubness.value, abs=5 * (found.null_hubness.stderr or 0))


def test_near_duplicates_are_listed_once_and_by_name() -> None:
    points = gaussian(100, 3)
    points[70] = points[20] + 1e-7
    points[5] = points[90]
    found = neighborhood(Representation(points, names=tuple(f"record {i}" for i in range(100))))
    assert found.near_duplicates == 2
    assert found.duplicate_points.tolist() == [5, 20]
    assert found.duplicate_neighbors.tolist() == [90, 70]
    assert found.names[:4] == ("record 5", "record 20", "record 90", "record 70")
    table = next(table for table in found.tables() if table.name == "neighborhood-duplicates")
    assert table.rows[0] == ("5", "record 5", "90", "record 90")


def test_an_outlier_is_found_by_name() -> None:
    points = np.concatenate([gaussian(100, 3), [[30.0, 0, 0]]])
    found = neighborhood(Representation(points, names=tuple(f"record {i}" for i in range(101))))
    assert found.outlier_points[0] == 100
    assert found.outlier_ratios[0] > 5
    assert found.names[2 * len(found.duplicate_points)] == "record 100"
    table = next(table for table in found.tables() if table.name == "neighborhood-outliers")
    assert table.rows[0][:2] == ("100", "record 100")


# oracles


@pytest.mark.parametrize(("n", "d"), [(60, 2), (200, 10), (40, 90)])
def test_brute_force(n: int, d: int) -> None:
    points = gaussian(n, d) + 3
    lengths = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(lengths, np.inf)
    near = np.argsort(lengths, axis=1)[:, :10]
    last = np.sort(lengths, axis=1)[:, 9]
    found = neighborhood(points)
    np.testing.assert_array_equal(found.occurrences, np.bincount(near.ravel(), minlength=n))
    np.testing.assert_allclose(found.log_density, -np.log(last), rtol=1e-9)
    ratios = last / np.median(last[near], axis=1)
    assert found.outliers == (ratios > 3).sum()
    assert found.sample_hubness == found.hubness.value


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_leave_one_out_of_scikit_learn(classes: int, seed: int) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    labels = np.random.default_rng(seed).integers(0, classes, 200)
    points = gaussian(200, 4, seed) + labels[:, None] * 0.5

    def nearest_settles(lengths: np.ndarray) -> np.ndarray:
        return 1 + np.broadcast_to(0.5 ** np.arange(1, lengths.shape[1] + 1), lengths.shape)

    peer = KNeighborsClassifier(10, weights=nearest_settles, algorithm="brute").fit(points, labels)
    predicted = peer.predict(None)
    found = neighborhood(labelled(points, labels)).labels
    assert found is not None
    assert found.accuracy.value == pytest.approx((predicted == labels).mean(), abs=1e-12)
    within = [(predicted[labels == c] == c).mean() for c in range(classes)]
    assert found.worst_accuracy == pytest.approx(min(within))
    assert found.worst_class == str(int(np.argmin(within)))


def test_alignment_and_uniformity_of_all_pairs() -> None:
    labels = np.random.default_rng(0).choice(3, size=80, p=[0.6, 0.3, 0.1])
    points = gaussian(80, 3) + np.eye(3)[labels]
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    squared = ((units[:, None] - units[None]) ** 2).sum(axis=2)
    pairs = ~np.eye(80, dtype=bool)
    found = neighborhood(labelled(points, labels))
    assert found.uniformity is not None
    assert found.uniformity.value == pytest.approx(math.log(np.exp(-2 * squared[pairs]).mean()), abs=0.02)
    assert found.alignment is not None
    assert found.alignment.value == pytest.approx(squared[pairs & (labels[:, None] == labels)].mean(), rel=0.02)


def test_shared_neighbours_give_the_same() -> None:
    representation = Representation(gaussian(120, 4))
    shared = nearest_neighbors(representation, 20, queries=120)
    assert to_json(neighborhood(representation, neighbors=shared).to_dict({})) == to_json(neighborhood(representation).to_dict({}))
    few = nearest_neighbors(representation, 3)  # too few are not used
    assert neighborhood(representation, neighbors=few).hubness.value == neighborhood(representation).hubness.value


# how sure we are


def lopsided(n: int, rng: np.random.Generator) -> np.ndarray:
    """Nine of ten points in one direction: the mean over pairs then varies more than that of n independent pairs."""
    return np.where(rng.uniform(size=(n, 1)) < 0.9, [5.0, 0, 0], [0, 5.0, 0]) + 0.1 * rng.standard_normal((n, 3))


def test_the_intervals_of_uniformity_and_alignment_cover() -> None:
    clouds = {"even": lambda rng: rng.standard_normal((200, 3)), "lopsided": lambda rng: lopsided(200, rng)}
    for name, make in clouds.items():
        found = []
        for seed in range(60):
            rng = np.random.default_rng(seed)
            representation = labelled(make(rng), rng.integers(0, 2, 200))
            found.append((uniformity(representation, generator(seed, "u"), seed), alignment(representation, generator(seed, "a"), seed)))
        for estimates in zip(*found, strict=True):
            truth = np.mean([estimate.value for estimate in estimates if estimate is not None])
            covered = sum(e.ci[0] <= truth <= e.ci[1] for e in estimates if e is not None and e.ci is not None)
            assert covered >= 52, (name, covered)


def test_the_interval_of_hubness_covers_other_draws_of_the_same_cloud() -> None:
    found = [neighborhood(gaussian(250, 6, seed)).hubness for seed in range(15)]
    mean = np.mean([estimate.value for estimate in found])
    assert sum(e.ci[0] <= mean <= e.ci[1] for e in found if e.ci is not None) >= 12


# properties

CLOUD = gaussian(70, 4)
LABELS = np.random.default_rng(1).integers(0, 3, 70)
OF_CLOUD = neighborhood(labelled(CLOUD, LABELS))


def alike(ours: Neighborhood, theirs: Neighborhood, order: np.ndarray | None = None) -> None:
    order = np.arange(len(ours.occurrences)) if order is None else order
    np.testing.assert_array_equal(ours.occurrences[order], theirs.occurrences)
    assert ours.labels is not None
    assert theirs.labels is not None
    assert ours.labels.accuracy.value == theirs.labels.accuracy.value
    assert (ours.outliers, ours.near_duplicates) == (theirs.outliers, theirs.near_duplicates)


@given(st.integers(0, 2**31), st.floats(1e-6, 1e6))
@settings(max_examples=10)
def test_rotation_and_scale_change_nothing(seed: int, scale: float) -> None:
    turned = neighborhood(labelled(CLOUD @ orthogonal(4, seed) * scale, LABELS))
    alike(OF_CLOUD, turned)
    np.testing.assert_allclose(turned.log_density, OF_CLOUD.log_density - math.log(scale), atol=1e-8)
    assert turned.uniformity is not None
    assert OF_CLOUD.uniformity is not None
    assert turned.uniformity.value == pytest.approx(OF_CLOUD.uniformity.value, rel=1e-9)
    assert turned.null_hubness.value == pytest.approx(OF_CLOUD.null_hubness.value, abs=1e-2)


@given(st.integers(0, 2**31), st.floats(-1e3, 1e3))
@settings(max_examples=10)
def test_shift_and_permutation_change_no_neighbour(seed: int, shift: float) -> None:
    order = np.random.default_rng(seed).permutation(70)
    alike(OF_CLOUD, neighborhood(labelled(CLOUD[order] + shift, LABELS[order])), order)


# edges


def test_distances_say_the_same_without_directions() -> None:
    found = neighborhood(Representation(Distances(EUCLIDEAN.pairwise(CLOUD, CLOUD)), labels=LABELS))
    alike(OF_CLOUD, found)
    assert (found.alignment, found.uniformity, found.null_uniformity) == (None, None, None)
    assert math.isnan(found.null_hubness.value)
    assert found.null_hubness.reason
    there_and_back(found)


def test_forty_points_in_five_places() -> None:
    places = np.arange(40) % 5
    found = neighborhood(labelled(gaussian(5, 3)[places], places))
    assert found.labels is not None
    assert found.labels.accuracy.value == 1
    assert 20 <= found.near_duplicates <= 35  # each place holds 8: between 4 mutual pairs and 7 beside the first
    assert len(found.duplicate_points) == 10
    np.testing.assert_array_equal(places[found.duplicate_points], places[found.duplicate_neighbors])
    pairs = {frozenset(pair) for pair in zip(found.duplicate_points.tolist(), found.duplicate_neighbors.tolist(), strict=True)}
    assert len(pairs) == 10
    assert all(np.isfinite(layer.y).all() for figure in found.figures() for layer in figure if hasattr(layer, "y"))
    there_and_back(found)


@pytest.mark.parametrize(
    "points",
    [
        gaussian(4, 2),
        gaussian(4, 30),
        gaussian(30, 1),
        np.concatenate([np.zeros((10, 3)), gaussian(20, 3)]),
        np.concatenate([gaussian(30, 3), np.full((30, 2), 7.0)], axis=1),
        gaussian(30, 3).astype(np.float32),
        np.random.default_rng(0).integers(0, 256, (30, 5)).astype(np.uint8),
        np.concatenate([np.ones((29, 2)), np.zeros((1, 2))]),
    ],
    ids=[
        "four points",
        "four points in many dimensions",
        "one dimension",
        "zero rows",
        "constant columns",
        "float32",
        "bytes",
        "one apart",
    ],
)
@pytest.mark.parametrize("classes", [1, 2, 3])
def test_the_edges_are_measured_without_a_warning(points: np.ndarray, classes: int) -> None:
    found = neighborhood(labelled(points, np.arange(len(points)) % classes))
    assert (found.labels is None) == (classes == 1)
    assert found.occurrences.sum() == len(points) * min(10, len(points) - 1)
    assert np.isfinite(found.log_density).all()
    assert "nan" not in found.summary() + "".join(finding.detail for finding in found.findings())
    back = there_and_back(found)
    assert back.duplicate_points.dtype == found.duplicate_points.dtype
    assert back.outlier_ratios.dtype == np.float64


def test_empty_lists_come_back_empty() -> None:
    found = neighborhood(np.array([[float(i), float(j)] for i in range(6) for j in range(6)]))
    assert (found.near_duplicates, found.outliers, found.names) == (0, 0, ())
    back = there_and_back(found)
    for name in ("duplicate_points", "duplicate_neighbors", "outlier_points"):
        assert getattr(back, name).shape == (0,)
        assert getattr(back, name).dtype.kind == "i"
    assert back.outlier_ratios.shape == (0,)
    assert back.tables() == ()


def test_labels_that_name_each_point_once_are_no_classes() -> None:
    found = neighborhood(labelled(CLOUD, np.arange(70)))
    assert found.labels is None
    assert found.alignment is None


@pytest.mark.parametrize("scale", [1e-90, 1e90])
def test_directions_of_points_of_extreme_scale(scale: float) -> None:
    ours, theirs = (uniformity(Representation(points), generator(0, "u"), 0) for points in (CLOUD, CLOUD * scale))
    assert ours.value == pytest.approx(theirs.value, rel=1e-9)


def test_the_closest_pairs_of_a_sub_cloud_keep_their_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys.modules["gromov.measures.neighborhood"], "_CLOUD", 150)
    points = np.concatenate([gaussian(200, 3), [[50.0, 0, 0]]])
    found = neighborhood(Representation(points, names=tuple(map(str, range(201)))), seed=1)
    assert found.points_used == 150
    assert found.occurrences.sum() == 1_500
    assert found.names == tuple(map(str, np.concatenate([found.duplicate_points, found.duplicate_neighbors, found.outlier_points])))


def test_graphs_and_points_that_are_all_equal_are_refused() -> None:
    with pytest.raises(UnsuitableError, match="path lengths"):
        neighborhood(Graph(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]])))
    with pytest.raises(InputError, match="equal"):
        neighborhood(np.ones((10, 3)))
