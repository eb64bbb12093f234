"""What is known on paper, then a plain computation, then what must not change the answer, then the contract of comparisons."""

import numpy as np
import pytest
from gromov_contrast import energy

from gromov.core import Executor, GromovError
from gromov.verbs import check_comparison, check_result
from gromov.verbs.comparisons import comparison


def gaussian(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def test_two_far_points_many_times() -> None:
    """All mass of one at 0 or so, of the other at a: E = 2a."""
    x = 1e-9 * gaussian(20, 1, 0)
    assert energy(x, x + 5.0, null=9).value.value == pytest.approx(10.0, rel=1e-6)


def test_of_normal_distributions_on_the_line() -> None:
    """E|N(a, 2)| = 2/√π·e^(−a²/4) + a·erf(a/2), so E(a) = 2·(that) − 4/√π for N(0, 1) against N(a, 1)."""
    from math import erf, exp, pi, sqrt

    a, values = 1.0, [energy(gaussian(300, 1, 2 * s), gaussian(300, 1, 2 * s + 1) + 1.0, null=1).value for s in range(20)]
    expected = 2 * (2 / sqrt(pi) * exp(-a * a / 4) + a * erf(a / 2)) - 4 / sqrt(pi)
    spread = float(np.std([each.value for each in values], ddof=1))
    bias = 2 * 2 / sqrt(pi) / 300  # points with themselves count
    assert np.mean([each.value for each in values]) == pytest.approx(expected + bias, abs=4 * spread / sqrt(20))
    assert np.mean([each.stderr for each in values]) == pytest.approx(spread, rel=0.5)


def test_against_the_plain_formula() -> None:
    x, y = gaussian(40, 3, 1), gaussian(40, 3, 2) + 0.4
    mean = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=2).mean()  # noqa: E731
    plain = 2 * mean(x, y) - mean(x, x) - mean(y, y)
    assert energy(x, y, null=1).value.value == pytest.approx(plain, rel=1e-9)
    assert type(energy(x, y, null=1)).statistic(x, y, seed=0) == pytest.approx(plain, rel=1e-9)


def test_a_difference_of_spread_is_seen_and_none_is_not() -> None:
    assert energy(gaussian(200, 2, 3), 1.5 * gaussian(200, 2, 4), null=99).p_value == 0.01
    assert energy(gaussian(200, 2, 3), gaussian(200, 2, 4), null=99).p_value > 0.05


def test_it_keeps_the_contract() -> None:
    found = check_comparison(energy)
    assert {"seed", "null", "executor", "progress"} <= found.accepts
    x, y = gaussian(50, 4, 5), gaussian(40, 4, 6)
    one, two = energy(x, y, null=19), energy(x, y, null=19, executor=Executor(2))
    check_result(found, one)
    assert one.to_dict({}) == two.to_dict({})
    assert one.points == 40
    assert energy(x, x.copy(), null=19).value.value == pytest.approx(0.0, abs=1e-12)
    assert energy(y, x, null=1).value.value == pytest.approx(one.value.value, rel=1e-9)
    turn = np.linalg.qr(gaussian(4, 4, 7))[0]
    assert energy(x @ turn + 2, y @ turn + 2, null=1).value.value == pytest.approx(one.value.value, rel=1e-9)
    for bad in (np.full((10, 4), np.nan), np.ones((10, 4)), x[:3], gaussian(10, 3, 8)):
        with pytest.raises(GromovError):
            energy(x, bad)


def test_gromov_finds_it() -> None:
    assert comparison("energy").result.__name__ == "Energy"


def test_p_values_are_uniform_where_there_is_nothing_to_find() -> None:
    from scipy.stats import kstest

    draws, p_values = np.random.default_rng(0), []
    for seed in range(100):
        x, y = draws.standard_normal((2, 24, 3))
        p_values.append(energy(x, y, null=39, seed=seed).p_value - draws.uniform() / 40)
    assert kstest(p_values, "uniform").pvalue > 1e-3
