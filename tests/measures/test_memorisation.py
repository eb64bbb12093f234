"""Memorisation: copies are found, new points are not, wherever they lie."""

import json
import sys

import numpy as np
import pytest
from scipy.stats import beta, kstest

from gromov.core import Distances, Executor, InputError, UnsuitableError, decode
from gromov.core.runs import to_json
from gromov.measures.comparisons import Memorisation, memorisation
from gromov.spaces import EUCLIDEAN


def cloud(seed: int, n: int = 200, d: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def test_copies_have_share_one_and_the_smallest_p() -> None:
    real = cloud(0)
    found = memorisation(real, real[:80], null=39)
    assert found.value.value == 1.0
    assert found.value.ci is not None
    assert found.value.ci[1] == 1.0
    assert found.copies == 80
    assert found.p_value == 1 / 40
    assert np.all(found.generated == 0)
    assert np.array_equal(found.pair_real, found.pair_generated)
    assert not found.pair_distance.any()
    # u = 1/(1 + N) for each, N the training points that are not held out
    assert found.null.observed == pytest.approx(np.log(1 + 200 - 80))


def test_copies_with_a_little_noise_are_found_and_a_few_among_many() -> None:
    real = cloud(1, 400)
    noisy = real[:100] + 1e-3 * cloud(2, 100)
    found = memorisation(real, noisy, null=39)
    assert found.value.value == 1.0
    assert found.copies == 0
    assert found.p_value == 1 / 40
    few = memorisation(real, np.concatenate([noisy[:10], cloud(3, 90)]), null=39)
    assert 0.1 <= few.value.value <= 0.15
    assert few.p_value == 1 / 40
    assert set(few.pair_generated[:10].tolist()) == set(range(10))


def plain(real: np.ndarray, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative distances as the formula says, from the whole matrices of distances."""

    def logs(far: np.ndarray) -> np.ndarray:
        ordered = np.sort(far, axis=1)
        return np.log(ordered[:, 4] / ordered[:, 0])

    def around(far: np.ndarray) -> np.ndarray:
        near = np.argsort(far, axis=1)[:, :48]
        return np.sort(own[near], axis=1)[:, 23]

    within, across = EUCLIDEAN.pairwise(real, real), EUCLIDEAN.pairwise(made, real)
    np.fill_diagonal(within, np.inf)
    own = logs(within)
    return np.exp(-own / around(within)), np.exp(-logs(across) / around(across))


def test_against_the_formula() -> None:
    real, made = cloud(4, 120, 3), 0.7 * cloud(5, 50, 3)
    found = memorisation(real, made, null=1)
    own, other = plain(real, made)
    assert found.real == pytest.approx(own, rel=1e-9)
    assert found.generated == pytest.approx(other, rel=1e-9)
    assert found.value.value == np.mean(other <= np.quantile(own, 0.01))
    k = round(found.value.value * 50)
    assert found.value.ci == pytest.approx((beta.ppf(0.025, k, 51 - k) if k else 0.0, beta.ppf(0.975, k + 1, 50 - k)))


def test_in_an_even_region_the_typical_point_is_at_one_over_e() -> None:
    """log d₅/d₁ has median 1.839/D whatever the density, so its ratio to the median around has median 1, and a crowd is no memory."""
    draw = np.random.default_rng(6)
    for d in (2, 6):
        found = memorisation(draw.uniform(size=(3000, d)), draw.uniform(0.3, 0.7, size=(1000, d)), null=1)
        assert float(np.median(found.generated)) == pytest.approx(np.exp(-1), abs=0.03)
        low, high = found.value.ci or (1.0, 0.0)
        assert low <= 0.01 <= high


def test_p_values_are_uniform_where_there_is_nothing_to_find() -> None:
    p = [memorisation(cloud(2 * i, 120, 4), cloud(2 * i + 1, 60, 4), null=39, seed=i).p_value for i in range(40)]
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) <= 0.05) <= 0.15


def test_a_crowd_looks_like_memory_to_plain_distances_only() -> None:
    """Two groups, one ten times as tight: what is generated from the tight one alone is new."""
    draw = np.random.default_rng(7)
    tight, wide = 0.1 * draw.standard_normal((100, 5)), 20 + draw.standard_normal((900, 5))
    found = memorisation(np.concatenate([tight, wide]), 0.1 * draw.standard_normal((300, 5)), null=39)
    assert found.nearer.value > 0.05
    assert found.value.ci is not None
    assert found.value.ci[0] <= 0.01
    assert found.p_value > 0.05


def test_duplicates_among_the_real_are_expected() -> None:
    real = np.concatenate([cloud(8, 100), cloud(8, 100)[:30]])
    found = memorisation(real, cloud(9, 60), null=19)
    assert found.expected.value == pytest.approx(60 / 130)
    assert found.value.value == 0.0
    assert memorisation(real, real[30:100], null=19).value.value == 1.0  # a copy stays a copy
    many = memorisation(np.repeat(cloud(10, 20), 6, axis=0), cloud(10, 20), null=19)  # five others at distance 0: no single point is copied
    assert many.p_value > 0.05


@pytest.mark.parametrize("n", [8, 12, 60])
@pytest.mark.parametrize("m", [4, 40])
def test_small_clouds(n: int, m: int) -> None:
    found = memorisation(cloud(11, n), cloud(12, m), null=9)
    assert 0 < found.p_value <= 1
    assert found.held_out == min(n // 2, m)
    assert np.isfinite(found.generated).all()
    assert len(found.pair_real) == min(12, m)


def test_more_training_points_than_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[memorisation.__module__], "_MOST", 150)
    real = cloud(13, 600)
    found = memorisation(real, real[200:500], null=19)
    assert len(found.real) == len(found.generated) == 150
    assert found.trained == 600
    assert found.value.value == 1.0
    assert np.array_equal(found.pair_real, found.pair_generated + 200)
    assert memorisation(real, cloud(14, 300), null=19).p_value > 0.05


def test_same_seed_same_bytes_with_any_workers() -> None:
    def told(seed: int, workers: int) -> tuple[str, dict[str, np.ndarray]]:
        arrays: dict[str, np.ndarray] = {}
        return to_json(memorisation(cloud(15), cloud(16, 150), seed=seed, null=25, executor=Executor(workers)).to_dict(arrays)), arrays

    one, arrays = told(3, 1)
    two, again = told(3, 2)
    assert one == two
    assert all(np.array_equal(arrays[key], again[key]) for key in arrays)
    assert told(4, 1)[0] != one
    back = decode(Memorisation, json.loads(one), arrays)
    assert to_json(back.to_dict({})) == one


def test_what_leaves_it_unchanged() -> None:
    real, made = cloud(17), cloud(18, 90)
    turn = np.linalg.qr(cloud(19, 8))[0]
    usual, moved = memorisation(real, made, null=9), memorisation(3 * real @ turn + 5, 3 * made @ turn + 5, null=9)
    assert moved.generated == pytest.approx(usual.generated, rel=1e-6)
    assert moved.p_value == usual.p_value
    assert memorisation(made, real, null=9).generated.shape != usual.generated.shape


def test_what_it_cannot_use_is_said() -> None:
    square = Distances(EUCLIDEAN.pairwise(cloud(0, 20), cloud(0, 20)))
    with pytest.raises(UnsuitableError, match="coordinates"):
        memorisation(square, square)
    with pytest.raises(UnsuitableError, match="8 training points"):
        memorisation(cloud(0, 7), cloud(1))
    with pytest.raises(UnsuitableError, match="dimension"):
        memorisation(cloud(0), cloud(1, d=3))
    with pytest.raises(InputError, match="null is 0"):
        memorisation(cloud(0), cloud(1), null=0)


def test_it_shows_itself() -> None:
    found = memorisation(cloud(20), cloud(21, 50), null=9)
    figures = found.figures()
    assert [figure.name for figure in figures] == ["memorisation-distances", "memorisation-null"]
    assert figures[0].layers[0].y.sum() == pytest.approx(1.0)
    assert figures[0].layers[1].y.sum() == pytest.approx(1.0)
    assert "held-out" in found.summary()
