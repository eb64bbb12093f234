"""Precision, recall, density, coverage: known answers, and a plain computation."""

import numpy as np
import pytest

from gromov import precision_recall, topology_divergence
from gromov.spaces import EUCLIDEAN


def plain(x: np.ndarray, y: np.ndarray, k: int) -> tuple[float, float, float, float]:
    """The four by whole matrices of distances."""
    radius_x, radius_y = (np.sort(EUCLIDEAN.pairwise(z, z), axis=1)[:, k] for z in (x, y))
    cross = EUCLIDEAN.pairwise(x, y)
    in_x, in_y = cross <= radius_x[:, None], cross <= radius_y
    return in_x.any(axis=0).mean(), in_y.any(axis=1).mean(), in_x.sum(axis=0).mean() / k, in_x.any(axis=1).mean()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spread", [0.05, 1.0, 3.0])
def test_against_whole_matrices(seed: int, spread: float) -> None:
    """A small generated cloud inside the real one has all its neighbours listed and the real one has not."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(120, 2)), spread * rng.normal(size=(120, 2)) + 0.3
    found = precision_recall(x, y, null=1)
    four = (found.precision, found.recall, found.density, found.coverage)
    np.testing.assert_allclose([each.value for each in four], plain(x, y, 5), rtol=1e-12)
    harmonic = [2 * p * r / max(p + r, 1e-300) for p, r, *_ in (plain(x, y, k) for k in range(1, 6))]
    assert found.value.value == pytest.approx(np.mean(harmonic), rel=1e-12)


def test_a_cloud_and_itself_and_one_far_away() -> None:
    x = np.random.default_rng(0).normal(size=(100, 3))
    same, far = precision_recall(x, x.copy(), null=9), precision_recall(x, x + 100, null=9)
    assert (same.precision.value, same.recall.value, same.coverage.value, same.density.value) == (1, 1, 1, 1.2)
    assert (far.precision.value, far.recall.value, far.coverage.value, far.density.value) == (0, 0, 0, 0)
    assert far.p_value == 0.1
    assert far.value.value == 0


def test_a_lost_mode_costs_recall_and_not_precision() -> None:
    rng = np.random.default_rng(1)
    real = np.concatenate([rng.normal(size=(200, 2)), rng.normal(size=(200, 2)) + 20])
    generated = rng.normal(size=(400, 2))
    found = precision_recall(real, generated, null=39)
    assert found.precision.value > 0.9
    assert found.recall.value == pytest.approx(0.5, abs=0.03)
    assert found.coverage.value == pytest.approx(0.5, abs=0.03)
    assert found.p_value == 1 / 40


def test_an_outlier_does_not_raise_density() -> None:
    """One real outlier has a ball as large as the cloud: precision calls all within it good, density does not (Naeem et al., figure 2)."""
    rng = np.random.default_rng(2)
    real = np.concatenate([rng.normal(size=(300, 2)), [[8.0, 0.0]]])
    generated = rng.normal(size=(301, 2)) * 0.5 + np.array([7.0, 0.0])
    found = precision_recall(real, generated, null=1)
    assert found.precision.value > 0.9
    assert found.density.value < 0.4


def test_expected_coverage() -> None:
    rng = np.random.default_rng(3)
    found = [precision_recall(*rng.normal(size=(2, 100, 4)), null=1) for _ in range(40)]
    assert np.mean([each.coverage.value for each in found]) == pytest.approx(found[0].expected_coverage, abs=0.006)
    # the jackknife is as wide as the values are spread, within a factor
    spread = np.std([each.precision.value for each in found], ddof=1)
    assert 0.5 * spread < np.mean([each.precision.stderr for each in found]) < 3 * spread


def test_topology_divergence_of_two_representations() -> None:
    """A copy with little noise is closer than one with much, and both closer than a shuffled one."""
    rng = np.random.default_rng(4)
    angles = rng.uniform(0, 2 * np.pi, 80)
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    little, much = (topology_divergence(x, x + s * rng.normal(size=x.shape), null=19) for s in (0.02, 0.3))
    assert little.value.value < much.value.value < much.null.mean
    assert little.p_value == 0.05 == little.lite_p_value
    assert 0 <= little.pieces <= little.value.value
    assert little.lite.value == pytest.approx(little.pieces, rel=1e-9)  # all 80 objects are behind both
    assert topology_divergence(x, 5 * x[:, ::-1] + 3, null=1).value.value == pytest.approx(0, abs=1e-9)
    large = rng.normal(size=(400, 3))
    assert topology_divergence(large, large + 0.1 * rng.normal(size=large.shape), null=1).points == 200
