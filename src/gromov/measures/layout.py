"""A map of the cloud in two dimensions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import About, Axis, Caption, Figure, Points, PointsLike, Representation, Result, as_representation, generator
from gromov.measures.four_point.metric import metric_of
from gromov.measures.moments import principal_axes

_PROJECTION = "principal components"
_SCALING_POINTS = 1_500
_NAMED_POINTS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Layout(Result):
    """The cloud seen along its two widest directions.

    Attributes:
        explained: Share of the variance in the two coordinates; for distances and graphs, share of the positive eigenvalues of classical scaling.
        method: `principal components` or `classical scaling`.
        shown: Number of objects on the map.
        objects: Index of each object shown.
        coordinates: Its position.
        codes: Its label, as an index into `labels`; empty without labels.
        labels: Names of the labels.
        names: Names of the objects, where there are names and at most 5,000 objects.
    """

    explained: float
    method: str
    shown: int
    objects: Integer[np.ndarray, " m"]
    coordinates: Float[np.ndarray, "m 2"]
    codes: Integer[np.ndarray, " c"]
    labels: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def about(cls) -> About:
        """What the map is."""
        return About(
            "Map",
            "What do the data look like?",
            "Points are projected onto their two principal components; distances and graphs are placed by classical scaling of up to 1,500 objects. "
            "A map of two dimensions hides the others: read the share of variance it shows.",
            ("Torgerson (1952), Multidimensional scaling: I. Theory and method. Psychometrika 17.",),
        )

    def summary(self) -> str:
        """How much the map shows."""
        return f"The map shows {100 * self.explained:.1f} % of the variance ({self.method})."

    def figures(self) -> tuple[Figure, ...]:
        """The map."""
        coloured = len(self.codes) > 0
        projected = self.method == _PROJECTION
        return (
            Figure(
                "layout-map",
                "The cloud along its two widest directions" if projected else "The objects, placed by their distances",
                Caption(
                    f"{self.shown:,} objects" + (f", coloured by {len(self.labels)} labels." if coloured else "."),
                    f"By {self.method}.",
                    f"The two coordinates hold {100 * self.explained:.1f} % of the variance; what the rest does cannot be seen here.",
                    "Points close on the map may be far apart in the cloud; points far apart on the map are far apart."
                    if projected
                    else "The map keeps the large distances as well as a plane can; objects close on it may be far apart.",
                ),
                Axis("first coordinate"),
                Axis("second coordinate"),
                (
                    Points(
                        "objects",
                        self.coordinates[:, 0],
                        self.coordinates[:, 1],
                        self.codes if coloured else None,
                        self.labels,
                        self.names,
                    ),
                ),
                equal=True,
            ),
        )


def layout(points: PointsLike, *, seed: int = 0) -> Layout:
    """Map of the cloud: principal components of points, classical scaling of distances and graphs.

    Args:
        points: Anything an instrument takes.
        seed: Seed of the sample of objects where there are more than 1,500 distances or nodes.

    Cost: n·d² for points; m³ with m ≤ 1,500 objects otherwise.
    """
    representation = as_representation(points)
    if representation.kind == "points":
        objects = np.arange(representation.n)
        coordinates, explained = _principal(representation)
        method = _PROJECTION
    else:
        metric, covered, _ = metric_of(representation, seed=seed)
        kept = np.sort(generator(seed, "layout").choice(metric.n, min(metric.n, _SCALING_POINTS), replace=False))
        objects = covered[kept]
        coordinates, explained = classical_scaling(metric.pairwise(kept, kept))
        method = "classical scaling"
    labels, codes = (), np.empty(0, dtype=np.int64)
    if representation.labels is not None:
        values, codes = np.unique(representation.labels, return_inverse=True)
        labels, codes = tuple(str(value) for value in values), codes[objects]
    names = representation.names if representation.names is not None and len(objects) <= _NAMED_POINTS else None
    return Layout(
        explained,
        method,
        len(objects),
        objects,
        coordinates,
        codes,
        labels,
        () if names is None else tuple(names[i] for i in objects),
    )


def classical_scaling(distances: Float[np.ndarray, "m m"]) -> tuple[Float[np.ndarray, "m 2"], float]:
    """Coordinates √λ v of the two largest eigenpairs of −½ J D² J, and their share of the positive eigenvalues."""
    squared = np.asarray(distances, dtype=np.float64) ** 2
    centered = -(squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()) / 2
    values, vectors = np.linalg.eigh(centered)
    top = np.clip(values[::-1][:2], 0, None)
    coordinates = _signed(vectors[:, ::-1][:, :2]) * np.sqrt(top)
    return coordinates, float(top.sum() / values[values > 0].sum())


def _principal(representation: Representation) -> tuple[Float[np.ndarray, "n 2"], float]:
    axes = principal_axes(representation)
    directions = _signed(axes.directions[:, :2])
    projected = np.concatenate([(block - axes.mean) @ directions for block in representation.blocks()])
    if projected.shape[1] == 1:
        projected = np.concatenate([projected, np.zeros_like(projected)], axis=1)
    return projected.astype(np.float32), float(axes.variances[:2].sum() / axes.variances.sum())


def _signed(vectors: Float[np.ndarray, "m k"]) -> Float[np.ndarray, "m k"]:
    """Each column with its largest entry positive, so that a map does not flip between machines."""
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    return vectors * np.where(largest < 0, -1.0, 1.0)
