"""What flows in, and what is refused, with a sentence."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import Distances, Graph, GromovError, InputError, Representation, Source, UnsuitableError, as_representation

POINTS = np.random.default_rng(0).standard_normal((10, 3))
NAN, INFINITE = POINTS.copy(), POINTS.copy()
NAN[6, 1], INFINITE[2, 0] = np.nan, -np.inf

REFUSED: list[tuple[str, Any, str]] = [
    ("nan", NAN, "row 6 holds NaN"),
    ("infinite", INFINITE, "row 2 holds NaN or an infinite"),
    ("no rows", np.empty((0, 3)), "empty: 0 × 3"),
    ("no columns", np.empty((5, 0)), "empty: 5 × 0"),
    ("three points", POINTS[:3], "at least 4 points are needed; there are 3"),
    ("equal", np.ones((10, 3)), "all points are equal"),
    ("flat", POINTS[:, 0], "n × d"),
    ("three axes", np.zeros((4, 2, 2)), "4 × 2 × 2.*--flatten"),
    ("a number", np.float64(3.0), "a single number"),
    ("strings", np.array([["a", "b"]] * 5), "real numbers"),
    ("complex", POINTS + 1j, "real numbers.*complex"),
    ("objects", np.array([[None, 1]] * 5, dtype=object), "real numbers"),
    ("dates", np.zeros((5, 2), dtype="datetime64[s]"), "real numbers"),
    ("ragged", [[1, 2], [3]], "cannot be made an array"),
    ("a word", "digits", "real numbers"),
    ("nothing", None, "real numbers"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(data: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        as_representation(data)
    assert isinstance(caught.value, GromovError)
    assert "\n" not in str(caught.value)


def test_nan_is_found_in_a_later_block_of_a_large_file() -> None:
    points = np.zeros((1_200_000, 4), dtype=np.float64)
    points[0] = 1
    points[1_100_001, 2] = np.nan
    with pytest.raises(InputError, match="row 1100001 "):
        as_representation(points)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int64])
def test_real_numbers_of_any_kind(dtype: type) -> None:
    points = (np.arange(12).reshape(6, 2) % 5).astype(dtype)
    found = as_representation(points)
    assert (found.kind, found.n) == ("points", 6)
    assert found.points is points
    blocks = list(found.blocks())
    assert all(block.dtype == np.float64 for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), points)


def test_lists_tensors_and_frames() -> None:
    pandas = pytest.importorskip("pandas")
    nested = [[0, 1], [1, 0], [2, 2], [3, 5]]
    frame = pandas.DataFrame(nested, columns=["a", "b"])
    tensor = torch.tensor(nested, dtype=torch.float32, requires_grad=True)
    for data in (nested, tensor, frame):
        np.testing.assert_array_equal(as_representation(data).points, np.array(nested))


def test_a_representation_passes_through() -> None:
    whole = Representation(POINTS, labels=np.arange(10), names=tuple("abcdefghij"), source=Source("mine"))
    assert as_representation(whole) is whole
    part = whole.take(np.array([7, 1, 3, 4]))
    assert part.labels is not None
    assert part.labels.tolist() == [7, 1, 3, 4]
    assert part.names == ("h", "b", "d", "e")
    np.testing.assert_array_equal(part.points, POINTS[[7, 1, 3, 4]])
    assert part.source.name == "mine"


@pytest.mark.parametrize(("what", "values"), [("labels", np.arange(9)), ("names", ("a",) * 11)])
def test_labels_and_names_are_one_for_each_point(what: str, values: Any) -> None:
    with pytest.raises(InputError, match=f"10 points but {len(values)} {what}"):
        Representation(POINTS, **{what: values})


MATRIX = np.linalg.norm(POINTS[:, None] - POINTS, axis=2)


def changed(i: int, j: int, value: float) -> np.ndarray:
    matrix = MATRIX.copy()
    matrix[i, j] = value
    return matrix


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (MATRIX[:5], "square.*5 × 10"),
        (changed(1, 2, np.nan), "NaN or infinite"),
        (changed(1, 2, np.inf), "NaN or infinite"),
        (changed(1, 2, -1.0), "negative"),
        (changed(3, 3, 1.0), "similarity matrix"),
        (changed(1, 2, MATRIX[1, 2] * 1.01), "not symmetric"),
        (np.zeros((5, 5)), "all distances are zero"),
        (np.zeros(5), "square"),
        (np.zeros((2, 2, 2)), "square"),
    ],
)
def test_matrices_that_hold_no_distances(matrix: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Distances(matrix)


def test_distances() -> None:
    found = as_representation(Distances(MATRIX))
    assert (found.kind, found.n) == ("distances", 10)
    assert isinstance(found.take(np.array([0, 2, 4, 6])).data, Distances)
    with pytest.raises(UnsuitableError, match="distances"):
        _ = found.points
    with pytest.raises(InputError, match="at least 4"):
        as_representation(Distances(MATRIX[:3, :3]))


@pytest.mark.parametrize(
    ("nodes", "edges", "lengths", "words"),
    [
        (4, np.zeros((0, 2), dtype=int), None, "no edges"),
        (4, np.array([0, 1]), None, "m × 2"),
        (4, np.array([[0, 4]]), None, "names node 4, but the nodes are 0 … 3"),
        (4, np.array([[-1, 2]]), None, "names node -1"),
        (4, np.array([[0, 1]]), np.array([1.0, 2.0]), "1 edges but 2 lengths"),
        (4, np.array([[0, 1]]), np.array([0.0]), "finite and positive"),
        (4, np.array([[0, 1]]), np.array([np.nan]), "finite and positive"),
    ],
)
def test_graphs_that_are_refused(nodes: int, edges: np.ndarray, lengths: np.ndarray | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Graph(nodes, edges, lengths)


def test_a_graph_has_no_rows() -> None:
    graph = as_representation(Graph(4, np.array([[0, 1], [1, 2], [2, 3]])))
    assert (graph.kind, graph.n) == ("graph", 4)
    with pytest.raises(UnsuitableError, match="no rows"):
        graph.take(np.arange(4))
    with pytest.raises(UnsuitableError, match="a graph"):
        _ = graph.points
    with pytest.raises(InputError, match="at least 4"):
        as_representation(Graph(3, np.array([[0, 1]])))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0.1, 9)), min_size=1, max_size=30), st.booleans())
def test_the_adjacency_drops_loops_and_keeps_the_shortest_of_duplicates(edges: list[tuple[int, int, float]], weighted: bool) -> None:
    graph = Graph(6, np.array([edge[:2] for edge in edges]), np.array([edge[2] for edge in edges]) if weighted else None)
    expected = np.zeros((6, 6))
    for (a, b, length), (i, j) in itertools.product(edges, itertools.product(range(6), repeat=2)):
        if (i, j) in ((a, b), (b, a)) and i != j:
            size = length if weighted else 1.0
            expected[i, j] = size if expected[i, j] == 0 else min(expected[i, j], size)
    found = graph.adjacency()
    np.testing.assert_array_equal(found.toarray(), expected)
    assert found.nnz == (expected > 0).sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_edges_of_any_integer_kind(dtype: type) -> None:
    graph = Graph(200, np.array([[0, 199], [199, 1], [1, 0]], dtype=dtype))
    assert graph.adjacency().nnz == 6
