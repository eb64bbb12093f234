"""Persistence: components, loops and voids of the cloud over all scales, and which of them are more than noise."""

from dataclasses import dataclass

import numpy as np

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Bars,
    Caption,
    Curve,
    Executor,
    Figure,
    Finding,
    InputError,
    Points,
    PointsLike,
    Result,
    as_representation,
)
from gromov.measures.four_point.metric import metric_of
from gromov.measures.homology.confidence import SUBSAMPLES, confidence_band
from gromov.measures.homology.diagrams import betti_curve
from gromov.measures.homology.features import DRAWS, Features, LifeNull, life_null
from gromov.measures.homology.landmarks import farthest_points
from gromov.measures.homology.rips import LARGEST_DEGREE, rips

LANDMARKS = {0: 2_000, 1: 500, 2: 150}
_SCALES = 200
_BARS = 30
_NAMES = ("components", "loops", "voids")


@dataclass(frozen=True, slots=True, eq=False)
class Persistence(Result):
    """Persistent homology of the Vietoris–Rips filtration.

    Attributes:
        components: Pieces, in degree 0: each dies at the length of edge that joins it to an older one.
        loops: Loops, in degree 1; None where only degree 0 was asked for.
        voids: Hollow places, in degree 2; None where they were not asked for.
        band: Half-width of the confidence band of the diagrams at 95 %, by subsampling, the error of the landmarks included. For a graph, the error
            of the landmarks alone.
        covering_radius: Largest distance of a point to its nearest landmark; each birth and death moves by at most twice that.
        landmarks: Number of landmarks the diagrams are computed from.
        points: Number of points they stand for.
        null: The longest-lived loop of Gaussian clouds with the same covariance spectrum; None for a graph, and without loops.
    """

    components: Features
    loops: Features | None
    voids: Features | None
    band: float
    covering_radius: float
    landmarks: int
    points: int
    null: LifeNull | None

    @classmethod
    def about(cls) -> About:
        """What persistence is."""
        return About(
            "Persistent homology",
            "Has the cloud pieces, loops or voids, and are they more than noise?",
            "Points are joined when they are at most t apart, and every set of joined points is filled; as t grows, pieces merge and loops and voids are born and filled. "
            "What lives long is a feature of the cloud. Up to 500 landmarks, each the farthest from those before, stand for the cloud. A band from random subsamples says "
            "how much of a life noise can account for, without any assumption; Gaussian clouds with the same covariance say how long loops live where there is none.",
            (
                "H. Edelsbrunner, D. Letscher, A. Zomorodian (2002), Topological persistence and simplification. Discrete Comput. Geom. 28.",
                "U. Bauer (2021), Ripser: efficient computation of Vietoris–Rips persistence barcodes. J. Appl. Comput. Topol. 5, arXiv:1908.02518.",
                "B. T. Fasy, F. Lecci, A. Rinaldo, L. Wasserman, S. Balakrishnan, A. Singh (2014), Confidence sets for persistence diagrams. Ann. Stat. 42, arXiv:1303.7117.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("loops.longest", "loops.certain", "null.p_value", "components.certain")

    def summary(self) -> str:
        """Pieces, loops and null in a sentence."""
        # the nodes of a graph are no sample of pieces: every one of them is a component until the first edge
        told = [each for each in self._all() if each.degree > 0 or len(each.p_values)]
        parts = [f"{_counted(each).lower()} beyond noise" for each in told] or ["that it is in one piece"]
        null = ""
        if self.null is not None:
            null = f"; the longest-lived loop lives {self.null.longest:.3g}, in a Gaussian of the same covariance {self.null.usual:.3g} (p = {self.null.p_value:.3g})"
        return f"Of {self.points:,} points, {self.landmarks:,} landmarks show {', '.join(parts)}{null}."

    def findings(self) -> tuple[Finding, ...]:
        """Has it holes?"""
        found = [self._finding(each) for each in (self.loops, self.voids) if each is not None]
        return tuple(found)

    def figures(self) -> tuple[Figure, ...]:
        """Diagram, barcode and Betti curves."""
        return (self._diagram_figure(), self._barcode_figure(), self._betti_figure())

    def _all(self) -> tuple[Features, ...]:
        return tuple(each for each in (self.components, self.loops, self.voids) if each is not None)

    def _finding(self, features: Features) -> Finding:
        name = _NAMES[features.degree]
        detail = f"The longest-lived of {features.count:,} {name} lives {features.longest:.3g}; {_noise(self.band)}."
        beyond = 0
        if features.degree == 1 and self.null is not None:
            null = self.null
            beyond = null.beyond
            detail += (
                f" Among {null.points:,} random points the longest-lived loop lives {null.longest:.3g}, in Gaussian clouds of the same covariance {null.usual:.3g}, "
                f"at most {null.most:.3g} (p = {null.p_value:.3g})."
            )
        question = f"Are there {name} in the cloud?"
        if features.certain:
            answer, action = f"{_counted(features)} beyond noise", "Colour a map by what you know of the points: something goes round."
        elif beyond:
            answer = f"{_number(beyond)} {name if beyond > 1 else name[:-1]} longer than a Gaussian's"
            action = "The band that assumes nothing is wider: more points would narrow it."
        else:
            answer, action = "None beyond noise", ""
        return Finding(question, answer, detail, action if features.degree == 1 else "", "neutral")

    def _sure(self) -> str:
        landmarks = (
            f"The {self.landmarks:,} landmarks are within {self.covering_radius:.3g} of every point."
            if self.covering_radius > 0
            else "All points are landmarks."
        )
        return f"{landmarks} {_noise(self.band).capitalize()}."

    def _diagram_figure(self) -> Figure:
        all_ = self._all()
        births = np.concatenate([each.births for each in all_])
        deaths = np.concatenate([each.deaths for each in all_])
        groups = np.repeat(np.arange(len(all_)), [each.count for each in all_])
        end = 1.05 * float(deaths.max(initial=0.0))
        ends = np.array([0.0, end])
        layers = [Curve("dies at once", ends, ends, reference=True)]
        inside = 0 < 2 * self.band < end
        if inside:
            layers.append(Curve("noise at 95 %", np.array([0.0, end - 2 * self.band]), np.array([2 * self.band, end]), reference=True))
        where = (
            "Features above the line of noise are there with 95 % confidence."
            if inside
            else "The band is wider than the figure, and says of no feature that it is more than noise; compare with the null."
            if self.band
            else "Every feature is exact."
        )
        return Figure(
            "persistence-diagram",
            "When features are born and when they die",
            Caption(
                f"One point for each of the {', '.join(_NAMES[: len(all_)])}: the length of edge at which it appears, and at which it is filled.",
                "Vietoris–Rips filtration of the landmarks, coefficients in the field of two elements.",
                self._sure(),
                f"The higher above the diagonal, the longer it lives. {where}",
            ),
            Axis("birth"),
            Axis("death"),
            (*layers, Points("features", births, deaths, groups, _NAMES[: len(all_)])),
        )

    def _barcode_figure(self) -> Figure:
        layers: list[Bars] = []
        start = 0
        for each in self._all():
            shown = min(each.count, _BARS)
            births, lives = each.births[:shown], each.deaths[:shown] - each.births[:shown]
            layers.append(Bars(_NAMES[each.degree], np.arange(start, start + shown), lives, width=0.7, base=births))
            start += shown
        return Figure(
            "persistence-barcode",
            "The longest-lived features",
            Caption(
                f"A bar for each of the {_BARS} longest-lived of each degree, from birth to death.",
                "The same features as in the diagram.",
                self._sure(),
                "A bar that stands out from those beside it is a feature of the shape; bars that shrink evenly are its sampling.",
            ),
            Axis("feature, the longest-lived of each degree first"),
            Axis("length of edge"),
            tuple(layers),
        )

    def _betti_figure(self) -> Figure:
        all_ = self._all()
        scales = np.linspace(0.0, 1.02 * max(float(each.deaths.max(initial=0.0)) for each in all_) or 1.0, _SCALES)
        layers = tuple(Curve(_NAMES[each.degree], scales, betti_curve(each.diagram, scales)) for each in all_)
        return Figure(
            "persistence-betti",
            "How many there are at each scale",
            Caption(
                "Number of features that are alive at each length of edge.",
                "Counted from the diagram; one component never dies.",
                self._sure(),
                "A count that stays over a long range of scales describes the shape; the peak of loops at small scales is the sampling.",
            ),
            Axis("length of edge"),
            Axis("number alive"),
            layers,
        )


def persistence(
    points: PointsLike,
    *,
    degree: int = 1,
    landmarks: int | None = None,
    seed: int = 0,
    executor: Executor = SERIAL,
    subsamples: int = SUBSAMPLES,
    null_draws: int = DRAWS,
) -> Persistence:
    """Persistent homology of the Vietoris–Rips filtration, with a confidence band and a null.

    Args:
        points: n × d points, `Distances`, or a `Graph` (its largest component; beyond 4,000 nodes a sample of them).
        degree: Highest degree: 0 for components, 1 for loops too, 2 for voids too.
        landmarks: Number of landmarks; None for 2,000, 500 and 150 in degrees 0, 1 and 2.
        seed: Seed of landmarks, subsamples and null.
        executor: Where subsamples and null are computed.
        subsamples: Number of subsamples of the band, at least 19.
        null_draws: Number of Gaussian clouds.

    Cost: landmarks·n distances, the filtration (`gromov.measures.homology.rips`), 39 subsamples of at most 2,000 points, and 19 clouds of at
    most 300 points; memory 32 MB for the band, and that of the filtration, which is refused where it cannot fit.

    Raises:
        InputError: another degree, fewer than 4 landmarks, 19 subsamples or one draw.
        MemoryEstimateError: the filtration will not fit.
        MissingDependencyError: no gudhi.

    References:
        U. Bauer, Ripser, J. Appl. Comput. Topol. 5, 2021, arXiv:1908.02518; B. T. Fasy et al., Ann. Stat. 42, 2014, arXiv:1303.7117.
    """
    if degree not in range(LARGEST_DEGREE + 1):
        raise InputError(f"degree is {degree}; components (0), loops (1) and voids (2) can be computed")
    wanted = LANDMARKS[degree] if landmarks is None else landmarks
    for what, got, least in (("landmarks", wanted, 4), ("subsamples", subsamples, 19), ("null_draws", null_draws, 1)):
        if got < least:
            raise InputError(f"{what} is {got}; at least {least} are needed")
    representation = as_representation(points)
    metric, _, _ = metric_of(representation, seed=seed)
    chosen = farthest_points(metric, wanted, seed=seed)
    order = np.sort(chosen.chosen)
    found = rips(metric.pairwise(order, order), degree=degree)
    sampled = representation.kind != "graph"
    band = confidence_band(metric, chosen.radius, subsamples=subsamples, seed=seed, executor=executor) if sampled else None
    width = 2 * chosen.radius if band is None else band.width
    features = [Features.of(each, width, band) for each in found] + [None] * (LARGEST_DEGREE - degree)
    components = features[0]
    assert components is not None
    with_null = sampled and degree > 0
    return Persistence(
        components=components,
        loops=features[1],
        voids=features[2],
        band=width,
        covering_radius=chosen.radius,
        landmarks=len(order),
        points=metric.n,
        null=life_null(representation, metric, draws=null_draws, seed=seed, executor=executor) if with_null else None,
    )


def _noise(band: float) -> str:
    return f"noise can account for lives up to {2 * band:.3g} (95 %)" if band > 0 else "all points are landmarks, and nothing is sampled"


def _counted(features: Features) -> str:
    name = _NAMES[features.degree]
    count = features.certain + (1 if features.degree == 0 else 0)
    return f"{_number(count)} {name[:-1] if count == 1 else name}"


def _number(count: int) -> str:
    return {0: "No", 1: "One", 2: "Two", 3: "Three"}.get(count, f"{count:,}")
