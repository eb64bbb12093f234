"""Conditions over results, for continuous integration: `hyperbolicity.relative_delta > 0.3 or spectrum.effective_rank < 20`.

A small grammar over Python's own parser: names with dots, numbers, comparisons, + − · /, and, or, not. Nothing is evaluated as code.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import cast

from gromov.core import InputError

_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_LONGEST = 1_000
_DEEPEST = 50


def parse_gate(expression: str) -> ast.expr:
    """The parsed condition.

    Raises:
        InputError: not a condition of this grammar.
    """
    if len(expression) > _LONGEST:
        raise InputError(f"--fail-if is {len(expression)} characters long; {_LONGEST} are allowed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's parser, about Python
            tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"--fail-if {expression!r} is not a condition: write for example 'spectrum.effective_rank < 20'") from error
    _check(tree, expression, 0)
    return tree


def gate_holds(gate: ast.expr, results: Mapping[str, object]) -> bool:
    """Whether the condition holds for the JSON-ready `results`; an Estimate counts by its value.

    Raises:
        InputError: a name is not in the results, or is not a number; a division by 0, or a number too large for float64.
    """
    try:
        return bool(_value(gate, results))
    except OverflowError as error:
        raise InputError(f"--fail-if {ast.unparse(gate)!r} holds a number too large for float64") from error


def _check(node: ast.expr, expression: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise InputError(f"--fail-if is nested more than {_DEEPEST} deep: write it flatter, or as several conditions")
    match node:
        case ast.BoolOp(values=values):
            parts = values
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            parts = [left, right]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
            parts = [left, *others]
        case ast.Attribute(value=ast.Attribute() | ast.Name() as value):
            parts = [value]
        case ast.Name():
            parts = []
        case ast.Constant(value=constant) if isinstance(constant, int | float):
            parts = []
        case _:
            raise InputError(
                f"--fail-if {expression!r} may hold names, numbers, comparisons, + - * /, and, or, not; found {ast.unparse(node)!r}"
            )
    for part in parts:
        _check(part, expression, depth + 1)


def _value(node: ast.expr, results: Mapping[str, object]) -> float | bool:
    match node:
        case ast.BoolOp(op=op, values=values):
            answer = _value(values[0], results)
            for value in values[1:]:
                if bool(answer) == isinstance(op, ast.Or):
                    break
                answer = _value(value, results)
            return answer
        case ast.UnaryOp(op=op, operand=operand):
            return not _value(operand, results) if isinstance(op, ast.Not) else -_value(operand, results)
        case ast.BinOp(left=left, op=op, right=right):
            divisor = _value(right, results)
            if isinstance(op, ast.Div) and divisor == 0:
                raise InputError(f"--fail-if divides by {ast.unparse(right)}{'' if isinstance(right, ast.Constant) else ', which is 0'}")
            return _ARITHMETIC[type(op)](_value(left, results), divisor)
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(part, results) for part in (left, *others)]
            return all(_COMPARE[type(op)](a, b) for op, a, b in zip(ops, values, values[1:], strict=False))
        case ast.Constant(value=constant):
            return cast(float, constant)
        case _:
            return _look_up(ast.unparse(node), results)


def _look_up(path: str, results: Mapping[str, object]) -> float:
    here: object = results
    for place, part in enumerate(path.split(".")):
        if here is None:
            held = ".".join(path.split(".")[:place])
            raise InputError(f"--fail-if names {path}, and {held} is empty here: what it is computed from, as labels, was not given")
        level: Mapping[str, object] = here if isinstance(here, Mapping) else {}
        if part not in level:
            raise InputError(f"--fail-if names {path}, and there is no {part!r} among {', '.join(level) or 'its parts'}")
        here = level[part]
    if isinstance(here, Mapping):
        here = cast("Mapping[str, object]", here).get("value", here)
    if here is None:
        raise InputError(f"--fail-if names {path}, which could not be computed here")
    if not isinstance(here, int | float):
        raise InputError(f"--fail-if names {path}, which is not a number")
    return here
