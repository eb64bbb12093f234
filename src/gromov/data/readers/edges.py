"""Lists of edges: two nodes a line, with whatever follows them; nodes are integers or words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gromov.core import Graph, InputError
from gromov.data.contents import Contents, Request, Values, constant, text_array
from gromov.data.readers.file import File
from gromov.data.readers.rows import COMMENTS, Layout, data_rows, is_integer, is_number, sniff
from gromov.data.readers.table import NODE_NAMES


def read_edges(file: File, request: Request) -> Contents:
    """The graph of a list of edges: `u v`, `u,v` or `u v w`, with or without a header, comments after # or %.

    A third column is the length of the edge only where --columns asks for three: weights are as often similarities.

    Raises:
        InputError: a line has fewer than two fields, or a length is no positive number; the sentence names the line.
    """
    layout = _with_header(sniff(file, edges=True))
    chosen = [layout.index(name, option="--columns", file=file) for name in request.columns] or [0, 1]
    if len(chosen) not in (2, 3):
        raise InputError(f"--columns names {len(chosen)} columns; edges need two nodes, and a length if each has one (u,v or u,v,w)")
    sources, targets, lengths = _read(layout, file, chosen)
    nodes, edges = number_nodes(sources, targets)
    graph = Graph(len(nodes), edges, None if lengths is None else np.array(lengths))
    notes = [f"{len(edges)} edges over {len(nodes)} nodes, directions dropped"]
    if layout.named:
        notes.append("the first line is a header")
    if len(layout.header) > 2 and not request.columns:
        names = [layout.header[i] if layout.named else str(i + 1) for i in range(3)]
        notes.append(f"column {names[2]} is ignored; --columns {','.join(names)} reads it as the length of each edge")
    return Contents(graph, columns={"node": constant(nodes)}, names="node", sha256=file.sha256(), notes=tuple(notes))


def number_nodes(sources: Values, targets: Values) -> tuple[Values, NDArray[np.int64]]:
    """The nodes in order (integers by size, words by alphabet) and the edges as pairs of their positions."""
    nodes, positions = np.unique(np.concatenate([sources, targets]), return_inverse=True)
    return nodes, np.ascontiguousarray(positions.reshape(2, -1).T.astype(np.int64))


def edges_of_array(array: Values, name: str) -> Graph:
    """The graph whose edges are the rows of an m × 2 array of node numbers.

    Raises:
        InputError: the array is no m × 2 array of integers that are not negative.
    """
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise InputError(f"{name} is no list of edges: --as edges needs an m × 2 array of integers")
    edges = array.astype(np.int64)
    if edges.min() < 0:
        raise InputError(f"{name} names node {edges.min()}: nodes are numbered from 0")
    highest = int(edges.max())
    if highest > 2 * edges.size + 1000:
        raise InputError(f"{name} names node {highest} with only {len(edges)} edges: number the nodes from 0 without gaps")
    return Graph(highest + 1, edges)


def _with_header(layout: Layout) -> Layout:
    """Words over words do not show a header, save by the names that headers of edges have, or by text over a weight."""
    rows = layout.sample
    integers = bool(rows) and all(is_integer(text) for text in rows[0][:2])
    weighted = len(layout.header) > 2 and bool(rows) and len(rows[0]) > 2 and is_number(rows[0][2]) and not is_number(layout.header[2])
    known = {name.lower() for name in layout.header[:2]} <= NODE_NAMES
    if not layout.named or (integers and not all(is_integer(text) for text in layout.header[:2])) or weighted or known:
        return layout
    names = tuple(str(number) for number in range(1, len(layout.header) + 1))
    return Layout(layout.delimiter, names, False, 1, (list(layout.header), *rows))


def _read(layout: Layout, file: File, chosen: Sequence[int]) -> tuple[Values, Values, list[float] | None]:
    if len(chosen) == 2 and all(len(row) > max(chosen) and is_integer(row[i]) for row in layout.sample for i in chosen):
        with file.text() as lines:
            try:
                pairs = np.loadtxt(lines, np.int64, None, layout.delimiter, None, layout.first - 1, tuple(chosen), ndmin=2, quotechar='"')
                return pairs[:, 0], pairs[:, 1], None
            except UnicodeDecodeError:
                raise
            except (ValueError, OverflowError):
                pass  # comments between the edges, or nodes that are words after all
    ends: tuple[list[str], list[str]] = ([], [])
    lengths: list[float] = []
    with file.text() as lines:
        for line, fields in data_rows(lines, layout):
            if fields[0].startswith(COMMENTS):
                continue
            if len(fields) <= max(chosen) or not (fields[chosen[0]].strip() and fields[chosen[1]].strip()):
                raise InputError(f"line {line} of {file.name} is no edge: two nodes are needed, parted as in the lines above")
            for end, i in zip(ends, chosen, strict=False):
                end.append(fields[i].strip())
            if len(chosen) == 3:
                lengths.append(_length(fields[chosen[2]], f"line {line} of {file.name}"))
    if not ends[0]:
        raise InputError(f"{file.name} holds no edges")
    kind = np.int64 if all(is_integer(text) and len(text) < 19 for end in ends for text in end) else np.str_
    first, second = (text_array(end, f"the nodes of {file.name}").astype(kind) for end in ends)
    return first, second, lengths if len(chosen) == 3 else None


def _length(text: str, where: str) -> float:
    length = float(text) if is_number(text) else float("nan")
    if not 0 < length < float("inf"):
        raise InputError(f"{where} gives an edge the length {text.strip()!r}: lengths are finite and positive")
    return length
