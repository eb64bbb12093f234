"""Numbers, names and sources in plain words."""

import html
import math
from collections.abc import Mapping

from gromov.core.estimate import Estimate

Scalar = Estimate | float | int | bool | str

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DONE = {"measure": "measured", "compare": "compared", "fit": "fitted", "study": "studied"}


def clean(text: str) -> str:
    """The text on one line, without control characters (a name in a file may hold terminal codes)."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in " ".join(text.split()))


def short(text: str, limit: int) -> str:
    """The text, cut to `limit` characters with an ellipsis."""
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def label(text: str, limit: int = 48) -> str:
    """A text for plotly, which reads a little HTML in its texts: escaped, on one line, cut to `limit` characters."""
    return html.escape(short(text, limit), quote=False)


def number(value: float | int | bool) -> str:
    """A number with four significant digits, thousands separated, powers of ten only where the number is very small or very large."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**15 else number(float(value))
    if not math.isfinite(value):
        return "not available" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value != 0 and not 1e-4 <= abs(value) < 1e6:  # pyright: ignore[reportUnnecessaryComparison]
        mantissa, exponent = f"{value:.3e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}".replace("-", "−")
    text = f"{value:,.0f}" if abs(value) >= 1_000 else f"{float(f'{value:.4g}'):.7f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def interval(item: Scalar) -> str:
    """The 95 % interval in brackets, else the standard error, else nothing."""
    if not isinstance(item, Estimate) or math.isnan(item.value):
        return ""
    if item.ci is not None:
        return f"[{number(float(item.ci[0]))}, {number(float(item.ci[1]))}]"
    return "" if item.stderr is None else f"± {number(float(item.stderr))} standard error"


def value(item: Scalar) -> str:
    """A scalar without its interval, in words where it could not be computed."""
    if isinstance(item, str):
        return clean(item)
    if isinstance(item, Estimate):
        if math.isnan(item.value):
            return f"not available: {clean(item.reason)}" if item.reason else "not available"
        return number(float(item.value))
    return number(item)


def size(source: Mapping[str, object]) -> str:
    """How much was measured: `1,797 points in 64 dimensions, labelled with 10 classes`."""
    n, d, labels = (source.get(key) for key in ("n", "d", "labels"))
    count = number(n) if isinstance(n, int) else "some"
    match source.get("kind"):
        case "distances":
            text = f"the distances between {count} objects"
        case "graph":
            text = f"a graph of {count} nodes"
        case _:
            text = f"{count} points"
            if isinstance(d, int):
                text += f" in {number(d)} dimension{'' if d == 1 else 's'}"
    if isinstance(labels, int) and labels:
        text += f", labelled with {number(labels)} class{'' if labels == 1 else 'es'}"
    return text


def done(verb: str) -> str:
    """The verb of a run in the past: measure -> measured."""
    return _DONE.get(verb, f"ran {clean(verb)} on")


def plain_value(item: object) -> str:
    """A configured value as a person reads it."""
    if item is None:
        return "none"
    if isinstance(item, bool | int | float):
        return number(item)
    if isinstance(item, list | tuple):
        return ", ".join(plain_value(part) for part in item) or "none"  # pyright: ignore[reportUnknownVariableType]
    return clean(str(item))
