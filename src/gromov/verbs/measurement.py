"""What `measure` returns: results by instrument, and everything needed to report and repeat them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gromov.core import Arrays, Tree
from gromov.report import Page
from gromov.verbs.record import OneInput

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measurement(OneInput):
    """The geometry of one representation.

    Attributes:
        results: Result of each instrument, by name.
        input: What was measured: name, kind, n, d, classes, sha256, notes.
        skipped: Instruments that did not run, and why.
        timings: Wall and CPU seconds of each instrument.
    """

    timings: Mapping[str, Mapping[str, float]]

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1); arrays of more than 64 numbers are put into `arrays` and referred to."""
        return self._tree(arrays, {"verb": "measure"})

    def to_frame(self) -> "pandas.DataFrame":
        """One table of every number: instrument, name, value, stderr, interval, n, method. Needs pandas."""
        frames = [(name, result.to_frame()) for name, result in self.results.items()]
        import pandas

        return pandas.concat([frame.assign(instrument=name) for name, frame in frames], ignore_index=True)

    def page(self) -> Page:
        """The report, as data."""
        return self._page("measure", f"The geometry of {self.input['name']}", labels=self.input["classes"])
