"""What the layers of a network say in order: the distance to the input against depth, where the rank is least, where the classes are clearest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gromov.core import About, Axis, Figure, Finding, Table
from gromov.report import number
from gromov.verbs.compare_pairs import holm
from gromov.verbs.layers_figures import CHANCE, CHANCE_HIGH, DISTANCE, P_VALUE, TESTED, WHAT_P_COMPARES, in_front
from gromov.verbs.layers_pooling import hidden, pooling
from gromov.verbs.trend_figures import listed
from gromov.verbs.trend_report import Changes
from gromov.verbs.trend_series import Series

_MICRO = 1e6
_LEVEL = 0.05
_PLAIN_NOTE = "With 95 % intervals, where there are any."
_ROUNDING = 1e-6
_RANK, _ACCURACY = "spectrum.effective_rank", "neighborhood.labels.accuracy"
_COLUMNS = (
    ("effective rank", _RANK),
    ("dimension (TwoNN)", "dimension.twonn"),
    ("relative δ", "hyperbolicity.relative_delta"),
    ("label accuracy of neighbours", _ACCURACY),
)


@dataclass(frozen=True, slots=True, eq=False)
class LayerChanges(Changes):
    """The numbers over the layers of a network.

    Attributes:
        labels: The layers in order, by short name; the input first, where it is points.
        inputs: What each is: kind, n, d, classes, sha256.
        steps: Empty: depth is the place in the order.
        series: Each number, by instrument and dotted name.
        test: How it was decided which moved.
        reference: What every layer is compared with.
    """

    reference: str
    last: ClassVar[str] = "the last layer"

    @classmethod
    def about(cls) -> About:
        """What measuring layers is."""
        base = Changes.about()
        return About(
            title="Layers",
            question="How does the representation change on its way through the network?",
            method="The outputs of the layers for the same objects, in the order in which the network calls them, are measured with the same options and seed. IMD is taken between each "
            "layer and the input (the first layer, where the input is no point), which may differ in dimension; it is biased upwards by the number of points, the same for all "
            f"layers, so it is read beside its null. {base.method}",
            references=(
                "Tsitsulin et al. (2020), The shape of data: intrinsic distance for data distributions. ICLR, arXiv:1905.11141.",
                "A. Ansuini, A. Laio, J. H. Macke, D. Zoccolan (2019), Intrinsic dimension of data representations in deep neural networks. NeurIPS, arXiv:1905.12784.",
                *base.references,
            ),
        )

    def findings(self) -> tuple[Finding, ...]:
        """What moved from first to last; how far the layers are from the input; where the classes are clearest."""
        found = Changes.findings(self)
        return (*found, *(each for each in (self._distance(), self._classes()) if each))

    def figures(self) -> tuple[Figure, ...]:
        """The headline numbers of each instrument against depth, the distance to the input first."""
        pooled = pooling(self.inputs, self.labels)
        drawn = [
            _of_layers(replace(each, x=Axis("layer", categories=self.labels)), self.reference, pooled) for each in Changes.figures(self)
        ]
        return in_front(drawn, self.series, self.labels, self.reference)

    def tables(self) -> tuple[Table, ...]:
        """Each layer in a row, before the tables of every trend."""
        return (self.by_depth(), *Changes.tables(self))

    def by_depth(self) -> Table:
        """The distance to the input against depth, and the numbers that say most, a layer in each row."""
        compared = DISTANCE in self.series
        distances = (
            (
                ("IMD to {} · 10⁶", DISTANCE, _MICRO),
                ("IMD tested · 10⁶", TESTED, _MICRO),
                ("its chance · 10⁶", CHANCE, _MICRO),
                ("p", P_VALUE, 1.0),
            )
            if compared
            else ()
        )
        columns = [(title.format(self.reference), path, scale) for title, path, scale in (*distances, *((*each, 1.0) for each in _COLUMNS))]
        shown = [(title, self.series[path], scale) for title, path, scale in columns if path in self.series]
        rows = tuple(
            (label, number(float(str(self.inputs[place]["d"]))), *(_cell(each, place, scale) for _, each, scale in shown))
            for place, label in enumerate(self.labels)
        )
        title = f"Distance to {self.reference} against depth" if compared else "The layers by depth"
        note = f"{WHAT_P_COMPARES} Each p is of its layer by itself; the score-card corrects for all." if compared else _PLAIN_NOTE
        note = " ".join(each for each in (note, pooling(self.inputs, self.labels)) if each)
        return Table("layers-depth", title, ("layer", "d", *(title for title, *_ in shown)), rows, note)

    def lead(self) -> Table:
        """The rows by depth, for a terminal."""
        return self.by_depth()

    def _rest(self) -> str:
        return f"The other sections are about the last layer, {self.labels[-1]}."

    def _collapse(self) -> Finding | None:
        """Where the rank is least: a narrow layer is no fault by itself, and what a classifier ends in is one."""
        rank = self.series.get(_RANK)
        if rank is None or not np.isfinite(rank.values).any():
            return None
        low, high = int(np.nanargmin(rank.values)), int(np.nanargmax(rank.values))
        detail = (
            f"The effective rank is least at {self.labels[low]}, {number(rank.minimum)}, and largest at {self.labels[high]}, {number(rank.maximum)}; it goes from {number(rank.first)} to "
            f"{number(rank.last)}. {hidden(self.inputs[low], self.labels[low])}"
        ).strip()
        return Finding("Where is it narrowest?", self.labels[low], detail)

    def _distance(self) -> Finding | None:
        distance, p = self.series.get(DISTANCE), self.series.get(P_VALUE)
        if distance is None or p is None or not np.isfinite(distance.values).any():
            return None
        corrected = holm({self.labels[place]: float(p.values[place]) for place in np.flatnonzero(np.isfinite(p.values))})
        beyond = [label for label, each in corrected.items() if each <= _LEVEL]
        question = f"Does the shape differ from {self.reference}?"
        by_all = f"By all points the largest IMD to {self.reference} is {_text(distance.maximum, _MICRO)}·10⁻⁶, at {self.labels[int(np.nanargmax(distance.values))]}."
        if not beyond:
            detail = (
                f"{by_all} p compares {self._compared()}: none of {len(corrected)} layers is below 5 % after Holm's correction, so IMD does not tell them apart "
                "with so many points."
            )
            return Finding(question, "Not beyond chance", detail)
        unclear = [label for label in beyond if self._disagrees(label)]
        clear = [label for label in beyond if label not in unclear]
        beyond_chance = f"Beyond chance, at 5 % after Holm's correction over all {len(corrected)}: {listed(clear)}. " if clear else ""
        detail = f"p compares {self._compared()}. {beyond_chance}{by_all}{self._told_unclear(unclear)}"
        both = f"In {len(clear)} of {len(corrected)} layers" + (f", {len(unclear)} unclear" if unclear else "")
        return Finding(question, both if clear else f"Unclear in {len(unclear)} of {len(corrected)} layers", detail)

    def _compared(self) -> str:
        """What p compares, which depends on the widths."""
        widths = [each["d"] for each in self.inputs]
        halves, pooled = any(each != widths[0] for each in widths[1:]), widths[0] in widths[1:]
        told = [
            *(
                [f"the IMD between a random half of a layer and a half of {self.reference} with that between two halves of one of them"]
                * halves
            ),
            *([f"the IMD of a layer as wide as {self.reference} with that of random splits of both together"] * pooled),
        ]
        return " and ".join(told)

    def _disagrees(self, label: str) -> bool:
        """Whether a layer is beyond chance by halves, and by all points no further off than halves of one cloud may be by chance."""
        high, distance = self.series.get(CHANCE_HIGH), self.series[DISTANCE]
        place = self.labels.index(label)
        return high is not None and float(distance.values[place]) <= float(high.values[place])

    def _told_unclear(self, labels: Sequence[str]) -> str:
        """Where what is tested and all points disagree, with the numbers of both."""
        if not labels:
            return ""
        rows = [
            [_text(float(self.series[path].values[self.labels.index(label)]), _MICRO) for path in (TESTED, DISTANCE, CHANCE_HIGH)]
            for label in labels
        ]
        told = "; ".join(
            f"{label} (tested {tested}·10⁻⁶, all points {every}·10⁻⁶, chance up to {high}·10⁻⁶)"
            for label, (tested, every, high) in zip(labels, rows, strict=True)
        )
        return f" Unclear: {told}. What is tested is further apart there than chance, but all points are no further apart than chance alone gives in 19 draws of 20."

    def _classes(self) -> Finding | None:
        accuracy = self.series.get(_ACCURACY)
        if accuracy is None or not np.isfinite(accuracy.values).any():
            return None
        best = int(np.nanargmax(accuracy.values))
        detail = (
            f"Neighbours agree in their label in {100 * accuracy.maximum:.1f} % at {self.labels[best]}, {100 * accuracy.first:.1f} % at {self.labels[0]} and "
            f"{100 * accuracy.last:.1f} % at {self.labels[-1]}. {hidden(self.inputs[best], self.labels[best])}"
        ).strip()
        return Finding("Where are the classes clearest?", self.labels[best], detail)


def _of_layers(figure: Figure, reference: str, pooled: str) -> Figure:
    """A figure of a trend, in the words of layers."""
    caption = figure.caption
    what = caption.what.replace("inputs", "layers")
    if figure.name.startswith("trend-imd"):
        what = f"{what.removesuffix('.')}, taken between the layer and {reference}."
    todo = "A sudden step says which two layers to look at."
    how = f"Measured with the same objects, options and seed for each layer, in the order in which the network calls them. {pooled}".strip()
    sure = caption.sure.replace("Inputs that share their objects", "Layers share their objects, and")
    return replace(figure, caption=replace(caption, what=what, how=how, sure=sure, todo=todo))


def _cell(series: Series | None, place: int, scale: float = 1.0) -> str:
    """A number of one layer with its 95 % interval, where it has one; a dash where there is none."""
    if series is None or math.isnan(float(series.values[place])):
        return "–"
    value, low, high = (float(each[place]) for each in (series.values, series.low, series.high))
    return _text(value, scale) if math.isnan(low) else f"{_text(value, scale)} [{_text(low, scale)}, {_text(high, scale)}]"


def _text(value: float, scale: float) -> str:
    """Three digits; what is rounding alone is 0."""
    scaled = scale * value
    return number(0.0 if abs(scaled) < _ROUNDING else float(f"{scaled:.3g}"))
