"""Incoherence: closed forms, the singular value decomposition, invariances, and the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from gromov.core import Distances, Graph, InputError, Representation, UnsuitableError
from gromov.core.runs import to_json
from gromov.core.serial import Arrays, decode
from gromov.measures import Incoherence, incoherence


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def orthonormal(n: int, k: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(gaussian(n, k, seed))[0]


def of_rank(n: int, d: int, r: int, seed: int = 0) -> np.ndarray:
    """Singular values r, r − 1, …, 1, so that every rank below is well separated."""
    return orthonormal(n, r, seed) * np.arange(r, 0.0, -1) @ orthonormal(d, r, seed + 1).T


def there_and_back(found: Incoherence) -> Incoherence:
    arrays: Arrays = {}
    tree = found.to_dict(arrays)
    back = decode(Incoherence, tree, arrays)
    assert to_json(back.to_dict({})) == to_json(tree)
    return back


# closed forms


@pytest.mark.parametrize(("n", "d", "r"), [(12, 5, 1), (12, 5, 3), (5, 12, 3), (8, 8, 8)])
def test_an_identity_block_is_as_coherent_as_can_be(n: int, d: int, r: int) -> None:
    points = np.zeros((n, d))
    points[:r, :r] = np.eye(r)
    found = incoherence(points, rank=r)
    assert found.mu_rows == pytest.approx(n / r)
    assert found.mu_columns == pytest.approx(d / r)
    np.testing.assert_allclose(found.row_leverage, np.where(np.arange(n) < r, n / r, 0), atol=1e-12)
    np.testing.assert_allclose(found.column_leverage, np.where(np.arange(d) < r, d / r, 0), atol=1e-12)
    assert set(found.heaviest_rows[: min(r, 5)]) <= set(range(r))


@pytest.mark.parametrize(("n", "d", "r"), [(16, 16, 4), (32, 8, 3), (8, 32, 2)])
def test_hadamard_vectors_are_flat(n: int, d: int, r: int) -> None:
    left, right = hadamard(n)[:, :r] / math.sqrt(n), hadamard(d)[:, :r] / math.sqrt(d)
    found = incoherence(left * np.arange(r, 0.0, -1) @ right.T, rank=r)
    assert found.mu_rows == pytest.approx(1)
    assert found.mu_columns == pytest.approx(1)
    np.testing.assert_allclose(found.row_leverage, 1, rtol=1e-9)
    assert found.findings()[0].answer == "No"


def test_the_bound_says_nothing_at_a_small_size() -> None:
    # 120 × 120, rank 4: orthonormal columns that share one row of leverage 3.5 · 4/120
    n, r, mu = 120, 4, 3.5
    heavy = math.sqrt(mu / n)
    flat = hadamard(128)[: n - 1, 1 : r + 1].astype(float)
    flat -= np.outer(np.ones(n - 1), flat.mean(axis=0))
    rest = np.eye(r) - heavy**2 * np.ones((r, r))  # what the other rows must hold
    basis = np.linalg.qr(flat)[0] @ np.linalg.cholesky(rest).T
    left = np.concatenate([np.full((1, r), heavy), basis])
    np.testing.assert_allclose(left.T @ left, np.eye(r), atol=1e-12)
    found = incoherence(left * np.arange(r, 0.0, -1) @ orthonormal(n, r, 5).T, rank=r)
    assert found.mu_rows == pytest.approx(3.5)
    worst = max(found.mu_rows, found.mu_columns)
    assert found.needed == pytest.approx(worst * r * math.log(n) ** 2 / n)
    assert 3.5 * r * math.log(n) ** 2 / n == pytest.approx(2.7, abs=0.03)
    assert found.vacuous
    assert found.heaviest_rows[0] == 0
    assert "says nothing" in found.summary()


def test_the_bound_says_something_of_a_flat_matrix_of_rank_one() -> None:
    found = incoherence(np.outer(np.ones(256), np.ones(256)) + 1e-14 * gaussian(256, 256))
    assert found.rank == 1
    assert found.needed == pytest.approx(math.log(256) ** 2 / 256, rel=1e-6)
    assert not found.vacuous
    assert "12.0 %" in found.summary()


def test_a_heavy_row_is_found_by_name() -> None:
    points = gaussian(200, 6)
    points[40] *= 300
    found = incoherence(Representation(points, names=tuple(f"row {i}" for i in range(200))), rank=1)
    assert found.heaviest_rows[0] == 40
    assert found.heaviest_names[0] == "row 40"
    assert found.mu_rows == pytest.approx(200, rel=0.1)
    assert found.findings()[0].answer == "Yes"
    assert found.tables()[0].rows[0][2] == "row 40"


# oracle


@pytest.mark.parametrize(("n", "d"), [(60, 10), (10, 60), (30, 30), (7, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_singular_vectors(n: int, d: int, dtype: type) -> None:
    points = (gaussian(n, d) + 0.5).astype(dtype)
    left, _, right = np.linalg.svd(points.astype(np.float64), full_matrices=False)
    for rank in sorted({1, 2, min(n, d)} & set(range(1, min(n, d) + 1))):
        found = incoherence(points, rank=rank)
        np.testing.assert_allclose(found.row_leverage, (left[:, :rank] ** 2).sum(axis=1) * n / rank, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(found.column_leverage, (right[:rank] ** 2).sum(axis=0) * d / rank, rtol=1e-7, atol=1e-10)
        assert found.mu_rows == found.row_leverage.max()
        assert found.mu_columns == found.column_leverage.max()


def test_the_rank_is_the_effective_rank_rounded() -> None:
    assert incoherence(orthonormal(50, 3) @ orthonormal(9, 3, 1).T).rank == 3
    assert incoherence(np.outer(np.arange(1.0, 11), [1.0, 2, 3])).rank == 1


# the null


@pytest.mark.parametrize(("n", "d", "r"), [(300, 12, 4), (12, 300, 4)])
def test_noise_stands_at_its_null(n: int, d: int, r: int) -> None:
    covered = 0
    for seed in range(12):
        found = incoherence(gaussian(n, d, seed), rank=r, seed=seed)
        for mu, null in ((found.mu_rows, found.null_rows), (found.mu_columns, found.null_columns)):
            assert null.stderr is not None
            covered += abs(mu - null.value) <= 4 * null.stderr
    assert covered >= 22


def test_the_null_of_many_rows_continues_that_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    points = gaussian(2_000, 20)
    exact = incoherence(points, rank=5).null_rows
    monkeypatch.setattr(sys.modules["gromov.measures.incoherence"], "_NULL_ROWS", 100)
    sampled = incoherence(points, rank=5).null_rows
    assert sampled.stderr is not None
    assert sampled.value == pytest.approx(exact.value, abs=1.5 * sampled.stderr)


# properties


@given(st.integers(0, 2**31), st.integers(4, 40), st.integers(1, 12), st.sampled_from([1e-6, 1.0, 1e6]))
@settings(max_examples=30)
def test_bounds_mean_and_scale(seed: int, n: int, d: int, scale: float) -> None:
    points = gaussian(n, d, seed)
    found, scaled = incoherence(points), incoherence(points * scale)
    r = found.rank
    assert found.row_leverage.mean() == pytest.approx(1)
    assert found.column_leverage.mean() == pytest.approx(1)
    assert 1 - 1e-9 <= found.mu_rows <= n / r + 1e-9
    assert 1 - 1e-9 <= found.mu_columns <= d / r + 1e-9
    assert scaled.rank == r
    np.testing.assert_allclose(scaled.row_leverage, found.row_leverage, rtol=1e-6, atol=1e-8)


@given(st.integers(0, 2**31))
@settings(max_examples=15)
def test_rotation_and_permutation(seed: int) -> None:
    points = of_rank(40, 8, 5)
    rows, columns = np.random.default_rng(seed).permutation(40), np.random.default_rng(seed + 1).permutation(8)
    found = incoherence(points, rank=3)
    np.testing.assert_allclose(incoherence(points[rows][:, columns], rank=3).row_leverage, found.row_leverage[rows], rtol=1e-8, atol=1e-10)
    shuffled = incoherence(points[rows][:, columns], rank=3).column_leverage
    np.testing.assert_allclose(shuffled, found.column_leverage[columns], rtol=1e-8, atol=1e-10)
    turned = incoherence(points @ orthonormal(8, 8, seed), rank=3)  # rows keep their leverage, columns do not
    np.testing.assert_allclose(turned.row_leverage, found.row_leverage, rtol=1e-8, atol=1e-10)


# edges


@pytest.mark.parametrize("rank", [0, -1, 6, 100])
def test_ranks_out_of_range_are_refused(rank: int) -> None:
    with pytest.raises(InputError, match="between 1 and 5"):
        incoherence(gaussian(30, 5), rank=rank)


def test_a_rank_above_that_of_the_data_is_refused() -> None:
    with pytest.raises(InputError, match="between 1 and 2"):
        incoherence(of_rank(30, 6, 2), rank=3)


@pytest.mark.parametrize(
    "points",
    [
        gaussian(4, 2),
        gaussian(4, 30),
        gaussian(30, 1),
        gaussian(5, 3)[np.arange(40) % 5],
        np.concatenate([np.zeros((10, 3)), gaussian(20, 3)]),
        np.concatenate([gaussian(30, 3), np.full((30, 2), 7.0), np.zeros((30, 2))], axis=1),
        np.random.default_rng(0).integers(0, 256, (30, 5)).astype(np.uint8),
        np.eye(4)[[0, 0, 0, 1]],
    ],
    ids=["four points", "four in many", "one dimension", "five places", "zero rows", "constant columns", "bytes", "two places"],
)
def test_the_edges_are_measured_without_a_warning(points: np.ndarray) -> None:
    found = incoherence(points)
    assert found.row_leverage.mean() == pytest.approx(1)
    assert found.column_leverage.mean() == pytest.approx(1)
    assert np.isfinite([found.mu_rows, found.mu_columns, found.needed, found.null_rows.value, found.null_columns.value]).all()
    assert len(found.heaviest_rows) == min(5, len(points))
    assert found.heaviest_names == ()
    assert there_and_back(found).summary() == found.summary()


def test_zero_rows_and_columns_have_no_leverage() -> None:
    found = incoherence(np.pad(gaussian(20, 3), ((0, 5), (0, 2))), rank=2)
    assert (found.row_leverage[20:] == 0).all()
    np.testing.assert_allclose(found.column_leverage[3:], 0, atol=1e-15)


def test_distances_and_graphs_are_refused() -> None:
    with pytest.raises(UnsuitableError):
        incoherence(Distances(np.ones((5, 5)) - np.eye(5)))
    with pytest.raises(UnsuitableError):
        incoherence(Graph(4, np.array([[0, 1], [1, 2], [2, 3]])))
