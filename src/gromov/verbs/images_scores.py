"""The numbers of one fitted image embedding."""

import math
from dataclasses import dataclass, fields

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import Representation, generator
from gromov.measures.four_point import null as nulls
from gromov.measures.four_point.metric import metric_of
from gromov.models.images import Geometry, Levels, few_shot_accuracy, levels_of, mutual_information, ranked_above, retrieve
from gromov.verbs.images_data import Pictures
from gromov.verbs.images_jobs import Embedded
from gromov.verbs.images_split import Split

EPISODES = 10_000
SHOTS = ((5, 1), (5, 5), (20, 1))
_RANKS = (1, 2, 4, 8)
_DELTA = 500


@dataclass(frozen=True, slots=True)
class ImageScore:
    """The numbers of one fit; NaN where one cannot be had.

    Attributes:
        recall_1: Share of the test images whose nearest other image is of their class.
        recall_2: The same among the two nearest.
        recall_4: Among the four nearest.
        recall_8: Among the eight nearest.
        map_r: Mean average precision at R.
        nmi: Normalised mutual information of k-means and the classes.
        few_5_1: Accuracy of 5-way 1-shot episodes.
        few_5_5: Of 5-way 5-shot episodes.
        few_20_1: Of 20-way 1-shot episodes.
        body_recall_1: Recall at 1 of the features before the linear layer, by cosine.
        body_map_r: Their mean average precision at R.
        body_nmi: Their mutual information.
        blurred: How often a test image lies farther from the origin than a blurred one does.
        foreign: The same against images of another source.
        relative_delta: 2δ/diameter of the points of the space.
        body_relative_delta: Of the features.
        same_group: Of the nearest neighbours of another class, the share of the same superclass.
        curvature: K.
    """

    recall_1: float
    recall_2: float
    recall_4: float
    recall_8: float
    map_r: float
    nmi: float
    few_5_1: float
    few_5_5: float
    few_20_1: float
    body_recall_1: float
    body_map_r: float
    body_nmi: float
    blurred: float
    foreign: float
    relative_delta: float
    body_relative_delta: float
    same_group: float
    curvature: float


NUMBERS = tuple(each.name for each in fields(ImageScore))


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One fit, scored.

    Attributes:
        score: Its numbers.
        by_class: Recall at 1 of each test class.
        nearest: The nearest others of each query, as places among the test images.
        asked: The queries, as places among the test images.
        points: The points of the space, n × entries.
        radii: Distance from the origin of each set of images.
        levels: Distance from the origin by level; None without superclasses.
    """

    score: ImageScore
    by_class: Float[np.ndarray, " k"]
    nearest: Integer[np.ndarray, "q 8"]
    asked: Integer[np.ndarray, " q"]
    points: Float[np.ndarray, "n d"]
    radii: dict[str, Float[np.ndarray, " n"]]
    levels: Levels | None


def score_of(done: Embedded, geometry: Geometry, pictures: Pictures, split: Split, seed: int, *, episodes: int = EPISODES) -> Scored:
    """Everything that is asked of the test images of one fit.

    Args:
        done: The fit.
        geometry: Its space, with the curvature that training left.
        pictures: All images.
        split: Which of them are tested.
        seed: Of the episodes, the clusters and what is drawn.
        episodes: Number of few-shot episodes.
    """
    geometry = geometry.double()
    v = torch.from_numpy(done.vectors["test"]).double()
    with torch.no_grad():
        points = geometry(v)
    known, places = np.unique(pictures.targets[split.test], return_inverse=True)
    classes = torch.from_numpy(places.astype(np.int64))
    asked = None if split.queries is None else torch.from_numpy(np.flatnonzero(np.isin(split.test, split.queries)))
    gallery = None if split.queries is None else torch.from_numpy(np.flatnonzero(~np.isin(split.test, split.queries)))
    found = retrieve(points, classes, geometry.distances, queries=asked, gallery=gallery, ranks=_RANKS)
    flat = Geometry("sphere")
    features = flat(torch.from_numpy(done.features).double())
    body = retrieve(features, classes, flat.distances, queries=asked, gallery=gallery, ranks=(1,))
    shots = {(n, k): _few_shot(points, classes, geometry, n, k, episodes, seed) for n, k in SHOTS}
    with torch.no_grad():
        radii = {key: geometry.radii(torch.from_numpy(each).double()).numpy() for key, each in done.vectors.items()}
    sample = np.sort(generator(seed, "images", "delta").permutation(len(points))[:_DELTA])
    groups = None if pictures.groups is None else np.unique([pictures.groups[c] for c in known], return_inverse=True)[1]
    several = groups is not None and len(set(groups.tolist())) > 1
    owner, hits = places[found.asked.numpy()], found.recall[1].numpy()
    by_class = np.bincount(owner, weights=hits, minlength=len(known)) / np.maximum(np.bincount(owner, minlength=len(known)), 1)
    score = ImageScore(
        **{f"recall_{k}": float(found.recall[k].mean()) for k in _RANKS},
        map_r=float(found.precision.mean()),
        nmi=mutual_information(points, classes, geometry, seed),
        **{f"few_{n}_{k}": value for (n, k), value in shots.items()},
        body_recall_1=float(body.recall[1].mean()),
        body_map_r=float(body.precision.mean()),
        body_nmi=mutual_information(features, classes, flat, seed),
        blurred=_above(radii, "blurred"),
        foreign=_above(radii, "foreign"),
        relative_delta=relative_delta(points.numpy()[sample], geometry),
        body_relative_delta=relative_delta(done.features[sample].astype(np.float64), None),
        same_group=_same_group(points, classes, groups, geometry) if several and groups is not None else math.nan,
        curvature=geometry.curvature,
    )
    levels = (
        levels_of(points, classes, torch.from_numpy(groups.astype(np.int64)), geometry, seed) if several and groups is not None else None
    )
    return Scored(score, by_class, found.nearest.numpy(), found.asked.numpy(), points.numpy(), radii, levels)


def relative_delta(points: Float[np.ndarray, "n d"], geometry: Geometry | None) -> float:
    """2δ/diameter of some points, exact; in the distance of their space, Euclidean where none is given."""
    points = np.unique(points, axis=0)
    if len(points) < 4:
        return math.nan
    metric, everyone, _ = metric_of(Representation(points, space=None if geometry is None else geometry.manifold()), seed=0)
    return nulls.relative_delta(metric.pairwise(everyone, everyone), ptolemaic=metric.ptolemaic, step=metric.step)


def _few_shot(points: torch.Tensor, classes: torch.Tensor, geometry: Geometry, ways: int, shots: int, episodes: int, seed: int) -> float:
    enough = int((torch.bincount(classes) > shots).sum()) >= ways
    return float(few_shot_accuracy(points, classes, geometry, ways=ways, shots=shots, episodes=episodes, seed=seed)) if enough else math.nan


def _above(radii: dict[str, np.ndarray], other: str) -> float:
    return ranked_above(radii["test"], radii[other]) if other in radii else math.nan


@torch.no_grad()
def _same_group(points: torch.Tensor, classes: torch.Tensor, groups: Integer[np.ndarray, " k"], geometry: Geometry) -> float:
    """Of the nearest image of another class: the share that is of the same superclass, by rows of 512."""
    of = torch.from_numpy(groups)[classes]
    right: list[torch.Tensor] = []
    for rows in torch.arange(len(points)).split(512):
        d = geometry.distances(points[rows], points).masked_fill(classes[rows][:, None] == classes, torch.inf)
        right.append(of[d.argmin(1)] == of[rows])
    return float(torch.cat(right).double().mean())
