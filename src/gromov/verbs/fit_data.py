"""What `fit hierarchy` reads: pairs of named nodes, and what they mean."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import Graph, InputError, PointsLike, Representation, Source, Tree, as_representation
from gromov.data import load
from gromov.data.readers import File
from gromov.data.readers.columnar import is_columnar, read_column
from gromov.data.readers.edges import number_nodes
from gromov.data.readers.file import sentences
from gromov.models.hierarchy import Relation, closed_share, parents_of, transitive_closure
from gromov.verbs.session import words_of
from gromov.verbs.source import describe

if TYPE_CHECKING:
    from numpy.typing import NDArray

Meaning = Literal["auto", "ancestors", "neighbors"]
_CLOSED = 0.99
_MOST_SHOWN = 3


@runtime_checkable
class NetworkLike(Protocol):
    """A graph of networkx, told without importing networkx."""

    def is_directed(self) -> bool:
        """Whether its edges have a direction."""
        ...

    def nodes(self) -> Sequence[object]:
        """The nodes."""
        ...

    def edges(self, *, data: str) -> Sequence[tuple[object, object, object]]:
        """The edges, each with a value of its data."""
        ...


HierarchyLike: TypeAlias = PointsLike | NetworkLike | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """A hierarchy to be fitted.

    Attributes:
        relation: Who is to be found from whom.
        parents: The edges the relation rests on: direct parents, or the edges of the graph (u < v); what distances are measured along.
        lengths: Length of each of them; None means 1.
        names: Name of each node.
        input: What was read, as result.json tells it.
        warnings: What a reader must keep in mind.
    """

    relation: Relation
    parents: Integer[np.ndarray, "p 2"]
    lengths: Float[np.ndarray, " p"] | None
    names: tuple[str, ...]
    input: Tree
    warnings: tuple[str, ...]

    @property
    def is_tree(self) -> bool:
        """Whether the edges make one tree."""
        from scipy.sparse.csgraph import connected_components

        graph = self.graph()
        adjacency = graph.adjacency()
        return adjacency.nnz == 2 * (graph.nodes - 1) and connected_components(adjacency, directed=False)[0] == 1

    def graph(self) -> Graph:
        """The undirected graph of the edges."""
        return Graph(self.relation.nodes, self.parents, self.lengths)


def read_hierarchy(
    data: HierarchyLike | str | Path, *, relation: Meaning = "auto", columns: Sequence[str] | None = None, reverse: bool = False
) -> Hierarchy:
    """The hierarchy of a file of pairs, a data set, a graph of networkx, a list of pairs, a `Graph`.

    Args:
        data: Where the pairs are: (node, ancestor), or two neighbours.
        relation: `ancestors`: pairs go up, and their transitive closure is fitted; `neighbors`: edges without direction; `auto`: ancestors where the pairs are closed under
            going up twice (99 % of the chains), neighbours otherwise.
        columns: Columns of a table: the two nodes, and the length of the edge if there is one.
        reverse: Whether pairs are (ancestor, node).

    Raises:
        InputError: nothing can be read, the pairs run in a circle where ancestors are wanted, or too few nodes are left.
    """
    if relation not in ("auto", "ancestors", "neighbors"):
        raise InputError(f"--relation is {relation!r}; it must be auto, ancestors or neighbors")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found, directed = _read(data, columns)
    said = words_of(caught)
    described = describe(found, read=isinstance(data, str | Path))
    graph = found.data
    if not isinstance(graph, Graph):
        raise InputError(
            f"{found.source.name} holds {found.kind}, and a hierarchy is a list of pairs: two columns (child,parent or node,neighbour)"
        )
    names = found.names or tuple(str(i) for i in range(graph.nodes))
    pairs, lengths, names = _cleaned(graph.edges[:, ::-1] if reverse else graph.edges, graph.lengths, names, said)
    n = len(names)
    if n < 4:
        raise InputError(f"{n} nodes have relatives; at least 4 are needed")
    share = closed_share(n, pairs)
    if relation == "auto":
        relation = "ancestors" if share >= _CLOSED or directed else "neighbors"
        why = (
            "the pairs hold the ancestors of the ancestors"
            if share >= _CLOSED
            else "the graph is directed"
            if directed
            else "the pairs are not closed under going up twice"
        )
        said.append(f"read as {relation}, because {why}; --relation says otherwise")
    if relation == "neighbors":
        return Hierarchy(Relation.of(n, pairs, directed=False), *_undirected(pairs, lengths), names, described, tuple(said))
    # a reader of graphs drops directions; here they are kept
    described["notes"] = [str(note).replace(", directions dropped", "") for note in found.source.notes]
    closed = transitive_closure(n, pairs)
    if share >= _CLOSED:
        closed = pairs  # as published, although a few chains may be open
    elif len(closed) > len(pairs):
        said.append(f"the transitive closure of {len(pairs):,} pairs is fitted: {len(closed):,} pairs of a node and an ancestor")
    if lengths is not None:
        said.append("lengths of edges are left out: ancestors have none")
    return Hierarchy(Relation.of(n, closed, directed=True), parents_of(n, closed), None, names, described, tuple(said))


def _read(data: HierarchyLike | str | Path, columns: Sequence[str] | None) -> tuple[Representation, bool]:
    """The graph, and whether it says itself that it is directed."""
    if isinstance(data, str | Path):
        path = Path(data)
        if path.is_file() and is_columnar(_head(path)):
            return _read_columnar(path, columns), False
        return load(data, kind="edges", columns=columns) if path.is_file() else load(data, columns=columns), False
    if isinstance(data, NetworkLike):
        return _of_network(data), data.is_directed()
    if isinstance(data, list | tuple) and data and all(isinstance(each, tuple) and len(each) == 2 for each in data):
        return _of_pairs(cast("list[tuple[object, object]]", data)), False
    return as_representation(cast(PointsLike, data)), False


def _head(path: Path) -> bytes:
    with sentences(str(path)), path.open("rb") as stream:
        return stream.read(8)


def _read_columnar(path: Path, columns: Sequence[str] | None) -> Representation:
    from pyarrow import parquet

    file = File(path)
    wanted = list(columns or ())
    if not wanted and _head(path).startswith(b"PAR1"):
        wanted = list(parquet.read_schema(path).names[:2])
    if len(wanted) not in (2, 3):
        raise InputError(f"{path} needs two columns of nodes, and a length if each edge has one: name them with --columns u,v or u,v,w")
    ends = [read_column(file, name) for name in wanted[:2]]
    nodes, edges = number_nodes(*ends)
    lengths = None if len(wanted) == 2 else np.asarray(read_column(file, wanted[2]), dtype=np.float64)
    source = Source(str(path), file.sha256(), (f"{len(edges)} pairs over {len(nodes)} nodes, columns {', '.join(wanted)}",))
    return Representation(Graph(len(nodes), edges, lengths), names=tuple(map(str, nodes.tolist())), source=source)


def _of_network(network: NetworkLike) -> Representation:
    names = tuple(str(node) for node in network.nodes())
    if len(set(names)) != len(names):
        raise InputError("two nodes of the graph have the same name as text: relabel them first")
    place = {name: i for i, name in enumerate(names)}
    edges = list(network.edges(data="weight"))
    if not edges:
        raise InputError("the graph has no edges")
    pairs = np.array([(place[str(u)], place[str(v)]) for u, v, _ in edges], dtype=np.int64)
    weights = [weight for _, _, weight in edges]
    lengths = np.array(weights, dtype=np.float64) if all(isinstance(w, int | float) for w in weights) else None
    return Representation(Graph(len(names), pairs, lengths), names=names, source=Source("graph"))


def _of_pairs(pairs: Sequence[tuple[object, object]]) -> Representation:
    first, second = (np.array([str(pair[i]) for pair in pairs]) for i in (0, 1))
    nodes, edges = number_nodes(first, second)
    return Representation(Graph(len(nodes), edges), names=tuple(map(str, nodes.tolist())), source=Source("pairs"))


def _cleaned(
    edges: Integer[np.ndarray, "m 2"], lengths: "NDArray[np.floating] | None", names: tuple[str, ...], said: list[str]
) -> tuple[Integer[np.ndarray, "k 2"], Float[np.ndarray, " k"] | None, tuple[str, ...]]:
    """The pairs without self-loops, duplicates and nodes that have no pair; what was dropped is said."""
    edges = edges.astype(np.int64)
    own = edges[:, 0] == edges[:, 1]
    if own.any():
        said.append(f"{int(own.sum()):,} pairs of a node with itself are left out")
        edges, lengths = edges[~own], None if lengths is None else lengths[~own]
    codes, at = np.unique(edges[:, 0] * len(names) + edges[:, 1], return_index=True)
    if len(codes) < len(edges):
        said.append(f"{len(edges) - len(codes):,} pairs are listed more than once, and counted once")
        edges, lengths = edges[at], None if lengths is None else lengths[at]
    kept = np.unique(edges)
    if len(kept) < len(names):
        lonely = [names[i] for i in np.setdiff1d(np.arange(len(names)), kept)[:_MOST_SHOWN]]
        more = " …" if len(names) - len(kept) > _MOST_SHOWN else ""
        said.append(f"{len(names) - len(kept):,} nodes without any pair are left out: {', '.join(lonely)}{more}")
    ordered = None if lengths is None else np.asarray(lengths, dtype=np.float64)
    return np.searchsorted(kept, edges), ordered, tuple(names[i] for i in kept)


def _undirected(
    pairs: Integer[np.ndarray, "m 2"], lengths: Float[np.ndarray, " m"] | None
) -> tuple[Integer[np.ndarray, "p 2"], Float[np.ndarray, " p"] | None]:
    """Each edge once, the smaller node first."""
    edges, at = np.unique(np.sort(pairs, axis=1), axis=0, return_index=True)
    return edges, None if lengths is None else lengths[at]
