"""Which rows a reader takes while it reads: all, or a random sample whose other rows never reach memory."""

from gromov.core import require_memory
from gromov.data.contents import Drawn, Request
from gromov.data.select import sample_rows

SAMPLE = "use --sample N, which keeps only N random rows in memory"


def draw(n: int, request: Request) -> Drawn | None:
    """The sample asked for, or None where every row is to be read: there are no more, or --where must see them all first."""
    if request.sample is None or request.sample >= n or request.tested:
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
