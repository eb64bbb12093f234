"""`-` as a source: the bytes of standard input, kept in a temporary file while they are read."""

import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from gromov.core import InputError, readable_bytes

BLOCK = 2**20
SPARE = 2**28
NAME = "standard input"


@contextmanager
def spooled(stream: BinaryIO | None = None) -> Generator[Path]:
    """A temporary file with all of standard input (or of `stream`), removed at the end.

    Raises:
        InputError: nothing is piped in, or it outgrows the disk of the temporary folder.
    """
    piped = sys.stdin if stream is None else None
    if stream is None and (piped is None or piped.closed or piped.isatty()):
        raise InputError("- reads standard input, and nothing is piped into it: use it as in `cat points.npy | gromov measure -`")
    source = piped.buffer if piped is not None else cast(BinaryIO, stream)
    with tempfile.TemporaryDirectory(prefix="gromov-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "standard-input"
        most = shutil.disk_usage(folder).free - SPARE
        size = 0
        with path.open("wb") as target:
            while block := source.read(BLOCK):
                size += len(block)
                if size > most:
                    raise InputError(
                        f"{NAME} is larger than the {readable_bytes(max(0, most))} that {Path(folder).parent} can hold: write it to a file"
                    )
                target.write(block)
        yield path
