"""Estimates, seeds, memory, figures as data."""

import math
import subprocess
import sys

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gromov.core import (
    Estimate,
    Finding,
    GromovError,
    InputError,
    MemoryEstimateError,
    generator,
    histogram,
    readable_bytes,
    require_memory,
    resolve_device,
)


def test_a_normal_estimate() -> None:
    found = Estimate.normal(2.0, 0.5, n=10, seed=1, method="m")
    assert found.ci is not None
    assert found.ci == pytest.approx((2 - 0.979982, 2 + 0.979982), abs=1e-6)
    assert float(found) == 2.0
    assert str(found) == "2 [1.02, 2.98]"


def test_a_log_normal_estimate_stays_positive() -> None:
    found = Estimate.log_normal(2.0, 5.0, n=10, seed=None, method="m")
    assert found.ci is not None
    assert 0 < found.ci[0] < 2 < found.ci[1]
    assert found.ci[0] * found.ci[1] == pytest.approx(4)
    narrow = Estimate.log_normal(2.0, 1e-6, n=10, seed=None, method="m").ci
    assert narrow == pytest.approx(Estimate.normal(2.0, 1e-6, n=10, seed=None, method="m").ci)


def test_a_missing_estimate_says_why() -> None:
    assert math.isnan(float(Estimate.missing("no coordinates")))
    assert str(Estimate.missing("no coordinates")) == "not available (no coordinates)"


def test_a_stream_is_the_same_in_every_process() -> None:
    code = "from gromov.core import generator; print(generator(7, 'a', 3).integers(0, 2**62, 4).tolist())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == str(generator(7, "a", 3).integers(0, 2**62, 4).tolist())


PATHS = st.lists(st.sampled_from(["a", "b", "null", 0, 1, 2, 10**6]), max_size=4).map(tuple)


@given(st.integers(0, 2**40), st.integers(0, 2**40), PATHS, PATHS)
def test_other_paths_and_seeds_give_other_streams(
    seed: int, other: int, path: tuple[str | int, ...], another: tuple[str | int, ...]
) -> None:
    same = (seed, path) == (other, another)
    assert (generator(seed, *path).integers(0, 2**62) == generator(other, *another).integers(0, 2**62)) == same


@pytest.mark.parametrize(
    ("one", "two"), [((0, "a"), (0, "a", 0)), ((0,), (0, 0)), ((2**32, "a"), (0, 1, "a")), ((5, "a", 0), (5, "a", 0, 0))]
)
def test_a_zero_at_the_end_is_another_stream(one: tuple[int | str, ...], two: tuple[int | str, ...]) -> None:
    first, second = (generator(int(seed), *path).integers(0, 2**62, 4).tolist() for seed, *path in (one, two))
    assert first != second


def test_streams_are_uncorrelated() -> None:
    draws = np.array([generator(0, "x", i).standard_normal(500) for i in range(1, 60)])
    correlation = np.corrcoef(draws)[np.triu_indices(59, 1)]
    assert abs(correlation.std() * math.sqrt(500) - 1) < 0.1
    assert np.abs(correlation).max() < 5 / math.sqrt(500)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (2.5e6, "2.5 MB"), (25e9, "25.0 GB"), (3e12, "3.0 TB"), (9e15, "9000.0 TB")],
)
def test_sizes_are_readable(size: float, text: str) -> None:
    assert readable_bytes(size) == text


def test_memory_is_asked_for_before_it_is_taken() -> None:
    require_memory(1, step="nothing", remedy="none")
    with pytest.raises(MemoryEstimateError, match=r"the product needs .* TB, but .* are free: use --sample 100"):
        require_memory(100 * psutil.virtual_memory().total + 10**13, step="the product", remedy="use --sample 100")
    assert issubclass(MemoryEstimateError, GromovError)


def test_a_gpu_that_is_not_there_is_refused() -> None:
    assert resolve_device("cpu") == "cpu"
    import torch

    if not torch.cuda.is_available():
        assert resolve_device("auto") == "cpu"
        with pytest.raises(InputError, match="--device cpu"):
            resolve_device("cuda")


@given(arrays(np.float64, st.integers(0, 200), elements=st.floats(-2, 3)), st.integers(1, 50))
def test_a_histogram_shows_shares(values: np.ndarray, bins: int) -> None:
    bars = histogram("h", values, bins=bins, low=0.0, high=1.0, reference=True)
    assert bars.reference
    assert bars.width == pytest.approx(1 / bins)
    np.testing.assert_allclose(bars.x, (np.arange(bins) + 0.5) / bins)
    inside = ((values >= 0) & (values <= 1)).sum()
    assert bars.y.sum() == pytest.approx(inside / max(1, len(values)))


def test_a_finding_is_neutral_unless_said() -> None:
    assert (Finding("q", "a", "d").tone, Finding("q", "a", "d").action) == ("neutral", "")
