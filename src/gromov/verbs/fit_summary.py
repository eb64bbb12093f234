"""Fits of several seeds as one set of numbers, and one of them as a picture."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import Estimate
from gromov.models import Embedding
from gromov.models.hierarchy import Score
from gromov.spaces import PoincareBall, Product, normal_coordinates
from gromov.verbs.fit_data import Hierarchy
from gromov.verbs.fit_kept import Done
from gromov.verbs.fit_results import Reconstruction, Scores

_NAMED = 60
_FLAT_DEPTH = 3.0
_ASKED = 8
_NEIGHBORS = "neighbours have no direction"
_PARTIAL = "the curvature of a product is that of its factors"


def over_seeds(values: Sequence[float], seed: int, reason: str = "") -> Estimate:
    """The mean over independent fits, with Student's t interval; of one fit there is no interval."""
    n = len(values)
    if any(map(math.isnan, values)):
        return Estimate.missing(reason or "not a number", n=n, seed=seed)
    mean = float(np.mean(values))
    if n < 2:
        return Estimate(mean, None, None, n, seed, "one fit")
    from scipy.stats import t

    stderr = float(np.std(values, ddof=1)) / math.sqrt(n)
    half = float(t.ppf(0.975, n - 1)) * stderr
    return Estimate(mean, stderr, (mean - half, mean + half), n, seed, "mean over fits from different starts")


def gain(ours: Sequence[float], others: Sequence[float], seed: int) -> Estimate:
    """Difference of the means of two groups of independent fits, with Welch's t interval."""
    if not others:
        return Estimate.missing("the control was not run", seed=seed)
    difference = float(np.mean(ours)) - float(np.mean(others))
    n = min(len(ours), len(others))
    if n < 2:
        return Estimate(difference, None, None, n, seed, "difference of one fit each")
    from scipy.stats import t

    parts = [float(np.var(values, ddof=1)) / len(values) for values in (ours, others)]
    stderr = math.sqrt(sum(parts))
    spread = sum(part**2 / (len(values) - 1) for part, values in zip(parts, (ours, others), strict=True))
    freedom = stderr**4 / spread if spread > 0 else n - 1
    half = float(t.ppf(0.975, freedom)) * stderr
    return Estimate(difference, stderr, (difference - half, difference + half), n, seed, "difference of means, Welch's t")


def scores_of(space: str, dim: int, first_scale: float, fits: Sequence[Done[Score]], seed: int) -> Scores:
    """The numbers of one space over its fits."""

    def of(pick: Callable[[Score], float], reason: str = "") -> Estimate:
        return over_seeds([pick(fit.score) for fit in fits if fit.score is not None], seed, reason)

    curvatures = [math.nan if isinstance(fit.embedding.space, Product) else fit.embedding.space.curvature for fit in fits]
    losses = [float(fit.losses[-1]) if len(fit.losses) else math.nan for fit in fits]
    return Scores(
        space=space,
        dim=dim,
        map=of(lambda s: s.map),
        mean_rank=of(lambda s: s.mean_rank),
        distortion=of(lambda s: s.distortion),
        worst_distortion=of(lambda s: s.worst_distortion if math.isfinite(s.worst_distortion) else math.nan, "two nodes coincide"),
        direction=of(lambda s: s.direction, _NEIGHBORS),
        entailment=of(lambda s: s.entailment, "cones are of hyperbolic space, and of ancestors"),
        depth_correlation=of(lambda s: s.depth_correlation, _NEIGHBORS),
        curvature=over_seeds(curvatures, seed, _PARTIAL),
        loss=over_seeds(losses, seed, "nothing was trained"),
        first_scale=first_scale,
    )


def reconstruction_of(scores: Scores, first: Done[Score], hierarchy: Hierarchy, depth: Integer[np.ndarray, " n"] | None) -> Reconstruction:
    """The result of the reported space, with what its figures need of the first fit."""
    shown = worth_naming(hierarchy)
    numbers = {name: getattr(scores, name) for name in Scores.__dataclass_fields__}
    return Reconstruction(
        **numbers,
        stopped=first.stopped,
        losses=first.losses,
        disk=in_the_disk(first.embedding),
        edges=hierarchy.parents,
        radii=first.embedding.radii(),
        depth=np.empty(0, dtype=np.int64) if depth is None else depth,
        shown=shown,
        labels=tuple(hierarchy.names[i] for i in shown),
    )


def worth_naming(hierarchy: Hierarchy) -> Integer[np.ndarray, " k"]:
    """The nodes that most others are below of, or that have the most neighbours."""
    count = np.bincount(hierarchy.relation.pairs[:, 1], minlength=hierarchy.relation.nodes)
    return np.argsort(-count, kind="stable")[:_NAMED]


def in_the_disk(embedding: Embedding) -> Float[np.ndarray, "n 2"]:
    """The points in the Poincaré disk: as they are in the hyperbolic plane; elsewhere along the two principal directions, at their distance from the origin.

    Distances of a space that is not hyperbolic are scaled so that 95 % of the points lie within 3 of the middle.
    """
    space, x = embedding.space, torch.from_numpy(embedding.points)
    if isinstance(space, PoincareBall) and x.shape[1] == 2:
        return (x * math.sqrt(-space.curvature)).numpy()
    if isinstance(space, Product):
        pairs = zip(space.split(x), space.spaces(), strict=True)
        z = torch.cat([normal_coordinates(part, factor) for part, factor in pairs], dim=1).numpy()
    else:
        z = normal_coordinates(x, space).numpy()
    radius = np.linalg.norm(z, axis=1)
    if z.shape[1] > 1:
        _, _, directions = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
        flat = z @ directions[:2].T
        # a direction is known up to its sign: the largest entry is made positive
        flat *= np.sign(directions[[0, 1], np.abs(directions[:2]).argmax(axis=1)])
    else:
        flat = np.column_stack([z[:, 0], np.zeros(len(z))])
    unit = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-300)
    scale = math.sqrt(-space.curvature) if isinstance(space, PoincareBall) else _FLAT_DEPTH / max(float(np.quantile(radius, 0.95)), 1e-300)
    return unit * np.minimum(np.tanh(radius * scale / 2), 1 - 1e-12)[:, None]


def asked_of(embedding: Embedding, names: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Each name with its nearest nodes, and the nearest of those nearer to the origin."""
    return tuple((name, _told(embedding.neighbors(name, _ASKED)), _told(embedding.ancestors(name, _ASKED))) for name in names)


def _told(found: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {distance:.2f}" for name, distance in found) or "none"
