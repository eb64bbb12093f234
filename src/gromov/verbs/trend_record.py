"""What `trend` returns: each number over the inputs, the results of the last, and everything needed to report and repeat them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gromov.core import Arrays, Result, Tree, environment
from gromov.report import Page
from gromov.verbs.record import SCHEMA, Record, frame_of, named
from gromov.verbs.trend_order import short_names
from gromov.verbs.trend_report import Changes
from gromov.verbs.trend_series import ChangeTest, Series, nested

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trend(Record):
    """The geometry of several inputs in order.

    Attributes:
        series: Each number over the inputs, by instrument and dotted name, as `spectrum.effective_rank`.
        test: How it was decided which headline numbers moved.
        results: Result of each instrument for the last input, by name.
        inputs: What was measured, in order: name, kind, n, d, classes, sha256, notes.
        steps: The number in the name of each input; empty where there is none.
        skipped: Instruments that did not run, and why, for each input.
        timings: Wall and CPU seconds of each instrument, by name of the input.
    """

    series: Mapping[str, Series]
    test: ChangeTest
    results: Mapping[str, Result]
    inputs: Sequence[Tree]
    steps: tuple[float, ...]
    skipped: Sequence[Mapping[str, str]]
    timings: Mapping[str, Mapping[str, Mapping[str, float]]]

    def __getitem__(self, name: str) -> Series:
        """One number over the inputs, as `trend["spectrum.effective_rank"]`."""
        return named(self.series, name, "number")

    @property
    def labels(self) -> tuple[str, ...]:
        """The inputs in order, by short name."""
        return short_names([str(each["name"]) for each in self.inputs])

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1): what stands there for one input is that of the last; `trend` holds the rest."""
        store: Arrays = {} if arrays is None else arrays
        steps = self.steps or [None] * len(self.inputs)
        return {
            "schema": SCHEMA,
            "gromov": self.version,
            "verb": "measure",
            "input": self.inputs[-1],
            "inputs": [
                {**each, "step": step, "skipped": dict(skipped)}
                for each, step, skipped in zip(self.inputs, steps, self.skipped, strict=True)
            ],
            "config": self.config,
            "results": {name: result.to_dict(store, prefix=name) for name, result in self.results.items()},
            "trend": nested(self.series, store),
            "trend_test": asdict(self.test),
            "skipped": dict(self.skipped[-1]),
            "warnings": list(self.warnings),
        }

    def to_frame(self) -> "pandas.DataFrame":
        """One row for each number of each input: number, input, step, value, stderr, ci_low, ci_high. Needs pandas."""
        columns = ("number", "input", "step", "value", "stderr", "ci_low", "ci_high")
        rows = [
            (path, label, self.steps[i] if self.steps else i, each.values[i], each.stderr[i], each.low[i], each.high[i])
            for path, each in self.series.items()
            for i, label in enumerate(self.labels)
        ]
        return frame_of(columns, rows)

    def changes(self) -> Changes:
        """What the trend says: findings, figures, tables."""
        return Changes(self.labels, self.inputs, self.steps, self.series, self.test)

    def page(self) -> Page:
        """The report, as data: the trend first, then the sections of the last input."""
        last, labels, changes = self.inputs[-1], self.labels, self.changes()
        numbered = "by the numbers in their names" if self.steps else "as given, names that differ only in numbers by these"
        how = numbered if self.config["order"] == "natural" else "as given"
        notes = [f"{len(labels)} inputs, in order {how}: {_few(labels)}", f"all but the section Trend is about the last, {labels[-1]}"]
        return Page(
            title=f"The geometry from {labels[0]} to {labels[-1]}",
            verb="measure",
            source={
                **last,
                "name": f"{len(labels)} inputs, from {labels[0]} to {labels[-1]}; the last",
                "labels": last["classes"],
                "sha256": "",  # there are several: see the table of inputs
                "notes": [*notes, *map(str, _list(last["notes"]))],
            },
            results={"trend": changes, **self.results},
            skipped=_gathered(self.skipped, labels),
            warnings=self.warnings,
            config={**self.config, "command": self.command},
            environment=environment(),
            version=self.version,
            lead=changes.lead(),
        )


def _gathered(skipped: Sequence[Mapping[str, str]], labels: Sequence[str]) -> dict[str, str]:
    """What was not measured: by instrument where it is the same for all inputs, else by instrument and input."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(name for each in skipped for name in each):
        reasons = [each.get(name) for each in skipped]
        if len(set(reasons)) == 1:
            found[name] = str(reasons[0])
        else:
            found |= {f"{name} of {label}": reason for label, reason in zip(labels, reasons, strict=True) if reason is not None}
    return found


def _few(labels: Sequence[str], most: int = 12) -> str:
    return ", ".join(labels) if len(labels) <= most else f"{', '.join(labels[: most - 1])}, … {labels[-1]}"


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value  # pyright: ignore[reportUnknownVariableType]
