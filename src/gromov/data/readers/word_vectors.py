"""Vectors of words as text (GloVe, word2vec, fastText): a word and its coordinates a line, perhaps after a line 'n d'."""

import re
from array import array
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from gromov.core import InputError, require_memory
from gromov.data.contents import Contents, Values, constant, text_array
from gromov.data.readers.delimited import read_delimited
from gromov.data.readers.file import File
from gromov.data.readers.rows import is_number

HEADER: Final = re.compile(r"(\d{1,12}) (\d{1,6})\s*")
SAMPLE_LINES = 16
SUFFIXES = (".txt", ".vec", ".glove", ".w2v", ".word2vec", "")


@dataclass(frozen=True, slots=True)
class Words:
    """How a file of word vectors is laid out.

    Attributes:
        d: Number of coordinates.
        promised: Number of words by the first line; None where it names none.
        trailing: Whether each line ends with a space.
    """

    d: int
    promised: int | None
    trailing: bool


def sniff_words(file: File) -> Words | None:
    """The layout, or None where the first lines are not words followed by equally many numbers."""
    with file.text() as lines:
        first = [line.rstrip("\r\n") for line in islice(lines, SAMPLE_LINES)]
    match = HEADER.fullmatch(first[0]) if first else None
    rows = [line for line in (first[1:] if match else first) if line]
    if not rows or "\t" in rows[0] or "," in rows[0].partition(" ")[2]:
        return None
    if match is None:
        d = min(_numbers_at_end(row) for row in rows)
        if d < 2:
            return None
    else:
        d = int(match[2])
    worded = [row.rstrip(" ").rsplit(" ", d) for row in rows]
    if any(len(fields) != d + 1 or not all(map(is_number, fields[1:])) for fields in worded):
        return None
    if match is None and all(is_number(fields[0]) for fields in worded):
        return None
    return Words(d, int(match[1]) if match else None, rows[0].endswith(" "))


def read_words(file: File, words: Words) -> Contents:
    """The vectors, with the words as names.

    Raises:
        InputError: a line is no word with d numbers, or there are not as many as promised.
        MemoryEstimateError: the vectors do not fit.
    """
    size = file.path.stat().st_size if file.stored_plainly() else 0
    require_memory(2 * size, step=f"reading {file.name}", remedy="save the vectors as .npy, which is memory-mapped")
    width = words.d + 1 + words.trailing
    skip = 0 if words.promised is None else 1
    read = read_delimited(
        file,
        delimiter=" ",
        skip=skip,
        width=width,
        numbers=range(1, words.d + 1),
        texts=[0],
        dtype=np.dtype(np.float32),
        quoted=False,
    )
    vectors, names = _line_by_line(file, words, skip) if read is None else (read[0], read[1][0])
    if words.promised is not None and words.promised != len(vectors):
        raise InputError(f"{file.name} promises {words.promised} words and holds {len(vectors)}: fetch or write it again")
    return Contents(vectors, columns={"word": constant(names)}, names="word", sha256=file.sha256(), notes=("vectors of words",))


def _line_by_line(file: File, words: Words, skip: int) -> tuple[Values, Values]:
    names: list[str] = []
    numbers = array("f")
    with file.text() as lines:
        for number, line in enumerate(lines, 1):
            text = line.rstrip("\r\n")
            if number <= skip or not text:
                continue
            fields = text.rstrip(" ").rsplit(" ", words.d)  # words may hold spaces, so lines are read from their end
            if len(fields) != words.d + 1 or not all(map(is_number, fields[1:])):
                raise InputError(f"line {number} of {file.name} is no word with {words.d} numbers")
            names.append(fields[0])
            numbers.extend(map(float, fields[1:]))
    return np.frombuffer(numbers, np.float32).reshape(-1, words.d), text_array(names, f"the words of {file.name}")


def _numbers_at_end(line: str) -> int:
    fields = line.rstrip(" ").split(" ")
    count = next((i for i, text in enumerate(reversed(fields)) if not is_number(text)), len(fields))
    return min(count, len(fields) - 1)
