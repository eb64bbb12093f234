"""The canonical polyadic decomposition."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensor_cases import noise, relative

from gromov.core import InputError, NumericalWarning
from gromov.tensors import Canonical, canonical
from gromov.tensors.polyadic import khatri_rao

EXACT = [(torch.float64, 1e-7), (torch.float32, 1e-6)]


def of_rank(rank: int, *shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Canonical:
    factors = tuple(noise(n, rank, seed=seed + 10 * k, dtype=dtype) for k, n in enumerate(shape))
    return Canonical(torch.ones(rank, dtype=dtype), factors)


@pytest.mark.parametrize(("dtype", "close"), EXACT)
def test_a_product_of_vectors_is_found_at_once(dtype: torch.dtype, close: float) -> None:
    a, b = torch.tensor([3.0, 4.0], dtype=dtype), torch.tensor([1.0, 2.0, 2.0], dtype=dtype)
    found = canonical(-a[:, None, None] * b[:, None] * b, 1)
    assert math.isclose(found.weights, 5 * 3 * 3, rel_tol=1e-6)
    assert abs(abs(float(found.factors[0][:, 0] @ a)) - 5) < 1e-5
    assert relative(found.full(), -a[:, None, None] * b[:, None] * b) < close


def test_an_orthogonal_tensor_gives_its_weights() -> None:
    # Σ λ_a e_a⊗e_a⊗e_a in turned axes: the weights are the λ, and unlike those of a matrix the vectors are unique even where two λ are equal
    turn = torch.linalg.qr(noise(4, 4)).Q
    sizes = torch.tensor([5.0, 2.0, 2.0, 1.0], dtype=torch.float64)
    found = canonical(torch.einsum("a,ia,ja,ka->ijk", sizes, turn, turn, turn), 4)
    torch.testing.assert_close(found.weights, sizes, rtol=1e-5, atol=0)
    overlap = (found.factors[0].T @ turn).abs()
    torch.testing.assert_close(overlap.max(dim=1).values, torch.ones(4, dtype=torch.float64), rtol=0, atol=1e-5)
    assert math.isclose(found.cancellation(), 1.0, rel_tol=1e-5)


@pytest.mark.parametrize(("dtype", "close"), EXACT)
@pytest.mark.parametrize(("rank", "shape"), [(3, (6, 7, 8)), (5, (6, 7, 8)), (4, (4, 5, 3, 6)), (2, (9, 9))])
def test_a_tensor_of_low_rank_is_recovered(dtype: torch.dtype, close: float, rank: int, shape: tuple[int, ...]) -> None:
    tensor = of_rank(rank, *shape, dtype=dtype).full()
    found = canonical(tensor, rank)
    assert found.rank == rank
    assert found.shape == shape
    assert found.parameters == rank * (1 + sum(shape))
    assert found.weights.dtype == dtype
    assert found.relative_error(tensor) < close
    assert (found.weights.diff() <= 0).all()
    for factor in found.factors:
        torch.testing.assert_close(factor.norm(dim=0), torch.ones(rank, dtype=dtype))


def test_a_matrix_is_as_close_as_its_singular_values_allow() -> None:
    matrix = noise(8, 12)
    values = torch.linalg.svdvals(matrix)
    found = canonical(matrix, 3)
    assert math.isclose(found.relative_error(matrix), float(values[3:].norm() / values.norm()), rel_tol=1e-5)


def plain_als(tensor: np.ndarray, factors: list[np.ndarray], sweeps: int) -> np.ndarray:
    """ALS as least squares of each unfolding, in numpy."""
    letters = "ijk"
    for _ in range(sweeps):
        for mode in range(3):
            others = [f for k, f in enumerate(factors) if k != mode]
            design = np.einsum("ar,br->abr", *others).reshape(-1, factors[0].shape[1])
            unfolding = np.moveaxis(tensor, mode, 0).reshape(tensor.shape[mode], -1)
            factors[mode] = np.linalg.lstsq(design, unfolding.T, rcond=None)[0].T
    return np.einsum(",".join(f"{letter}r" for letter in letters) + "->ijk", *factors)


def test_more_sweeps_reach_what_a_plain_implementation_reaches() -> None:
    tensor = of_rank(2, 5, 6, 4).full() + 0.05 * noise(5, 6, 4, seed=77)
    plain = plain_als(tensor.numpy(), [noise(n, 2, seed=n).numpy() for n in (5, 6, 4)], 200)
    found = canonical(tensor, 2, tolerance=1e-13)
    assert np.allclose(found.full(), plain, rtol=0, atol=1e-5)
    errors = [canonical(tensor, 2, sweeps=sweeps).relative_error(tensor) for sweeps in (1, 2, 4, 8, 16)]
    assert errors == sorted(errors, reverse=True)


def test_terms_that_cancel_are_warned_about() -> None:
    # de Silva & Lim 2008: this tensor has rank 3, and is the limit of tensors of rank 2, whose terms grow without bound
    tensor = torch.zeros(2, 2, 2, dtype=torch.float64)
    tensor[0, 0, 1] = tensor[0, 1, 0] = tensor[1, 0, 0] = 1
    with pytest.warns(NumericalWarning, match="2 terms are degenerate"):
        found = canonical(tensor, 2, starts=1)
    assert 1e-4 < found.relative_error(tensor) < 0.05
    assert found.cancellation() > 3


def test_the_seed_is_the_start() -> None:
    tensor = noise(4, 5, 6)
    first, again, other = (canonical(tensor, 2, seed=seed, sweeps=3).full() for seed in (0, 0, 1))
    assert torch.equal(first, again)
    tried = [canonical(tensor, 3, sweeps=5, starts=starts).relative_error(tensor) for starts in (1, 2, 8)]
    assert tried[2] < tried[0]
    assert tried == sorted(tried, reverse=True)
    assert not torch.equal(first, other)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(1, 4), st.integers(0, 99))
def test_entries_and_norm_are_those_of_the_sum(shape: list[int], rank: int, seed: int) -> None:
    found = of_rank(rank, *shape, seed=seed)
    weighted = Canonical(noise(rank, seed=seed), found.factors)
    wanted = torch.zeros(shape, dtype=torch.float64)
    for a in range(rank):
        term = weighted.weights[a]
        for factor in weighted.factors:
            term = term[..., None] * factor[:, a]
        wanted = wanted + term
    torch.testing.assert_close(weighted.full(), wanted, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(weighted.norm(), wanted.norm(), rtol=1e-6, atol=1e-6)


def test_the_khatri_rao_product_is_kronecker_by_columns() -> None:
    a, b = noise(3, 2), noise(4, 2, seed=1)
    torch.testing.assert_close(khatri_rao([a, b])[:, 1], torch.kron(a[:, 1], b[:, 1]))


def test_gradients_are_those_of_finite_differences() -> None:
    weights, factors = noise(2).requires_grad_(), tuple(noise(3, 2, seed=k).requires_grad_() for k in range(3))
    assert torch.autograd.gradcheck(lambda w, *f: Canonical(w, f).full(), (weights, *factors))
    assert torch.autograd.gradcheck(lambda w, *f: Canonical(w, f).norm(), (weights, *factors))


def test_bad_input_is_refused() -> None:
    for work, why in (
        (lambda: Canonical(torch.ones(2), (torch.ones(3, 1),)), "a column a weight"),
        (lambda: canonical(torch.ones(3), 1), "two axes"),
        (lambda: canonical(torch.ones(3, 3), 0), "must be 1 or more"),
        (lambda: canonical(torch.ones(3, 3), 1, starts=0), "must be 1 or more"),
        (lambda: canonical(torch.zeros(3, 3), 1), "zero everywhere"),
        (lambda: canonical(torch.full((3, 3), math.nan), 1), "NaN"),
    ):
        with pytest.raises(InputError, match=why):
            work()
