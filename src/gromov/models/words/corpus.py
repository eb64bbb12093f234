"""A text as numbers: its most frequent words, and where they stand."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Integer

from gromov.core import InputError

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
FEWEST = 20
"""A vocabulary smaller than this has no geometry to speak of."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """A text in the words of its vocabulary.

    Attributes:
        words: The vocabulary, the most frequent first; equally frequent ones in alphabetical order.
        counts: How often each occurs.
        tokens: The text: the place of each word in the vocabulary. Words outside of it are dropped, and their neighbours move together.
        length: Number of words of the whole text.
    """

    words: tuple[str, ...]
    counts: Integer[np.ndarray, " v"]
    tokens: Int32[np.ndarray, " t"]
    length: int


def read_corpus(blocks: Iterable[str], *, vocabulary: int, least: int = 5) -> Corpus:
    """The corpus of a text that comes in blocks, cut between words.

    A word is a run of letters, with apostrophes inside, in lower case.

    Args:
        blocks: The text.
        vocabulary: Most words to keep.
        least: Rarer words are dropped.

    Cost: one pass; 4 bytes a word of the text.

    Raises:
        InputError: fewer than 20 words are left.
    """
    place: dict[str, int] = {}
    parts: list[np.ndarray] = []
    for block in blocks:
        found = WORD.findall(block.lower())
        for word in found:
            place.setdefault(word, len(place))
        parts.append(np.fromiter(map(place.__getitem__, found), dtype=np.int32, count=len(found)))
    tokens = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
    every = np.bincount(tokens, minlength=len(place))
    counted = Counter({word: int(every[i]) for word, i in place.items() if every[i] >= least})
    kept = sorted(counted, key=lambda word: (-counted[word], word))[:vocabulary]
    if len(kept) < FEWEST:
        raise InputError(
            f"{len(kept)} words occur {least} times or more among {len(tokens):,}; at least {FEWEST} are needed: give a longer text, or lower --min-count"
        )
    order = np.full(len(place), -1, dtype=np.int32)
    order[[place[word] for word in kept]] = np.arange(len(kept), dtype=np.int32)
    inside = order[tokens]
    return Corpus(tuple(kept), np.array([counted[word] for word in kept]), inside[inside >= 0], len(tokens))
