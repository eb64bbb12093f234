"""Conditions for continuous integration: the same as Python's own for all that the grammar holds, and nothing else gets in."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.verbs import gate_holds, parse_gate

NUMBERS = {"a": 1.5, "b": -2, "c": 0, "d": 3.25, "e": True, "f": 7}
RESULTS = {
    "spectrum": {"effective_rank": {"value": 4.5, "stderr": 0.1, "ci": [4.0, 5.0], "n": 9, "seed": None, "method": "m"}, "rank": 3},
    "hyperbolicity": {"exact": True, "null": {"z": -2.5}, "curvature": {"four_point": None}, "model": "gaussian"},
    "dimension": {
        "twonn": {"value": None, "stderr": None, "ci": None, "n": 0, "seed": None, "method": "", "reason": "few"},
        "list": [1, 2],
    },
    "stored": {"array": "stored", "shape": [99]},
}


def numbers_of_python() -> dict[str, object]:
    return {"__builtins__": {}, **NUMBERS}


def decided(expression: str) -> bool | str:
    """The answer, or why there is none."""
    try:
        return gate_holds(parse_gate(expression), NUMBERS)
    except InputError as error:
        return str(error)


leaves = st.sampled_from(sorted(NUMBERS)) | st.integers(0, 20).map(str) | st.floats(0, 50, allow_nan=False).map(repr) | st.just("True")


def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(["+", "-", "*", "<", "<=", ">", ">=", "==", "!=", "and", "or", "/"]), inner)
    return st.one_of(
        two.map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        st.tuples(inner, st.sampled_from(["<", ">=", "=="]), inner, st.sampled_from(["<=", "!="]), inner).map(
            lambda part: f"({' '.join(part)})"
        ),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"(-{part})"),
    )


@given(st.recursive(leaves, longer, max_leaves=12))
def test_a_gate_is_what_python_says(expression: str) -> None:
    try:
        expected = bool(eval(compile(expression, "gate", "eval"), numbers_of_python()))
    except ZeroDivisionError:
        return  # Python stops at the first false comparison of a chain; a gate looks at every part
    answer = decided(expression)
    assert answer == expected or "divides by" in str(answer)


@given(st.text(alphabet="abc01.<>=!+-*/()[]{}'\"\\ andornot_%@:;,\n\t\0λ½", max_size=40))
def test_any_text_is_a_gate_or_a_sentence(text: str) -> None:
    answer = decided(text)
    assert isinstance(answer, bool) or answer.startswith("--fail-if")


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("spectrum.effective_rank < 5", True),
        ("spectrum.effective_rank < 4", False),
        ("spectrum.effective_rank.stderr > .05", True),
        ("spectrum.effective_rank.n == 9", True),
        ("spectrum.rank == 3 and hyperbolicity.exact", True),
        ("not hyperbolicity.exact", False),
        ("hyperbolicity.null.z < -2", True),
        ("  spectrum.rank > 2  ", True),
        ("2 < spectrum.rank <= 3", True),
        ("spectrum.rank / 2 == 1.5", True),
        ("hyperbolicity.exact or nothing.there", True),
        ("not hyperbolicity.exact and nothing.there", False),
        ("1e999 > 1", True),
    ],
)
def test_gates_over_results(expression: str, holds: bool) -> None:
    assert gate_holds(parse_gate(expression), RESULTS) is holds


CODE = [
    "__import__('os')",
    "__import__('os').system('true')",
    "lambda: 1",
    "(lambda x: x)(1)",
    "(1).real > 0",
    "1.0.real > 0",
    "True.real",
    "(a < b).c",
    "(a or b).real",
    "a().b",
    "a[0]",
    "a[0].b",
    "10 ** 10",
    "9 ** 9 ** 9 ** 9",
    "1 << 99",
    "7 // 2",
    "7 % 2",
    "+1",
    "~1",
    "a @ b",
    "[1, 2]",
    "(1, 2)",
    "{1: 2}",
    "{1}",
    "[x for x in a]",
    "(x for x in a)",
    "a if b else c",
    "(a := 1)",
    "'a' < 'b'",
    "b'a'",
    "None",
    "...",
    "1j > 0",
    "a in b",
    "a is b",
    "a not in b",
    "f'{a}'",
    "await a",
    "*a",
]


@pytest.mark.parametrize("expression", CODE)
def test_code_is_refused(expression: str) -> None:
    with pytest.raises(InputError, match="--fail-if"):
        parse_gate(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "   ",
        "spectrum.rank <",
        "a b",
        "a = 1",
        "import os",
        "a; b",
        "a\nb",
        "\0",
        "=",
        "a <> b",
        "(" * 300 + "1" + ")" * 300,
        "1" * 2000,
        "not " * 200 + "a",
        "-" * 900 + "1",
        "1" + "+1" * 400,
        ".".join("a" * 400),
        "(" * 90 + "1" + "<1)" * 90,
    ],
)
def test_what_is_no_condition_is_refused(expression: str) -> None:
    with pytest.raises(InputError, match="--fail-if"):
        parse_gate(expression)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("nothing > 1", "no 'nothing' among spectrum"),
        ("spectrum.nothing > 1", "no 'nothing' among effective_rank, rank"),
        ("spectrum.rank.value > 1", "no 'value'"),
        ("spectrum > 1", "not a number"),
        ("stored > 1", "not a number"),
        ("hyperbolicity.model > 1", "not a number"),
        ("dimension.list > 1", "not a number"),
        ("spectrum.effective_rank.ci > 1", "not a number"),
        ("spectrum.effective_rank.__class__ > 1", "no '__class__'"),
        ("hyperbolicity.curvature.four_point < 0", "could not be computed"),
        ("dimension.twonn > 1", "could not be computed"),
        ("1 / 0 > 1", "divides by 0"),
        ("1 / (spectrum.rank - 3) > 1", "which is 0"),
        ("9" * 400 + " / 3 > 1", "too large"),
        ("9" * 400 + " * 1.5 > 1", "too large"),
    ],
)
def test_a_gate_that_cannot_be_decided_says_why(expression: str, says: str) -> None:
    with pytest.raises(InputError, match=r"^--fail-if") as refused:
        gate_holds(parse_gate(expression), RESULTS)
    assert says in str(refused.value)


def test_the_gate_is_kept_as_a_tree() -> None:
    assert isinstance(parse_gate("a < 1"), ast.expr)
