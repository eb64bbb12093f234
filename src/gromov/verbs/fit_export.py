"""Embeddings for other programs: npz, parquet, and the text format of word2vec."""

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np

from gromov.core import InputError
from gromov.core.runs import to_npz
from gromov.models import Embedding

Export = Literal["npz", "parquet", "word2vec"]
FILES: dict[str, str] = {"npz": "vectors.npz", "parquet": "vectors.parquet", "word2vec": "vectors.txt"}


def chosen_exports(names: Sequence[str]) -> tuple[str, ...]:
    """The formats asked for, each once.

    Raises:
        InputError: another format.
    """
    for name in names:
        if name not in FILES:
            raise InputError(f"--export is {name!r}; it must be among {', '.join(FILES)}")
    return tuple(name for name in FILES if name in names)


def export(embedding: Embedding, form: str) -> bytes:
    """The coordinates and names in one of the formats."""
    match form:
        case "npz":
            return to_npz({"points": embedding.points, "names": np.array(embedding.names)})
        case "parquet":
            return _parquet(embedding)
        case _:
            return _word2vec(embedding)


def _parquet(embedding: Embedding) -> bytes:
    import pyarrow
    from pyarrow import parquet

    columns = {"name": list(embedding.names), **{f"x{i + 1}": column for i, column in enumerate(embedding.points.T)}}
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _word2vec(embedding: Embedding) -> bytes:
    """A line `n d`, then a name and its numbers a line; white space in names becomes an underscore."""
    lines = [f"{len(embedding.names)} {embedding.points.shape[1]}"]
    lines += [
        "_".join(name.split()) + " " + " ".join(map(repr, row))
        for name, row in zip(embedding.names, embedding.points.tolist(), strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()
