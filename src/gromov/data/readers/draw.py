"""Which rows a reader takes while it reads: all, or a random sample whose other rows never reach memory."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gromov.core import require_memory
from gromov.data.contents import Drawn, Request, Values
from gromov.data.select import sample_rows

BLOCK, DENSE = 2**22, 20
SAMPLE = "use --sample N, which keeps only N random rows in memory"


def draw(n: int, request: Request) -> Drawn | None:
    """The sample asked for, or None where every row is to be read: there are no more, or --where or the kind of data needs them all."""
    if request.sample is None or request.sample >= n or request.tested or request.kind in ("distances", "edges"):
        return None
    return Drawn(sample_rows(n, request.sample, request.seed), n)


def require_rows(drawn: Drawn | None, n: int, row_bytes: int, name: str) -> int:
    """Number of rows to keep, refused before they are read where they do not fit.

    Raises:
        MemoryEstimateError: the rows take more memory than there is.
    """
    rows = n if drawn is None else len(drawn.rows)
    require_memory(rows * row_bytes, step=f"reading {rows} rows of {name}", remedy=SAMPLE if drawn is None else "use a smaller --sample")
    return rows


def rows_on_disk(path: Path, *, offset: int, dtype: np.dtype[np.generic], shape: Sequence[int], drawn: Drawn) -> Values:
    """The rows drawn of an array that lies plainly on disk in row order.

    They are read, not mapped: touching a mapped row keeps its whole neighbourhood in memory.
    """
    row_bytes = dtype.itemsize * math.prod(shape[1:])
    values = np.empty((len(drawn.rows), *shape[1:]), dtype)
    view = values.reshape(-1).view(np.uint8).data
    step = max(1, BLOCK // row_bytes)
    with path.open("rb", buffering=0) as stream:
        for start in range(0, drawn.total, step):
            low, high = (int(place) for place in np.searchsorted(drawn.rows, (start, start + step)))
            if DENSE * (high - low) > step:  # many of these rows: one read is faster than many
                stream.seek(offset + start * row_bytes)
                block = np.frombuffer(stream.read(min(step, drawn.total - start) * row_bytes), dtype).reshape(-1, *shape[1:])
                values[low:high] = block[drawn.rows[low:high] - start]
                continue
            for position in range(low, high):
                stream.seek(offset + int(drawn.rows[position]) * row_bytes)
                stream.readinto(view[position * row_bytes : (position + 1) * row_bytes])
    return values
