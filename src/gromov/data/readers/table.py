"""Tables of numbers in text (.csv, .tsv, .txt): points in rows, with columns for labels, names and selection beside them."""

from array import array

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError, require_memory
from gromov.data.contents import Column, Contents, Request, Values, constant, text_array
from gromov.data.readers.delimited import read_delimited
from gromov.data.readers.file import File, listing, require_named
from gromov.data.readers.rows import Layout, data_rows, is_integer, is_number, sniff

NODE_NAMES = {"source", "target", "src", "dst", "from", "to", "u", "v", "head", "tail", "parent", "child", "node1", "node2", "id1", "id2"}


def read_table(file: File, request: Request) -> Contents:
    """The numeric columns of a table as points; the columns asked for by name beside them.

    Raises:
        InputError: a row is ragged, a field is empty or no number, or a column is text; the sentence names line and column.
    """
    layout = sniff(file)
    if request.kind is None and not request.columns and _looks_like_edges(layout):
        raise InputError(f"{file.name} looks like a list of edges: say --as edges to read a graph, or --as points for its numbers")
    beside = [name for name in layout.header if name in request.aside | request.tested]
    points, notes = _choose(layout, request, file)
    rows = _count_rows(layout, file)
    require_memory(16 * rows * len(points), step=f"reading {file.name} ({rows} rows)", remedy="save it as .npy, which is memory-mapped")
    aside = [layout.index(name, option="--labels", file=file) for name in beside]
    numbers, texts = _read_fast(layout, file, points, aside) or _read_fields(layout, file, points, aside)
    columns: dict[str, Column] = {name: constant(values) for name, values in zip(beside, texts, strict=True)}
    return Contents(numbers, columns=columns, sha256=file.sha256(), notes=notes)


def _choose(layout: Layout, request: Request, file: File) -> tuple[list[int], tuple[str, ...]]:
    if request.columns:
        points = [layout.index(name, option="--columns", file=file) for name in request.columns]
    else:
        points = [i for i, name in enumerate(layout.header) if name not in request.aside | request.tested]
    notes: list[str] = []
    counting = layout.named and layout.header[0] == "" and all(row[0] == str(i) for i, row in enumerate(layout.sample))
    if counting and not request.columns:
        points.remove(0)
        notes.append("the first column, which has no name and counts the rows, is left out")
    elif layout.named and all(is_number(name) for name in layout.header):
        notes.append("the first line numbers the columns, and is no point")
    text = [layout.header[i] or "(no name)" for i in points if layout.sample and not layout.numeric(i)]
    if text:
        require_named(request, layout.header, file.name)
        what = f"column {text[0]} is" if len(text) == 1 else f"columns {listing(text)} are"
        raise InputError(f"{what} not numbers in {file.name}: choose columns with --columns, or say what they are with --labels or --names")
    if not points or not layout.sample:
        raise InputError(f"{file.name} holds no {'columns of numbers' if not points else 'rows below its header'}")
    if len(points) < len(layout.header):
        notes.append(f"columns {listing([layout.header[i] for i in points])}")
    return points, tuple(notes)


def _looks_like_edges(layout: Layout) -> bool:
    width = len(layout.header)
    if width not in (2, 3) or not layout.sample or any(len(row) != width for row in layout.sample):
        return False
    ends = [text for row in layout.sample for text in row[:2]]
    if layout.named and {name.lower() for name in layout.header[:2]} <= NODE_NAMES:
        return True
    text = not any(is_number(end) for end in ends)
    return (text and (width == 2 or layout.numeric(2))) or (width == 2 and all(is_integer(end) and "-" not in end for end in ends))


def _count_rows(layout: Layout, file: File) -> int:
    """An upper estimate from the length of the first rows; exact counting would read the file twice."""
    if not file.stored_plainly():
        return len(layout.sample)
    length = min((sum(len(text) + 1 for text in row) for row in layout.sample), default=1)
    return file.path.stat().st_size // length


def _read_fast(
    layout: Layout, file: File, points: list[int], beside: list[int]
) -> tuple[NDArray[np.floating] | NDArray[np.float64], list[Values]] | None:
    """Fast readers, whose errors do not name the line; None sends the file to the reader whose errors do."""
    if layout.delimiter is not None and not set(points) & set(beside):
        double = np.dtype(np.float64)
        width, skip = len(layout.header), layout.first - 1
        read = read_delimited(file, delimiter=layout.delimiter, skip=skip, width=width, numbers=points, texts=beside, dtype=double)
        if read is not None:
            return read[0], [np.char.strip(values.astype(np.str_)) for values in read[1]]
    if beside or len(points) < len(layout.header):
        return None
    with file.text() as lines:
        try:
            return np.loadtxt(lines, delimiter=layout.delimiter, skiprows=layout.first - 1, comments=None, quotechar='"', ndmin=2), []
        except UnicodeDecodeError:
            raise
        except ValueError:
            return None


def _read_fields(layout: Layout, file: File, points: list[int], beside: list[int]) -> tuple[NDArray[np.float64], list[Values]]:
    width, numbers, texts = len(layout.header), array("d"), [list[str]() for _ in beside]
    with file.text() as lines:
        for line, fields in data_rows(lines, layout):
            if len(fields) != width:
                raise InputError(f"line {line} of {file.name} has {len(fields)} fields, and {width} are expected: its rows are ragged")
            chosen = [fields[i] for i in points]
            try:
                numbers.extend(map(float, chosen))
            except ValueError:
                raise _bad_field(fields, points, layout, f"line {line} of {file.name}") from None
            if "_" in "".join(chosen):  # Python reads 1_000 as a number; tables do not mean it
                raise _bad_field(fields, points, layout, f"line {line} of {file.name}")
            for i, values in zip(beside, texts, strict=True):
                values.append(fields[i].strip())
    return np.frombuffer(numbers, np.float64).reshape(-1, len(points)), [text_array(values, f"a column of {file.name}") for values in texts]


def _bad_field(fields: list[str], points: list[int], layout: Layout, where: str) -> InputError:
    worst = next(i for i in points if not is_number(fields[i]))
    text = fields[worst].strip()
    problem = f"holds {text[:40]!r}, which is not a number" if text else "is empty"
    return InputError(f"{where}: column {layout.header[worst] or worst + 1} {problem}; fill it in, remove the row, or choose --columns")
