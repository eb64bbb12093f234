"""Parquet, Arrow and Feather files, alone or several as one: read by record batches, so that samples of large files fit."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from gromov.core import InputError
from gromov.data.contents import Contents, Request, Values, digest_of_parts
from gromov.data.readers.file import File, listing, sentences
from gromov.data.readers.typed_columns import TypedTable, points_of_columns, values_of_column

PARQUET, ARROW, STREAM, OLD_FEATHER = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
BATCH_ROWS = 16384


def is_columnar(head: bytes) -> bool:
    """Whether `head` starts like a Parquet, Arrow or Feather file."""
    return head.startswith((PARQUET, ARROW, STREAM, OLD_FEATHER))


def read_columnar(file: File, request: Request) -> Contents:
    """The points of one Parquet, Arrow or Feather file."""
    return read_columnar_parts([file], request, file.name)


def read_column(file: File, name: str) -> Values:
    """One column of a file, numbers or text."""
    with _arrow_sentences(file.name):
        schema, rows = _open(file.path)
    if schema.names.count(name) != 1:
        raise InputError(f"{file.name} has no column {name!r}: its columns are {listing(list(schema.names))}")
    return values_of_column(TypedTable(file.name, schema, rows, partial(_batches, [file]), ""), name, None)


def read_columnar_parts(files: Sequence[File], request: Request, name: str) -> Contents:
    """The points of several files of the same columns, in order.

    Raises:
        InputError: a file is damaged or compressed from outside, the columns differ, or do not make points.
        MemoryEstimateError: the rows do not fit.
    """
    schemas: list[Any] = []
    counts: list[int] = []
    for file in files:
        if not file.stored_plainly():
            raise InputError(f"{file.name} is compressed from outside: extract it first")
        with _arrow_sentences(file.name):
            schema, rows = _open(file.path)
        if schemas and not schema.remove_metadata().equals(schemas[0].remove_metadata()):
            raise InputError(f"{file.name} has other columns than {files[0].name}: the parts of one table must agree")
        schemas.append(schema)
        counts.append(rows)
    digests = [file.sha256() for file in files]
    sha256 = digests[0] if len(files) == 1 else digest_of_parts(digests)
    with _arrow_sentences(name):
        return points_of_columns(TypedTable(name, schemas[0], sum(counts), partial(_batches, files), sha256), request)


def _open(path: Path) -> tuple[Any, int]:
    """The schema and the number of rows."""
    import pyarrow
    from pyarrow import ipc, parquet

    magic = _magic(path)
    if magic.startswith(OLD_FEATHER):
        raise InputError(f"{path} is a Feather file of version 1: write it again as version 2, or as Parquet")
    if magic.startswith(PARQUET):
        with parquet.ParquetFile(path) as source:
            return source.schema_arrow, source.metadata.num_rows
    with pyarrow.memory_map(str(path)) as mapped:
        if magic.startswith(ARROW):
            with ipc.open_file(mapped) as source:
                return source.schema, sum(source.get_batch(i).num_rows for i in range(source.num_record_batches))
        with ipc.open_stream(mapped) as source:
            return source.schema, sum(batch.num_rows for batch in source)


def _batches(files: Sequence[File], names: Sequence[str]) -> Iterator[Any]:
    for file in files:
        with _arrow_sentences(file.name):
            yield from _batches_of(file.path, list(names))


def _batches_of(path: Path, names: list[str]) -> Iterator[Any]:
    import pyarrow
    from pyarrow import ipc, parquet

    magic = _magic(path)
    if magic.startswith(PARQUET):
        with parquet.ParquetFile(path, memory_map=True, pre_buffer=False) as source:
            for batch in source.iter_batches(BATCH_ROWS, columns=names, use_threads=False):
                yield batch.select(names)  # a file gives its columns in its own order
        return
    with pyarrow.memory_map(str(path)) as mapped:
        if magic.startswith(ARROW):
            with ipc.open_file(mapped) as source:
                for i in range(source.num_record_batches):
                    yield source.get_batch(i).select(names)
        else:
            with ipc.open_stream(mapped) as source:
                for batch in source:
                    yield batch.select(names)


def _magic(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(8)


@contextmanager
def _arrow_sentences(name: str) -> Generator[None]:
    import pyarrow

    with sentences(name):
        try:
            yield
        except MemoryError:
            raise
        except (pyarrow.ArrowException, UnicodeDecodeError, KeyError, OSError) as error:
            if isinstance(error, FileNotFoundError | PermissionError):
                raise
            raise InputError(f"{name} is damaged, truncated or not supported: fetch or write it again") from error
