"""Ticks of a logarithmic axis: each decade that is drawn has one, and no two labels run into each other."""

import math
from collections.abc import Iterable

from gromov.core.serial import Tree

_MOST = 8
_SUBDIVISIONS = ((1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9))


def log_ticks(values: Iterable[object]) -> Tree:
    """plotly's ticks for an axis on which `values` are drawn; empty where no value is positive.

    A range of more than eight decades is labelled at every second, third, … power of ten; less than three decades at 1, 2, 5; less than one at every digit.
    """
    positive = [float(value) for value in values if isinstance(value, int | float) and value > 0 and math.isfinite(value)]
    if not positive:
        return {}
    low, high = math.log10(min(positive)), math.log10(max(positive))
    first, last = math.floor(low), math.ceil(high)
    step = max(1, math.ceil((last - first + 1) / _MOST))
    digits = (1,) if high - low >= 3 else _SUBDIVISIONS[0] if high - low >= 0.8 else _SUBDIVISIONS[1]
    ticks = [(digit, power) for power in range(first - first % step, last + 1, step) for digit in digits]
    return {
        "tickmode": "array",
        "tickvals": [float(f"{digit}e{power}") for digit, power in ticks],
        "ticktext": [_text(digit, power) for digit, power in ticks],
    }


def _text(digit: int, power: int) -> str:
    if -4 < power < 5:
        return f"{digit * 10**power:,}" if power >= 0 else f"{digit * 10.0**power:.{-power}f}"
    ten = f"10<sup>{str(power).replace('-', '−')}</sup>"
    return ten if digit == 1 else f"{digit}·{ten}"
