"""What a trend says of itself: findings, a figure for numbers of one scale, and the table of changes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gromov.core import About, Estimate, Figure, Finding, Result, Table, Tree
from gromov.report import number
from gromov.verbs.trend_figures import figure_of, groups_of, way, words_of_key
from gromov.verbs.trend_series import ChangeTest, Series

_BLOCKS = "▁▂▃▄▅▆▇█"
_NAMED = 4
_RANKS = ("spectrum.effective_rank", "spectrum.participation_ratio")
_HALVED = 0.5
_WITH_WIDTH = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Changes(Result):
    """The numbers over several inputs.

    Attributes:
        labels: The inputs in order, by short name.
        inputs: What each is: kind, n, d, classes, sha256.
        steps: The number in the name of each; empty where there is none.
        series: Each number, by instrument and dotted name.
        test: How it was decided which moved.
    """

    labels: tuple[str, ...]
    inputs: Sequence[Tree]
    steps: tuple[float, ...]
    series: Mapping[str, Series]
    test: ChangeTest
    last: ClassVar[str] = "the last input"  # what the other sections of the report are about

    @classmethod
    def about(cls) -> About:
        """What a trend is."""
        return About(
            title="Trend",
            question="Which numbers moved from the first input to the last, beyond their errors?",
            method="Every input is measured with the same options and seed. The change of a number is last − first, its error √(se₁² + se₂²); the "
            "headline numbers that have errors are tested together, each at 5 % over their number (Bonferroni), by Student's t with 19 degrees of freedom. "
            "The error takes the two inputs for independent samples. Checkpoints evaluated on the same objects share them: their errors are then "
            "positively correlated as a rule, the true error of the change is smaller, and the test is conservative: it overlooks small changes rather "
            "than invent some. The errors are of the sample of points alone; another training run would differ by more.",
            references=("O. J. Dunn (1961), Multiple comparisons among means. Journal of the American Statistical Association 56.",),
        )

    def rows(self) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
        """Nothing: the numbers of a trend are under `trend` in result.json, and in its tables."""
        yield from ()

    def summary(self) -> str:
        """What moved, in a sentence."""
        moved = self._moved()
        where = f"from {self.labels[0]} to {self.labels[-1]}"
        if not self.test.comparisons:
            return f"No headline number has an error for both {self.labels[0]} and {self.labels[-1]}, so none was tested. {self._rest()}"
        if not moved:
            return f"None of {self.test.comparisons} headline numbers moved beyond its error {where}. {self._rest()}"
        return f"{len(moved)} of {self.test.comparisons} headline numbers moved beyond their errors {where}. {self._rest()}"

    def findings(self) -> tuple[Finding, ...]:
        """What moved, and whether it is a collapse."""
        moved = self._moved()
        if not self.test.comparisons:
            found = [Finding("What moved?", "Not tested", self.summary())]
        elif not moved:
            largest = max((abs(each.z) for each in self.series.values() if each.headline and math.isfinite(each.z)), default=0.0)
            detail = (
                f"None of {self.test.comparisons} headline numbers changed by more than {self.test.critical_z:.2g} standard errors from {self.labels[0]} to "
                f"{self.labels[-1]} (the largest change is {largest:.1f})."
            )
            found = [Finding("What moved?", "Nothing beyond its error", detail)]
        else:
            ordered = sorted(moved.items(), key=lambda item: -abs(item[1].z))
            told = [
                f"{words_of_key(path)} {way(each)} from {number(each.first)} to {number(each.last)} ({_signed(each.z)} s.e.)"
                for path, each in ordered
            ]
            rest = f"; {len(told) - _NAMED} more" if len(told) > _NAMED else ""
            found = [Finding("What moved?", f"{len(moved)} of {self.test.comparisons}", "; ".join(told[:_NAMED]) + rest + ".")]
        if beside := self._beside():
            found = [replace(each, detail=f"{each.detail} {beside}") for each in found]
        collapse = self._collapse()
        return (*found, collapse) if collapse else tuple(found)

    def figures(self) -> tuple[Figure, ...]:
        """The headline numbers of each instrument, those of one scale in one figure."""
        shown = self._shown()
        return tuple(
            figure_of(f"trend-{instrument}-{place}", {path: shown[path] for path in paths}, self.labels, self.steps)
            for instrument in dict.fromkeys(path.partition(".")[0] for path in self.series)
            for place, paths in enumerate(groups_of(shown, instrument), start=1)
        )

    def tables(self) -> tuple[Table, ...]:
        """The changes of the headline numbers, the inputs, and the changes of all other numbers that changed."""
        others = {path: each for path, each in self._shown().items() if not each.headline and each.change.value != 0}
        note = "Not tested: so many numbers would show large z by chance. An exact number has no error to compare its change with."
        more = (Table("trend-others", "Every other number that changed", _COLUMNS, self._changes(others), note),) if others else ()
        inputs = tuple(
            (label, *(_plain(each[key]) for key in ("kind", "n", "d", "classes")), f"{str(each['sha256'])[:12]}…")
            for label, each in zip(self.labels, self.inputs, strict=True)
        )
        which = Table("trend-inputs", "The inputs in order", ("input", "kind", "n", "d", "classes", "SHA-256"), inputs)
        return (self.changed(), which, *more)

    def lead(self) -> Table:
        """The table for a terminal: the changes of the headline numbers."""
        return self.changed()

    def changed(self) -> Table:
        """The changes of the headline numbers."""
        note = (
            f"z is the change in standard errors; beyond {self.test.critical_z:.3g} the number has moved ({self.test.comparisons} are tested together at "
            f"{100 * self.test.level:g} %), below it is unclear; what has no error is untested."
        )
        headline = {path: each for path, each in self._shown().items() if each.headline and not each.constant}
        if any(self._partial(each) for each in headline.values()):
            note += (
                f" A number that {self.labels[0]} or {self.labels[-1]} lacks goes from the first to the last that have it, named beside the value; "
                "its z is read in the same way, and it is none of those tested together."
            )
        return Table("trend-changes", f"From {self.labels[0]} to {self.labels[-1]}", _COLUMNS, self._changes(headline), note)

    def _changes(self, series: Mapping[str, Series]) -> tuple[tuple[str, ...], ...]:
        return tuple(
            (
                path,
                self._end(each, 0),
                self._end(each, 1),
                _signed(each.change.value),
                _signed(each.z),
                _verdict(each),
                sparkline(each.values),
            )
            for path, each in series.items()
        )

    def _rest(self) -> str:
        return f"The other sections are about the last, {self.labels[-1]}."

    def _shown(self) -> dict[str, Series]:
        """The numbers with their changes between the first and the last input that have them, which are what is said."""
        return {path: each.between_ends(self.test.critical_z) for path, each in self.series.items()}

    def _partial(self, series: Series) -> bool:
        return series.ends != (0, len(self.labels) - 1)

    def _end(self, series: Series, which: int) -> str:
        """The first (0) or the last (1) value that there is, with its input where that is not the first or the last of all."""
        place = series.ends[which]
        text = number(series.last if which else series.first)
        return text if place == (0, len(self.labels) - 1)[which] else f"{text} ({self.labels[place]})"

    def _beside(self) -> str:
        """What is said of headline numbers that the first or the last input lacks, which are not among those tested together."""
        told = [
            f"{words_of_key(path)} {way(each)} from {number(each.first)} at {self.labels[each.ends[0]]} to {number(each.last)} at {self.labels[each.ends[1]]} "
            f"({_signed(each.z)} s.e., {'beyond' if each.moved else 'not beyond'} the {self.test.critical_z:.2g} that count)"
            for path, each in self._shown().items()
            if each.headline and self._partial(each) and math.isfinite(each.z)
        ]
        return f"Beside these tests, from the first to the last that have it: {'; '.join(told)}." if told else ""

    def _moved(self) -> dict[str, Series]:
        return {path: each for path, each in self.series.items() if each.moved}

    def _collapse(self) -> Finding | None:
        """The finding on collapse, where a rank was tested."""
        ranks = {path: self.series[path] for path in _RANKS if path in self.series and math.isfinite(self.series[path].z)}
        if not ranks:
            return None
        fell = {path: each for path, each in ranks.items() if each.moved and each.change.value < 0}
        told = "; ".join(
            f"{words_of_key(path)} goes from {number(each.first)} to {number(each.last)}, by {_signed(each.z)} standard errors{self._dip(each)}"
            for path, each in ranks.items()
        )
        if not fell:
            return Finding("Is it collapsing?", "No", f"{told}: no rank falls beyond its error.", tone="good")
        least = min(each.ratio for each in fell.values())
        detail = f"{told}."
        widths = self.series.get("spectrum.dimensions")
        if widths is not None and widths.last < widths.first:
            detail += f" The width falls, too, from {number(widths.first)} to {number(widths.last)}."
            if least > _WITH_WIDTH * widths.ratio:
                return Finding("Is it collapsing?", "No more than its width", detail)
        action = "See in the figure where the rank begins to fall, and take the checkpoint before it, or change the loss from there."
        lost = f"{100 * (1 - least):.0f} % of its rank is lost" if least <= 0.995 else "its rank falls a little"
        if least < _HALVED:
            return Finding("Is it collapsing?", f"Yes: {lost}", detail, action, "bad")
        return Finding("Is it collapsing?", f"It narrows: {lost}", detail, action, "caution")

    def _dip(self, series: Series) -> str:
        """Where a number is lowest, if that is neither first nor last."""
        if not series.minimum < min(series.first, series.last) * (1 - 1e-9):
            return ""
        return f", and is lowest at {self.labels[int(np.nanargmin(series.values))]}, {number(series.minimum)}"


_COLUMNS = ("number", "first", "last", "change", "z", "verdict", "course")


def sparkline(values: Sequence[float] | np.ndarray, width: int = 16) -> str:
    """The course of the values in blocks of eight heights, `·` where there is none; of many values, `width` evenly taken."""
    array = np.asarray(values, dtype=np.float64)
    if len(array) > width:
        array = array[np.linspace(0, len(array) - 1, width).round().astype(int)]
    known = array[np.isfinite(array)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    top = len(_BLOCKS) - 1
    flat = not high - low > 1e-12 * max(abs(low), abs(high))
    return "".join("·" if not math.isfinite(each) else _BLOCKS[3 if flat else round(top * (each - low) / (high - low))] for each in array)


def _verdict(series: Series) -> str:
    if series.moved:
        return way(series)
    if math.isnan(series.change.value):
        return "no value"
    if series.change.value == 0:
        return "the same"
    if math.isnan(series.z):
        return "untested"
    return "unclear" if series.headline else "untested"


def _plain(item: object) -> str:
    return "" if item is None else f"{item:,}" if isinstance(item, int) else str(item)


def _signed(value: float) -> str:
    return "" if math.isnan(value) else ("+" if value > 0 else "") + number(float(f"{value:.3g}"))
