"""The one-shot runs of Omniglot: twenty characters seen once each, and twenty drawings to be told apart by them."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8

from gromov.core import InputError
from gromov.data.image_sets.decode import decode_bytes
from gromov.data.readers.file import File, listing, open_member, sentences

WAYS = 20
LABELS = "class_labels.txt"
_MOST_BYTES = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class OneShotRun:
    """One run: 20 classes with one image each, and 20 images to classify. Ink is 255, paper 0.

    Attributes:
        support: The image of each class, in order of class.
        query: The images to classify, in the order of the list.
        answers: Place of the right support image of each query.
    """

    support: UInt8[np.ndarray, "20 1 h w"]
    query: UInt8[np.ndarray, "20 1 h w"]
    answers: Integer[np.ndarray, " 20"]


def read_one_shot_runs(path: Path) -> tuple[OneShotRun, ...]:
    """The runs of `all_runs.zip`: `runXX/class_labels.txt`, `runXX/training/classYY.png`, `runXX/test/itemYY.png`.

    Args:
        path: The archive; it is not unpacked to disk.

    Cost: seconds for the 20 published runs of 40 images of 105 × 105 pixels.

    Raises:
        InputError: the archive is damaged; it has no run; a run has not 20 classes and 20 images; an image is damaged or of another size.
        MissingDependencyError: pillow is not installed.

    References:
        Lake, Salakhutdinov and Tenenbaum 2015, Human-level concept learning through probabilistic program induction, Science 350.
    """
    with sentences(str(path)):
        if not path.is_file():
            raise InputError(f"there is no file {path}" if not path.exists() else f"{path} is no file: name the archive all_runs.zip")
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
            lists = sorted(name for name in names if name == LABELS or name.endswith("/" + LABELS))
            if not lists:
                raise InputError(f"{path} has no run with a {LABELS}: it holds {listing(names)}")
            return tuple(_run(archive, path, name, names) for name in lists)


def _run(archive: zipfile.ZipFile, path: Path, listed: str, names: list[str]) -> OneShotRun:
    inside = listed.removesuffix(LABELS)
    base = inside.rstrip("/").rpartition("/")[0]
    base = f"{base}/" if base else ""
    where = File(path, listed).name
    training = sorted(name for name in names if name.startswith(f"{inside}training/") and name.lower().endswith(".png"))
    if len(training) != WAYS:
        raise InputError(f"{path}::{inside}training has {len(training)} images: a run has {WAYS}, one for each class")
    place = {name: i for i, name in enumerate(training)}
    queries: list[str] = []
    answers: list[int] = []
    for number, line in enumerate(_read(archive, path, listed).decode("utf-8-sig").splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 2:
            raise InputError(f"{where}, line {number}: {line.strip()[:80]!r} is not 'test image, training image'")
        query, support = (base + field for field in fields)
        if support not in place:
            raise InputError(f"{where}, line {number}: there is no {support} in the archive: fetch it again")
        if query in queries:
            raise InputError(f"{where}, line {number}: {query} stands in line {queries.index(query) + 1} already: each image has one class")
        queries.append(query)
        answers.append(place[support])
    if len(queries) != WAYS:
        raise InputError(f"{where} names {len(queries)} images: a run has {WAYS}")
    support = _images(archive, path, training)
    query = _images(archive, path, queries)
    if support.shape != query.shape:
        raise InputError(f"{path}::{inside} has images of several sizes: fetch it again")
    return OneShotRun(support, query, np.array(answers, dtype=np.int64))


def _images(archive: zipfile.ZipFile, path: Path, names: list[str]) -> UInt8[np.ndarray, "n 1 h w"]:
    """Images of one size, dark ink turned to light."""
    decoded = [decode_bytes(_read(archive, path, name), File(path, name).name) for name in names]
    for name, image in zip(names, decoded, strict=True):
        if image.shape != decoded[0].shape:
            raise InputError(f"{path}::{name} has another size than {names[0]}: fetch the archive again")
    return 255 - np.stack(decoded)


def _read(archive: zipfile.ZipFile, path: Path, name: str) -> bytes:
    """A small member, whole; a large one is refused before it is decompressed further."""
    called = File(path, name).name
    with sentences(called), open_member(archive, name, called) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(f"{called} is larger than the {_MOST_BYTES >> 20} MiB that are read: fetch the archive again")
    return content
