"""Procrustes distance: what is left between two representations of the same objects after the best rotation, shift and scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import SERIAL, About, Comparison, Estimate, Executor, Null, PointsLike, Progress, Silent, Traits, require_memory
from gromov.measures.comparisons.splitting import check_null, chunks, groups, jackknife_error, paired_points, pairings

_NAME = "procrustes"
_MOST = 20_000
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Procrustes(Comparison):
    """The Procrustes disparity of two representations of the same objects.

    Attributes:
        value: min over rotations Q and scales s of ‖X − sYQ‖², X and Y centred and of unit norm: between 0 (rotated and rescaled copies) and 1.
        p_value: Share of random pairings with a value as small: small where the two agree beyond chance.
        null: The value for random pairings of the rows: below 1 by what rotation can fit to nothing.
        scale: The best scale s, the nuclear norm of XᵀY.
        points: Number of pairs that were used.
    """

    scale: float
    points: int

    @classmethod
    def traits(cls) -> Traits:
        """What the Procrustes distance is and promises."""
        return Traits(
            name=_NAME,
            paired=True,
            kinds=("points",),
            same_dimension=False,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("rotation", "shift", "scale"),
            symmetric=True,
            equal_sizes=False,
            sees="what no rotation, shift or scale can undo",
            applies="the same objects in both, in the same order; n well above d",
            tests="A small p speaks against the rows of the two having nothing to do with each other.",
        )

    @classmethod
    def about(cls) -> About:
        """What the Procrustes distance is."""
        return About(
            "Procrustes distance",
            "How far apart are the same objects after the best rotation, shift and scale?",
            "Both are centred and scaled to unit norm; the rotation (reflections allowed) comes from the singular vectors of XᵀY, and the residual is taken by differences, so a rotated copy "
            "gives 0 and not the rounding of 1 − 1. Of two dimensions the smaller is filled with zeros. Where n is not well above d a rotation fits noise: the null of random pairing shows "
            "how far. The error is a delete-a-group jackknife over pairs.",
            (
                "P. H. Schönemann (1966), A generalized solution of the orthogonal Procrustes problem. Psychometrika 31.",
                "F. Ding, J.-S. Denain, J. Steinhardt (2021), Grounding representation similarity with statistical testing. arXiv:2108.01661.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The disparity alone."""
        return _disparity(*_standing_alike(x, y, seed))[0]

    def summary(self) -> str:
        """The disparity in a sentence."""
        return f"After the best rotation, shift and scale {self.value} of the spread is left; random pairings leave {self.null.mean:.3g} (p = {self.p_value:.3g})."


def procrustes(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> Procrustes:
    """Normalised orthogonal Procrustes disparity, with a jackknife error and the null of random pairing.

    min_{Q orthogonal, s} ‖X − s Y Q‖² = 1 − ‖XᵀY‖²_*, X and Y centred and of unit Frobenius norm. Beyond 20,000 pairs, as many at random.

    Args:
        x: First representation, n × d.
        y: Second representation of the same objects, n × e.
        seed: Seed of the sample, the groups and the null.
        null: Number of random pairings.
        executor: Runs the pairings.
        progress: Told how far the work is.

    Cost: n·d·e + d³ for each draw, d and e at most n; memory 16·n·(d + e) bytes.

    Raises:
        UnsuitableError: no points, or different numbers of rows.

    References:
        P. H. Schönemann, Psychometrika 31, 1966.
    """
    check_null(null)
    a, b = _standing_alike(x, y, seed)
    n = len(a)
    observed, scale = _disparity(a, b)
    of = groups(n, what=_NAME, seed=seed)
    progress.step("error", 0.05)
    left_out = np.array(list(executor.map(_without, range(int(of.max()) + 1), a, b, of)))
    draws: list[float] = []
    for part in executor.map(_paired, chunks(null), a, b, seed):
        draws.extend(part)
        progress.step("null", 0.15 + 0.85 * len(draws) / null)
    found = Null.of("random pairing", np.array(draws), observed)
    stderr = jackknife_error(left_out)
    return Procrustes(
        value=Estimate.normal(observed, stderr, n=n, seed=seed, method="residual after rotation, delete-a-group jackknife"),
        p_value=found.p_value("small"),
        null=found,
        scale=scale,
        points=n,
    )


def _standing_alike(x: PointsLike, y: PointsLike, seed: int) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n d"]]:
    """Both centred, of unit norm and of the same number of coordinates, zeros where one has fewer."""
    a, b = (_standing(each) for each in paired_points(x, y, what=_NAME, most=_MOST, seed=seed))
    n, d = len(a), max(a.shape[1], b.shape[1])
    require_memory(32 * n * d, step=f"the rotation of {n:,} points in {d:,} dimensions", remedy="use --sample")
    a, b = (np.pad(each, ((0, 0), (0, d - each.shape[1]))) for each in (a, b))
    return a, b


def _standing(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n e"]:
    """Centred, of unit norm; of more columns than rows, turned into as many coordinates as there are rows."""
    centered = points - points.mean(axis=0)
    centered /= np.linalg.norm(centered)
    return np.asarray(np.linalg.qr(centered.T, mode="r")).T if centered.shape[1] > len(centered) else centered


def _disparity(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"]) -> tuple[float, float]:
    """The residual and the scale, of centred points of unit norm."""
    left, singular, right = np.linalg.svd(b.T @ a)
    scale = float(singular.sum())
    difference = a - scale * (b @ (left @ right))
    return min(1.0, float(np.vdot(difference, difference))), scale


def _without(group: int, a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"], of: Sequence[int] | Integer[np.ndarray, " n"]) -> float:
    kept = np.asarray(of) != group
    parts: list[Float[np.ndarray, "m d"]] = []
    for each in (a[kept], b[kept]):
        centered = each - each.mean(axis=0)
        parts.append(centered / (np.linalg.norm(centered) or 1.0))
    return _disparity(parts[0], parts[1])[0]


def _paired(places: range, a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"], seed: int) -> list[float]:
    return [_disparity(a, b[pairings(place, len(b), what=_NAME, seed=seed)])[0] for place in places]
