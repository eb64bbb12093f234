"""Ranking, closures, splits: closed forms, plain references, and what must not change the answer."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from gromov.core import InputError
from gromov.models.hierarchy import (
    Relation,
    closed_share,
    depths,
    distortion,
    find_circle,
    parents_of,
    rank_relatives,
    split,
    transitive_closure,
)


def plain_ranking(distances: np.ndarray, relation: Relation) -> tuple[float, float]:
    """MAP and mean rank, node by node and pair by pair."""
    related = {tuple(pair) for pair in relation.pairs.tolist()}
    precisions: list[float] = []
    ranks: list[int] = []
    for u in range(relation.nodes):
        others = [w for w in range(relation.nodes) if w != u]
        labels = [(u, w) in related for w in others]
        if not any(labels):
            continue
        precisions.append(float(average_precision_score(labels, [-distances[u, w] for w in others])))
        unrelated = [distances[u, w] for w, label in zip(others, labels, strict=True) if not label]
        ranks += [1 + sum(d < distances[u, w] for d in unrelated) for w, label in zip(others, labels, strict=True) if label]
    return float(np.mean(precisions)), float(np.mean(ranks))


def test_perfect_distances_rank_first() -> None:
    relation = Relation.of(5, np.array([[0, 1], [0, 2], [3, 4]]), directed=True)
    matrix = np.full((5, 5), 2.0)
    matrix[tuple(relation.pairs.T)] = 1.0
    found = rank_relatives(lambda nodes: matrix[nodes], relation)
    assert (found.mean_average_precision, found.mean_rank) == (1.0, 1.0)


def test_the_worst_place_is_known() -> None:
    """One relative behind k others: precision 1/(k + 1), rank k + 1."""
    relation = Relation.of(6, np.array([[0, 5]]), directed=True)
    matrix = np.tile(np.arange(6.0), (6, 1))
    found = rank_relatives(lambda nodes: matrix[nodes], relation)
    assert np.isclose(found.mean_average_precision, 1 / 5)
    assert found.mean_rank == 5


def test_equal_distances_count_against_the_embedding() -> None:
    relation = Relation.of(4, np.array([[0, 1]]), directed=True)
    found = rank_relatives(lambda nodes: np.ones((len(nodes), 4)), relation)
    assert found.mean_rank == 3
    assert np.isclose(found.mean_average_precision, 1 / 3)


@given(st.integers(0, 10**6), st.integers(4, 25), st.booleans())
def test_ranking_is_that_of_a_plain_loop(seed: int, n: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    relation = Relation.of(n, np.concatenate([[[0, 1]], rng.integers(0, n, size=(2 * n, 2))]), directed=directed)
    matrix = rng.random((n, n))
    found = rank_relatives(lambda nodes: matrix[nodes], relation)
    wanted = plain_ranking(matrix, relation)
    assert np.allclose((found.mean_average_precision, found.mean_rank), wanted, rtol=1e-12)


def test_known_pairs_are_passed_over() -> None:
    """What was trained on stands before the pair to be found and does not count."""
    matrix = np.tile([0.0, 1.0, 2.0, 3.0], (4, 1))
    test = Relation.of(4, np.array([[0, 3]]), directed=True)
    known = Relation.of(4, np.array([[0, 1], [0, 2]]), directed=True)
    found = rank_relatives(lambda nodes: matrix[nodes], test, known=known)
    assert (found.mean_average_precision, found.mean_rank) == (1.0, 1.0)
    assert rank_relatives(lambda nodes: matrix[nodes], test).mean_rank == 3


@given(st.integers(0, 10**6))
def test_ranks_see_only_the_order_of_distances(seed: int) -> None:
    rng = np.random.default_rng(seed)
    relation = Relation.of(12, rng.integers(0, 12, size=(30, 2)), directed=True)
    matrix = rng.random((12, 12))
    one, other = (rank_relatives(lambda nodes, m=m: m[nodes], relation) for m in (matrix, np.exp(5 * matrix)))
    assert (one.mean_average_precision, one.mean_rank) == (other.mean_average_precision, other.mean_rank)


def test_distortion_of_a_similarity_is_none() -> None:
    wanted = np.random.default_rng(0).random(50) + 0.5
    assert np.allclose(distortion(7 * wanted, wanted), (0.0, 1.0), atol=1e-12)


def test_distortion_takes_the_best_scale() -> None:
    rng = np.random.default_rng(1)
    wanted, fitted = rng.random(40) + 0.1, rng.random(40) + 0.1
    mean, worst = distortion(fitted, wanted)
    scales = np.linspace(0.01, 10, 20_000)
    assert mean <= np.abs(scales[:, None] * (fitted / wanted) - 1).mean(axis=1).min() + 1e-9
    assert np.isclose(worst, (fitted / wanted).max() / (fitted / wanted).min())


# ---- order


def test_a_chain_has_its_closure_and_back() -> None:
    chain = np.array([[0, 1], [1, 2], [2, 3]])
    closed = transitive_closure(4, chain)
    assert sorted(map(tuple, closed.tolist())) == list(itertools.combinations(range(4), 2))
    assert parents_of(4, closed).tolist() == chain.tolist()
    assert depths(4, chain).tolist() == [3, 2, 1, 0]
    assert closed_share(4, closed) == 1.0
    assert closed_share(4, chain) == 0.0


@given(st.integers(0, 10**6))
def test_the_closure_is_that_of_reachability(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, 12, size=(18, 2)), axis=1)  # upwards, hence without circles
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    reach = np.zeros((12, 12), dtype=bool)
    reach[tuple(pairs.T)] = True
    for k in range(12):  # Warshall's algorithm
        reach |= reach[:, [k]] & reach[[k]]
    closed = transitive_closure(12, pairs)
    assert {tuple(pair) for pair in closed.tolist()} == {tuple(pair) for pair in np.argwhere(reach).tolist()}
    assert {tuple(p) for p in transitive_closure(12, parents_of(12, closed)).tolist()} == {tuple(p) for p in closed.tolist()}
    assert len(parents_of(12, closed)) <= len(np.unique(pairs, axis=0))


def test_a_circle_is_found_and_refused() -> None:
    pairs = np.array([[3, 0], [0, 1], [1, 2], [2, 0], [4, 4]])
    circle = find_circle(5, pairs)
    assert circle[0] == circle[-1]
    assert set(circle) == {0, 1, 2}
    assert all([a, b] in pairs.tolist() for a, b in itertools.pairwise(circle))
    with pytest.raises(InputError, match="circle of 3 nodes"):
        transitive_closure(5, pairs)
    assert find_circle(3, np.array([[0, 1], [1, 1]])) == []


def test_a_relation_forgets_repeats_and_itself() -> None:
    relation = Relation.of(4, np.array([[1, 0], [1, 0], [2, 2], [1, 3]]), directed=True)
    assert relation.pairs.tolist() == [[1, 0], [1, 3]]
    assert relation.active.tolist() == [1]
    both = Relation.of(4, np.array([[1, 0], [0, 1]]), directed=False)
    assert both.pairs.tolist() == [[0, 1], [1, 0]]
    with pytest.raises(InputError, match="no hierarchy"):
        Relation.of(4, np.array([[2, 2]]), directed=True)


# ---- splits


def random_order(n: int) -> Relation:
    rng = np.random.default_rng(n)
    parents = np.array([[i, rng.integers(0, i)] for i in range(1, n)])
    return Relation.of(n, transitive_closure(n, parents), directed=True)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_a_split_hides_only_what_follows(share: float) -> None:
    relation = random_order(80)
    parts = split(relation, share, 0)
    every, train, test, known = ({tuple(p) for p in r.pairs.tolist()} for r in (relation, parts.train, parts.test, parts.known))
    assert not train & test
    assert known == every - test
    assert train <= known
    closed = transitive_closure(80, parts.train.pairs)
    assert test <= {tuple(p) for p in closed.tolist()}  # all of it could be known
    others = len(every) - 79 - len(test)
    assert len(train) == 79 + round(share * others)
    assert np.array_equal(parts.test.pairs, split(relation, 0.25, 0).test.pairs)


def test_a_tree_of_neighbours_has_nothing_to_hide() -> None:
    tree = Relation.of(30, np.array([[i, (i - 1) // 2] for i in range(1, 30)]), directed=False)
    with pytest.raises(InputError, match="follow from others"):
        split(tree, 0.1, 0)


def test_a_graph_stays_connected() -> None:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    rng = np.random.default_rng(3)
    ring = np.column_stack([np.arange(40), (np.arange(40) + 1) % 40])
    graph = Relation.of(40, np.concatenate([ring, rng.integers(0, 40, size=(60, 2))]), directed=False)
    train = split(graph, 0.0, 1).train.pairs
    assert connected_components(csr_array((np.ones(len(train)), tuple(train.T)), shape=(40, 40)))[0] == 1
