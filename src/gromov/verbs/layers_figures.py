"""The figures of the distance to the input: by all points, what is tested beside its chance, and p."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gromov.core import Axis, Caption, Curve, Figure
from gromov.verbs.trend_figures import scale_of
from gromov.verbs.trend_series import Series

DISTANCE, P_VALUE = "imd.value", "imd.p_value"
TESTED, CHANCE, CHANCE_LOW, CHANCE_HIGH = "imd.null.observed", "imd.null.median", "imd.null.low", "imd.null.high"
_VALUE = re.compile(r"\bvalue(?= (?:of|did|falls|rises|goes|is)\b)")
WHAT_P_COMPARES = (
    "p compares the IMD tested with its chance, and not the first IMD, which is of all points and has no chance of its own to be read beside. Tested is a random half of the layer "
    "against a half of the reference; chance is the median over two halves of one and the same of them. Halves have half the points and a larger bias. Where a layer is as wide as "
    "the reference, random splits of both together are the chance, of the same number of points."
)


def in_front(figures: Sequence[Figure], series: Mapping[str, Series], labels: tuple[str, ...], reference: str) -> tuple[Figure, ...]:
    """The figures of the distance first: that of all points, the one tested beside its chance, p; then all others."""
    own = [each for each in figures if each.name.startswith("trend-imd")]
    others = [each for each in figures if not each.name.startswith("trend-imd")]
    distances = [_named(each, f"Distance to {reference} (IMD), by all points", "IMD") for each in own if _draws(each, DISTANCE)]
    chances = [_p(each) for each in own if _draws(each, P_VALUE)]
    tested = [_tested(series, labels, reference)] if {TESTED, CHANCE, CHANCE_LOW, CHANCE_HIGH} <= set(series) else []
    return (*distances, *tested, *chances, *others)


def _draws(figure: Figure, path: str) -> bool:
    return any(layer.name == path.partition(".")[2] for layer in figure)


def _named(figure: Figure, title: str, axis: str) -> Figure:
    what, means = (_VALUE.sub(axis, text) for text in (figure.caption.what, figure.caption.means))
    caption = replace(figure.caption, what=what, means=means)
    return replace(figure, title=title, caption=caption, y=replace(figure.y, title=figure.y.title.replace("value", axis, 1)))


def _p(figure: Figure) -> Figure:
    caption = replace(
        figure.caption,
        how="The share of the draws of the null, what is tested counted as one of them, that are at least as large as the IMD tested, which the figure before shows. The axis is logarithmic.",
        sure="p has no band. Each is of its layer by itself, and one of k draws cannot be less than 1/(k + 1).",
        means="Below the line a layer differs at 5 % by itself; the score-card corrects for all layers (Holm).",
        todo="Read p beside the IMD that it tests, in the figure before.",
    )
    return replace(figure, title="p of the IMD tested", caption=caption, y=replace(figure.y, title="p"))


def _tested(series: Mapping[str, Series], labels: tuple[str, ...], reference: str) -> Figure:
    x = np.arange(len(labels), dtype=np.float64)
    scale, unit = scale_of([series[TESTED], series[CHANCE_HIGH]])
    of = {path: scale * series[path].values for path in (TESTED, CHANCE, CHANCE_LOW, CHANCE_HIGH)}
    caption = Caption(
        what=f"The IMD to {reference} that p is of, and what it is by chance: the median, and where 90 % of the draws lie.",
        how=WHAT_P_COMPARES,
        sure="The band is of the draws of the null. One split into halves is tested for each layer; another would give another value.",
        means="A layer above the band differs by itself, at 5 %.",
        todo="A layer above the band here, whose IMD by all points is small, is unclear: measure more objects.",
    )
    layers = (Curve("chance", x, of[CHANCE], of[CHANCE_LOW], of[CHANCE_HIGH], reference=True), Curve("tested", x, of[TESTED]))
    return Figure(
        "trend-imd-tested",
        "What p compares: the IMD tested, and its chance",
        caption,
        Axis("layer", categories=labels),
        Axis(f"IMD{unit}"),
        layers,
    )
