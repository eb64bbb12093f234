"""One door for data: a file, the name of a set, or a user's own function, to a representation."""

import errno
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import get_args

from gromov.core import GromovError, InputError, MemoryEstimateError, PointsLike, Representation
from gromov.data.contents import As, Contents, Request, Values
from gromov.data.factory import call_factory, is_factory
from gromov.data.memory import Beside, contents_of, values_of
from gromov.data.normalize import METHODS, Normalize
from gromov.data.prepare import prepare
from gromov.data.readers import File, is_source, matching, read_file, read_folder, read_parts
from gromov.data.registry import close_names, find
from gromov.data.select import parse_where
from gromov.data.standard_input import NAME, spooled


def load(
    source: PointsLike | str | Path,
    *,
    kind: As | None = None,
    array: str | None = None,
    columns: Sequence[str] | None = None,
    labels: Beside | None = None,
    names: Beside | None = None,
    where: str | None = None,
    normalize: Normalize = "none",
    flatten: bool = False,
    sample: int | None = None,
    seed: int = 0,
) -> Representation:
    """Read a representation.

    A source is looked up as an existing file (`.npy`, `.safetensors`, `.pt`, memory-mapped; `.npz`, `.csv`, `.tsv`, `.txt`,
    `.edges`, idx, each also gzipped, or as `archive.zip::member`; `.parquet`, `.arrow`, `.feather`, `.h5`, vectors of words) or
    folder (a saved data set, or images by class), then as a pattern of files (`part-*.parquet`), then as the name of a set
    (`digits`, `sphere:d=5`), then as `module:factory`. `-` is standard input. Arrays, tensors, data frames and representations
    are taken as they are.

    Args:
        source: Path, pattern, name, module:factory or `-`; or an array, tensor, data frame, `Distances`, `Graph` or `Representation`.
        kind: `points`, `distances` or `edges`; None tells from the file.
        array: Name of the array in an archive of several.
        columns: Columns of a table to use: their names, or their numbers from 1 where the table has no header. For edges the
            two nodes, and the length if each edge has one.
        labels: A column, an array of the archive, a file with one label a line; or the labels themselves, one for each object.
        names: The same for names; an array of bytes is UTF-8 words joined by newlines.
        where: Rows to keep: `model==GAN and epoch>=20`, over columns or arrays of the archive.
        normalize: `none`, `center`, `l2`, `center-l2` or `standard`, applied to the rows kept.
        flatten: Whether to make each object of an n × … array one row; more than two dimensions are refused otherwise.
        sample: Number of rows to draw at random without replacement, in their order; all are kept where there are fewer.
        seed: Seed of the sample.

    Returns:
        The representation; `source.notes` says what was done on the way in.

    Raises:
        InputError: the source is unknown, absent, damaged or unsuitable, or an option does not apply to it.
        MemoryEstimateError: a step would take more memory than there is.

    Warns:
        DataWarning: a square symmetric array with zero diagonal is read as points.

    Example:
        >>> from gromov.data import load
        >>> load("sphere:d=2,n=500").points.shape
        (500, 3)
    """
    if kind is not None and kind not in get_args(As):
        raise InputError(f"--as is {kind!r}; it must be points, distances or edges")
    if normalize not in METHODS:
        raise InputError(f"--normalize is {normalize!r}; it must be one of {', '.join(METHODS)}")
    if sample is not None and (isinstance(sample, bool) or sample < 1):
        raise InputError(f"--sample is {sample}; it must be a positive number of rows")
    if seed < 0:
        raise InputError(f"--seed is {seed}; it must not be negative")
    if isinstance(columns, str):
        columns = columns.split(",")
    conditions = parse_where(where) if where is not None else ()
    beside = (_beside("labels", labels), _beside("names", names))
    request = Request(
        kind,
        array,
        tuple(name.strip() for name in columns or ()),
        frozenset(name for name in (labels, names) if isinstance(name, str) and name),
        frozenset(condition.column for condition in conditions),
        flatten,
        sample,
        seed,
    )
    with ExitStack() as stack:
        name = str(source) if isinstance(source, str | Path) else source.source.name if isinstance(source, Representation) else "array"
        stack.enter_context(_memory(name))
        if not isinstance(source, str | Path):
            contents = contents_of(source, request)
        elif source == "-":
            name = NAME
            contents = read_file(File(stack.enter_context(spooled()), called=NAME), request)
        else:
            contents = _read(source, request)
        return prepare(contents, name, request, labels=beside[0], names=beside[1], where=conditions, normalize=normalize)


def _beside(what: str, given: Beside | None) -> str | Values | None:
    return given if given is None or isinstance(given, str) else values_of(given, what)


@contextmanager
def _memory(source: str) -> Generator[None]:
    """Say which source it was where memory runs out after all."""
    try:
        yield
    except GromovError:
        raise
    except MemoryError as error:
        raise MemoryEstimateError(f"reading {source} took more memory than there is: use --sample N, or close other programs") from error


def _read(source: str | Path, request: Request) -> Contents:
    text = str(source)
    file = _file(text)
    if file is not None:
        return read_file(file, request)
    path = Path(text).expanduser()
    if _exists(path) and path.is_dir() and (is_source(path) or find(text) is None):
        return read_folder(path, request)
    if parts := matching(text):
        return read_parts(parts, request, text)
    if isinstance(source, str):
        dataset = find(text)
        if dataset is not None or is_factory(text):
            if request.array is not None or request.columns:
                option = "array" if request.array is not None else "columns"
                raise InputError(f"--{option} chooses within a file, and {text} is none")
            return call_factory(text) if dataset is None else dataset.contents(text.partition(":")[2])
    if _exists(path):
        raise InputError(
            f"{text} is {'a folder' if path.is_dir() else 'not a regular file'}: name a file of numbers (or -, to read a pipe)"
        )
    if _is_link(path):
        circle = "leads in a circle" if _circular(path) else "does not exist"
        raise InputError(f"{text} is a symbolic link to {path.readlink()}, which {circle}")
    if isinstance(source, Path) or path.suffix or len(path.parts) > 1:
        raise InputError(f"there is no file {text}{_suggestion(text)}")
    raise InputError(f"{text!r} is no file, data set or module:factory{_suggestion(text)}: `gromov data list` shows the data sets")


def _file(text: str) -> File | None:
    path = Path(text).expanduser()
    if _exists(path):
        return File(path) if path.is_file() else None
    archive, mark, member = text.rpartition("::")
    archive_path = Path(archive).expanduser()
    return File(archive_path, member) if mark and member and _exists(archive_path) and archive_path.is_file() else None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError as error:
        raise InputError(f"{path} may not be read: check its permissions") from error
    except (OSError, ValueError):
        return False


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except (OSError, ValueError):
        return False


def _circular(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _suggestion(text: str) -> str:
    close = close_names(text)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
