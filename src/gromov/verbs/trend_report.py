"""What a trend says of itself: findings, a figure for numbers of one scale, and the table of changes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gromov.core import About, Axis, Caption, Curve, Estimate, Figure, Finding, Result, Table, Tree
from gromov.report import number
from gromov.verbs.trend_series import ChangeTest, Series

_BLOCKS = "▁▂▃▄▅▆▇█"
_ONE_SCALE = 4.0
_CURVES = 4
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
                f"{path} {_way(each)} from {number(each.first)} to {number(each.last)} ({_signed(each.z)} s.e.)" for path, each in ordered
            ]
            rest = f"; {len(told) - _NAMED} more" if len(told) > _NAMED else ""
            found = [Finding("What moved?", f"{len(moved)} of {self.test.comparisons}", "; ".join(told[:_NAMED]) + rest + ".")]
        collapse = self._collapse()
        return (*found, collapse) if collapse else tuple(found)

    def figures(self) -> tuple[Figure, ...]:
        """The headline numbers of each instrument, those of one scale in one figure."""
        return tuple(
            self._figure(f"trend-{instrument}-{place}", paths)
            for instrument in dict.fromkeys(path.partition(".")[0] for path in self.series)
            for place, paths in enumerate(self._groups(instrument), start=1)
        )

    def tables(self) -> tuple[Table, ...]:
        """The changes of the headline numbers, the inputs, and the changes of all other numbers that changed."""
        others = {path: each for path, each in self.series.items() if not each.headline and each.change.value != 0}
        note = "Not tested: so many numbers would show large z by chance. An exact number has no error to compare its change with."
        more = (Table("trend-others", "Every other number that changed", _COLUMNS, self._changes(others), note),) if others else ()
        inputs = tuple(
            (label, *(_plain(each[key]) for key in ("kind", "n", "d", "classes")), f"{str(each['sha256'])[:12]}…")
            for label, each in zip(self.labels, self.inputs, strict=True)
        )
        which = Table("trend-inputs", "The inputs in order", ("input", "kind", "n", "d", "classes", "SHA-256"), inputs)
        return (self.lead(), which, *more)

    def lead(self) -> Table:
        """The changes of the headline numbers."""
        note = (
            f"z is the change in standard errors; beyond {self.test.critical_z:.3g} the number has moved ({self.test.comparisons} are tested together at "
            f"{100 * self.test.level:g} %), below it is unclear; what has no error is untested."
        )
        headline = {path: each for path, each in self.series.items() if each.headline and not each.constant}
        return Table("trend-changes", f"From {self.labels[0]} to {self.labels[-1]}", _COLUMNS, self._changes(headline), note)

    def _changes(self, series: Mapping[str, Series]) -> tuple[tuple[str, ...], ...]:
        return tuple(
            (
                path,
                number(each.first),
                number(each.last),
                _signed(each.change.value),
                _signed(each.z),
                _verdict(each),
                sparkline(each.values),
            )
            for path, each in series.items()
        )

    def _rest(self) -> str:
        return f"The other sections are about the last, {self.labels[-1]}."

    def _moved(self) -> dict[str, Series]:
        return {path: each for path, each in self.series.items() if each.moved}

    def _collapse(self) -> Finding | None:
        """The finding on collapse, where a rank was tested."""
        ranks = {path: self.series[path] for path in _RANKS if path in self.series and math.isfinite(self.series[path].z)}
        if not ranks:
            return None
        fell = {path: each for path, each in ranks.items() if each.moved and each.change.value < 0}
        told = "; ".join(
            f"{path} goes from {number(each.first)} to {number(each.last)}, by {_signed(each.z)} standard errors{self._dip(each)}"
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

    def _groups(self, instrument: str) -> list[list[str]]:
        """The headline numbers of an instrument that change or have errors, in groups that one axis can show."""
        groups: list[list[str]] = []
        for path, each in self.series.items():
            if path.partition(".")[0] != instrument or not each.headline or each.constant or not np.isfinite(each.values).any():
                continue
            home = next((group for group in groups if len(group) < _CURVES and self._one_scale([*group, path])), None)
            if home is None:
                groups.append([path])
            else:
                home.append(path)
        return groups

    def _one_scale(self, paths: Sequence[str]) -> bool:
        """Whether the numbers have one sign and their largest values lie within a factor of 4."""
        series = [self.series[path] for path in paths]
        sizes = [max(abs(each.minimum), abs(each.maximum)) for each in series]
        alike = all(each.minimum >= 0 for each in series) or all(each.maximum <= 0 for each in series)
        return alike and max(sizes) <= _ONE_SCALE * min(sizes)

    def _figure(self, name: str, paths: Sequence[str]) -> Figure:
        series = {path: self.series[path] for path in paths}
        x = np.array(self.steps or range(len(self.labels)), dtype=np.float64)
        short = [path.partition(".")[2] for path in paths]
        banded = [(name, each, bool(np.isfinite(each.low).any())) for name, each in zip(short, series.values(), strict=True)]
        layers = tuple(Curve(name, x, each.values, each.low if band else None, each.high if band else None) for name, each, band in banded)
        moved = [f"{name} {_way(each)}" for name, each in zip(short, series.values(), strict=True) if each.moved]
        caption = Caption(
            what=f"{_listed(short)} of each of {len(self.labels)} inputs.",
            how=f"Measured with the same options and seed for each; {'the number in the name is the position' if self.steps else 'in order'}.",
            sure="Bands are 95 % intervals of each number by itself. Inputs that share their objects move together more closely than the bands suggest.",
            means=f"Beyond its error from first to last: {_listed(moved)}."
            if moved
            else "None of them moved beyond its error from the first to the last.",
            todo="A sudden step says which pair of inputs to compare.",
        )
        axis = Axis("number in the name") if self.steps else Axis("input", categories=self.labels)
        return Figure(name, f"{paths[0].partition('.')[0]}: {_listed(short)}", caption, axis, Axis("value"), layers)


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
        return _way(series)
    if math.isnan(series.change.value):
        return "no value"
    if series.change.value == 0:
        return "the same"
    if math.isnan(series.z):
        return "untested"
    return "unclear" if series.headline else "untested"


def _plain(item: object) -> str:
    return "" if item is None else f"{item:,}" if isinstance(item, int) else str(item)


def _way(series: Series) -> str:
    return "falls" if series.change.value < 0 else "rises"


def _signed(value: float) -> str:
    return "" if math.isnan(value) else ("+" if value > 0 else "") + number(float(f"{value:.3g}"))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
