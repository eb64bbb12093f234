"""Results to JSON and arrays, and back."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from jaxtyping import Float, Integer

from gromov.core import Arrays, Estimate, decode, encode
from gromov.core.runs import to_json, to_npz

NUMBERS = st.floats(allow_nan=True, allow_infinity=False)
SHAPES = arrays_of.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=9)
ARRAYS = st.one_of(
    arrays_of.arrays(np.float64, SHAPES, elements=NUMBERS),
    arrays_of.arrays(np.float32, SHAPES, elements=st.floats(width=32, allow_nan=True, allow_infinity=False)),
    arrays_of.arrays(np.int64, SHAPES),
)
ESTIMATES = st.builds(
    Estimate,
    NUMBERS,
    st.none() | st.floats(0, 1e9),
    st.none() | st.tuples(st.floats(-1e9, 0), st.floats(0, 1e9)),
    st.integers(0, 10**12),
    st.none() | st.integers(0, 2**63),
    st.text(max_size=20),
    st.text(max_size=20),
)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    value: Estimate
    count: int
    name: str
    kind: Literal["a", "b"]


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    number: float
    flag: bool
    maybe: float | None
    part: Part
    parts: tuple[Part, ...]
    window: tuple[int, int]
    words: tuple[str, ...]
    table: Mapping[str, float]
    values: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    values: Float[np.ndarray, "n d"]
    codes: Integer[np.ndarray, " m"]


PARTS = st.builds(Part, ESTIMATES, st.integers(), st.text(), st.sampled_from(["a", "b"]))
WHOLES = st.builds(
    Whole,
    NUMBERS,
    st.booleans(),
    st.none() | st.floats(-1e300, 1e300),
    PARTS,
    st.lists(PARTS, max_size=3).map(tuple),
    st.tuples(st.integers(), st.integers()),
    st.lists(st.text(), max_size=3).map(tuple),
    st.dictionaries(st.text(), NUMBERS, max_size=3),
    ARRAYS,
    ARRAYS,
)


def dump(value: object) -> tuple[str, Arrays]:
    arrays: Arrays = {}
    return to_json(encode(value, "x", arrays)), arrays


@given(WHOLES)
def test_what_is_read_back_is_written_the_same(whole: Whole) -> None:
    text, arrays = dump(whole)
    again, arrays_again = dump(decode(Whole, json.loads(text), arrays))
    assert again == text
    assert to_npz(arrays_again) == to_npz(arrays)


@given(ESTIMATES)
def test_an_estimate_comes_back(estimate: Estimate) -> None:
    back = decode(Estimate, json.loads(dump(estimate)[0]), {})
    assert repr(back) == repr(estimate)


def test_shapes_and_kinds_of_small_arrays_come_back() -> None:
    for value in (Typed(np.array([[1.0, np.nan], [3, 4]]), np.arange(3)), Typed(np.ones((2, 2)), np.empty(0, dtype=np.int64))):
        text, arrays = dump(value)
        back = decode(Typed, json.loads(text), arrays)
        for before, after in ((value.values, back.values), (value.codes, back.codes)):
            assert after.dtype.kind == before.dtype.kind
            np.testing.assert_array_equal(after, before)


def test_what_json_looks_like() -> None:
    arrays: Arrays = {}
    many, few = np.arange(65.0).reshape(5, 13), np.array([1.5, np.nan])
    tree = encode({"many": many, "few": few, "none": None, "t": (True, np.float32(0.5), np.int8(3))}, "r", arrays)
    assert tree == {"many": {"array": "r.many", "shape": [5, 13]}, "few": [1.5, None], "none": None, "t": [True, 0.5, 3]}
    assert arrays["r.many"] is many


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf")])
def test_what_is_not_finite_is_null(value: float) -> None:
    assert encode(value, "x", {}) is None


def test_a_reason_is_written_only_where_there_is_one() -> None:
    assert "reason" not in json.loads(dump(Estimate.normal(1, 2, n=3, seed=4, method="m"))[0])
    assert json.loads(dump(Estimate.missing("too few"))[0]) == {
        "value": None,
        "stderr": None,
        "ci": None,
        "n": 0,
        "seed": None,
        "method": "",
        "reason": "too few",
    }


@pytest.mark.parametrize("value", [1j, object(), b"bytes", {1, 2}])
def test_what_has_no_json_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"x\.a\.0 is a \w+"):
        encode({"a": [value]}, "x", {})


def test_the_same_arrays_give_the_same_bytes() -> None:
    arrays = {"b": np.arange(100), "a": np.ones((3, 4))}
    assert to_npz(arrays) == to_npz({name: value.copy() for name, value in arrays.items()})
