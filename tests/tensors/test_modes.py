"""Factorisations of integers into modes."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.tensors import factorise_modes, layer_modes


@pytest.mark.parametrize(
    ("n", "count", "wanted"),
    [
        (784, 2, (28, 28)),
        (784, 3, (7, 8, 14)),
        (1024, 5, (4,) * 5),
        (1000, 3, (10, 10, 10)),
        (30, 3, (2, 3, 5)),
        (17, 1, (17,)),
        (1, 1, (1,)),
    ],
)
def test_known_factorisations(n: int, count: int, wanted: tuple[int, ...]) -> None:
    assert factorise_modes(n, count) == wanted


@given(st.integers(2, 300), st.integers(1, 4))
def test_no_factorisation_has_a_smaller_sum(n: int, count: int) -> None:
    divisors = [k for k in range(2, n + 1) if n % k == 0]
    possible = [sum(each) for each in itertools.combinations_with_replacement(divisors, count) if math.prod(each) == n]
    if not possible:
        with pytest.raises(InputError):
            factorise_modes(n, count)
        return
    found = factorise_modes(n, count)
    assert math.prod(found) == n
    assert sum(found) == min(possible)
    assert list(found) == sorted(found)


def test_a_prime_is_told_what_to_do() -> None:
    with pytest.raises(InputError, match=r"n = 97 is prime.*pad it to 98.*count = 1"):
        factorise_modes(97, 3)
    with pytest.raises(InputError, match=r"n = 10 has only 2 prime factors.*pad it to 12, ask for count = 2"):
        factorise_modes(10, 3)


@pytest.mark.parametrize(("n", "count"), [(0, 2), (-4, 2), (4, 0)])
def test_what_is_no_count_is_refused(n: int, count: int) -> None:
    with pytest.raises(InputError, match="at least 1"):
        factorise_modes(n, count)


@given(st.integers(1, 5000), st.integers(1, 4))
def test_a_layer_always_has_modes(n: int, count: int) -> None:
    found = layer_modes(n, count)
    assert len(found) == count
    assert math.prod(found) == n


def test_large_numbers_are_quick() -> None:
    assert math.prod(factorise_modes(2**20 * 3**5, 6)) == 2**20 * 3**5
