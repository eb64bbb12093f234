"""What `measure` returns: results by instrument, and everything needed to report and repeat them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gromov.core import Arrays, Result, Tree, environment
from gromov.core.runs import ARRAYS, to_json, to_npz, write_atomically
from gromov.report import Page, render_markdown, render_page

if TYPE_CHECKING:
    import pandas

SCHEMA = 1


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """The geometry of one representation.

    Attributes:
        results: Result of each instrument, by name.
        input: What was measured: name, kind, n, d, classes, sha256, notes.
        config: Options that the numbers depend on.
        skipped: Instruments that did not run, and why.
        warnings: What a reader must keep in mind.
        version: Version of gromov.
        timings: Wall and CPU seconds of each instrument.
        folder: The run folder, if there is one.
        command: The command line that repeats it.
    """

    results: Mapping[str, Result]
    input: Tree
    config: Tree
    skipped: Mapping[str, str]
    warnings: tuple[str, ...]
    version: str
    timings: Mapping[str, Mapping[str, float]]
    folder: Path | None
    command: str

    def __getitem__(self, name: str) -> Result:
        """The result of one instrument."""
        return self.results[name]

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

    def to_json(self) -> str:
        """result.json as text."""
        return to_json(self.to_dict())

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

    def to_html(self) -> str:
        """The report as one HTML file that needs nothing but itself."""
        return render_page(self.page())

    def to_markdown(self) -> str:
        """A short summary in the markdown of GitHub, for a page of continuous integration or a comment."""
        return render_markdown(self.page())

    def save_html(self, path: str | Path) -> None:
        """Write the report to a file, whole or not at all."""
        write_atomically(Path(path), self.to_html())

    def files(self) -> dict[str, bytes | str]:
        """The files of a run folder, except result.json."""
        arrays: Arrays = {}
        self.to_dict(arrays)
        return {
            ARRAYS: to_npz(arrays),
            "timings.json": to_json(self.timings),
            "environment.json": to_json(environment()),
            "report.html": self.to_html(),
            "summary.md": self.to_markdown(),
        }

    def _repr_html_(self) -> str:
        import html

        return f'<iframe srcdoc="{html.escape(self.to_html())}" style="width:100%;height:720px;border:0" title="gromov report"></iframe>'
