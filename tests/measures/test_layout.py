"""The map: an isometry where two dimensions are enough."""

import numpy as np
import pytest
from four_point_references import euclidean, grid, plain_path_lengths

from gromov.core import Distances, Representation
from gromov.data.synthetic import tree
from gromov.measures import layout
from gromov.measures.layout import classical_scaling

FLAT = np.random.default_rng(0).standard_normal((50, 2)) * [3, 1]
LIFTED = FLAT @ np.linalg.qr(np.random.default_rng(1).standard_normal((7, 2)))[0].T + 5


@pytest.mark.parametrize("points", [FLAT, LIFTED, LIFTED.astype(np.float32)])
def test_points_of_a_plane_keep_their_distances(points: np.ndarray) -> None:
    found = layout(points)
    np.testing.assert_allclose(euclidean(found.coordinates), euclidean(points), rtol=1e-3, atol=1e-4)
    assert found.explained == pytest.approx(1)
    assert (found.method, found.shown) == ("principal components", 50)
    np.testing.assert_allclose(np.abs(found.coordinates), np.abs(layout(FLAT).coordinates), atol=1e-4)


def test_distances_of_a_plane_are_an_isometry() -> None:
    coordinates, explained = classical_scaling(euclidean(LIFTED))
    np.testing.assert_allclose(euclidean(coordinates), euclidean(FLAT), rtol=1e-6, atol=1e-7)
    assert explained == pytest.approx(1)
    found = layout(Distances(euclidean(LIFTED)))
    assert found.method == "classical scaling"
    np.testing.assert_allclose(np.abs(found.coordinates), np.abs(layout(FLAT).coordinates), atol=1e-4)


def test_a_square_by_hand() -> None:
    coordinates, explained = classical_scaling(euclidean(np.array([[0.0, 0], [2, 0], [2, 1], [0, 1]])))
    np.testing.assert_allclose(np.abs(coordinates), np.array([[1, 0.5]] * 4))
    assert explained == pytest.approx(1)


def test_one_coordinate_gets_a_second() -> None:
    found = layout(np.arange(6.0)[:, None])
    assert found.coordinates.shape == (6, 2)
    assert (found.coordinates[:, 1] == 0).all()
    assert found.explained == pytest.approx(1)


@pytest.mark.parametrize("graph", [tree(branching=2, depth=4), grid(4, 7)])
def test_a_graph(graph: object) -> None:
    found = layout(graph)  # type: ignore[arg-type]
    expected, explained = classical_scaling(plain_path_lengths(graph))  # type: ignore[arg-type]
    np.testing.assert_allclose(euclidean(found.coordinates), euclidean(expected), atol=1e-5)
    assert found.explained == pytest.approx(explained)
    assert 0 < found.explained < 1


def test_labels_and_names_follow_the_objects() -> None:
    labels, names = np.array(["b", "a", "b", "c"] * 3), tuple("abcdefghijkl")
    for data in (FLAT[:12], Distances(euclidean(FLAT[:12]))):
        found = layout(Representation(data, labels=labels, names=names))
        assert found.labels == ("a", "b", "c")
        assert [found.labels[code] for code in found.codes] == labels[found.objects].tolist()
        assert found.names == tuple(names[i] for i in found.objects)


def test_more_distances_than_can_be_placed_are_sampled() -> None:
    points = np.random.default_rng(0).standard_normal((1_600, 3))
    found = layout(Representation(Distances(euclidean(points)), labels=np.arange(1_600) % 2), seed=1)
    assert found.shown == len(found.objects) == len(found.codes) == 1_500
    assert (found.codes == found.objects % 2).all()


def test_more_dimensions_than_points() -> None:
    points = np.random.default_rng(0).standard_normal((6, 100))
    found = layout(points)
    variances = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    assert found.explained == pytest.approx(variances[:2].sum() / variances.sum())


@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1e12, 1e200])
def test_points_of_extreme_scale_are_placed_or_refused(scale: float) -> None:
    from gromov.core import GromovError

    try:
        found = layout(FLAT * scale)
    except GromovError:
        return
    assert found.explained == pytest.approx(1)
