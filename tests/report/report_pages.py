"""Small results and pages for the tests of the report."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gromov.core import About, Axis, Bars, Caption, Curve, Estimate, Figure, Finding, Matrix, Points, Result, Rule, histogram
from gromov.report import Page

CAPTION = Caption(
    what="The share of the variance along each principal direction, largest first.",
    how="Eigenvalues of the covariance matrix of the centred points.",
    sure="The band holds 95 % of 200 bootstrap resamples.",
    means="Twenty directions carry most of the variance: the representation uses a third of its room.",
    todo="If you need a smaller model, keep the first 20 directions.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """What chance gives.

    Attributes:
        mean: The same number on Gaussian points.
        p_value: Share of Gaussian clouds at least as extreme.
    """

    mean: Estimate
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum(Result):
    """Spectrum of the covariance.

    Attributes:
        effective_rank: Exponential of the entropy of the normalised eigenvalues,
            between 1 and d.
        rank: Number of eigenvalues above rounding.
        collapsed: Whether one direction carries over 90 % of the variance.
        condition: Largest over smallest eigenvalue.
        missing: A number that could not be computed.
        null: The same numbers by chance.
        eigenvalues: Eigenvalues, largest first.
    """

    effective_rank: Estimate
    rank: int
    collapsed: bool
    condition: float
    missing: Estimate
    null: Null
    eigenvalues: NDArray[np.float64]

    @classmethod
    def about(cls) -> About:
        return About(
            "Spectrum",
            "How many directions does the representation really use?",
            "The eigenvalues of the covariance matrix are compared with those of Gaussian points of the same shape. Their entropy gives "
            "a number of directions that needs no threshold.",
            ("Roy and Vetterli 2007, The effective rank, EUSIPCO.", "Garrido et al. 2023, RankMe, arXiv:2210.02885."),
        )

    def summary(self) -> str:
        return "The points use about 20 of 64 directions, far more than a collapsed representation and far fewer than Gaussian noise."

    def findings(self) -> tuple[Finding, ...]:
        return (
            Finding(
                "Is it collapsed?", "No", "Effective rank 20.3 [19.1, 21.4] of 64; a collapsed one would have less than 3.", "", "good"
            ),
            Finding(
                "Does it waste room?",
                "Somewhat",
                "44 of 64 directions carry less than 5 % of the variance together.",
                "Try 24 dimensions: PCA keeps 95 % of the variance.",
                "caution",
            ),
        )

    def figures(self) -> tuple[Figure, ...]:
        ranks = np.arange(1, 65)
        y = np.exp(-ranks / 9.0) + 1e-4
        axes = Axis("Rank of the direction"), Axis("Share of variance", log=True)
        curve = Curve("digits", ranks, y, low=y * 0.8, high=y * 1.25)
        null = Curve("Gaussian points", ranks, np.full(64, 0.02), reference=True)
        random = np.random.default_rng(0)
        angles = histogram("digits", random.normal(0.2, 0.1, 4000), low=-0.5, high=1.0)
        by_chance = histogram("by chance", random.normal(0.0, 0.12, 4000), low=-0.5, high=1.0, reference=True)
        return (
            Figure(
                "spectrum-eigenvalues",
                "The variance falls off within twenty directions",
                CAPTION,
                *axes,
                (curve, null, Rule("noise", 3e-4)),
            ),
            Figure(
                "spectrum-cosines",
                "Points point the same way a little more than chance",
                CAPTION,
                Axis("Cosine of the angle between two points"),
                Axis("Share of pairs"),
                (by_chance, angles, Rule("mean", 0.2, vertical=True)),
            ),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Confusion(Result):
    """Neighbourhoods of the classes.

    Attributes:
        purity: Share of nearest neighbours with the same label.
    """

    purity: Estimate

    @classmethod
    def about(cls) -> About:
        return About(
            "Neighbourhood", "Do neighbours belong together?", "Nearest neighbours are compared by label.", ("Cover and Hart 1967.",)
        )

    def summary(self) -> str:
        return "Nearly all nearest neighbours have the same label."

    def findings(self) -> tuple[Finding, ...]:
        return (
            Finding("Are the classes apart?", "Mostly", "98 % of neighbours share their label.", "", "good"),
            Finding(
                "Is any class mixed up?", "Yes: 8 with 1", "7 % of the eights have a one beside them.", "Look at the eights by hand.", "bad"
            ),
            Finding("How many dimensions has it?", "About 9", "Two-nearest-neighbour estimate 9.1 [8.7, 9.6]."),
        )

    def figures(self) -> tuple[Figure, ...]:
        names = tuple(str(i) for i in range(10))
        shares = np.where(np.eye(10) > 0, 0.95, 0.005)
        return (
            Figure(
                "neighborhood-confusion",
                "Whose neighbour is whose",
                CAPTION,
                Axis("Label of the neighbour"),
                Axis("Label of the point"),
                (Matrix("share", shares, names, names),),
            ),
            Figure(
                "neighborhood-purity",
                "Every class keeps together",
                CAPTION,
                Axis("Class", categories=tuple(f"digit {i}" for i in range(10))),
                Axis("Share"),
                (Bars("purity", np.arange(10), np.linspace(0.9, 1, 10), error=np.full(10, 0.02)), Rule("chance", 0.1)),
            ),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Layout(Result):
    """The map.

    Attributes:
        stress: Share of the distances that the map distorts.
    """

    stress: Estimate
    points: NDArray[np.float64]
    groups: NDArray[np.int64]

    @classmethod
    def about(cls) -> About:
        return About("Map", "What does it look like?", "The first two principal directions.", ("Pearson 1901.",))

    def summary(self) -> str:
        return "A map of all points in the plane; near on the map is usually near in the data."

    def figures(self) -> tuple[Figure, ...]:
        names = tuple(f"digit {i}" for i in range(int(self.groups.max()) + 1))
        layer = Points("points", self.points[:, 0], self.points[:, 1], self.groups, names)
        return (
            Figure("layout-map", "A map of the points", CAPTION, Axis("First direction"), Axis("Second direction"), (layer,), equal=True),
        )


def spectrum() -> Spectrum:
    sure = Estimate.normal(20.3, 0.6, n=1797, seed=0, method="bootstrap over points")
    null = Null(Estimate.normal(58.2, 0.1, n=200, seed=0, method="Gaussian clouds"), 0.005)
    return Spectrum(sure, 61, False, 2.4e9, Estimate.missing("too few points", n=3, method="none"), null, np.ones(64))


def layout(n: int, groups: int = 10) -> Layout:
    random = np.random.default_rng(1)
    codes = random.integers(0, groups, n)
    angle = 2 * np.pi * codes / groups
    points = 4 * np.column_stack([np.cos(angle), np.sin(angle)]) + random.normal(size=(n, 2))
    return Layout(Estimate(0.31, None, None, n, None, "exact"), points, codes)


def page(n: int = 1797, **changes: object) -> Page:
    purity = Estimate(0.981, 0.003, None, 1797, None, "exact neighbours")
    fields: dict[str, object] = {
        "title": "The geometry of digits",
        "verb": "measure",
        "source": {
            "name": "digits",
            "kind": "points",
            "n": n,
            "d": 64,
            "labels": 10,
            "sha256": "3f2a9c" * 10 + "beef",
            "notes": ["centred", "each row divided by its length"],
        },
        "results": {"spectrum": spectrum(), "neighborhood": Confusion(purity), "layout": layout(n)},
        "skipped": {"persistence": "The time budget of 60 s was spent before it."},
        "warnings": ("12 points are exact copies of others: neighbour-based numbers look better than they are.",),
        "config": {"seed": 0, "normalize": "center-l2", "sample": None, "only": ["spectrum", "layout"], "quiet": False},
        "environment": {"python": "3.11.9", "cores": 2, "packages": {"numpy": "2.4.0", "torch": None}},
        "version": "0.1.0",
    }
    return Page(**(fields | changes))  # pyright: ignore[reportArgumentType]


HOSTILE = "</script><img src=x onerror=\"document.title='broken'\"><!--\u2028{{ 7*7 }}%{x}<b>&amp;"


@dataclass(frozen=True, slots=True, eq=False)
class Hostile(Result):
    """A result in which every text is an attack.

    Attributes:
        word: A text from the data.
        value: A number.
    """

    word: str
    value: Estimate

    @classmethod
    def about(cls) -> About:
        return About(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))

    def summary(self) -> str:
        return HOSTILE

    def findings(self) -> tuple[Finding, ...]:
        return (Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "bad"),)

    def figures(self) -> tuple[Figure, ...]:
        two = np.array([0.0, 1.0])
        names = (HOSTILE, HOSTILE)
        points = Points(HOSTILE, two, two, np.array([0, 1]), names, texts=names)
        layers = (Curve(HOSTILE, two, two), Bars(HOSTILE, two, two), points, Rule(HOSTILE, 0.5))
        caption = Caption(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
        matrix = Matrix(HOSTILE, np.eye(2), names, names)
        return (
            Figure(HOSTILE, HOSTILE, caption, Axis(HOSTILE, categories=names), Axis(HOSTILE), layers),
            Figure(HOSTILE, HOSTILE, caption, Axis(HOSTILE), Axis(HOSTILE), (matrix,)),
        )


def hostile_page() -> Page:
    result = Hostile(HOSTILE, Estimate(1.0, 0.1, (0.8, 1.2), 3, 0, HOSTILE))
    return page(
        title=HOSTILE,
        source={"name": HOSTILE, "kind": HOSTILE, "n": 2, "d": 2, "labels": 2, "sha256": HOSTILE, "notes": [HOSTILE]},
        results={"hostile": result},
        skipped={HOSTILE: HOSTILE},
        warnings=(HOSTILE,),
        config={HOSTILE: HOSTILE, "nested": {HOSTILE: [HOSTILE]}},
        environment={HOSTILE: HOSTILE},
        version=HOSTILE,
    )
