"""Tensor trains: TT-SVD, rounding, arithmetic."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensor_cases import PRECISIONS, hilbert, noise, plain_train, relative, tails

from gromov.core import InputError, MemoryEstimateError
from gromov.tensors import TensorTrain, random_tensor_train, tensor_train

# closed forms


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
def test_a_sum_of_indices_has_ranks_two(dtype: torch.dtype, close: float) -> None:
    i = torch.arange(6, dtype=dtype)
    tensor = i[:, None, None, None] + 2 * i[:, None, None] + 3 * i[:, None] + 4 * i
    train = tensor_train(tensor)
    assert train.ranks == (1, 2, 2, 2, 1)
    assert train.parameters == 6 * (2 + 4 + 4 + 2)
    assert train.cores[0].dtype == dtype
    assert relative(train.full(), tensor) < close


def test_a_polynomial_of_degree_p_on_a_grid_of_bits_has_ranks_p_plus_one() -> None:
    x = torch.linspace(-1, 1, 2**10, dtype=torch.float64).reshape((2,) * 10)
    for degree in (1, 2, 3):
        inner = tensor_train(x**degree + 0.3 * x, tolerance=1e-13).ranks[2:-2]
        assert set(inner) == {degree + 1}


def test_explicit_cores_give_their_products() -> None:
    # A(i, j) = (1, i)·(j, 1)ᵀ = i + j
    first = torch.tensor([[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]])
    last = torch.tensor([[[0.0], [1.0]], [[1.0], [1.0]]])
    train = TensorTrain((first, last))
    assert train.shape == (3, 2)
    assert torch.equal(train.full(), torch.tensor([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]))
    assert torch.equal(train.entries(torch.tensor([[2, 1], [0, 0], [-1, -2]])), torch.tensor([3.0, 0.0, 2.0]))
    assert train.inner(train) == 1 + 1 + 4 + 4 + 9
    assert math.isclose(train.norm(), math.sqrt(19), rel_tol=1e-6)


def test_one_mode_and_no_entries_but_zero() -> None:
    vector = torch.tensor([3.0, 4.0])
    train = tensor_train(vector, tolerance=0.5)
    assert torch.equal(train.full(), vector)
    assert torch.equal((train + train).full(), 2 * vector)
    assert train.norm() == 5
    assert train.round(tolerance=0.1).ranks == (1, 1)
    zero = tensor_train(torch.zeros(3, 4, 5))
    assert zero.ranks == (1, 1, 1, 1)
    assert zero.norm() == 0
    assert (zero + zero).round(tolerance=0.1).norm() == 0


# against a plain implementation, and the best possible


@pytest.mark.parametrize("tolerance", [0.5, 1e-1, 1e-3, 1e-8])
def test_ranks_and_entries_are_those_of_a_plain_implementation(tolerance: float) -> None:
    for tensor in (hilbert(5, 6, 7, 4), noise(5, 6, 7, 4)):
        plain = plain_train(tensor.numpy(), tolerance)
        found = tensor_train(tensor, tolerance=tolerance)
        assert found.ranks[1:] == tuple(core.shape[2] for core in plain)
        expected = plain[0][0]
        for core in plain[1:]:
            expected = np.tensordot(expected, core, axes=1)
        assert np.allclose(found.full(), expected[..., 0], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
@pytest.mark.parametrize("tolerance", [0.9, 0.3, 1e-2, 1e-4])
def test_the_error_is_what_was_asked_for(dtype: torch.dtype, close: float, tolerance: float) -> None:
    for tensor in (hilbert(7, 5, 6, 8, dtype=dtype), noise(7, 5, 6, 8, dtype=dtype)):
        exact = tensor_train(tensor)
        for found in (tensor_train(tensor, tolerance=tolerance), exact.round(tolerance=tolerance)):
            assert relative(found.full(), tensor) <= tolerance + close
        assert relative((exact + exact).round(tolerance=tolerance).full(), 2 * tensor) <= tolerance + close
    assert max(tensor_train(hilbert(7, 5, 6, 8, dtype=dtype), tolerance=0.3).ranks) < max(exact.ranks)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.integers(1, 5), st.integers(0, 9))
def test_at_given_ranks_the_error_is_near_the_best(shape: list[int], rank: int, seed: int) -> None:
    tensor = noise(*shape, seed=seed)
    for found in (tensor_train(tensor, rank=rank), tensor_train(tensor).round(rank=rank)):
        assert max(found.ranks) <= rank
        lost = tails(tensor, found.ranks[1:-1])
        error = float((found.full() - tensor).norm())
        assert max(lost) - 1e-10 <= error <= math.sqrt(sum(each**2 for each in lost)) + 1e-10


def test_ranks_place_by_place() -> None:
    tensor = noise(5, 5, 5, 5)
    assert tensor_train(tensor, rank=(2, 7, 3)).ranks == (1, 2, 7, 3, 1)
    assert tensor_train(tensor).round(rank=(2, 7, 3)).ranks == (1, 2, 7, 3, 1)


# arithmetic


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_arithmetic_is_that_of_the_full_tensors(shape: list[int], r: int, s: int, seed: int) -> None:
    a, b = random_tensor_train(shape, r, seed=seed), random_tensor_train(shape, s, seed=seed + 100)
    x, y = a.full(), b.full()
    for found, wanted in ((a + b, x + y), (a - b, x - y), (a * b, x * y), (2.5 * a, 2.5 * x), (a * -3, -3 * x), (-a, -x)):
        torch.testing.assert_close(found.full(), wanted, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(a.inner(b), (x * y).sum(), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(a.norm(), x.norm(), rtol=1e-10, atol=1e-10)
    index = torch.cartesian_prod(*[torch.arange(n) for n in shape]).reshape(-1, len(shape))
    torch.testing.assert_close(a.entries(index), x.flatten(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
def test_rounding_undoes_what_arithmetic_adds(dtype: torch.dtype, close: float) -> None:
    a, b = random_tensor_train((6, 7, 8, 9), 3, seed=1, dtype=dtype), random_tensor_train((6, 7, 8, 9), 2, seed=2, dtype=dtype)
    found = a + b - b
    assert found.ranks == (1, 7, 7, 7, 1)
    assert found.round().ranks == (1, 3, 3, 3, 1)
    assert relative(found.round().full(), a.full()) < close


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
def test_orthogonal_sweeps_keep_the_tensor(dtype: torch.dtype, close: float) -> None:
    a = random_tensor_train((4, 5, 6, 3), 4, dtype=dtype)
    left, right = a.left_orthogonalise(), a.right_orthogonalise()
    for swept, last in ((left, -1), (right, 0)):
        assert relative(swept.full(), a.full()) < close
        assert abs(float(swept.cores[last].norm() / a.full().norm()) - 1) < close
    for core in left.cores[:-1]:
        flat = core.flatten(0, 1)
        assert (flat.mT @ flat - torch.eye(flat.shape[1], dtype=dtype)).norm() < close
    for core in right.cores[1:]:
        flat = core.flatten(1)
        assert (flat @ flat.mT - torch.eye(len(flat), dtype=dtype)).norm() < close


def test_the_norm_of_a_small_difference_keeps_its_digits() -> None:
    a = random_tensor_train((5, 6, 7, 8), 3)
    difference = a * (1 + 2.0**-40) - a
    wanted = 2.0**-40 * a.norm()
    assert abs(float(difference.norm() / wanted) - 1) < 1e-3
    assert not abs(float(difference.inner(difference).clamp_min(0).sqrt() / wanted) - 1) < 1e-3  # why norm does not take the root


def test_a_tensor_of_sixty_modes_is_no_trouble() -> None:
    ones = TensorTrain(tuple(torch.ones(1, 2, 1, dtype=torch.float64) for _ in range(60)))
    assert math.isclose(ones.norm(), 2.0**30, rel_tol=1e-12)
    assert math.isclose((ones + ones).round().inner(ones), 2.0**61, rel_tol=1e-12)
    with pytest.raises(MemoryEstimateError, match="entries"):
        ones.full()


# random trains


def test_random_trains_have_entries_of_variance_one() -> None:
    squares = [random_tensor_train((6, 6, 6), 5, seed=k).full().square().mean() for k in range(200)]
    assert abs(torch.stack(squares).mean() - 1) < 0.1
    assert torch.equal(random_tensor_train((3, 4), 2, seed=7).cores[0], random_tensor_train((3, 4), 2, seed=7).cores[0])
    assert not torch.equal(random_tensor_train((3, 4), 2, seed=7).cores[0], random_tensor_train((3, 4), 2, seed=8).cores[0])
    assert random_tensor_train((3, 4, 5), (2, 9), dtype=torch.float32).ranks == (1, 2, 5, 1)


def test_to_changes_the_precision() -> None:
    assert random_tensor_train((3, 4), 2).to(torch.float32, "cpu").cores[1].dtype == torch.float32


# gradients


def cores_of(*shapes: tuple[int, ...], seed: int = 0) -> tuple[torch.Tensor, ...]:
    return tuple(noise(*shape, seed=seed + k).requires_grad_() for k, shape in enumerate(shapes))


def test_gradients_are_those_of_finite_differences() -> None:
    cores = cores_of((1, 3, 2), (2, 2, 2), (2, 3, 1))
    other = random_tensor_train((3, 2, 3), 2, seed=9)
    index = torch.tensor([[0, 1, 2], [2, 0, 1]])
    for work in (
        lambda *c: TensorTrain(c).full(),
        lambda *c: TensorTrain(c).entries(index),
        lambda *c: (TensorTrain(c) * other + TensorTrain(c)).inner(other),
        lambda *c: TensorTrain(c).norm(),
        lambda *c: (TensorTrain(c) - other).norm(),
        lambda *c: TensorTrain(c).round(rank=1).full(),
        lambda *c: TensorTrain(c).left_orthogonalise().full(),
    ):
        assert torch.autograd.gradcheck(work, cores)
    assert torch.autograd.gradgradcheck(lambda *c: TensorTrain(c).norm(), cores)


def test_the_gradient_of_the_norm_is_finite_where_ranks_are_too_large_or_all_is_zero() -> None:
    cores = cores_of((1, 3, 2), (2, 2, 2), (2, 3, 1))
    a = TensorTrain(cores)
    doubled = torch.autograd.grad((a + a).norm(), cores)
    plain = torch.autograd.grad(a.norm(), cores)
    for x, y in zip(doubled, plain, strict=True):
        torch.testing.assert_close(x, 2 * y)
    for gradient in torch.autograd.grad((0.0 * a).norm(), cores):
        assert not gradient.any()


def test_a_tensor_with_gradients_is_decomposed_alike() -> None:
    tensor = hilbert(3, 4, 30).requires_grad_()  # wide unfoldings: without gradients they take the way by QR
    found, plain = tensor_train(tensor, rank=2), tensor_train(tensor.detach(), rank=2)
    torch.testing.assert_close(found.full().detach(), plain.full())
    assert torch.autograd.gradcheck(lambda x: tensor_train(x, rank=2).full(), tensor)


# refusals


@pytest.mark.parametrize(
    ("cores", "why"),
    [((), "at least one"), ((torch.ones(1, 2, 2), torch.ones(3, 2, 1)), "equal ranks"), ((torch.ones(2, 2, 1),), "1 at both ends")],
)
def test_cores_that_do_not_meet_are_refused(cores: tuple[torch.Tensor, ...], why: str) -> None:
    with pytest.raises(InputError, match=why):
        TensorTrain(cores)


def test_bad_input_is_refused() -> None:
    a = random_tensor_train((3, 4), 2)
    for work, why in (
        (lambda: a + random_tensor_train((4, 3), 2), "one shape"),
        (lambda: a.inner(random_tensor_train((3, 4, 1), 2)), "one shape"),
        (lambda: a.entries(torch.tensor([[0, 4]])), "within the modes"),
        (lambda: a.entries(torch.tensor([[-4, 0]])), "within the modes"),
        (lambda: a.entries(torch.tensor([[0]])), "2 columns"),
        (lambda: a.round(tolerance=-0.1), "0 or more"),
        (lambda: a.round(rank=0), "at least 1"),
        (lambda: tensor_train(torch.ones(2, 2), rank=(1, 2)), "at least 1, or 1 of them"),
        (lambda: tensor_train(torch.tensor(1.0)), "at least one axis"),
        (lambda: tensor_train(torch.ones(2, 0)), "one entry"),
        (lambda: tensor_train(torch.tensor([1.0, math.nan])), "NaN"),
        (lambda: tensor_train(torch.ones(2, 2, dtype=torch.bfloat16)), "float32 or float64"),
        (lambda: random_tensor_train((), 2), "at least one mode"),
        (lambda: random_tensor_train((3, 0), 2), "none below 1"),
    ):
        with pytest.raises(InputError, match=why):
            work()
