"""Geometry Score: the difference of two clouds in how long each number of loops lives."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Comparison,
    Curve,
    Estimate,
    Executor,
    Figure,
    InputError,
    Null,
    PointsLike,
    Progress,
    Silent,
    Traits,
    generator,
)
from gromov.measures.comparisons.splitting import check_null, chunks, flat_points, of_equal_size
from gromov.measures.witness import (
    GAMMA,
    LANDMARKS,
    WITNESSES,
    Cloud,
    LivingTimes,
    Scheme,
    apart,
    living_shares,
    padded,
    scheme,
    shares_of,
    transport,
)
from gromov.spaces import EUCLIDEAN

_NAME = "geometry_score"
_MOST, _MOST_TESTED = 10_000, 1_000
_DRAWS, _TESTED_DRAWS = 100, 10
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class GeometryScore(Comparison):
    """The Geometry Score of two clouds.

    Attributes:
        value: Σ_k (MRLT_X(k) − MRLT_Y(k))², MRLT(k) the mean relative living time of k loops; from 0 to 2. Biased upwards, the more the fewer
            draws there are: compare with the null. The error is that of the draws, joined with the spread of the null.
        p_value: Share of random splits of the pool whose living times are as far apart as those of the clouds, at the size of the test.
        null: By how many loops the halves of random splits of the pool differ, as in `transport`, with `tested` points of each cloud and ten
            draws of landmarks: where no number of loops lasts, the score of so few draws would see nothing.
        first: Loops of the first cloud.
        second: Loops of the second cloud.
        transport: By how many loops they differ: Σ_k |F_X(k) − F_Y(k)|, F the cumulated MRLT.
        tested_score: The score itself at the size of the test.
        chance_score: The 95 % quantile of the score over the splits, at the same size.
        points: Number of points of each cloud that were used.
        landmarks: Number of landmarks of each draw.
        witnesses: Number of points that witness in each draw, the same in both clouds.
        tested: Number of points of each cloud in the test.
    """

    first: LivingTimes
    second: LivingTimes
    transport: float
    tested_score: float
    chance_score: float
    points: int
    landmarks: int
    witnesses: int
    tested: int

    @classmethod
    def traits(cls) -> Traits:
        """What the Geometry Score is and promises."""
        return Traits(
            name=_NAME,
            paired=False,
            kinds=("points",),
            same_dimension=True,
            larger="apart",
            identity=0.0,
            together=("rotation", "shift", "scale"),
            apart=("rotation", "shift", "scale"),
            symmetric=True,
            equal_sizes=True,
            sees="loops: how many there are, and how long they last; no unit, no position",
            applies="the same number of coordinates; a thousand points or more",
            tests="A small p speaks against both clouds being samples of one distribution; the value itself sees their loops alone.",
        )

    @classmethod
    def about(cls) -> About:
        """What the Geometry Score is."""
        return About(
            "Geometry Score",
            "Do the two clouds show the same number of loops?",
            "Of each cloud the mean relative living times of loops are taken over random landmarks, by the persistent homology of the witness complex; the score is the squared "
            "distance of the two. Both clouds have the same size and every draw the same number of witnesses, because the living times depend on it. The null splits the pool at "
            "random and draws ten times in each half. What is tested there is the Wasserstein distance of the living times, Σ_k |F_X(k) − F_Y(k)|: the score treats 30 loops and 31 as "
            "unlike as 30 and 300, and sees little where no number lasts.",
            (
                "V. Khrulkov, I. Oseledets (2018), Geometry Score: a method for comparing generative adversarial networks. ICML, arXiv:1802.02664.",
            ),
        )

    def summary(self) -> str:
        """The score in a sentence."""
        return (
            f"The Geometry Score is {self.value} ({self.first.holes.value:.3g} loops against {self.second.holes.value:.3g}); with {self.tested:,} points of each and "
            f"{_TESTED_DRAWS} draws their living times are {self.null.observed:.3g} loops apart, those of two samples of one distribution {self.null.mean:.3g} (p = {self.p_value:.3g})."
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The score, its p-value, and the difference in loops."""
        return ("value", "p_value", "transport")

    def figures(self) -> tuple[Figure, ...]:
        """The living times of both, and the null."""
        caption = Caption(
            what="Share of the time in which each cloud shows k loops.",
            how=f"Persistent homology of the witness complex of {self.landmarks} landmarks and {self.witnesses:,} witnesses, {_DRAWS} draws in each cloud.",
            sure="Bands are 95 % intervals over the draws of landmarks; they do not say how other points would do.",
            means=f"The curves are {self.transport:.3g} loops apart. A peak is a shape with that many loops; a broad hill, gaps between few landmarks.",
        )
        curves = tuple(_curve(name, times) for name, times in (("first", self.first), ("second", self.second)))
        loops = Figure(
            f"{_NAME}-loops", "How long each number of loops lives", caption, Axis("number of loops"), Axis("share of the time"), curves
        )
        return (loops, self.null_figure())


def geometry_score(
    x: PointsLike,
    y: PointsLike,
    *,
    seed: int = 0,
    null: int = 100,
    executor: Executor = SERIAL,
    progress: Progress = _SILENT,
    draws: int = _DRAWS,
    landmarks: int = LANDMARKS,
    witnesses: int = WITNESSES,
    gamma: float = GAMMA,
) -> GeometryScore:
    """Geometry Score of two clouds, with the errors of the draws and a permutation null.

    GS(X, Y) = Σ_k (MRLT_X(k) − MRLT_Y(k))², MRLT(k) the mean over draws of the share of the slacks α ≤ α_max at which the witness complex has k loops.

    Args:
        x: First cloud, n × d.
        y: Second cloud, m × d.
        seed: Seed of the sample, the draws and the null.
        null: Number of random splits of the pool.
        executor: Runs the draws and the splits.
        progress: Told how far the work is.
        draws: Number of draws of landmarks in each cloud.
        landmarks: Landmarks of each draw, 4 to 128.
        witnesses: Points that witness in each draw; all, where there are no more.
        gamma: Largest slack α_max over the largest distance of a witness to a landmark.

    Cost: some milliseconds for each draw: 2·`draws`, and 20 for each split. Distances of at most 2,000 points for the test: 32 MB.

    Raises:
        InputError: an argument outside its range.
        UnsuitableError: distances, a graph, a curved space, clouds of two dimensions, or so many equal distances that the complex cannot be listed.

    References:
        V. Khrulkov, I. Oseledets, Geometry Score, ICML 2018, arXiv:1802.02664.
    """
    check_null(null)
    if draws < 2:
        raise InputError(f"draws is {draws}; it must be at least 2")
    a, b = of_equal_size(*flat_points(x, y, what=_NAME, same_dimension=True), what=_NAME, most=_MOST, seed=seed)
    n, tested = len(a), min(len(a), _MOST_TESTED)
    made = scheme(n, landmarks=landmarks, witnesses=witnesses, gamma=gamma, degree=1, seed=seed)
    found: list[list[np.ndarray]] = []
    for place, cloud in enumerate((Cloud.of(a), Cloud.of(b))):
        progress.step("loops", 0.2 * place)
        found.append([draw[1] for draw in living_shares(cloud, made, draws, executor)])
    one, two = (LivingTimes.of(each, seed=seed) for each in found)
    value = apart(one.shares, two.shares)
    less = scheme(tested, landmarks=landmarks, witnesses=tested, gamma=gamma, degree=1, seed=seed)
    pool = np.concatenate(of_equal_size(a, b, what=f"{_NAME} test", most=tested, seed=seed))
    among = EUCLIDEAN.pairwise(pool, pool)
    tested_score, observed = _differences(np.arange(2 * tested), among, less)
    scores: list[float] = []
    values: list[float] = []
    for part in executor.map(_split, chunks(null), among, less):
        for one_score, loops in part:
            scores.append(one_score)
            values.append(loops)
        progress.step("null", 0.4 + 0.6 * len(values) / null)
    chance = Null.of("split of the pool", np.array(values), observed)
    stderr = float(np.hypot(_error(found), np.std(scores)))
    return GeometryScore(
        value=Estimate.normal(
            value,
            stderr,
            n=n,
            seed=seed,
            method=f"{draws} draws of landmarks; spread of the score over the splits for the sampling of points",
        ),
        p_value=chance.p_value(),
        null=chance,
        first=one,
        second=two,
        transport=transport(one.shares, two.shares),
        tested_score=tested_score,
        chance_score=float(np.quantile(scores, 0.95)),
        points=n,
        landmarks=made.landmarks,
        witnesses=made.witnesses,
        tested=tested,
    )


def _split(places: range, among: Float[np.ndarray, "p p"], made: Scheme) -> list[tuple[float, float]]:
    """The differences of the two halves of each split.

    Landmarks are drawn by their places, so the rows are put in a random order: a split that kept the order of the pool would have nearly the
    landmarks of every other split, and the observed value would not be one more of them.
    """
    orders = (generator(made.seed, _NAME, "split", place).permutation(len(among)) for place in places)
    return [_differences(order, among, made) for order in orders]


def _differences(order: Integer[np.ndarray, " p"], among: Float[np.ndarray, "p p"], made: Scheme) -> tuple[float, float]:
    """Score and transport between the first half of the pool in this order and the second."""
    halves = np.split(order, 2)
    one, two = (padded([draw[1] for draw in shares_of(range(_TESTED_DRAWS), among[np.ix_(rows, rows)], made, "test")]) for rows in halves)
    one, two = one.mean(axis=0), two.mean(axis=0)
    return apart(one, two), transport(one, two)


def _error(clouds: list[list[Float[np.ndarray, "..."]]]) -> float:
    """Standard error of ‖p − q‖² over the draws: that of the means of 2⟨p − q, draw⟩, to first order."""
    first, second = np.split(padded([draw for draws in clouds for draw in draws]), 2)
    difference = first.mean(axis=0) - second.mean(axis=0)
    spreads = ((2 * table @ difference).std(ddof=1) / np.sqrt(len(table)) for table in (first, second))
    return float(np.hypot(*spreads))


def _curve(name: str, times: LivingTimes) -> Curve:
    half = 1.96 * times.error
    return Curve(name, np.arange(len(times.shares)), times.shares, np.maximum(0.0, times.shares - half), times.shares + half)
