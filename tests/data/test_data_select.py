"""Row selection against a plain reference."""

import contextlib
import operator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.data import load
from gromov.data.contents import constant
from gromov.data.select import parse_where, rows_where, sample_rows, typed

COLUMNS = {
    "epoch": np.array([0, 5, 10, 20, 20, 30], dtype=np.uint8),
    "loss": np.array([2.0, 1.5, np.nan, 1.0, 0.5, 0.25]),
    "model": np.array(["GAN", "VAE", "GAN", "W GAN", "and", "VAE"]),
    "kept": np.array([True, False, True, True, False, True]),
}
PLAIN = {"==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def rows(expression: str) -> list[int]:
    return rows_where(parse_where(expression), {name: constant(values) for name, values in COLUMNS.items()}, 6).tolist()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("model==GAN", [0, 2]),
        ("model!=GAN", [1, 3, 4, 5]),
        ("model=='W GAN'", [3]),
        ('model == "and" and epoch>=20', [4]),
        ("epoch>=20", [3, 4, 5]),
        ("  epoch <20   and model==GAN ", [0, 2]),
        ("epoch>=30", [5]),
        ("epoch<1000", [0, 1, 2, 3, 4, 5]),
        ("epoch>-1", [0, 1, 2, 3, 4, 5]),
        ("epoch>9.5", [2, 3, 4, 5]),
        ("loss<=1", [3, 4, 5]),
        ("kept==true and epoch>0", [2, 3, 5]),
        ("kept==0", [1, 4]),
        ('"epoch"==5', [1]),
    ],
)
def test_expressions(expression: str, expected: list[int]) -> None:
    assert rows(expression) == expected


conditions = st.tuples(
    st.sampled_from(["epoch", "loss"]), st.sampled_from(sorted(PLAIN)), st.one_of(st.integers(-5, 40), st.floats(-5, 40, allow_nan=False))
)


@given(st.lists(conditions, min_size=1, max_size=4), st.sampled_from(["", " ", "  "]))
def test_expressions_agree_with_plain_python(parts: list[tuple[str, str, float]], space: str) -> None:
    expression = " and ".join(f"{column}{space}{mark}{space}{value}" for column, mark, value in parts)
    expected = [row for row in range(6) if all(PLAIN[mark](COLUMNS[column][row].item(), value) for column, mark, value in parts)]
    if expected:
        assert rows(expression) == expected
    else:
        with pytest.raises(InputError, match="no row is left"):
            rows(expression)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(expression: str) -> None:
    with contextlib.suppress(InputError):
        assert parse_where(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "model",
        "model=GAN",
        "model==",
        "==GAN",
        "model==GAN or epoch>3",
        "model==GAN and",
        "model==W GAN",
        "__import__('os')",
        "a==b==c",
    ],
)
def test_other_expressions_are_refused(expression: str) -> None:
    with pytest.raises(InputError, match="where: cannot read"):
        parse_where(expression)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("modle==GAN", ["modle", "model", "epoch"]),
        ("model>GAN", ["model", "text"]),
        ("epoch==GAN", ["epoch", "'GAN'"]),
        ("model==BEGAN", ["no row is left"]),
    ],
)
def test_conditions_that_do_not_fit_are_refused(expression: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        rows(expression)
    assert all(word in str(caught.value) for word in words)


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match="'a' holds 3 values, and there are 6 points"):
        rows_where(parse_where("a==1"), {"a": constant(np.arange(3))}, 6)


def test_typed_text() -> None:
    assert typed(np.array(["1", "-2"])).dtype.kind == "i"
    assert typed(np.array(["1.5", "2"])).dtype.kind == "f"
    assert typed(np.array(["007", "12"])).tolist() == ["007", "12"]
    assert typed(np.array([b"a\xc3\xa9"])).tolist() == ["aé"]
    assert typed(np.array(["99999999999999999999"])).dtype.kind == "f"


@given(st.integers(1, 200), st.integers(0, 2**32), st.data())
def test_samples_are_sorted_and_distinct(n: int, seed: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, n))
    chosen = sample_rows(n, size, seed)
    assert len(chosen) == size
    assert (np.diff(chosen) > 0).all()
    assert chosen.min() >= 0
    assert chosen.max() < n
    assert np.array_equal(chosen, sample_rows(n, size, seed))


def test_samples_are_uniform() -> None:
    counts = np.bincount(np.concatenate([sample_rows(10, 3, seed) for seed in range(3000)]), minlength=10)
    # each row is drawn with probability 3/10: 900 ± 25
    assert np.abs(counts - 900).max() < 5 * 25


def test_labels_and_names_follow_the_rows(tmp_path: Path) -> None:
    x = np.arange(40.0).reshape(20, 2)
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(20) % 3, words=np.array([f"w{i}" for i in range(20)]))
    data = load(tmp_path / "a.npz", labels="y", names="words", where="y==1", sample=5, seed=1)
    assert data.names is not None
    assert data.labels is not None
    chosen = [int(name[1:]) for name in data.names]
    assert chosen == sorted(chosen)
    assert np.array_equal(data.points, x[chosen])
    assert set(data.labels.tolist()) == {1}


def test_a_sample_larger_than_the_data_keeps_all() -> None:
    data = load("iris", sample=1000)
    assert data.n == 150
    assert data.source.notes == ("all 150 rows kept: --sample 1000 asks for as many",)
