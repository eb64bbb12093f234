"""Tensor-train matrices: linear maps without their dense matrix."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensor_cases import PRECISIONS, noise, relative
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from gromov.core import InputError, MemoryEstimateError
from gromov.tensors import TensorTrainMatrix, tensor_train_matrix
from gromov.tensors.train_matrices import dense_flops, dense_matrix


def random_map(rows: tuple[int, ...], columns: tuple[int, ...], rank: int, seed: int = 0) -> TensorTrainMatrix:
    ranks = (1, *[rank] * (len(rows) - 1), 1)
    shapes = [(ranks[k], m, n, ranks[k + 1]) for k, (m, n) in enumerate(zip(rows, columns, strict=True))]
    return TensorTrainMatrix(tuple(noise(*shape, seed=seed + k) for k, shape in enumerate(shapes)))


def second_difference(n: int) -> Tensor:
    return (
        2 * torch.eye(n, dtype=torch.float64)
        - torch.diag(torch.ones(n - 1, dtype=torch.float64), 1)
        - torch.diag(torch.ones(n - 1, dtype=torch.float64), -1)
    )


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
def test_a_kronecker_product_has_ranks_one(dtype: torch.dtype, close: float) -> None:
    a, b, c = noise(2, 3, dtype=dtype), noise(4, 5, seed=1, dtype=dtype), noise(3, 2, seed=2, dtype=dtype)
    matrix = torch.kron(torch.kron(a, b), c)
    found = tensor_train_matrix(matrix, row_modes=(2, 4, 3), column_modes=(3, 5, 2))
    assert found.ranks == (1, 1, 1, 1)
    assert found.parameters == 6 + 20 + 6
    assert found.shape == (24, 30)
    assert relative(found.full(), matrix) < close
    assert relative(found.apply(torch.eye(30, dtype=dtype)), matrix.T) < close


def test_the_laplacian_of_a_grid_of_bits_has_ranks_three() -> None:
    # Kazeev & Khoromskij 2012: the second difference matrix of 2^d points has quantised ranks 3; of a product of grids, 2 between its axes
    found = tensor_train_matrix(second_difference(64), row_modes=(2,) * 6, column_modes=(2,) * 6)
    assert found.ranks == (1, 3, 3, 3, 3, 3, 1)
    line, one = second_difference(5), torch.eye(5, dtype=torch.float64)
    plane = torch.kron(line, one) + torch.kron(one, line)
    assert tensor_train_matrix(plane, row_modes=(5, 5), column_modes=(5, 5)).ranks == (1, 2, 1)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=4), st.integers(1, 3), st.integers(0, 99))
def test_a_map_is_its_dense_matrix(modes: list[tuple[int, int]], rank: int, seed: int) -> None:
    rows, columns = tuple(m for m, _ in modes), tuple(n for _, n in modes)
    a, b = random_map(rows, columns, rank, seed), random_map(columns, rows, rank, seed + 50)
    w, x = a.full(), noise(2, 3, math.prod(columns), seed=seed)
    assert a.shape == w.shape == (math.prod(rows), math.prod(columns))
    torch.testing.assert_close(a.apply(x), x @ w.T, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close((a @ b).full(), w @ b.full(), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(a.transpose().full(), w.T, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(a.norm(), w.norm(), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(tensor_train_matrix(w, row_modes=rows, column_modes=columns).full(), w, rtol=1e-10, atol=1e-10)
    # entry by entry, from the definition
    i, j = w.shape[0] - 1, w.shape[1] // 2
    left, right = torch.unravel_index(torch.tensor(i), rows), torch.unravel_index(torch.tensor(j), columns)
    product = torch.ones(1, 1, dtype=torch.float64)
    for core, r, c in zip(a.cores, left, right, strict=True):
        product = product @ core[:, r, c]
    torch.testing.assert_close(product[0, 0], w[i, j], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
@pytest.mark.parametrize("tolerance", [0.5, 1e-2])
def test_the_error_is_what_was_asked_for(dtype: torch.dtype, close: float, tolerance: float) -> None:
    i = torch.arange(60, dtype=torch.float64)
    for matrix in ((1 / (1 + i[:, None] + i)).to(dtype), noise(60, 60, dtype=dtype)):
        found = tensor_train_matrix(matrix, row_modes=(3, 4, 5), column_modes=(5, 4, 3), tolerance=tolerance)
        assert relative(found.full(), matrix) <= tolerance + close
        rounded = (found @ found.transpose()).round(tolerance=tolerance)
        assert relative(rounded.full(), found.full() @ found.full().T) <= tolerance + close


def test_operations_are_those_that_torch_counts() -> None:
    a = random_map((2, 3, 4), (4, 3, 5), 3)
    for batch in (1, 7):
        with FlopCounterMode(display=False) as counter:
            a.apply(noise(batch, 60))
        assert counter.get_total_flops() == a.flops(batch)
    with FlopCounterMode(display=False) as counter:
        dense_matrix(a.cores)
    assert counter.get_total_flops() == dense_flops(a.row_modes, a.column_modes, a.ranks)


def test_gradients_are_those_of_finite_differences() -> None:
    cores = tuple(core.requires_grad_() for core in random_map((2, 3), (3, 2), 2).cores)
    x = noise(4, 6).requires_grad_()
    assert torch.autograd.gradcheck(lambda y, *c: TensorTrainMatrix(c).apply(y), (x, *cores))
    assert torch.autograd.gradcheck(lambda *c: TensorTrainMatrix(c).full(), cores)


def test_a_map_too_large_for_its_matrix_is_applied() -> None:
    identity = TensorTrainMatrix(tuple(torch.eye(2)[None, :, :, None] for _ in range(20)))
    x = noise(1, 2**20, dtype=torch.float32)
    assert torch.equal(identity.apply(x), x)
    with pytest.raises(MemoryEstimateError, match=r"apply\(\)"):
        identity.full()


def test_bad_input_is_refused() -> None:
    a = random_map((2, 3), (3, 2), 2)
    for work, why in (
        (lambda: a.apply(torch.ones(2, 5, dtype=torch.float64)), "rows of length 6"),
        (lambda: a @ a, "column modes"),
        (
            lambda: tensor_train_matrix(torch.ones(6, 6), row_modes=(2, 2), column_modes=(2, 3)),
            "row_modes must be positive and multiply to 6",
        ),
        (lambda: tensor_train_matrix(torch.ones(6, 6), row_modes=(2, 3), column_modes=(6,)), "add ones"),
        (lambda: tensor_train_matrix(torch.full((2, 2), math.inf), row_modes=(2,), column_modes=(2,)), "matrix holds NaN"),
        (lambda: TensorTrainMatrix((torch.ones(1, 2, 2, 2),)), "1 at both ends"),
    ):
        with pytest.raises(InputError, match=why):
            work()
