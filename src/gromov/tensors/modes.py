"""Modes: an integer as a product of even factors, so that a vector of features can be read as a tensor."""

import math
from collections.abc import Sequence

from gromov.core import InputError


def factorise_modes(n: int, count: int) -> tuple[int, ...]:
    """The most even factorisation of n into `count` integers above 1: of all with that product, the one with the smallest sum.

    Args:
        n: What the factors multiply to, at least 1.
        count: How many factors, at least 1.

    Returns:
        The factors, smallest first.

    Cost: the divisors of n are searched, some √n steps and few more.

    Raises:
        InputError: n has fewer than `count` prime factors; the sentence names the next larger number that has enough.

    Example:
        >>> from gromov.tensors import factorise_modes
        >>> factorise_modes(784, 3), factorise_modes(1024, 4)
        ((7, 8, 14), (4, 4, 8, 8))
    """
    if n < 1 or count < 1:
        raise InputError(f"n and count must be at least 1; got n = {n} and count = {count}")
    if count == 1:
        return (n,)
    have = _prime_factors(n)
    if have < count:
        near = next(larger for larger in range(n + 1, n + 2**count + 1) if _prime_factors(larger) >= count)
        what = "is prime" if have == 1 else f"has only {have} prime factors"
        raise InputError(
            f"n = {n} {what}, so it is no product of {count} integers above 1: pad it to {near}, "
            f"ask for count = {max(1, have)}, or name the modes yourself and let some be 1"
        )
    return _most_even(n, count, 2) or (n,)


def layer_modes(n: int, count: int) -> tuple[int, ...]:
    """The most even factorisation of n into `count` integers, of which as few as must be are 1 (a prime keeps its layer).

    Args:
        n: Number of features.
        count: How many modes.

    Raises:
        InputError: n or count is below 1.

    Example:
        >>> from gromov.tensors import layer_modes
        >>> layer_modes(10, 3), layer_modes(13, 2)
        ((1, 2, 5), (1, 13))
    """
    have = max(1, min(count, _prime_factors(n)))
    return (1,) * (count - have) + factorise_modes(n, have)


def check_modes(modes: Sequence[int], features: int, name: str) -> tuple[int, ...]:
    """The modes as a tuple, refused unless they are positive and multiply to `features`.

    Args:
        modes: Sizes.
        features: What they must multiply to.
        name: What the error calls them.

    Raises:
        InputError: they do not.
    """
    if min(modes, default=0) < 1 or math.prod(modes) != features:
        raise InputError(f"{name} must be positive and multiply to {features}; got {tuple(modes)}, which multiply to {math.prod(modes)}")
    return tuple(modes)


def _prime_factors(n: int) -> int:
    """How many prime factors n has, with repetition."""
    found, divisor = 0, 2
    while divisor * divisor <= n:
        while n % divisor == 0:
            n //= divisor
            found += 1
        divisor += 1
    return found + (n > 1)


def _most_even(n: int, count: int, least: int) -> tuple[int, ...] | None:
    """The factorisation of smallest sum into `count` factors that begin at `least` and do not decrease; None where there is none."""
    if count == 1:
        return (n,) if n >= least else None
    best: tuple[int, ...] | None = None
    first = least
    while first**count <= n:
        rest = _most_even(n // first, count - 1, first) if n % first == 0 else None
        if rest is not None and (best is None or first + sum(rest) < sum(best)):
            best = (first, *rest)
        first += 1
    return best
