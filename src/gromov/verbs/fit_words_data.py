"""What `fit words` reads: a text, pairs of words one of which is the more general, and pairs that people have judged."""

import codecs
import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Graph, InputError, Tree
from gromov.data import find, load
from gromov.data.readers import File
from gromov.data.readers.file import listing, names_file, sentences
from gromov.data.registry import close_names
from gromov.data.standard_input import NAME, spooled
from gromov.models.hierarchy import Relation, parents_of
from gromov.models.words import Corpus, read_corpus
from gromov.verbs.fit_data import read_hierarchy

TAXONOMY = "wordnet-nouns"
_BLOCK = 2**22
_SENSE = ".n.01"
_TEXTS = (".txt", ".zip", ".gz")


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text that was read.

    Attributes:
        corpus: In the words of its vocabulary.
        input: What was read, as result.json tells it.
    """

    corpus: Corpus
    input: Tree


def read_text(data: str | Path | Sequence[str], *, vocabulary: int, least: int) -> Text:
    """The corpus of a file of text (plain, gzipped, the members of a zip archive), a data set, `-` for standard input, or texts in memory.

    Raises:
        InputError: nothing can be read, or too few words are left.
    """
    total = hashlib.sha256()
    with ExitStack() as stack:
        if isinstance(data, str | Path):
            name = NAME if str(data) == "-" else str(data)
            files = [File(stack.enter_context(spooled()), called=NAME)] if name == NAME else _files(str(data))
            blocks = chain.from_iterable(_blocks(file, total.update) for file in files)
        else:
            name, blocks = "texts", _hashed(data, total.update)
        corpus = read_corpus(blocks, vocabulary=vocabulary, least=least)
    covered = len(corpus.tokens) / max(1, corpus.length)
    described: Tree = {
        "name": name,
        "kind": "text",
        "n": len(corpus.words),
        "d": None,
        "classes": None,
        "sha256": total.hexdigest(),
        "notes": [f"{corpus.length:,} words of text, {100 * covered:.1f} % of them in the vocabulary of {len(corpus.words):,}"],
    }
    return Text(corpus, described)


def _files(name: str) -> list[File]:
    """The files of a source, zip archives member by member."""
    if not names_file(name):
        dataset = find(name)
        if dataset is None:
            close = close_names(name)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise InputError(f"there is no file {name}, and no data set of that name{hint}")
        if not any(file.endswith(_TEXTS) for file in dataset.files):
            raise InputError(f"{name} ({dataset.title}) is no text: `gromov fit words` reads words, as of text8")
        paths = [place for file, place in dataset.verified().items() if file.endswith(_TEXTS)]
    else:
        paths = [Path(name).expanduser()]
    found: list[File] = []
    for path in paths:
        if zipfile.is_zipfile(path):
            with sentences(str(path)), zipfile.ZipFile(path) as archive:
                members = [each.filename for each in archive.infolist() if not each.is_dir()]
            if not members:
                raise InputError(f"{path} is an empty archive")
            found += [File(path, member) for member in members]
        else:
            found.append(File(path))
    return found


def _blocks(file: File, note: Callable[[bytes], object]) -> Iterator[str]:
    """The text of a file, cut at white space."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    with file.open() as stream:
        while block := stream.read(_BLOCK):
            if b"\x00" in block:
                raise InputError(f"{file.name} is not a text: it holds zero bytes")
            note(block)
            text = rest + decoder.decode(block)
            cut = max(text.rfind(" "), text.rfind("\n"))
            if cut < 0:  # one word as long as a block is none
                cut = len(text)
            yield text[:cut]
            rest = text[cut:]
        yield rest + decoder.decode(b"", final=True)


def _hashed(texts: Sequence[str], note: Callable[[bytes], object]) -> Iterator[str]:
    for text in texts:
        note(text.encode() + b"\n")
        yield text


def read_hypernyms(source: str, corpus: Corpus) -> tuple[Integer[np.ndarray, "h 2"], str]:
    """Pairs (word, more general word) of the vocabulary with no word of the vocabulary between, and a sentence on where they come from.

    Args:
        source: `auto` (the first senses of WordNet's nouns, where that data set is here), `none`, or a file of pairs (word, more general word).
        corpus: Whose vocabulary.

    Raises:
        InputError: a file that cannot be read, or that shares no pair with the vocabulary.
    """
    nothing = np.empty((0, 2), dtype=np.int64)
    if source == "none":
        return nothing, "no hypernyms were asked for"
    if source == "auto":
        dataset = find(TAXONOMY)
        if dataset is None or not dataset.available():
            return nothing, f"{TAXONOMY} is not here: `gromov data` says how to get it; --hypernyms takes a file of pairs"
        wordnet = load(TAXONOMY)
        assert isinstance(wordnet.data, Graph)
        assert wordnet.names is not None
        names = [name.removesuffix(_SENSE) if name.endswith(_SENSE) else "" for name in wordnet.names]
        pairs, said = wordnet.data.edges, "first senses of WordNet's nouns"
    else:
        read = read_hierarchy(source, relation="ancestors")
        names, pairs, said = list(read.names), read.relation.pairs, source
    place = {word: i for i, word in enumerate(corpus.words)}
    where = np.array([place.get(name, -1) for name in names])
    inside = where[np.asarray(pairs, dtype=np.int64)]
    inside = inside[(inside >= 0).all(axis=1)]
    if not len(inside):
        if source != "auto":
            raise InputError(f"no pair of {source} has both words in the vocabulary")
        return nothing, "no pair of WordNet's nouns has both words in the vocabulary"
    closed = Relation.of(len(place), inside, directed=True).pairs
    kept = parents_of(len(place), closed)
    return kept, f"{len(kept):,} pairs: {said}"


def read_judgements(source: str, corpus: Corpus) -> tuple[Integer[np.ndarray, "s 2"], Float[np.ndarray, " s"], str]:
    """Pairs of words with what people made of them, from a table of two words and a number (tabs or commas; `#` begins a remark).

    Pairs outside of the vocabulary are left out, and counted in the sentence that is returned.

    Raises:
        InputError: no such file, lines that are no two words and a number, or fewer than 10 pairs in the vocabulary.
    """
    file = File(Path(source).expanduser())
    place = {word: i for i, word in enumerate(corpus.words)}
    pairs: list[tuple[int, int]] = []
    values: list[float] = []
    count = 0
    with file.text() as stream:
        lines = [line for line in stream if line.strip() and not line.startswith("#")]
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    for number, row in enumerate(csv.reader(lines, delimiter=delimiter)):
        try:
            first, second, value = row[0].strip().lower(), row[1].strip().lower(), float(row[2])
        except (IndexError, ValueError) as error:
            if number == 0 and len(row) > 2:  # a header
                continue
            raise InputError(
                f"{source}, line {number + 1} of its table: a pair is two words and a number; its cells are {listing(row)}"
            ) from error
        count += 1
        if first in place and second in place and first != second and np.isfinite(value):
            pairs.append((place[first], place[second]))
            values.append(value)
    if len(pairs) < 10:
        raise InputError(f"{len(pairs)} of the {count} pairs of {source} have both words in the vocabulary; at least 10 are needed")
    return np.array(pairs), np.array(values), f"{len(pairs)} of the {count} pairs of {Path(source).name}"
