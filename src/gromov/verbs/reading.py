"""Reading what a run measures, and the options of reading as a part of its configuration."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from gromov.core import PointsLike, Representation, Tree
from gromov.data import As, Beside, Normalize, load
from gromov.data.contents import digest
from gromov.data.memory import values_of
from gromov.verbs.checks import data_warnings
from gromov.verbs.session import words_of


class Reading(TypedDict, total=False):
    """How to read a file or a data set; what is left out is at its default.

    Attributes:
        kind: How to read it: `points`, `distances` or `edges`.
        array: Array to take from an npz.
        columns: Columns to take from a table.
        labels: Array, column or file of labels; or the labels themselves.
        names: The same for names.
        where: Which rows to take, as in `model==GAN`.
        normalize: `none`, `center`, `l2`, `center-l2` or `standard`.
        flatten: Whether to make n × … into n × d.
        sample: Number of rows to draw.
    """

    kind: As | None
    array: str | None
    columns: Sequence[str] | None
    labels: Beside | None
    names: Beside | None
    where: str | None
    normalize: Normalize
    flatten: bool
    sample: int | None


def configured(reading: Reading) -> Tree:
    """The options as config.json keeps them, every one of them."""
    columns = reading.get("columns")
    return {
        "as": reading.get("kind"),
        "array": reading.get("array"),
        "columns": None if columns is None else list(columns),
        "labels": _told(reading.get("labels"), "labels"),
        "names": _told(reading.get("names"), "names"),
        "where": reading.get("where"),
        "normalize": reading.get("normalize", "none"),
        "flatten": reading.get("flatten", False),
        "sample": reading.get("sample"),
    }


def _told(given: Beside | None, what: str) -> str | None:
    """Labels or names that were given as such stand in a configuration by their hash: a run of others is another run."""
    return given if given is None or isinstance(given, str) else f"array (SHA-256 {digest(values_of(given, what))[:12]}…)"


def read(data: PointsLike | str | Path, reading: Reading, seed: int) -> tuple[Representation, list[str]]:
    """The representation, and what a reader should know of it in words.

    Raises:
        GromovError: it cannot be read or used.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        representation = load(data, seed=seed, **reading)
    return representation, [*words_of(caught), *data_warnings(representation)]
