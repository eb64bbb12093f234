"""What `measure` returns: results by instrument, and everything needed to report and repeat them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gromov.core import Arrays, Result, Tree, environment
from gromov.report import Page
from gromov.verbs.record import SCHEMA, Record, named

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measurement(Record):
    """The geometry of one representation.

    Attributes:
        results: Result of each instrument, by name.
        input: What was measured: name, kind, n, d, classes, sha256, notes.
        skipped: Instruments that did not run, and why.
        timings: Wall and CPU seconds of each instrument.
    """

    results: Mapping[str, Result]
    input: Tree
    skipped: Mapping[str, str]
    timings: Mapping[str, Mapping[str, float]]

    def __getitem__(self, name: str) -> Result:
        """The result of one instrument."""
        return named(self.results, name, "result")

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1); arrays of more than 64 numbers are put into `arrays` and referred to."""
        store: Arrays = {} if arrays is None else arrays
        return {
            "schema": SCHEMA,
            "gromov": self.version,
            "verb": "measure",
            "input": self.input,
            "config": self.config,
            "results": {name: result.to_dict(store, prefix=name) for name, result in self.results.items()},
            "skipped": dict(self.skipped),
            "warnings": list(self.warnings),
        }

    def to_frame(self) -> "pandas.DataFrame":
        """One table of every number: instrument, name, value, stderr, interval, n, method. Needs pandas."""
        frames = [(name, result.to_frame()) for name, result in self.results.items()]
        import pandas

        return pandas.concat([frame.assign(instrument=name) for name, frame in frames], ignore_index=True)

    def page(self) -> Page:
        """The report, as data."""
        classes = self.input["classes"]
        return Page(
            title=f"The geometry of {self.input['name']}",
            verb="measure",
            source={**self.input, "labels": classes},
            results=self.results,
            skipped=self.skipped,
            warnings=self.warnings,
            config={**self.config, "command": self.command},
            environment=environment(),
            version=self.version,
        )
