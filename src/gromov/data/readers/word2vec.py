"""Binary word2vec files: a line 'n d', then each word, a space, and its d numbers in float32."""

import mmap
import re
from typing import Final

import numpy as np

from gromov.core import InputError
from gromov.data.contents import Contents, Request, constant, text_array
from gromov.data.readers.draw import draw, require_rows
from gromov.data.readers.file import File, sentences

HEADER: Final = re.compile(rb"(\d{1,12}) (\d{1,6})\n")
LONGEST_WORD = 4096


def is_word2vec(head: bytes, suffix: str) -> bool:
    """Whether `head` starts like a binary word2vec file: 'n d', a word, and bytes that are no text."""
    match = HEADER.match(head)
    if match is None:
        return False
    if suffix == ".bin" or b"\0" in head:
        return True
    try:
        head[match.end() : -4].decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def read_word2vec(file: File, request: Request) -> Contents:
    """The vectors, with the words as names.

    Raises:
        InputError: it is compressed, truncated or damaged.
        MemoryEstimateError: the vectors do not fit.
    """
    if not file.stored_plainly():
        raise InputError(f"{file.name} is compressed from outside: extract it first")
    with sentences(file.name), file.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as stored:
        match = HEADER.match(stored)
        n, d = (int(match[1]), int(match[2])) if match else (0, 0)
        if match is None or not n or not d:
            raise InputError(f"{file.name} is no binary word2vec file, or is empty")
        place, step = match.end(), 4 * d
        if n * (step + 1) > len(stored) - place:
            raise InputError(f"{file.name} is truncated: its header promises {n} words with {d} numbers each")
        drawn = draw(n, request)
        rows = require_rows(drawn, n, step, file.name)
        wanted = iter([] if drawn is None else drawn.rows.tolist())
        next_row, filled = next(wanted, -1), 0
        vectors, words = np.empty((rows, d), "<f4"), list[str]()
        for row in range(n):
            space = stored.find(b" ", place, place + LONGEST_WORD)
            if space < 0 or space + 1 + step > len(stored):
                raise InputError(f"{file.name} is truncated or damaged at word {row + 1} of {n}")
            if drawn is None or row == next_row:
                words.append(stored[place:space].lstrip(b"\n").decode("utf-8", "replace"))
                vectors[filled] = np.frombuffer(stored[space + 1 : space + 1 + step], "<f4")
                next_row, filled = next(wanted, -1), filled + 1
            place = space + 1 + step
    names = constant(text_array(words, f"the words of {file.name}"))
    return Contents(vectors, columns={"word": names}, names="word", sha256=file.sha256(), notes=("vectors of words",), drawn=drawn)
