"""Pictures of anything that has distances, in the hyperbolic plane."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import ArrayLike, NDArray

from gromov.core import (
    Axis,
    Caption,
    Disk,
    Estimate,
    Figure,
    Graph,
    InputError,
    PointsLike,
    Representation,
    Result,
    UnsuitableError,
    as_representation,
)
from gromov.data import load
from gromov.measures.projections import Distortion, distortion, horopca, hyperbolic_tsne, tree_drawing, trustworthiness
from gromov.measures.projections.normal import is_hyperbolic, normal_vectors
from gromov.report.picture import Picture
from gromov.report.words import clean, number
from gromov.spaces.disk import DISK, from_vector

Projection = Literal["auto", "horopca", "tsne", "tree", "none"]
_NEIGHBORS = 10
_TRUSTED = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Places in the disk and how they were found; `scale` where one unit of the picture has a known length."""

    z: NDArray[np.complex128]
    how: str
    exact: bool = False
    scale: float | None = None


def plot(
    data: PointsLike | str | Result | Figure,
    *,
    edges: Integer[np.ndarray, "m 2"] | None = None,
    labels: ArrayLike | None = None,
    names: tuple[str, ...] | list[str] | None = None,
    projection: Projection = "auto",
    title: str = "",
    seed: int = 0,
) -> Picture:
    """A picture of points, distances or a graph in the Poincaré disk, or of the figures of a result.

    Points of the hyperbolic plane are drawn as they are. What has more dimensions is projected:

    - `horopca`: hyperbolic points by two ideal directions and their horospheres; the default for them.
    - `tsne`: anything by hyperbolic t-SNE, which keeps neighbours; of hyperbolic points it keeps depth too (CO-SNE). The default for Euclidean points, distances and
      graphs. An array is taken as Euclidean points; for hyperbolic ones say so: `Representation(points, space=PoincareBall())`.
    - `tree`: a tree by Sarkar's construction, which keeps its distances up to their scale; the default for graphs that are trees.
    - `none`: no projection; points of the hyperbolic plane alone.

    Trustworthiness and distortion of a projection stand in the caption and in the picture's attributes.

    Args:
        data: What to draw; a text is the name of a data set or file, as `gromov.load` takes it. A graph brings its edges along.
        edges: Pairs of objects to be joined by geodesics.
        labels: One for each object, to colour by; in place of those of the data.
        names: One for each object; in place of those of the data.
        projection: How to come to two dimensions.
        title: Heading; by default what was drawn.
        seed: Of everything drawn at random.

    Raises:
        InputError: numbers of labels, names or edges that do not fit, or options for a result or a figure.
        UnsuitableError: a projection that the data do not allow.

    Cost: see the projections; 10,000 points of 64 dimensions take less than a minute.
    """
    if isinstance(data, Result | Figure):
        if edges is not None or labels is not None or names is not None or projection != "auto":
            raise InputError("a result or a figure is drawn as it is: edges, labels, names and projection are for data")
        figures = (data,) if isinstance(data, Figure) else data.figures()
        heading = data.title if isinstance(data, Figure) else data.about().title
        if not figures:
            raise InputError(f"{type(data).__name__} has no figures to draw")
        return Picture(title or heading, figures)
    if hasattr(data, "save_html"):
        raise InputError("a run holds several results: draw one of them, as gromov.plot(run['layout'])")
    representation = as_representation(load(data) if isinstance(data, str) else data)
    placed = _place(representation, projection, seed)
    trust, changed = (None, None) if placed.exact else _judge(representation, placed, seed)
    heading = title or f"{_titled(clean(representation.source.name))} in the hyperbolic plane"
    layer = _layer(representation, placed.z, edges, labels, names)
    caption = _caption(representation, layer, placed, trust, changed)
    axes = Axis("first coordinate"), Axis("second coordinate")
    return Picture(heading, (Figure("plot-disk", heading, caption, *axes, (layer,), equal=True),), trust, changed)


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _place(representation: Representation, projection: Projection, seed: int) -> _Placed:
    chosen = projection if projection != "auto" else _usual(representation)
    match chosen:
        case "none":
            return _as_they_are(representation)
        case "horopca":
            flat = horopca(representation).points
            how = "HoroPCA: centred at the Fréchet mean, projected along the horospheres of the two ideal directions with the largest variance of Busemann coordinates."
            return _Placed(_numbers(flat), how, scale=_unit(representation))
        case "tsne":
            found = hyperbolic_tsne(representation, seed=seed)
            kept = ", with a term that keeps each point's distance from the origin (CO-SNE)" if is_hyperbolic(representation) else ""
            how = (
                f"Hyperbolic t-SNE of {found.neighbors} neighbours at perplexity {found.perplexity:g}{kept}: {found.steps} steps of Riemannian gradient descent from "
                f"{found.start}, to a divergence of {found.divergence:.3g} nats."
            )
            return _Placed(_numbers(found.points), how)
        case "tree":
            if not isinstance(representation.data, Graph):
                raise UnsuitableError(f"the projection 'tree' needs a graph, and got {representation.kind}: use 'tsne'")
            how = "Sarkar's construction: every edge is a geodesic of one length, and the edges at a node divide the angle there evenly."
            return _Placed(tree_drawing(representation.data), how)
        case _:
            raise InputError(f"projection is {projection!r}; it must be auto, horopca, tsne, tree or none")


def _usual(representation: Representation) -> Projection:
    if is_hyperbolic(representation):
        return "none" if _dimension(representation) <= 2 else "horopca"
    return "tree" if isinstance(representation.data, Graph) and _is_tree(representation.data) else "tsne"


def _is_tree(graph: Graph) -> bool:
    from scipy.sparse.csgraph import connected_components

    adjacency = graph.adjacency()
    return graph.lengths is None and adjacency.nnz == 2 * (graph.nodes - 1) and connected_components(adjacency, directed=False)[0] == 1


def _dimension(representation: Representation) -> int:
    coordinates = representation.points.shape[1]
    dimension = getattr(representation.space, "dimension", None)
    return coordinates if dimension is None else int(dimension(coordinates))


def _unit(representation: Representation) -> float:
    """Length of one unit of the picture, whose curvature is −1."""
    space = representation.space
    return 1.0 if space is None or space.curvature == 0 else 1 / float(np.sqrt(-space.curvature))


def _as_they_are(representation: Representation) -> _Placed:
    if not is_hyperbolic(representation) or _dimension(representation) > 2:
        raise UnsuitableError("without a projection only points of the hyperbolic plane can be drawn: use projection='auto'")
    vectors = normal_vectors(representation, centered=False)
    z = vectors[:, 0] + (1j * vectors[:, 1] if vectors.shape[1] == 2 else 0)
    return _Placed(from_vector(z), "The points as they are.", exact=True, scale=_unit(representation))


def _numbers(points: Float[np.ndarray, "n 2"]) -> NDArray[np.complex128]:
    return points[:, 0] + 1j * points[:, 1]


def _judge(representation: Representation, placed: _Placed, seed: int) -> tuple[Estimate, Distortion]:
    picture = Representation(np.stack([placed.z.real, placed.z.imag], axis=1), space=DISK)
    k = max(1, min(_NEIGHBORS, (representation.n - 1) // 2))
    return (
        trustworthiness(representation, picture, k=k, seed=seed),
        distortion(representation, picture, scale=placed.scale, seed=seed),
    )


def _layer(
    representation: Representation,
    z: NDArray[np.complex128],
    edges: Integer[np.ndarray, "m 2"] | None,
    labels: ArrayLike | None,
    names: tuple[str, ...] | list[str] | None,
) -> Disk:
    n = representation.n
    given: NDArray[np.generic] | None = representation.labels if labels is None else np.asarray(labels)
    texts = representation.names if names is None else tuple(str(name) for name in names)
    for what, values in (("labels", given), ("names", texts)):
        if values is not None and len(values) != n:
            raise InputError(f"there are {n} objects but {len(values)} {what}: one for each is needed")
    groups, group_names = None, ()
    if given is not None:
        kinds, groups = np.unique(given, return_inverse=True)
        group_names = tuple(str(kind) for kind in kinds)
    if edges is None and isinstance(representation.data, Graph):
        edges = representation.data.edges
    # a point that rounding has put on the rim is drawn just inside it
    size = np.abs(z)
    z = np.where(size >= 1, z * ((1 - 1e-15) / np.maximum(size, 1)), z)
    return Disk("objects", z.real, z.imag, None if edges is None else np.asarray(edges), groups, group_names, texts or ())


def _caption(representation: Representation, layer: Disk, placed: _Placed, trust: Estimate | None, changed: Distortion | None) -> Caption:
    what = f"{number(representation.n)} objects in the Poincaré disk"
    if layer.groups is not None:
        what += f", coloured by {number(len(layer.group_names))} labels"
    if layer.edges is not None:
        what += f", joined by {number(len(layer.edges))} edges, which are geodesics"
    if trust is None or changed is None:
        unit = "" if placed.scale in (None, 1.0) else f" One unit of the picture is a length of {number(placed.scale or 1.0)}."
        return Caption(
            f"{what}.", f"{placed.how}{unit}", "Exact: nothing was projected.", "Distances of the picture are those of the data."
        )
    trusted = trust.value >= _TRUSTED
    worst = "without bound" if not np.isfinite(changed.worst) else f"up to {number(float(f'{changed.worst:.3g}'))}-fold against each other"
    return Caption(
        f"{what}.",
        placed.how,
        f"Trustworthiness of {trust.method.rsplit(', ', 1)[-1]}: {trust}, where 1 is perfect; distances change by {changed.average} of themselves on average, {worst} at worst.",
        "Neighbours in the picture are mostly neighbours in the data."
        if trusted
        else "Many neighbours in the picture are no neighbours in the data: read it for its outline alone.",
        "Do not read distances between far groups off it." if changed.average.value > 0.2 else "",
    )
