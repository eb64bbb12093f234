"""Rows of a text table: how its fields are parted, whether it has a header, and the fields line by line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from gromov.core import InputError
from gromov.data.readers.file import File

SAMPLE_ROWS = 32
COMMENTS = ("#", "%")
DELIMITERS = ("\t", ";", ",", "|")
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out.

    Attributes:
        delimiter: What parts the fields; None means runs of white space.
        header: Names of the columns; "1", "2", … where the file names none.
        named: Whether the file names its columns.
        first: Line of the first row of data, counted from 1.
        sample: The first rows of data.
    """

    delimiter: str | None
    header: tuple[str, ...]
    named: bool
    first: int
    sample: tuple[list[str], ...]

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers, judged by its first field that is not empty."""
        first = next((row[column] for row in self.sample if column < len(row) and row[column].strip()), "")
        return is_number(first)

    def index(self, name: str, *, option: str, file: File) -> int:
        """Position of the column `name`.

        Raises:
            InputError: no column, or more than one, is called so.
        """
        if self.header.count(name) != 1:
            problem = "has no column" if name not in self.header else "has more than one column"
            names = ", ".join(self.header[:20]) if self.named else f"1 to {len(self.header)}, as it names none"
            raise InputError(f"{file.name} {problem} {name!r} ({option}): its columns are {names}")
        return self.header.index(name)


def is_number(text: str) -> bool:
    """Whether `text` is a number as a table writes it."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def is_integer(text: str) -> bool:
    """Whether `text` is an integer that reads back as the same text: 7 and -3, but not 007."""
    text = text.strip()
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0") and text != "-0"


def split_rows(lines: TextIO, delimiter: str | None) -> Iterator[Row]:
    """The number of the line and the fields of each row that is not blank."""
    if delimiter is None:
        for number, line in enumerate(lines, 1):
            if fields := line.split():
                yield number, fields
        return
    reader = csv.reader(lines, delimiter=delimiter)
    for fields in reader:
        if fields and (len(fields) > 1 or fields[0].strip()):
            yield reader.line_num, fields


def sniff(file: File, *, edges: bool = False) -> Layout:
    """Tell the layout from the first rows; comments before the data (#, in lists of edges also %) are passed over.

    Raises:
        InputError: the file holds no rows, or is not text.
    """
    comments = COMMENTS if edges else COMMENTS[:1]
    delimiter = _edge_delimiter(file, comments) if edges else _delimiter(file, comments)
    with file.text() as lines:
        rows = list(islice(_after_comments(split_rows(lines, delimiter), comments), SAMPLE_ROWS))
    if not rows:
        raise InputError(f"{file.name} is empty: it holds no rows")
    fields = [row for _, row in rows]
    if _is_header(fields):
        first = rows[1][0] if len(rows) > 1 else rows[0][0] + 1
        return Layout(delimiter, tuple(name.strip() for name in fields[0]), True, first, tuple(fields[1:]))
    names = tuple(str(number) for number in range(1, len(fields[0]) + 1))
    return Layout(delimiter, names, False, rows[0][0], tuple(fields))


def data_rows(lines: TextIO, layout: Layout) -> Iterator[Row]:
    """The rows from the first row of data on."""
    return (row for row in split_rows(lines, layout.delimiter) if row[0] >= layout.first)


def _first_lines(file: File, comments: tuple[str, ...]) -> list[str]:
    with file.text() as lines:
        return [line for line in islice(lines, 4 * SAMPLE_ROWS) if line.strip() and not line.startswith(comments)][:SAMPLE_ROWS]


def _edge_delimiter(file: File, comments: tuple[str, ...]) -> str | None:
    """None where a dictionary follows two nodes: its commas part nothing."""
    thirds = [line.split(None, 2)[2:] for line in _first_lines(file, comments)]
    return None if any(third[:1] and third[0].startswith("{") for third in thirds) else _delimiter(file, comments)


def _delimiter(file: File, comments: tuple[str, ...]) -> str | None:
    sample = _first_lines(file, comments)
    widths = {mark: _widths(sample, mark) for mark in DELIMITERS}
    for mark in DELIMITERS:
        if min(widths[mark], default=1) > 1 and len(set(widths[mark])) == 1:
            return mark
    for mark in DELIMITERS:
        if widths[mark] and widths[mark][0] > 1:
            return mark
    # names of one column may hold spaces; numbers and edges do not
    spaced = bool(sample) and len(sample[0].split()) > 1 and '"' not in sample[0]
    return None if spaced else ","


def _widths(sample: list[str], mark: str) -> list[int]:
    """Number of fields of each row parted by `mark`; none where a field is longer than any is, as a wide row of another mark is."""
    try:
        return [len(row) for row in csv.reader(sample, delimiter=mark) if row]
    except csv.Error:
        return []


def _after_comments(rows: Iterator[Row], comments: tuple[str, ...]) -> Iterator[Row]:
    for row in rows:
        if not row[1][0].startswith(comments):
            yield row
            break
    yield from rows


def _is_header(rows: list[list[str]]) -> bool:
    first, second = rows[0], rows[1] if len(rows) > 1 else []
    if not any(is_number(text) for text in first):
        return True
    if any(text.strip() and not is_number(text) and is_number(below) for text, below in zip(first, second, strict=False)):
        return True
    return _numbers_columns(first, rows[1:])


def _numbers_columns(first: list[str], below: list[list[str]]) -> bool:
    """Data frames without names number their columns from 0, after an unnamed column that numbers their rows.

    A few integers over integers may as well be a point, so they are one.
    """
    numbers = first[1:] if first[0] == "" else first
    if len(numbers) < 2 or numbers != [str(position) for position in range(len(numbers))]:
        return False
    return first[0] == "" or len(numbers) > 8 or any(is_number(text) and not is_integer(text) for row in below for text in row)
