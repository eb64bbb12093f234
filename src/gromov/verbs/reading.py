"""Reading what a run measures, and the options of reading as a part of its configuration."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from gromov.core import InputError, PointsLike, Representation, Tree, as_representation
from gromov.data import As, Normalize, load
from gromov.verbs.checks import data_warnings
from gromov.verbs.session import words_of


class Reading(TypedDict, total=False):
    """How to read a file or a data set; what is left out is at its default.

    Attributes:
        kind: How to read it: `points`, `distances` or `edges`.
        array: Array to take from an npz.
        columns: Columns to take from a table.
        labels: Array, column or file of labels.
        names: Array, column or file of names.
        where: Which rows to take, as in `model==GAN`.
        normalize: `none`, `center`, `l2`, `center-l2` or `standard`.
        flatten: Whether to make n × … into n × d.
        sample: Number of rows to draw.
    """

    kind: As | None
    array: str | None
    columns: Sequence[str] | None
    labels: str | None
    names: str | None
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
        "labels": reading.get("labels"),
        "names": reading.get("names"),
        "where": reading.get("where"),
        "normalize": reading.get("normalize", "none"),
        "flatten": reading.get("flatten", False),
        "sample": reading.get("sample"),
    }


def read(data: PointsLike | str | Path, reading: Reading, seed: int) -> tuple[Representation, list[str]]:
    """The representation, and what a reader should know of it in words.

    Raises:
        GromovError: it cannot be read or used; or options of reading were given with an array.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if isinstance(data, str | Path):
            representation = load(data, seed=seed, **reading)
        else:
            given = [name for name, value in configured(reading).items() if value not in (None, False, "none")]
            if given:
                raise InputError(f"{', '.join(given)} apply to files and data sets; select from arrays before passing them")
            representation = as_representation(data)
    return representation, [*words_of(caught), *data_warnings(representation)]
