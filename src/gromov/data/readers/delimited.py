"""Delimited text by pyarrow's parser: fast, but its errors do not name the line; None sends a file to a reader whose errors do."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gromov.data.contents import Values, joined, text_array
from gromov.data.readers.file import File

BLOCK_BYTES = 2**20


def read_delimited(
    file: File,
    *,
    delimiter: str,
    skip: int,
    width: int,
    numbers: Sequence[int],
    texts: Sequence[int],
    dtype: np.dtype[np.float64] | np.dtype[np.float32],
    quoted: bool = True,
) -> tuple[NDArray[np.floating], list[Values]] | None:
    """The fields of the columns `numbers` as one array, and those of `texts` as text, after `skip` lines of `width` fields.

    None where any field or line is not what it should be.
    """
    import pyarrow
    from pyarrow import csv

    names = [str(position) for position in range(width)]
    kinds = {names[i]: pyarrow.string() for i in texts} | {names[i]: pyarrow.from_numpy_dtype(dtype) for i in numbers}
    quote = '"' if quoted else False
    convert = csv.ConvertOptions(column_types=kinds, include_columns=list(kinds), null_values=[])
    parse = csv.ParseOptions(delimiter=delimiter, quote_char=quote, double_quote=quoted, newlines_in_values=quoted and bool(texts))
    read = csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, skip_rows=skip, column_names=names)
    blocks: list[Values] = []
    words: list[list[Values]] = [[] for _ in texts]
    with file.counted() as stream:
        try:
            with csv.open_csv(stream, read, parse, convert) as batches:
                for batch in batches:
                    block = np.empty((batch.num_rows, len(numbers)), dtype)
                    for position, column in enumerate(batch.columns[len(texts) :]):
                        if column.null_count:
                            return None
                        block[:, position] = column.to_numpy()
                    blocks.append(block)
                    for part, column in zip(words, batch.columns, strict=False):
                        part.append(text_array(column.to_pylist(), f"a column of {file.name}"))
        except (pyarrow.ArrowException, UnicodeDecodeError, ValueError):
            return None
    if not blocks:
        return None
    return cast("NDArray[np.floating]", np.concatenate(blocks)), [joined(part, f"a column of {file.name}") for part in words]
