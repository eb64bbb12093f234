"""Spectral embedding and clustering: modes known on paper, separate pieces, scikit-learn beside it."""

from importlib import import_module

import numpy as np
import pytest
import scipy.sparse
from sklearn.manifold import spectral_embedding as sklearn_embedding
from sklearn.metrics import adjusted_rand_score
from test_laplacian import complete, cycle, graph, hypercube, random_graph

from gromov.core import InputError, as_representation
from gromov.graphs import Laplacian, nearest_neighbors, neighbor_graph, spectral_clusters, spectral_embedding


def side_by_side(*parts: scipy.sparse.csr_array) -> Laplacian:
    return Laplacian(scipy.sparse.csr_array(scipy.sparse.block_diag(parts)))


@pytest.mark.parametrize("n", [30, 1_300])  # dense, and by iteration
def test_the_modes_of_a_cycle(n: int) -> None:
    found = spectral_embedding(Laplacian(cycle(n)), 5)
    np.testing.assert_allclose(found.eigenvalues, 1 - np.cos(2 * np.pi * np.array([0, 1, 1, 2, 2]) / n), atol=1e-12)
    # a repeated eigenvalue has a plane of vectors: that of cosine and sine
    angle = 2 * np.pi * np.arange(n) / n
    for frequency, columns in ((1, [1, 2]), (2, [3, 4])):
        plane = np.stack([np.cos(frequency * angle), np.sin(frequency * angle)], axis=1) * np.sqrt(2 / n)
        np.testing.assert_allclose(np.linalg.svd(plane.T @ found.vectors[:, columns])[1], 1, rtol=1e-8)


def test_the_first_modes_of_a_hypercube_are_its_coordinates() -> None:
    found = spectral_embedding(Laplacian(hypercube(11)), 12)  # 2,048 nodes: by iteration, an eigenvalue of multiplicity 11
    np.testing.assert_allclose(found.eigenvalues, [0.0] + [2 / 11] * 11, atol=1e-10)
    signs = 1 - 2.0 * (np.arange(2**11)[:, None] >> np.arange(11) & 1)
    np.testing.assert_allclose(np.linalg.svd(signs.T @ found.vectors[:, 1:] / np.sqrt(2**11))[1], 1, rtol=1e-8)


def test_dense_and_iterated_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    laplacian = Laplacian(random_graph(2, 300, 0.05))
    dense = spectral_embedding(laplacian, 6)
    monkeypatch.setattr(import_module("gromov.graphs.spectral_embedding"), "_DENSE_UP_TO", 10)
    iterated = spectral_embedding(laplacian, 6)
    np.testing.assert_allclose(iterated.eigenvalues, dense.eigenvalues, atol=1e-10)
    np.testing.assert_allclose(iterated.vectors, dense.vectors, atol=1e-7)  # signs too


def test_eigenmaps_are_those_of_scikit_learn() -> None:
    points = np.random.default_rng(0).normal(size=(200, 3)) * [3, 2, 1]
    adjacency = neighbor_graph(nearest_neighbors(as_representation(points), 8, queries=200), 8)
    laplacian = Laplacian(adjacency)
    assert laplacian.components() == 1
    ours = spectral_embedding(laplacian, 4).vectors[:, 1:] / np.sqrt(laplacian.degrees)[:, None]
    theirs = sklearn_embedding(adjacency, n_components=3, eigen_solver="lobpcg", eigen_tol=1e-10, random_state=0)
    cosines = np.abs((ours * theirs).sum(axis=0)) / np.linalg.norm(ours, axis=0) / np.linalg.norm(theirs, axis=0)
    np.testing.assert_allclose(cosines, 1, atol=1e-6)


def test_pieces_come_first_the_largest_first() -> None:
    laplacian = side_by_side(cycle(5), complete(7), graph(np.zeros((1, 1))), cycle(6))
    found = spectral_embedding(laplacian, 6)
    assert found.components == 4
    np.testing.assert_allclose(found.eigenvalues, [0, 0, 0, 0, 0.5, 0.5], atol=1e-12)
    for column, (start, stop) in enumerate([(5, 12), (13, 19), (0, 5), (12, 13)]):
        expected = np.zeros(19)
        expected[start:stop] = 1 / np.sqrt(stop - start)
        np.testing.assert_allclose(found.vectors[:, column], expected, atol=1e-12)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(6), atol=1e-12)
    few = spectral_embedding(laplacian, 2)
    np.testing.assert_array_equal(few.vectors, found.vectors[:, :2])


def test_what_an_eigenvector_is_and_its_sign() -> None:
    laplacian = Laplacian(random_graph(5, 120, 0.03))  # some nodes alone, several pieces
    found = spectral_embedding(laplacian, 20)
    np.testing.assert_allclose(laplacian.matrix() @ found.vectors, found.vectors * found.eigenvalues, atol=1e-10)
    np.testing.assert_allclose(found.eigenvalues, laplacian.eigenvalues()[:20], atol=1e-10)
    assert (found.vectors[np.abs(found.vectors).argmax(axis=0), np.arange(20)] > 0).all()


def test_separate_pieces_are_the_clusters() -> None:
    laplacian = side_by_side(cycle(9), complete(12), cycle(20))
    found = spectral_clusters(laplacian, 3)
    np.testing.assert_array_equal(found.labels, np.repeat([2, 1, 0], [9, 12, 20]))
    assert (found.cut, found.bound) == (0.0, 0.0)


def test_two_complete_graphs_with_a_bridge() -> None:
    dense = side_by_side(complete(8), complete(6)).adjacency.toarray()
    dense[0, 8] = dense[8, 0] = 1
    found = spectral_clusters(Laplacian(graph(dense)), 2)
    np.testing.assert_array_equal(found.labels, np.repeat([0, 1], [8, 6]))
    assert found.cut == pytest.approx(1 / (8 * 7 + 1) + 1 / (6 * 5 + 1))
    assert 0 < found.bound <= found.cut


def test_no_random_division_is_below_the_bound() -> None:
    from gromov.graphs.spectral_embedding import _cut

    laplacian = Laplacian(random_graph(1, 60, 0.15))
    found = spectral_clusters(laplacian, 4)
    rng = np.random.default_rng(0)
    cuts = [_cut(laplacian, rng.integers(0, 4, 60), 4) for _ in range(100)]
    assert found.bound <= found.cut < min(cuts)


def test_rings_that_no_mean_can_tell_apart() -> None:
    rng = np.random.default_rng(0)
    angle, ring = rng.uniform(0, 2 * np.pi, 400), np.repeat([0, 1], [150, 250])
    points = (1 + 2 * ring)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.05 * rng.normal(size=(400, 2))
    laplacian = Laplacian(neighbor_graph(nearest_neighbors(as_representation(points), 10, queries=400), 10))
    assert adjusted_rand_score(ring, spectral_clusters(laplacian, 2).labels) == 1.0


def test_the_same_bytes_again() -> None:
    laplacian = Laplacian(random_graph(3, 1_500, 0.01))
    one, two = (spectral_clusters(laplacian, 3, seed=4) for _ in range(2))
    assert one.labels.tobytes() == two.labels.tobytes()
    assert spectral_embedding(laplacian, 3).vectors.tobytes() == spectral_embedding(laplacian, 3).vectors.tobytes()


def test_what_it_refuses() -> None:
    with pytest.raises(InputError, match="dimensions is 0; it must be between 1 and 9"):
        spectral_embedding(Laplacian(cycle(9)), 0)
    with pytest.raises(InputError, match="takes the normalised Laplacian"):
        spectral_embedding(Laplacian(cycle(9), "combinatorial"), 2)
    with pytest.raises(InputError, match="groups is 1"):
        spectral_clusters(Laplacian(cycle(9)), 1)
    with pytest.raises(InputError, match="has 3 separate pieces, more than the 2 groups"):
        spectral_clusters(side_by_side(cycle(4), cycle(5), cycle(6)), 2)
