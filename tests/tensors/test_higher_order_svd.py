"""The Tucker decomposition."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensor_cases import PRECISIONS, hilbert, noise, relative

from gromov.core import InputError
from gromov.tensors import Tucker, tucker


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
def test_a_product_of_functions_has_ranks_one(dtype: torch.dtype, close: float) -> None:
    a, b, c = (noise(n, seed=n, dtype=dtype) for n in (4, 5, 6))
    tensor = a[:, None, None] * b[:, None] * c
    found = tucker(tensor)
    assert found.ranks == (1, 1, 1)
    assert found.shape == (4, 5, 6)
    assert found.parameters == 1 + 4 + 5 + 6
    assert found.relative_error(tensor) < close
    assert abs(float(found.core.abs().sum() / tensor.norm()) - 1) < close


def test_a_matrix_is_its_singular_value_decomposition() -> None:
    matrix = noise(7, 40)
    found = tucker(matrix, 3)
    values = torch.linalg.svdvals(matrix)
    torch.testing.assert_close(torch.linalg.svdvals(found.core), values[:3])
    assert math.isclose(found.relative_error(matrix), float(values[3:].norm() / values.norm()), rel_tol=1e-10)
    vector = noise(5)
    torch.testing.assert_close(tucker(vector).full(), vector)


def test_entries_are_those_of_numpy() -> None:
    core, factors = noise(2, 3, 2), (noise(4, 2, seed=1), noise(3, 3, seed=2), noise(5, 2, seed=3))
    found = Tucker(core, factors)
    wanted = np.einsum("abc,ia,jb,kc->ijk", core, *factors)
    assert np.allclose(found.full(), wanted)
    assert math.isclose(found.norm(), np.linalg.norm(wanted), rel_tol=1e-12)
    assert not math.isclose(float(core.norm()), np.linalg.norm(wanted), rel_tol=0.1)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(1, 4), st.integers(0, 99))
def test_the_error_is_near_the_best(shape: list[int], rank: int, seed: int) -> None:
    tensor = noise(*shape, seed=seed)
    found = tucker(tensor, rank)
    error = float((found.full() - tensor).norm())
    unfoldings = [tensor.movedim(k, 0).reshape(n, -1) for k, n in enumerate(shape)]
    lost = [float(torch.linalg.svdvals(each)[rank:].norm()) for each in unfoldings]
    assert max(lost) - 1e-10 <= error <= math.sqrt(sum(each**2 for each in lost)) + 1e-10
    for factor in found.factors:
        torch.testing.assert_close(factor.T @ factor, torch.eye(factor.shape[1], dtype=torch.float64))
    refined = tucker(tensor, rank, sweeps=3)
    assert refined.ranks == found.ranks
    assert float((refined.full() - tensor).norm()) <= error + 1e-10


def test_sweeps_help() -> None:
    tensor = noise(8, 8, 8)
    errors = [tucker(tensor, 2, sweeps=sweeps).relative_error(tensor) for sweeps in (0, 1, 10)]
    assert errors[2] < errors[1] < errors[0]


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
@pytest.mark.parametrize("tolerance", [0.5, 0.1, 1e-3])
def test_the_error_is_what_was_asked_for(dtype: torch.dtype, close: float, tolerance: float) -> None:
    for tensor in (hilbert(6, 7, 5, dtype=dtype), noise(6, 7, 5, dtype=dtype), noise(3, 40, 2, dtype=dtype)):
        for modes in (None, (0, 2), (1,)):
            found = tucker(tensor, tolerance=tolerance, modes=modes, sweeps=1)
            assert relative(found.full(), tensor) <= tolerance + close
    assert tucker(hilbert(6, 7, 5, dtype=dtype), tolerance=0.1).parameters < 60


def test_some_modes_only() -> None:
    kernel = noise(8, 6, 3, 3)
    found = tucker(kernel, (4, 2), modes=(0, 1), sweeps=2)
    assert found.ranks == (4, 2, 3, 3)
    assert torch.equal(found.factors[2], torch.eye(3, dtype=torch.float64))
    # the same as the decomposition of the kernel with its places in one mode
    flat = tucker(kernel.flatten(2), (4, 2, 9), sweeps=2)
    assert math.isclose(found.relative_error(kernel), flat.relative_error(kernel.flatten(2)), rel_tol=1e-3)


def test_gradients_are_those_of_finite_differences() -> None:
    core, factors = noise(2, 2, 2).requires_grad_(), tuple(noise(3, 2, seed=k).requires_grad_() for k in range(3))
    assert torch.autograd.gradcheck(lambda c, *f: Tucker(c, f).full(), (core, *factors))
    assert torch.autograd.gradcheck(lambda c, *f: Tucker(c, f).norm(), (core, *factors))


def test_bad_input_is_refused() -> None:
    for work, why in (
        (lambda: Tucker(torch.ones(2, 2), (torch.ones(3, 2), torch.ones(3, 1))), "mode × rank"),
        (lambda: tucker(torch.ones(2, 2), modes=(0, 2)), "different axes"),
        (lambda: tucker(torch.ones(2, 2), modes=(0, 0)), "different axes"),
        (lambda: tucker(torch.ones(2, 2), (1, 1, 1)), "ranks must be"),
        (lambda: tucker(torch.ones(2, 2), 0), "ranks must be"),
        (lambda: tucker(torch.ones(2, 2), tolerance=-1.0), "0 or more"),
        (lambda: tucker(torch.ones(2, 0)), "one entry"),
    ):
        with pytest.raises(InputError, match=why):
            work()
