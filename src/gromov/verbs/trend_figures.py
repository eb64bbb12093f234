"""The figures of a trend: which numbers share an axis, how the axis is drawn, and what the caption says."""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from gromov.core import Axis, Caption, Curve, Figure, Rule
from gromov.report import number
from gromov.verbs.trend_series import LEVEL, Series

P_VALUE = "p_value"
_ONE_SCALE = 4.0
_CURVES = 4
_LOGARITHMIC = 20.0
_SMALL = 1e-2
_ALONE = ("spectrum.effective_rank",)
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def groups_of(series: Mapping[str, Series], instrument: str) -> list[list[str]]:
    """The headline numbers of an instrument that change or have errors, in groups that one axis can show."""
    groups: list[list[str]] = []
    for path, each in series.items():
        if path.partition(".")[0] != instrument or not each.headline or each.constant or not np.isfinite(each.values).any():
            continue
        home = next((group for group in groups if len(group) < _CURVES and _one_scale([*group, path], series)), None)
        if home is None:
            groups.append([path])
        else:
            home.append(path)
    return groups


def figure_of(name: str, series: Mapping[str, Series], labels: Sequence[str], steps: Sequence[float]) -> Figure:
    """Numbers over the inputs, on one axis.

    Args:
        name: Of the figure.
        series: The numbers of one group, by instrument and dotted name, their changes between the first and the last input that have them.
        labels: The inputs in order.
        steps: The number in the name of each; empty where there is none.
    """
    x = np.array(steps or range(len(labels)), dtype=np.float64)
    short = {path: path.partition(".")[2] for path in series}
    chances = all(path.endswith(P_VALUE) for path in series)
    log = chances or _wide(series.values())
    scale, unit = (1.0, "") if chances else scale_of(series.values())
    banded = any(_banded(each) for each in series.values())
    layers = tuple(
        Curve(short[path], x, scale * each.values, *((scale * each.low, scale * each.high) if _banded(each) else (None, None)))
        for path, each in series.items()
    )
    caption = Caption(
        what=f"{listed(list(short.values()))} {_of_how_many(series.values(), len(labels))}.",
        how=f"Measured with the same options and seed for each; {'the number in the name is the position' if steps else 'in order'}.",
        sure="Bands are 95 % intervals of each number by itself. Inputs that share their objects move together more closely than the bands suggest."
        if banded
        else "No error is known of what is drawn, so there are no bands.",
        means=_means({short[path]: each for path, each in series.items()}, labels),
        todo="A sudden step says which pair of inputs to compare.",
    )
    title = next(iter(short.values())).replace("_", " ").replace(".", " ") if len(short) == 1 else "value"
    return Figure(
        name,
        f"{next(iter(series)).partition('.')[0]}: {listed(list(short.values()))}",
        caption,
        Axis("number in the name") if steps else Axis("input", categories=tuple(labels)),
        Axis(f"{title}{unit}", log=log),
        (*layers, Rule("5 %", LEVEL)) if chances else layers,
    )


def scale_of(series: Collection[Series]) -> tuple[float, str]:
    """By which power of a thousand numbers are to be multiplied where they are small, and how an axis says so: 10⁶ and ` · 10⁶`."""
    largest = max((max(abs(each.minimum), abs(each.maximum)) for each in series), default=0.0)
    if not 0 < largest < _SMALL:
        return 1.0, ""
    power = 3 * math.ceil(-math.log10(largest) / 3)
    return 10.0**power, f" · 10{str(power).translate(_SUPERSCRIPT)}"


def words_of_key(path: str) -> str:
    """A key in words, which a narrow column can break between: `spectrum.effective_rank` is `effective rank (spectrum)`."""
    instrument, _, name = path.partition(".")
    return f"{name.replace('_', ' ').replace('.', ' ')} ({instrument.replace('_', ' ')})"


def way(series: Series) -> str:
    """Whether a number falls or rises."""
    return "falls" if series.change.value < 0 else "rises"


def listed(words: Sequence[str]) -> str:
    """Words with commas, and `and` before the last."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _one_scale(paths: Sequence[str], series: Mapping[str, Series]) -> bool:
    """Whether the numbers have one sign, and their largest values and their medians lie within a factor of 4."""
    if any(path in _ALONE or path.endswith(P_VALUE) for path in paths):
        return False
    chosen = [series[path] for path in paths]
    alike = all(each.minimum >= 0 for each in chosen) or all(each.maximum <= 0 for each in chosen)
    largest = [max(abs(each.minimum), abs(each.maximum)) for each in chosen]
    medians = [float(np.nanmedian(np.abs(each.values))) for each in chosen]
    return alike and all(max(sizes) <= _ONE_SCALE * min(sizes) for sizes in (largest, medians))


def _wide(series: Collection[Series]) -> bool:
    """Whether all that is drawn is positive and its largest is more than 20 times its smallest."""
    drawn = np.concatenate([each.values if not _banded(each) else np.concatenate([each.values, each.low, each.high]) for each in series])
    known = drawn[np.isfinite(drawn)]
    return bool(len(known)) and bool(known.min() > 0) and bool(known.max() > _LOGARITHMIC * known.min())


def _banded(series: Series) -> bool:
    return bool(np.isfinite(series.low).any())


def _of_how_many(series: Collection[Series], count: int) -> str:
    known = [int(np.isfinite(each.values).sum()) for each in series]
    if min(known) == count:
        return f"of each of {count} inputs"
    return f"of {known[0]} of {count} inputs, which alone have it" if len(known) == 1 else f"of those of {count} inputs that have them"


def _means(series: Mapping[str, Series], labels: Sequence[str]) -> str:
    """Which numbers moved beyond their errors, from where to where; what has no error is told apart."""
    said: list[str] = []
    tested = {name: each for name, each in series.items() if math.isfinite(each.z)}
    for ends in dict.fromkeys(each.ends for each in tested.values()):
        here = {name: each for name, each in tested.items() if each.ends == ends}
        whole = ends == (0, len(labels) - 1)
        where = "from first to last" if whole else f"from {labels[ends[0]]} to {labels[ends[1]]}, the first and the last that have it"
        moved = [f"{name} {way(each)}" for name, each in here.items() if each.moved]
        if moved:
            said.append(f"Beyond its error {where}: {listed(moved)}.")
        else:
            told = "None of them moved" if len(here) > 1 else f"{next(iter(here))} did not move"
            said.append(f"{told} beyond its error {where}.")
    for name, each in series.items():
        if name not in tested and math.isfinite(each.change.value):
            went = "is the same" if each.change.value == 0 else f"goes from {number(each.first)} to {number(each.last)}"
            said.append(f"{name} {went}; it has no error, and is not tested.")
    return " ".join(said) or "No two inputs have it, so nothing is said of a change."
