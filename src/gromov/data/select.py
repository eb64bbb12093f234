"""Which rows: expressions such as `model==GAN and epoch>=20`, and random samples."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError, generator
from gromov.data.contents import Column, Values, text_of
from gromov.data.readers.rows import is_integer, is_number

OPERATORS: Final = {
    "==": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
}
CONDITION: Final = re.compile(
    r"""\s*(?: "(?P<quoted>[^"]*)" | (?P<column>[^\s=!<>'"]+) )      # a column, quoted where its name holds spaces
        \s*(?P<operator>==|!=|>=|<=|>|<)
        \s*(?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<value>[^\s=!<>'"]+) )
        \s*(?P<link>\Z|and\s)""",
    re.VERBOSE,
)
GRAMMAR: Final = "write COLUMN OPERATOR VALUE with == != >= <= > <, joined by 'and'; quote values that hold spaces"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a column with a value."""

    column: str
    operator: str
    value: str


def parse_where(expression: str) -> tuple[Condition, ...]:
    """The conditions of an expression; nothing is evaluated as code.

    Raises:
        InputError: the expression is not of the form described.
    """
    conditions: list[Condition] = []
    position = 0
    while True:
        match = CONDITION.match(expression, position)
        if match is None:
            raise InputError(f"where: cannot read {expression[position:].strip()!r} in {expression!r}: {GRAMMAR}")
        part = match.groupdict()
        value = next(part[kind] for kind in ("double", "single", "value") if part[kind] is not None)
        conditions.append(Condition(part["column"] if part["quoted"] is None else part["quoted"], part["operator"], value))
        position = match.end()
        if not part["link"]:
            return tuple(conditions)


def rows_where(conditions: tuple[Condition, ...], columns: Mapping[str, Column], n: int) -> NDArray[np.int64]:
    """The rows on which every condition holds.

    Raises:
        InputError: a condition names no column of n values, compares text by size, or no row is left.
    """
    keep = np.ones(n, dtype=np.bool_)
    for condition in conditions:
        if condition.column not in columns:
            known = f"the columns are {', '.join(columns)}" if columns else "there are no columns beside the points"
            raise InputError(f"where: there is no column {condition.column!r}: {known}")
        values = typed(columns[condition.column]())
        if values.shape != (n,):
            raise InputError(f"where: {condition.column!r} holds {values.size} values, and there are {n} points")
        keep &= _compare(values, condition)
    if not keep.any():
        raise InputError("where: no row is left: " + " and ".join(f"{c.column}{c.operator}{c.value}" for c in conditions))
    return np.flatnonzero(keep)


def sample_rows(n: int, size: int, seed: int) -> NDArray[np.int64]:
    """`size` of n rows, uniformly without replacement, in their order."""
    return np.sort(generator(seed, "data", "sample").choice(n, size=size, replace=False)).astype(np.int64)


def typed(values: Values) -> Values:
    """Text that is all integers, or all numbers, as numbers; other text as it stands; bytes as text."""
    values = text_of(values)
    if values.dtype.kind != "U" or values.ndim != 1 or values.size == 0:
        return values
    texts: list[str] = values.tolist()
    if all(is_integer(text) and len(text) < 19 for text in texts):
        return values.astype(np.int64)
    return values.astype(np.float64) if all(is_number(text) and not _padded(text) for text in texts) else values


def _padded(text: str) -> bool:
    """Whether a number is a code whose zeros matter: 007."""
    return len(text) > 1 and text[0] == "0" and text.isdigit()


def _compare(values: Values, condition: Condition) -> NDArray[np.bool_]:
    name, operator, value = condition.column, condition.operator, condition.value
    compare = OPERATORS[operator]
    if values.dtype.kind == "b" and value.lower() in ("true", "false"):
        return compare(values, value.lower() == "true")
    if values.dtype.kind in "biuf":
        if not is_number(value):
            raise InputError(f"where: {name!r} holds numbers, and {value!r} is none")
        return compare(values, int(value) if is_integer(value) else float(value))
    if values.dtype.kind != "U":
        raise InputError(f"where: {name!r} holds values of type {values.dtype}, which cannot be compared")
    if operator not in ("==", "!="):
        raise InputError(f"where: {name!r} holds text, which has no size: use == or !=")
    return compare(values, value)
