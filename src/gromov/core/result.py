"""What an instrument returns."""

import dataclasses
import html
import inspect
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gromov.core.estimate import Estimate
from gromov.core.figure import Figure, Table
from gromov.core.finding import About, Finding
from gromov.core.serial import Arrays, Tree, encode

if TYPE_CHECKING:
    import pandas


class Result:
    """Base of every instrument's answer: a frozen dataclass of `Estimate`s, plain counts and read-only arrays.

    A subclass is `@dataclass(frozen=True, slots=True, eq=False)`; its docstring lists every field under `Attributes:`, which the
    report prints beside the number. It overrides `about` and `summary`, and `figures` and `findings` where it has any.
    """

    __slots__ = ()

    @classmethod
    def about(cls) -> About:
        """What the instrument is: title, question, method, references."""
        raise NotImplementedError

    def figures(self) -> tuple[Figure, ...]:
        """The figures of this result, as data."""
        return ()

    def tables(self) -> tuple[Table, ...]:
        """The tables of this result."""
        return ()

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """Dotted names of the few numbers to show where there is room for no more; empty means the first with an error bar."""
        return ()

    def findings(self) -> tuple[Finding, ...]:
        """What to say on the score-card."""
        return ()

    def summary(self) -> str:
        """The result in one sentence of plain words."""
        raise NotImplementedError

    def to_dict(self, arrays: Arrays | None = None, *, prefix: str = "") -> Tree:
        """JSON-ready form; arrays of more than 64 numbers are put into `arrays` and referred to."""
        tree = encode(self, prefix or type(self).__name__.lower(), {} if arrays is None else arrays)
        assert isinstance(tree, dict)
        return tree

    def rows(self) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
        """Every scalar of the result with its dotted name."""
        yield from _scalars(self, "")

    def to_frame(self) -> "pandas.DataFrame":
        """Table of the scalars: name, value, stderr, ci_low, ci_high, n, method. Needs pandas."""
        try:
            import pandas
        except ImportError as error:
            from gromov.core.errors import MissingDependencyError

            raise MissingDependencyError("to_frame() needs pandas: pip install pandas") from error

        records: list[dict[str, object]] = []
        for name, item in self.rows():
            if isinstance(item, Estimate):
                low, high = item.ci or (None, None)
                record = {"value": item.value, "stderr": item.stderr, "ci_low": low, "ci_high": high, "n": item.n, "method": item.method}
            else:
                record = {"value": item}
            records.append({"name": name, **record})
        return pandas.DataFrame.from_records(records)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(item if isinstance(item, str) else readable(item))}</td></tr>"
            for name, item in self.rows()
        )
        return f"<p><strong>{html.escape(type(self).__name__)}</strong>. {html.escape(self.summary())}</p><table>{cells}</table>"


def field_meanings(kind: type[object]) -> dict[str, str]:
    """The meaning of each field of a dataclass, read from the `Attributes:` part of its docstring and of those of its bases."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        text = inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("Attributes:")[2]
        entries = re.findall(r"^    (\w+): (.+(?:\n      +.+)*)", text, flags=re.MULTILINE)
        found |= {name: " ".join(meaning.split()) for name, meaning in entries}
    return found


def readable(item: Estimate | float | int | bool) -> str:
    """A scalar as a person reads it: four significant digits, thousands separated, intervals in brackets."""
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, int):
        return f"{item:,}"
    return str(item) if isinstance(item, Estimate) else f"{item:.4g}"


def _scalars(value: object, path: str) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
    if isinstance(value, Estimate | float | int | str):
        yield path, value
    elif dataclasses.is_dataclass(value):
        for f in dataclasses.fields(value):
            yield from _scalars(getattr(value, f.name), f"{path}.{f.name}" if path else f.name)
