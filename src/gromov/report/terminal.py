"""The report on a terminal: one screen, readable without colour."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

from gromov.core.figure import Table
from gromov.core.finding import Tone
from gromov.core.result import Result
from gromov.report.page import Page
from gromov.report.sections import Card, actions, cards, key_numbers
from gromov.report.words import clean, done, interval, plain_value, size, value

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Styled: TypeAlias = tuple[str, str]

_SYMBOLS: Mapping[Tone, str] = {"good": "✓", "caution": "!", "bad": "✗", "neutral": "•"}
_ASCII: Mapping[Tone, str] = {"good": "+", "caution": "!", "bad": "x", "neutral": "-"}
_STYLES: Mapping[Tone, str] = {"good": "green", "caution": "yellow", "bad": "red", "neutral": "cyan"}
_WIDE = 110
_MARGIN, _GAP = 6, 2  # the first column and the space after each
_FEWEST_COLUMNS = 3


def print_summary(page: Page, *, file: IO[str], out: Path | None) -> None:
    """Print what was measured, the score-card, what to do next, the key numbers, warnings, and where the report lies.

    Args:
        page: What the report says.
        file: Where to print; without a terminal there are no colours, and without Unicode the symbols are ASCII.
        out: The run folder, or None where nothing was written.
    """
    from rich.console import Console

    console = Console(file=file, highlight=False, markup=False, emoji=False)
    screen = _Screen(console)
    found = cards(page.results)
    screen.line(f"gromov {done(page.verb)} {plain_value(page.source.get('name', 'the data'))}: {size(page.source)}", "bold")
    screen.rows("Score-card", [_card(screen, card) for card in found])
    screen.rows("What to do next", [((f"{place}.", "cyan"), (todo, "")) for place, todo in enumerate(actions(found), start=1)])
    if page.lead is None:
        screen.rows("Key numbers", [row for name, result in page.results.items() for row in _key_numbers(name, result)])
    else:
        screen.rows(page.lead.title, *_table(screen, page.lead))
        screen.rows("", [(("", ""), (page.lead.note, "dim"))] if page.lead.note else [])
    screen.rows("Keep in mind", [((screen.symbol("caution"), "bold yellow"), (warning, "")) for warning in page.warnings])
    screen.rows("Not measured", [(("", ""), (name, ""), (reason, "")) for name, reason in page.skipped.items()])
    if out is not None:
        screen.heading("Report")
        screen.line(f"   {out / 'report.html'}", "")


class _Screen:
    """A console that prints other people's texts as they are: no markup, no terminal codes, nothing its encoding lacks."""

    def __init__(self, console: "Console") -> None:
        self.console = console

    @property
    def wide(self) -> bool:
        """Whether there is room for a column more."""
        return self.console.width >= _WIDE

    @property
    def unicode(self) -> bool:
        """Whether its encoding has every letter."""
        return self.console.encoding.lower().startswith("utf")

    def symbol(self, tone: Tone) -> str:
        """The sign of a tone, for those who see no colours."""
        return (_SYMBOLS if self.unicode else _ASCII)[tone]

    def text(self, parts: Sequence[Styled]) -> "Text":
        """The parts one below the other, each in its style."""
        from rich.text import Text

        encoding = self.console.encoding
        lines = [Text(_indented(text).encode(encoding, "replace").decode(encoding), style=style) for text, style in parts if text]
        return Text("\n").join(lines)

    def line(self, text: str, style: str) -> None:
        """Print one line; the terminal breaks it if it must, so that a path can be copied."""
        self.console.print(self.text([(text, style)]), soft_wrap=True)

    def heading(self, text: str) -> None:
        """Print a heading after an empty line."""
        self.console.print()
        self.line(text, "bold cyan")

    def rows(self, heading: str, rows: Sequence[Sequence[Styled | tuple[Styled, ...]]], widths: Sequence[int | None] | None = None) -> None:
        """Print a heading, if it has words, and aligned rows, whose columns have these widths; nothing where there are none."""
        if not rows:
            return
        widths = widths or [None] * (len(rows[0]) - 1)
        from rich.table import Table as Grid

        if heading:
            self.heading(heading)
        table = Grid.grid(padding=(0, 2, 0, 0))
        table.add_column(width=4, justify="right")
        for width in widths:
            table.add_column(overflow="fold", width=width)
        for row in rows:
            table.add_row(*(self.text(cell if isinstance(cell[0], tuple) else [cell]) for cell in row))  # pyright: ignore[reportArgumentType]
        if self.console.is_terminal:
            self.console.print(table)
            return
        with self.console.capture() as printed:
            self.console.print(table)
        # in a file or a pipe the spaces that fill a table's last column are only noise
        self.console.file.write("".join(line.rstrip() + "\n" for line in printed.get().splitlines()))


def _indented(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" "))] + clean(text)


def _card(screen: _Screen, card: Card) -> Sequence[Styled | tuple[Styled, ...]]:
    finding = card.finding
    style = f"bold {_STYLES[finding.tone]}"
    answer, detail = (finding.answer, style), (finding.detail, "")
    told: tuple[Styled | tuple[Styled, ...], ...] = (answer, detail) if screen.wide else ((answer, detail),)
    return ((screen.symbol(finding.tone), style), (finding.question, ""), *told)


def _table(screen: _Screen, table: Table) -> tuple[Sequence[Sequence[Styled]], Sequence[int]]:
    """A table with its titles and the widths of its columns: no word is broken, and last columns that would not fit are left to the report.

    `change` and `course` are shown only where there is room, the latter also only where its blocks can be shown.
    """
    left_out = {"course"} if screen.wide and not screen.unicode else set() if screen.wide else {"change", "course"}
    shown = [place for place, title in enumerate(table.columns) if title not in left_out]
    cells = {place: [row[place] for row in (table.columns, *table.rows)] for place in shown}
    words = {place: max(len(word) for cell in cells[place] for word in (cell.split() or [""])) for place in shown}
    room = screen.console.width - _MARGIN
    while len(shown) > _FEWEST_COLUMNS and sum(words[place] + _GAP for place in shown) > room:
        shown.pop()
    widths = {place: max(map(len, cells[place])) for place in shown}
    while sum(width + _GAP for width in widths.values()) > room and any(widths[place] > words[place] for place in shown):
        widths[max((place for place in shown if widths[place] > words[place]), key=widths.__getitem__)] -= 1
    titles = [("", ""), *((table.columns[place], "bold") for place in shown)]
    rows = [titles, *([("", ""), *((row[place], "") for place in shown)] for row in table.rows)]
    return rows, list(widths.values())


def _key_numbers(name: str, result: Result) -> Iterator[Sequence[Styled]]:
    for path, item in key_numbers(name, result):
        yield ("", ""), (f"{name}.{path}", ""), (f"{value(item)} {interval(item)}".rstrip(), "")
