"""Memorisation: are generated points copies of single training points?"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Comparison,
    Estimate,
    Executor,
    Figure,
    Null,
    PointsLike,
    Progress,
    Rule,
    Silent,
    Traits,
    UnsuitableError,
    generator,
    histogram,
)
from gromov.measures.comparisons.splitting import check_null, chunks, flat_points
from gromov.spaces import EUCLIDEAN

QUANTILE = 0.01
_NAME = "memorisation"
_K = 5
_MOST, _LISTED, _PAIRS, _LEAST = 5_000, 48, 12, 8
_BLOCK = 128
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Memorisation(Comparison):
    """How many generated points lie at a single training point; the first cloud is what was trained on, the second what was generated.

    The relative distance of a point comes from that to the nearest training point over that to the fifth nearest, the others for a training
    point: the logarithm of this ratio is divided by minus its median among the 48 nearest training points. It is 0 for a copy and 1/e for the typical point.

    Attributes:
        value: Share of generated points whose relative distance is at most the 1 % quantile of the training points' own.
        p_value: Share of held-out samples of the training points that look as memorised, the generated counted as one of them.
        null: Mean of −log u, u the share of training points of no larger relative distance: near 1 for new points, near log n for copies. Observed: of the
            generated points; draws: of held-out random halves of the training points against the rest.
        expected: The same share for the training points themselves: .01, or more where many of them have duplicates; its interval is that of the threshold.
        nearer: Share of generated points that are as near to a training point as the nearest 1 % of training points are to one another; rises as well where what
            is generated is blurred, or crowds where the data are dense.
        copies: Number of generated points that equal a training point.
        trained: Number of training points searched.
        held_out: Number of points in each draw of the null, and of generated points tested with them.
        neighbors: Which neighbour the nearest is measured against.
        generated: Relative distance of each generated point.
        real: Relative distance of each training point, or of 5,000 of them.
        pair_generated: Row of each of the 12 generated points with the smallest relative distance.
        pair_real: Row of the nearest training point of each.
        pair_distance: Their distance.
        pair_relative: Their relative distance.
    """

    expected: Estimate
    nearer: Estimate
    copies: int
    trained: int
    held_out: int
    neighbors: int
    generated: Float[np.ndarray, " m"]
    real: Float[np.ndarray, " q"]
    pair_generated: Integer[np.ndarray, " c"]
    pair_real: Integer[np.ndarray, " c"]
    pair_distance: Float[np.ndarray, " c"]
    pair_relative: Float[np.ndarray, " c"]

    @classmethod
    def traits(cls) -> Traits:
        """What the test of memorisation is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="alike",
            identity=1.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("permutation",),
            symmetric=False,
            equal_sizes=False,
            sees="points that repeat single training points",
            applies="the same coordinates; the first cloud is what was trained on",
            tests="A small p says that generated points lie nearer to single training points than held-out real points do.",
        )

    @classmethod
    def about(cls) -> About:
        """What the test of memorisation is."""
        return About(
            "Memorisation",
            "Are generated points copies of training points?",
            f"The distance to the nearest training point is divided by that to the {_K}th nearest. Where the training points lie evenly in D dimensions, this ratio to the power D has the same law "
            f"(P(≤ t) = 1 − (1 − t)^{_K - 1}) whatever the density, so that a preference for dense places does not look like memory. D differs from place to place, so the logarithm of the ratio is divided by minus its median among the {_LISTED} training points around. "
            "A copy has relative distance 0, the typical point 1/e. The value is the share of generated points below the 1 % quantile of the training points' own, with a binomial interval (Clopper–Pearson). The test holds random halves of the training points out, looks for each held-out point among the rest, "
            "and compares the mean of −log u with that of the generated points, u the share of training points that are no farther. It is approximate: halves overlap.",
            (
                "N. Carlini et al. (2023), Extracting training data from diffusion models. arXiv:2301.13188 (the ratio).",
                "C. Meehan, K. Chaudhuri, S. Dasgupta (2020), A non-parametric test to detect data-copying in generative models. AISTATS, arXiv:2004.05675 (held-out data).",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The share, what is expected, exact copies and p."""
        return ("value", "expected", "copies", "p_value")

    def summary(self) -> str:
        """The share in a sentence."""
        return (
            f"{self.value} of the generated points lie at a single training point as closely as {self.expected.value:.3g} of the training points do among themselves; {self.copies:,} are exact copies. "
            f"Against held-out real points p = {self.p_value:.3g}."
        )

    def figures(self) -> tuple[Figure, ...]:
        """The relative distances, and the null."""
        high = max(1.0, float(self.generated.max()), float(self.real.max()))
        threshold = float(np.quantile(self.real, QUANTILE))
        caption = Caption(
            what="How near the nearest training point is, of generated and of training points.",
            how=f"Distance to the nearest training point over that to neighbour {self.neighbors}, for a training point among the others, in the scale of the training points around.",
            sure=f"{len(self.generated):,} generated points, {len(self.real):,} training points among {self.trained:,}.",
            means=f"At 0 lie copies. {self.value} of the generated lie left of the rule, {self.expected.value:.3g} of the training points.",
        )
        layers = (
            histogram("training points", self.real, bins=50, low=0.0, high=high, reference=True),
            histogram("generated", self.generated, bins=50, low=0.0, high=high),
            Rule("1 % of training points", threshold, vertical=True),
        )
        axes = Axis("relative distance to the nearest"), Axis("share of points")
        return (Figure(f"{_NAME}-distances", "How near the nearest training point is", caption, *axes, layers), self.null_figure())


def memorisation(
    x: PointsLike, y: PointsLike, *, seed: int = 0, null: int = 100, executor: Executor = SERIAL, progress: Progress = _SILENT
) -> Memorisation:
    """Share of generated points that lie at a single training point, and a test against held-out halves of the training points.

    ℓ(y) = log d₅(y)/d₁(y), d_k the distance to the k-th nearest training point (among the others for a training point); ρ(y) = exp(−ℓ(y)/median ℓ(xᵢ)),
    the median over the 48 training points nearest to y; value = mean_j 1[ρ(yⱼ) ≤ q], q the 1 % quantile of ρ(xᵢ). Tested is T = mean_j −log u(yⱼ),
    u(y) = (1 + #{i: ρ(xᵢ) ≤ ρ(y)})/(1 + N).

    Args:
        x: What was trained on, n × d; every row is searched.
        y: What was generated, m × d; at most 5,000 of them are looked up.
        seed: Seed of the samples and of the halves.
        null: Number of halves held out.
        executor: Runs the searches and the draws.
        progress: Told how far the work is.

    Cost: (min(n, 5000) + min(m, 5000))·n·d multiplications, 5000·48 steps a draw; memory 8·n·(d + 128) bytes.

    Raises:
        UnsuitableError: distances, a graph, a curved space, clouds of two dimensions, or fewer than 8 training points.

    References:
        N. Carlini et al., arXiv:2301.13188; C. Meehan, K. Chaudhuri, S. Dasgupta, arXiv:2004.05675.

    Example:
        >>> import numpy as np
        >>> from gromov.measures.comparisons import memorisation
        >>> real = np.random.default_rng(0).normal(size=(100, 4))
        >>> found = memorisation(real, real[:50], null=19)
        >>> found.copies, found.value.value, found.p_value
        (50, 1.0, 0.05)
    """
    check_null(null)
    a, b = flat_points(x, y, what=_NAME, same_dimension=True)
    if len(a) < _LEAST:
        raise UnsuitableError(f"{_NAME} needs {_LEAST} training points or more, and there are {len(a)}")
    asked, looked = (_some(len(each), seed, which) for each, which in ((a, "trained"), (b, "generated")))
    held_out = min(len(asked) // 2, len(looked))
    k = min(_K, len(a) - held_out - 1)
    own = _Lists.of(a, asked, a[asked], asked, executor)
    progress.step("neighbours of the training points", 0.3)
    found = _Lists.of(a, asked, b[looked], None, executor)
    progress.step("neighbours of the generated points", 0.6)
    everywhere, everyone = np.ones(len(a), dtype=bool), np.ones(len(asked), dtype=bool)
    logs, others = own.logs(everywhere, k), found.logs(everywhere, k)
    real, made = own.relative(logs, logs, everyone), found.relative(others, logs, everyone)
    tested = generator(seed, _NAME, "tested").permutation(len(looked))[:held_out]
    beside = np.zeros(len(asked), dtype=bool)  # as many as are left of the training points where some are held out
    beside[generator(seed, _NAME, "beside").permutation(len(asked))[held_out:]] = True
    observed = _surprise(own.relative(logs, logs, beside)[beside], found.relative(others, logs, beside)[tested])
    draws: list[float] = []
    for part in executor.map(_held_out, chunks(null), own, asked, k, held_out, seed):
        draws.extend(part)
        progress.step("null", 0.6 + 0.4 * len(draws) / null)
    chance = Null.of("halves", np.array(draws), observed)
    nearest, threshold = own.far[:, 0], np.quantile(real, QUANTILE)
    order = np.lexsort((found.far[:, 0], made))[:_PAIRS]
    for array in (made, real):
        array.flags.writeable = False
    return Memorisation(
        value=_share(made <= threshold, seed, f"binomial, distances to neighbours 1 and {k}"),
        p_value=chance.p_value(),
        null=chance,
        expected=_share(real <= threshold, seed, "binomial, quantile of the training points"),
        nearer=_share(found.far[:, 0] <= np.quantile(nearest, QUANTILE), seed, "binomial, distance to the nearest"),
        copies=int((found.far[:, 0] == 0).sum()),
        trained=len(a),
        held_out=held_out,
        neighbors=k,
        generated=made,
        real=real,
        pair_generated=looked[order],
        pair_real=found.near[order, 0],
        pair_distance=found.far[order, 0],
        pair_relative=made[order],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Some points with the nearest of the training points for each, from which every half is read off.

    Attributes:
        trained: The training points.
        points: The points.
        near: Rows of the nearest training points, nearest first.
        far: Their distances.
        around: Places of the nearest training points among those that were asked for their own neighbours.
        own: Row of each point among the training points, where it is one of them.
    """

    trained: Float[np.ndarray, "n d"]
    points: Float[np.ndarray, "q d"]
    near: Integer[np.ndarray, "q l"]
    far: Float[np.ndarray, "q l"]
    around: Integer[np.ndarray, "q w"]
    own: Integer[np.ndarray, " q"] | None

    @classmethod
    def of(
        cls,
        trained: Float[np.ndarray, "n d"],
        asked: Integer[np.ndarray, " a"],
        points: Float[np.ndarray, "q d"],
        own: Integer[np.ndarray, " q"] | None,
        executor: Executor,
    ) -> "_Lists":
        """The lists; `own` is the row of each point among the training points, which is left out."""
        starts = range(0, len(points), _BLOCK)
        parts = list(executor.map(_nearest, starts, trained, asked, points, own))
        near, far, around = (np.concatenate(each) for each in zip(*parts, strict=True))
        return cls(trained, points, near, far, around, own)

    def logs(self, kept: Bool[np.ndarray, " n"], k: int) -> Float[np.ndarray, " q"]:
        """log d_k/d₁ among the training points that are kept: ∞ for a copy, 0 where k of them are."""
        rank = np.cumsum(kept[self.near], axis=1)
        rows = np.arange(len(rank))
        first, last = self.far[rows, np.argmax(rank >= 1, axis=1)], self.far[rows, np.argmax(rank >= k, axis=1)]
        for row in np.flatnonzero(rank[:, -1] < k):  # most of the list is held out: look at all
            others = kept.copy()
            if self.own is not None:
                others[self.own[row]] = False
            far = np.sort(EUCLIDEAN.pairwise(self.points[row : row + 1], self.trained[others])[0])
            first[row], last[row] = far[0], far[k - 1]
        with np.errstate(divide="ignore"):
            return -np.log(np.divide(first, last, out=np.ones_like(first), where=last > 0))

    def relative(
        self, logs: Float[np.ndarray, " q"], others: Float[np.ndarray, " a"], kept: Bool[np.ndarray, " a"]
    ) -> Float[np.ndarray, " q"]:
        """exp(−log(d_k/d₁)/median), the median that of the training points around that are kept: it is near 1.84/D in D dimensions."""
        around = np.sort(np.where(kept[self.around], others[self.around], np.inf), axis=1)
        count = kept[self.around].sum(axis=1)
        middle = around[np.arange(len(around)), np.maximum(count - 1, 0) // 2]
        usual = np.median(others[kept])
        unit = np.where((count > 0) & np.isfinite(middle) & (middle > 0), middle, usual if np.isfinite(usual) and usual > 0 else 1.0)
        return np.exp(-logs / unit)


def _nearest(
    start: int,
    trained: Float[np.ndarray, "n d"],
    asked: Integer[np.ndarray, " a"],
    points: Float[np.ndarray, "q d"],
    own: Integer[np.ndarray, " q"] | None,
) -> tuple[Integer[np.ndarray, "r l"], Float[np.ndarray, "r l"], Integer[np.ndarray, "r w"]]:
    """For a block of points the nearest training points, their distances, and the nearest of those that are asked."""
    block = slice(start, start + _BLOCK)
    far = EUCLIDEAN.pairwise(points[block], trained)
    if own is not None:
        far[np.arange(len(far)), own[block]] = np.inf
    near = _smallest(far)
    found = np.take_along_axis(far, near, axis=1)
    return near, found, near if len(asked) == len(trained) else _smallest(far[:, asked])


def _smallest(far: Float[np.ndarray, "r n"]) -> Integer[np.ndarray, "r l"]:
    """Places of the smallest of each row, in order, ties by place; never all of them, since one may be the point itself."""
    count = min(_LISTED, far.shape[1] - 1)
    near = np.sort(np.argpartition(far, count - 1, axis=1)[:, :count], axis=1)
    return np.take_along_axis(near, np.argsort(np.take_along_axis(far, near, axis=1), axis=1, kind="stable"), axis=1)


def _some(n: int, seed: int, which: str) -> Integer[np.ndarray, " q"]:
    if n <= _MOST:
        return np.arange(n)
    return np.sort(generator(seed, _NAME, which).choice(n, _MOST, replace=False))


def _held_out(places: range, own: _Lists, asked: Integer[np.ndarray, " q"], k: int, size: int, seed: int) -> list[float]:
    """The statistic of held-out training points, looked for among the rest, for each draw of `places`."""
    found: list[float] = []
    for place in places:
        out = np.zeros(len(asked), dtype=bool)
        out[generator(seed, _NAME, "held out", place).permutation(len(asked))[:size]] = True
        kept = np.ones(len(own.trained), dtype=bool)
        kept[asked[out]] = False
        logs = own.logs(kept, k)
        relative = own.relative(logs, logs, ~out)
        found.append(_surprise(relative[~out], relative[out]))
    return found


def _surprise(real: Float[np.ndarray, " r"], other: Float[np.ndarray, " h"]) -> float:
    """Mean of −log u, u the share of `real` that is no larger, the point itself counted."""
    rank = np.searchsorted(np.sort(real), other, side="right")
    return float(-np.log((1 + rank) / (1 + len(real))).mean())


def _share(hits: Bool[np.ndarray, " m"], seed: int, method: str) -> Estimate:
    """A share with its exact 95 % interval.

    References:
        C. J. Clopper, E. S. Pearson, Biometrika 26, 1934.
    """
    from scipy.stats import beta

    n, count = len(hits), int(hits.sum())
    low = float(beta.ppf(0.025, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, n - count)) if count < n else 1.0
    share = count / n
    return Estimate(share, float(np.sqrt(share * (1 - share) / n)), (low, high), n, seed, method)
