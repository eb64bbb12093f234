"""Normalisation against its formulas."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gromov.core import InputError, Representation
from gromov.data import load
from gromov.data.normalize import Normalize, normalize_points

POINTS = np.random.default_rng(0).normal(3, 2, (50, 7))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int16, np.uint8, np.bool_])
def test_each_method_does_what_it_says(dtype: type[np.generic]) -> None:
    points = (np.abs(POINTS * 3) > 9 if dtype is np.bool_ else np.abs(POINTS * 3)).astype(dtype)
    points[:, 0] = 1
    exact = points.astype(np.float64)
    centred = exact - exact.mean(axis=0)
    deviation = exact.std(axis=0)
    expected = {
        "center": centred,
        "l2": exact / np.linalg.norm(exact, axis=1, keepdims=True),
        "center-l2": centred / np.linalg.norm(centred, axis=1, keepdims=True),
        "standard": centred / np.where(deviation == 0, 1, deviation),
    }
    narrow = np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize <= 4
    for method, value in expected.items():
        result, note = normalize_points(Representation(points), method)  # type: ignore[arg-type]
        assert result.dtype == (np.float32 if narrow else np.float64)
        assert np.allclose(result, value, atol=1e-6 if narrow else 1e-12)
        assert note


def test_constant_columns_become_zero_and_are_counted() -> None:
    points = POINTS.copy()
    points[:, 2] = 0.1
    result, note = normalize_points(Representation(points), "standard")
    assert np.array_equal(result[:, 2], np.zeros(50)) or np.abs(result[:, 2]).max() < 1e-15
    assert "1 constant column" in note


def test_zero_rows_are_refused_by_number(tmp_path: Path) -> None:
    points = POINTS.copy()
    points[[7, 9]] = 0
    np.save(tmp_path / "zero.npy", points)
    with pytest.raises(InputError, match="row 7 has length 0"):
        load(tmp_path / "zero.npy", normalize="l2")
    np.save(tmp_path / "cross.npy", np.array([[1.0, 0], [-1, 0], [0, 0], [0, 1], [0, -1]]))
    with pytest.raises(InputError, match="row 2 has length 0"):
        load(tmp_path / "cross.npy", normalize="center-l2")


@given(arrays(np.float64, (6, 3), elements=st.floats(-1e99, 1e99)))
@settings(max_examples=200, deadline=None)
def test_rows_have_length_one_whatever_their_size(points: NDArray[np.float64]) -> None:
    points = points.copy()
    points[:, 0] += (np.abs(points).max(axis=1) == 0) * 1.0
    points[0] = [1.0, 2.0, 3.0]
    result, _ = normalize_points(Representation(points), "l2")
    assert np.allclose(np.linalg.norm(result, axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("method", ["center", "standard", "center-l2"])
def test_numbers_too_large_are_refused(method: Normalize) -> None:
    points = POINTS.copy()
    points[:5, 0] = 1.7e308
    with pytest.raises(InputError, match="leave the range of float64"):
        normalize_points(Representation(points), method)


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {method: normalize_points(Representation(POINTS), method)[0] for method in ("center", "l2", "center-l2", "standard")}
    monkeypatch.setattr("gromov.core.representation.BLOCK_BYTES", 7 * 8 * 3)
    for method, expected in whole.items():
        assert np.allclose(normalize_points(Representation(POINTS), method)[0], expected, atol=1e-13)


def test_selection_comes_first_and_notes_say_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=POINTS, group=np.arange(50) % 2)
    data = load(tmp_path / "a.npz", where="group==1", sample=10, normalize="center", seed=3)
    assert np.allclose(data.points.mean(axis=0), 0, atol=1e-12)
    assert data.source.notes == (
        "array x",
        "25 of 50 rows where group==1",
        "random sample of 10 of 25 rows without replacement, seed 3",
        "centred",
    )
