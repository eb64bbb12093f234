"""What the layers of a network say in order: the distance to the input against depth, where the rank is least, where the classes are clearest."""

import math
from dataclasses import dataclass, replace

import numpy as np

from gromov.core import About, Axis, Figure, Finding, Table
from gromov.report import number
from gromov.verbs.compare_pairs import holm
from gromov.verbs.trend_report import Changes
from gromov.verbs.trend_series import Series

DISTANCE, P_VALUE, CHANCE = "imd.value", "imd.p_value", "imd.null.median"
_MICRO = 1e6
_LEVEL = 0.05
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
        drawn = [replace(each, x=Axis("layer", categories=self.labels)) for each in Changes.figures(self)]
        return tuple(sorted((_of_layers(each, self.reference) for each in drawn), key=lambda each: not each.name.startswith("trend-imd")))

    def tables(self) -> tuple[Table, ...]:
        """Each layer in a row, before the tables of every trend."""
        return (self.by_depth(), *Changes.tables(self))

    def by_depth(self) -> Table:
        """The distance to the input against depth, and the numbers that say most, a layer in each row."""
        compared = DISTANCE in self.series
        distances = (("IMD to {} · 10⁶", DISTANCE, _MICRO), ("of chance · 10⁶", CHANCE, _MICRO), ("p", P_VALUE, 1.0)) if compared else ()
        columns = [(title.format(self.reference), path, scale) for title, path, scale in (*distances, *((*each, 1.0) for each in _COLUMNS))]
        shown = [(title, self.series[path], scale) for title, path, scale in columns if path in self.series]
        rows = tuple(
            (label, number(float(str(self.inputs[place]["d"]))), *(_cell(each, place, scale) for _, each, scale in shown))
            for place, label in enumerate(self.labels)
        )
        title = f"Distance to {self.reference} against depth" if compared else "The layers by depth"
        note = (
            "An IMD of the size of its chance says that the shape is that of the reference as far as so many points tell. Each p is of its layer by itself; the score-card corrects for all."
            if compared
            else "With 95 % intervals, where there are any."
        )
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
            f"{number(rank.last)}."
        )
        return Finding("Where is it narrowest?", self.labels[low], detail)

    def _distance(self) -> Finding | None:
        distance, p = self.series.get(DISTANCE), self.series.get(P_VALUE)
        if distance is None or p is None or not np.isfinite(distance.values).any():
            return None
        corrected = holm({self.labels[place]: float(p.values[place]) for place in np.flatnonzero(np.isfinite(p.values))})
        beyond = [label for label, each in corrected.items() if each <= _LEVEL]
        far = int(np.nanargmax(distance.values))
        question = f"Does the shape differ from {self.reference}?"
        told = f"The largest IMD to {self.reference} is {_text(distance.maximum, _MICRO)}·10⁻⁶, at {self.labels[far]}"
        if not beyond:
            detail = f"{told}; no p of {len(corrected)} layers is below 5 % after Holm's correction: IMD does not tell them apart with so many points."
            return Finding(question, "Not beyond chance", detail)
        detail = f"{told}; beyond chance, at 5 % after Holm's correction over all layers: {', '.join(beyond)}."
        return Finding(question, f"In {len(beyond)} of {len(corrected)} layers", detail)

    def _classes(self) -> Finding | None:
        accuracy = self.series.get(_ACCURACY)
        if accuracy is None or not np.isfinite(accuracy.values).any():
            return None
        best = int(np.nanargmax(accuracy.values))
        detail = (
            f"Neighbours agree in their label in {100 * accuracy.maximum:.1f} % at {self.labels[best]}, {100 * accuracy.first:.1f} % at {self.labels[0]} and "
            f"{100 * accuracy.last:.1f} % at {self.labels[-1]}."
        )
        return Finding("Where are the classes clearest?", self.labels[best], detail)


def _of_layers(figure: Figure, reference: str) -> Figure:
    """A figure of a trend, in the words of layers."""
    caption = figure.caption
    what = caption.what.replace("inputs", "layers")
    if figure.name.startswith("trend-imd"):
        what = f"{what.removesuffix('.')}, taken between the layer and {reference}."
    todo = "A sudden step says which two layers to look at."
    how = "Measured with the same objects, options and seed for each layer, in the order in which the network calls them."
    sure = "Bands are 95 % intervals of each number by itself. Layers share their objects, and move together more closely than the bands suggest."
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
