"""From what a source holds to a representation: labels, names, rows, shape, kind, scale."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gromov.core import DataWarning, Distances, Graph, InputError, Representation, Source, require_memory
from gromov.data.contents import Contents, Request, Values, shape_of, text_of
from gromov.data.normalize import Normalize, normalize_points
from gromov.data.readers import File, read_values
from gromov.data.readers.edges import edges_of_array
from gromov.data.readers.file import listing, names_file
from gromov.data.readers.npy import require_real
from gromov.data.select import Condition, rows_where, sample_rows, typed


def prepare(
    contents: Contents,
    name: str,
    request: Request,
    *,
    labels: str | Values | None,
    names: str | Values | None,
    where: tuple[Condition, ...],
    normalize: Normalize,
) -> Representation:
    """The representation of `contents`; rows are selected first, then sampled, then scaled.

    Raises:
        InputError: an option does not apply to these data, or the data cannot be used.
    """
    data = _as_kind(contents.data, request, name)
    n = data.nodes if isinstance(data, Graph) else len(data)
    notes = list(contents.notes)
    label_values = _beside("labels", labels, contents, notes)
    name_values = _beside("names", names, contents, notes)
    source = Source(name, contents.sha256)
    tags = None if label_values is None else typed(label_values)
    words = None if name_values is None else _words(name_values, n)
    if isinstance(data, Graph):
        given = {"where": where, "sample": request.sample, "flatten": request.flatten, "normalize": normalize != "none"}
        for option in (option for option, value in given.items() if value):
            raise InputError(f"--{option} does not apply to a graph: {name} is one; removing nodes or scaling would change its distances")
        return Representation(data, contents.space, tags, words, replace(source, notes=tuple(notes)))
    for what, values in (("labels", tags), ("names", words)):
        if values is not None and len(values) != n:
            raise InputError(f"there are {n} points but {len(values)} {what}: one for each point is needed")
    rows = _rows(n, where, contents, request, notes)
    distances = request.kind == "distances" or isinstance(contents.data, Distances)
    if rows is not None:
        data, tags, words = _take(data, rows, tags, words, distances=distances)
    if distances:
        if normalize != "none" or request.flatten:
            raise InputError(f"--{'flatten' if request.flatten else 'normalize'} does not apply to distances: it needs points")
        return Representation(_distances(data), contents.space, tags, words, replace(source, notes=tuple(notes)))
    if request.kind is None and contents.space is None and _looks_like_distances(data):
        warnings.warn(f"{name} looks like a matrix of distances, and is read as points: say --as distances", DataWarning, stacklevel=3)
    representation = Representation(_two_dimensional(data, request, name, notes), contents.space, tags, words, source)
    if normalize != "none":
        if contents.space is not None:
            raise InputError(f"--normalize moves points out of their space ({contents.space.name}): use none")
        scaled, note = normalize_points(representation, normalize)
        notes.append(note)
        representation = replace(representation, data=scaled)
    return replace(representation, source=replace(source, notes=tuple(notes)))


def _as_kind(data: Values | Distances | Graph, request: Request, name: str) -> Values | Graph:
    if isinstance(data, Graph):
        if request.kind in ("points", "distances"):
            raise InputError(f"{name} is a graph: --as {request.kind} does not apply to it")
        return data
    if isinstance(data, Distances):
        if request.kind in ("points", "edges"):
            raise InputError(f"{name} is a distance matrix: --as {request.kind} does not apply to it")
        return data.matrix
    require_real(data.dtype, name)
    if data.ndim == 0:
        raise InputError(f"{name} is a single number: n × d points are needed")
    return edges_of_array(data, name) if request.kind == "edges" else data


def _beside(option: str, asked: str | Values | None, contents: Contents, notes: list[str]) -> Values | None:
    columns = contents.columns
    if isinstance(asked, np.ndarray):
        return _drawn(asked, option, contents)
    wanted = asked or (contents.labels if option == "labels" else contents.names)
    if not wanted:
        return None
    if wanted in columns:
        return columns[wanted]()
    if not names_file(wanted):
        known = f"beside the points there are {listing(list(columns))}" if columns else "the data have no columns beside the points"
        raise InputError(f"--{option} {wanted}: there is no column and no file of that name; {known}")
    file = File(Path(wanted).expanduser())
    values = read_values(file)
    notes.append(f"{option} from {wanted} (SHA-256 {file.sha256()[:12]}…)")
    if option == "names" and contents.drawn is not None:
        values = np.array(_words(values, contents.drawn.total), dtype=np.str_)
    return _drawn(values, option, contents)


def _drawn(values: Values, option: str, contents: Contents) -> Values:
    """The values of the rows that a reader kept of a source it sampled."""
    if contents.drawn is None:
        return values
    if len(values) != contents.drawn.total:
        raise InputError(f"there are {contents.drawn.total} points but {len(values)} {option}: one for each point is needed")
    return values[contents.drawn.rows]


def _words(values: Values, n: int) -> tuple[str, ...]:
    """Names as text; bytes that do not number n are UTF-8 words joined by newlines."""
    if values.dtype.kind == "u" and values.dtype.itemsize == 1 and len(values) != n:
        try:
            return tuple(values.tobytes().decode("utf-8").split("\n"))
        except UnicodeDecodeError as error:
            raise InputError("--names: the bytes are not UTF-8 words joined by newlines") from error
    return tuple(map(str, text_of(values).tolist()))


def _rows(n: int, where: tuple[Condition, ...], contents: Contents, request: Request, notes: list[str]) -> NDArray[np.int64] | None:
    rows, sample, drawn = None, request.sample, contents.drawn
    if where:
        rows = rows_where(where, contents.columns, n)
        notes.append(f"{len(rows)} of {n} rows where " + " and ".join(f"{c.column}{c.operator}{c.value}" for c in where))
    if sample is not None:
        left = n if rows is None else len(rows)
        if drawn is None and sample >= left:
            notes.append(f"all {left} rows kept: --sample {sample} asks for as many")
            return rows
        if drawn is None:
            chosen = sample_rows(left, sample, request.seed)
            rows = chosen if rows is None else rows[chosen]
        total = left if drawn is None else drawn.total
        notes.append(f"random sample of {sample} of {total} rows without replacement, seed {request.seed}")
    return rows


def _take(
    data: Values, rows: NDArray[np.int64], labels: Values | None, names: tuple[str, ...] | None, *, distances: bool
) -> tuple[Values, Values | None, tuple[str, ...] | None]:
    if distances and (data.ndim != 2 or data.shape[0] != data.shape[1]):
        raise InputError(f"a distance matrix must be square; this one is {shape_of(data)}")
    width = len(rows) if distances else data[:1].size
    require_memory(len(rows) * width * data.dtype.itemsize, step=f"{len(rows)} selected rows", remedy="use a smaller --sample")
    taken = data[np.ix_(rows, rows)] if distances else data[rows]
    return np.asarray(taken), None if labels is None else labels[rows], None if names is None else tuple(names[i] for i in rows)


def _two_dimensional(data: Values, request: Request, name: str, notes: list[str]) -> NDArray[np.number]:
    if data.ndim > 2:
        if not request.flatten:
            raise InputError(
                f"{name} is {shape_of(data)}, and points are n × d: use --flatten to make each of the {len(data)} objects one row"
            )
        if not data.flags.c_contiguous:  # rows are not contiguous: reshaping copies
            require_memory(data.nbytes, step=f"--flatten of {name}", remedy="store it in C order, or use --sample")
        notes.append(f"flattened from {shape_of(data)}")
        data = data.reshape(len(data), -1)
    elif data.ndim == 1:
        raise InputError(
            f"{name} has one dimension ({shape_of(data)}), and points are n × d: reshape it to n × 1 if these are points on a line"
        )
    return cast("NDArray[np.number]", data)


def _distances(matrix: Values) -> Distances:
    step = f"checking the {shape_of(matrix)} distance matrix"
    whole = matrix.dtype.kind != "f"
    require_memory(matrix.size * (9 if whole else 1), step=step, remedy="use --sample")
    return Distances(matrix.astype(np.float64) if whole else cast("NDArray[np.floating]", matrix))


def _looks_like_distances(array: Values) -> bool:
    """Square, zero diagonal, symmetric, not negative; the diagonal is read first, and most arrays fail there."""
    data = cast("NDArray[np.float64]", array)
    if data.ndim != 2 or data.shape[0] != data.shape[1] or len(data) < 4 or np.diagonal(data).any():
        return False
    step = max(1, 2**22 // len(data))
    return bool(data.any()) and all(
        np.array_equal(data[i : i + step], data[:, i : i + step].T) and not (data[i : i + step] < 0).any()
        for i in range(0, len(data), step)
    )
