"""Geometry score: how many pieces, loops and voids a cloud shows, over random landmarks and scales."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Curve,
    Executor,
    Figure,
    Finding,
    InputError,
    PointsLike,
    Progress,
    Representation,
    Result,
    Silent,
    UnsuitableError,
    as_representation,
    generator,
)
from gromov.measures.witness import CLOUDS, GAMMA, LANDMARKS, WITNESSES, Cloud, LivingTimes, LoopNull, living_shares, loop_null, scheme

DRAWS = 100
_MOST, _MOST_CURVED = 50_000, 4_000
_SURE = 0.05
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class GeometryScore(Result):
    """Mean relative living times of pieces, loops and voids.

    Attributes:
        components: Connected pieces of the witness complex (holes of dimension 0).
        loops: Loops that nothing fills (dimension 1): what the Geometry Score compares.
        voids: Closed surfaces that nothing fills (dimension 2).
        landmarks: Number of landmarks of each draw.
        witnesses: Number of points that witness in each draw: clouds of at least as many can be compared, whatever their sizes.
        gamma: Largest relaxation α over the largest distance between a witness and a landmark.
        draws: Number of draws of landmarks.
        null: The loops of Gaussian clouds with the same covariance spectrum.
    """

    components: LivingTimes
    loops: LivingTimes
    voids: LivingTimes
    landmarks: int
    witnesses: int
    gamma: float
    draws: int
    null: LoopNull

    @classmethod
    def about(cls) -> About:
        """What the living times are."""
        return About(
            "Geometry Score",
            "How many pieces, loops and voids does the cloud show?",
            "Of some points drawn at random, the landmarks, those sets are joined that some other point, a witness, has nearest to it, up to a slack α. While α grows from 0 to γ times "
            "the largest distance, pieces, loops and voids of this complex appear and vanish; the mean relative living time of k is the share of the time, over many draws, in which "
            "there are k of them. Every draw has the same number of witnesses, because more witnesses fill more loops. The Geometry Score of two clouds is the squared distance of "
            "their living times of loops.",
            (
                "V. Khrulkov, I. Oseledets (2018), Geometry Score: a method for comparing generative adversarial networks. ICML, arXiv:1802.02664.",
                "V. de Silva, G. Carlsson (2004), Topological estimation using witness complexes. Eurographics Symposium on Point-Based Graphics.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("loops.holes", "components.holes", "voids.holes", "null.p_value")

    def summary(self) -> str:
        """Loops, pieces and voids in a sentence."""
        return (
            f"Over {self.draws} draws of {self.landmarks} landmarks the cloud shows {self.loops.holes} loops, {self.components.holes} pieces and "
            f"{self.voids.holes} voids; Gaussians of the same covariance show {self.null.expected:.3g} loops (p = {self.null.p_value:.3g})."
        )

    def findings(self) -> tuple[Finding, ...]:
        """How many loops, and whether a Gaussian has as many."""
        loops, null = self.loops, self.null
        share = float(loops.shares[loops.usual])
        clear, other = share >= 0.5, null.p_value <= _SURE
        detail = (
            f"{loops.usual} {_loops(loops.usual)} {100 * share:.3g} % of the time, {loops.holes} on average. Gaussians with the same covariance have {null.expected:.3g}, "
            f"and samples of the data of their size {null.loops:.3g} (p = {null.p_value:.3g})."
        )
        action = (
            "Look for a circle, a cycle of classes or a hole in the data: no covariance explains it."
            if clear and loops.usual and other
            else ""
        )
        if not clear:
            action = "No number of loops lasts: most of them are gaps between few landmarks. Compare with the Gaussians, or with another cloud by its score."
        answer = (
            f"{loops.usual or 'No'} {'loop' if loops.usual == 1 else 'loops'}"
            if clear
            else f"About {loops.holes.value:.0f}, and no number lasts"
        )
        return (
            Finding("How many loops does it have?", answer, detail, action),
            Finding(
                "Are its loops those of a Gaussian?",
                "No" if other else "As far as can be told",
                f"Its living times are {null.distance:.3g} loops from those of the Gaussians, which are usually {null.usual:.3g} from each other (p = {null.p_value:.3g}, "
                f"{null.clouds} clouds of {null.points:,} points).",
            ),
        )

    def figures(self) -> tuple[Figure, ...]:
        """The living times of loops with their null, and of pieces and voids."""
        sure = f"Bands are 95 % intervals over {self.draws} draws of landmarks; they do not say how other points would do."
        how = (
            f"Persistent homology of the witness complex of {self.landmarks} landmarks and {self.witnesses:,} witnesses, for slacks up to "
            f"{self.gamma:.3g} of the largest distance."
        )
        usual, null = self.loops.usual, self.null
        loops = Figure(
            "geometry_score-loops",
            "How long each number of loops lives",
            Caption(
                "Share of the time in which there are k loops.",
                f"{how} The reference curve is the mean of {null.clouds} Gaussian clouds of {null.points:,} points with the covariance spectrum of the data.",
                sure,
                f"{usual} {_loops(usual)} longest. A peak is a shape with that many loops; a broad hill, gaps between few landmarks, as in many dimensions.",
            ),
            Axis("number of loops"),
            Axis("share of the time"),
            (_curve("the data", self.loops), Curve("Gaussians", np.arange(len(null.shares)), null.shares, reference=True)),
        )
        others = Figure(
            "geometry_score-others",
            "How long each number of pieces and of voids lives",
            Caption(
                "Share of the time in which there are k pieces, and in which there are k voids.",
                how,
                sure,
                f"Mostly {self.components.usual} {'piece' if self.components.usual == 1 else 'pieces'} and {self.voids.usual} {'void' if self.voids.usual == 1 else 'voids'}.",
            ),
            Axis("number of pieces or voids"),
            Axis("share of the time"),
            (_curve("pieces", self.components), _curve("voids", self.voids)),
        )
        return (loops, others)


def geometry_score(
    points: PointsLike,
    *,
    seed: int = 0,
    executor: Executor = SERIAL,
    progress: Progress = _SILENT,
    draws: int = DRAWS,
    landmarks: int = LANDMARKS,
    witnesses: int = WITNESSES,
    gamma: float = GAMMA,
    null_draws: int = CLOUDS,
) -> GeometryScore:
    """Mean relative living times MRLT(k) of k pieces, k loops and k voids in witness complexes of random landmarks.

    RLT(k) = length of {α ∈ [0, α_max] : β(α) = k}/α_max, β the Betti number of the witness complex relaxed by α, α_max = γ times the largest
    distance of a witness to a landmark; MRLT is its mean over draws. The score of two clouds is `gromov.compare(a, b, measures=["geometry_score"])`.

    Args:
        points: n × d points, or `Distances`; of more than 50,000 points (4,000 in a curved space) a sample is taken.
        seed: Seed of the draws and of the null.
        executor: Where the draws are computed.
        progress: Told how far the work is.
        draws: Number of draws of landmarks.
        landmarks: Landmarks of each draw, 4 to 128, drawn without replacement; at most half of the witnesses.
        witnesses: Points that witness in each draw, drawn without replacement; all, where there are no more.
        gamma: Largest relaxation over the largest distance, above 0 and at most 1.
        null_draws: Number of Gaussian clouds.

    Cost: for each draw m·l·d multiplications and the simplices found, some thousand for γ = 1/64; 8·m·l bytes. The null takes 10 draws for each cloud.

    Raises:
        InputError: an argument outside its range.
        UnsuitableError: a graph, or so many equal distances that the complex cannot be listed.

    References:
        V. Khrulkov, I. Oseledets, Geometry Score, ICML 2018, arXiv:1802.02664.
    """
    representation = as_representation(points)
    if representation.kind == "graph":
        raise UnsuitableError("the geometry score needs points or distances; the path lengths of a graph take too few values")
    for name, count in (("draws", draws), ("null_draws", null_draws)):
        if count < 2:
            raise InputError(f"{name} is {count}; it must be at least 2")
    representation = _sample(representation, seed)
    made = scheme(representation.n, landmarks=landmarks, witnesses=witnesses, gamma=gamma, degree=2, seed=seed)
    cloud = _cloud(representation)
    shares: list[tuple[Float[np.ndarray, " k"], ...]] = []
    for draw in living_shares(cloud, made, draws, executor):
        shares.append(draw)
        progress.step("landmarks", 0.4 * len(shares) / draws)
    found = [LivingTimes.of([draw[k] for draw in shares], seed=seed) for k in range(3)]
    progress.step("null", 0.4)
    null = loop_null(representation, made, clouds=null_draws, executor=executor)
    progress.step("done", 1.0)
    return GeometryScore(
        components=found[0],
        loops=found[1],
        voids=found[2],
        landmarks=made.landmarks,
        witnesses=made.witnesses,
        gamma=made.gamma,
        draws=draws,
        null=null,
    )


def _sample(representation: Representation, seed: int) -> Representation:
    """At most as many of the points as can be held."""
    if representation.kind == "distances":
        return representation
    most = _MOST if representation.space is None else _MOST_CURVED
    if representation.n <= most:
        return representation
    return representation.take(np.sort(generator(seed, "geometry_score", "sample").choice(representation.n, most, replace=False)))


def _cloud(representation: Representation) -> Cloud | Float[np.ndarray, "n n"]:
    if representation.kind == "distances":
        return representation.data.matrix  # pyright: ignore[reportAttributeAccessIssue]
    points = np.asarray(representation.points, dtype=np.float64)
    return Cloud.of(points) if representation.space is None else representation.space.pairwise(points, points)


def _curve(name: str, times: LivingTimes) -> Curve:
    half = 1.96 * times.error
    return Curve(name, np.arange(len(times.shares)), times.shares, np.maximum(0.0, times.shares - half), times.shares + half)


def _loops(count: int) -> str:
    return "loop lives" if count == 1 else "loops live"
