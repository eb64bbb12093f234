"""What every verb returns: the numbers of a run with all that is needed to report and repeat them, and the ways to write it out."""

import html
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gromov.core import Arrays, MissingDependencyError, NotHereError, Result, Table, Tree, environment
from gromov.core.runs import ARRAYS, to_json, to_npz, write_atomically
from gromov.report import Page, render_markdown, render_page

if TYPE_CHECKING:
    import pandas

SCHEMA = 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Record(ABC):
    """A run: what it was asked, on what, and how it is written out.

    Attributes:
        config: Options that the numbers depend on.
        warnings: What a reader must keep in mind.
        version: Version of gromov.
        timings: Wall and CPU seconds of each part.
        folder: The run folder, if there is one.
        command: The command line that repeats it.
    """

    config: Tree
    warnings: tuple[str, ...]
    version: str
    timings: Mapping[str, Mapping[str, object]]
    folder: Path | None
    command: str

    @abstractmethod
    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1); arrays of more than 64 numbers are put into `arrays` and referred to."""

    @abstractmethod
    def page(self) -> Page:
        """The report, as data."""

    def to_json(self) -> str:
        """result.json as text."""
        return to_json(self.to_dict())

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
        return f'<iframe srcdoc="{html.escape(self.to_html())}" style="width:100%;height:720px;border:0" title="gromov report"></iframe>'


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OneInput(Record):
    """A run over one input, with its results by name.

    Attributes:
        results: The results, by name.
        input: What was read: name, kind, n, d, classes, sha256, notes.
        skipped: What was left out, and why.
    """

    results: Mapping[str, Result]
    input: Tree
    skipped: Mapping[str, str]

    def __getitem__(self, name: str) -> Result:
        """One of the results.

        Raises:
            NotHereError: there is none of that name.
        """
        return named(self.results, name, "result")

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def _page(self, verb: str, title: str, *, labels: object = None, lead: Table | None = None) -> Page:
        """The report of such a run: its title, the number of classes where they are labels, and the table that comes first where there is one."""
        return Page(
            title=title,
            verb=verb,
            source={**self.input, "labels": labels},
            results=self.results,
            skipped=self.skipped,
            warnings=self.warnings,
            config={**self.config, "command": self.command},
            environment=environment(),
            version=self.version,
            lead=lead,
        )

    def _tree(self, arrays: Arrays | None, verb: Mapping[str, str]) -> Tree:
        """The contents of result.json, with the verb and what belongs to it."""
        store: Arrays = {} if arrays is None else arrays
        return {
            "schema": SCHEMA,
            "gromov": self.version,
            **verb,
            "input": self.input,
            "config": self.config,
            "results": {name: result.to_dict(store, prefix=name) for name, result in self.results.items()},
            "skipped": dict(self.skipped),
            "warnings": list(self.warnings),
        }


def named(results: Mapping[str, T], name: str, what: str) -> T:
    """One of several results.

    Raises:
        NotHereError: there is none of that name.
    """
    if name not in results:
        raise NotHereError(f"there is no {what} {name!r} here: there are {', '.join(results) or 'none'}")
    return results[name]


def frame_of(columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> "pandas.DataFrame":
    """A table of pandas.

    Raises:
        MissingDependencyError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingDependencyError("to_frame() needs pandas: pip install pandas") from error

    return pandas.DataFrame.from_records(list(rows), columns=list(columns))
