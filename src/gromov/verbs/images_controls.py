"""What is held against an embedding of images: other spaces, superclasses drawn by chance, Lake's one-shot runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from gromov.core import About, Axis, Caption, Estimate, Figure, Finding, Result, Table
from gromov.report import number
from gromov.verbs.fit_figures import bars_of, gained
from gromov.verbs.fit_results import cell
from gromov.verbs.images_results import ImageScores

_KHRULKOV = "V. Khrulkov et al. (2020), Hyperbolic image embeddings. arXiv:1904.02239."
COMPARED = ("recall_1", "map_r", "few_5_1", "few_20_1", "body_recall_1")
_CALLED = {
    "recall_1": "recall at 1",
    "map_r": "mAP at R",
    "few_5_1": "5-way 1-shot",
    "few_20_1": "20-way 1-shot",
    "body_recall_1": "recall at 1 of the body",
}


@dataclass(frozen=True, slots=True, eq=False)
class ImageControls(Result):
    """The same body, loss, steps and tuning in other spaces.

    Attributes:
        reported: The reported space, to compare with.
        others: The other spaces, by name.
        gains: By space and number: the reported space's number minus its own, seed by seed.
        chance: Recall at 1 of a random guess.
    """

    reported: ImageScores
    others: Mapping[str, ImageScores]
    gains: Mapping[str, Mapping[str, Estimate]]
    chance: float

    @classmethod
    def about(cls) -> About:
        """What the controls are for."""
        return About(
            "Controls",
            "Would another space do?",
            "The same body from the same start, the same batches and the same number of temperatures tried; only the map into the space, its distance and its midpoint differ. "
            "Differences are paired: seed by seed with Student's t, or with one seed test class by test class.",
            (),
        )

    def summary(self) -> str:
        """The best other space in a sentence."""
        if not self.others:
            return f"A random guess finds {number(100 * self.chance)} %."
        best = max(self.others.values(), key=lambda each: each.recall_1.value)
        return f"Recall at 1 is {self.reported.recall_1} in {self.reported.label}, and {best.recall_1} in {best.label}."

    def findings(self) -> tuple[Finding, ...]:
        """Does the space matter?"""
        return tuple(
            Finding(
                f"Is {self.reported.space} space better than {self.others[name].space}?",
                gained(gains["recall_1"]),
                f"Recall at 1: {self.reported.recall_1} against {self.others[name].recall_1}, a difference of {gains['recall_1']}; "
                + f"mAP at R: {self.reported.map_r} against {self.others[name].map_r}, {gains['map_r']}.",
            )
            for name, gains in self.gains.items()
        )

    def lead(self) -> Table:
        """The spaces side by side."""
        each = (self.reported, *self.others.values())
        rows = tuple(
            (
                s.label,
                cell(s.recall_1),
                cell(s.map_r),
                cell(s.nmi),
                cell(s.few_5_1),
                cell(s.few_20_1),
                cell(s.body_recall_1),
                f"{s.temperature:g}",
            )
            for s in each
        )
        columns = ("space", "recall at 1", "mAP at R", "NMI", "5-way 1-shot", "20-way 1-shot", "recall at 1 of the body", "τ")
        note = f"Means over seeds with 95 % intervals; a random guess finds {number(self.chance)}."
        return Table("images-spaces", "The same images in other spaces", columns, rows, note)

    def tables(self) -> tuple[Table, ...]:
        """Scores, differences, radius and δ."""
        rows = tuple((self.others[name].label, *(cell(gains[key]) for key in COMPARED)) for name, gains in self.gains.items())
        gains = Table(
            "images-gains",
            f"{self.reported.label} minus",
            ("space", *(_CALLED[key] for key in COMPARED)),
            rows,
            "Paired differences with 95 % intervals.",
        )
        rows = tuple(
            (
                s.label,
                cell(s.curvature),
                cell(s.relative_delta),
                cell(s.body_relative_delta),
                cell(s.blurred),
                cell(s.foreign),
                cell(s.same_group),
            )
            for s in (self.reported, *self.others.values())
        )
        columns = (
            "space",
            "curvature",
            "2δ/diameter",
            "2δ/diameter of the body",
            "blurred",
            "another source",
            "neighbour of the same superclass",
        )
        shape = Table(
            "images-shape", "Shape and radius", columns, rows, "Blurred and another source: area under the ROC curve of the radius."
        )
        return self.lead(), gains, shape

    def figures(self) -> tuple[Figure, ...]:
        """Recall at 1 by space."""
        each = (self.reported, *self.others.values())
        caption = Caption(
            what="Recall at 1 on unseen classes, by space.",
            how="Means over fits from different starts, 95 % intervals.",
            sure=f"{self.reported.recall_1.n} fits.",
            means="Overlapping intervals may still be a difference: the paired ones are in the table.",
        )
        axis = Axis("space", categories=tuple(s.label for s in each))
        return (
            Figure(
                "images-recall",
                "Recall at 1 by space",
                caption,
                axis,
                Axis("recall at 1"),
                (bars_of("recall at 1", [s.recall_1 for s in each]),),
            ),
        )


@dataclass(frozen=True, slots=True)
class SpaceLevels:
    """Distance from the origin by level of the hierarchy in one space, first seed.

    Attributes:
        space: The space.
        images: Mean over images.
        classes: Mean over midpoints of classes.
        groups: Mean over midpoints of superclasses.
        groups_by_chance: The same of superclasses whose classes are drawn by chance.
        p_value: Share of such draws whose midpoints lie at least as far in.
    """

    space: str
    images: float
    classes: float
    groups: float
    groups_by_chance: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class ImageLevels(Result):
    """Whether superclasses lie nearer to the origin.

    Attributes:
        spaces: Each space.
        same_group_chance: Share of images of other classes that are of the same superclass.
    """

    spaces: tuple[SpaceLevels, ...]
    same_group_chance: float

    @classmethod
    def about(cls) -> About:
        """What is asked."""
        return About(
            "Hierarchy",
            "Do superclasses lie nearer to the origin?",
            "Midpoints of images, of classes and of superclasses (names of which training never saw), and their mean distance from the origin. Every middle lies further in than what it is the middle of, "
            "so superclasses are held against such whose classes are drawn by chance.",
            (_KHRULKOV,),
        )

    def summary(self) -> str:
        """The reported space in a sentence."""
        s = self.spaces[0]
        return f"In {s.space} space images lie {number(s.images)} from the origin, midpoints of classes {number(s.classes)}, of superclasses {number(s.groups)}; of superclasses drawn by chance {number(s.groups_by_chance)}."

    def findings(self) -> tuple[Finding, ...]:
        """More than chance?"""
        s = self.spaces[0]
        ordered = s.groups < s.classes < s.images
        answer = "More than by chance" if ordered and s.p_value < 0.05 else "As every middle does" if ordered else "No"
        return (Finding("Do superclasses lie nearer to the origin?", answer, f"{self.summary()} p = {s.p_value:.3g}."),)

    def tables(self) -> tuple[Table, ...]:
        """The levels by space."""
        rows = tuple((s.space, *(number(x) for x in (s.images, s.classes, s.groups, s.groups_by_chance, s.p_value))) for s in self.spaces)
        columns = ("space", "images", "classes", "superclasses", "superclasses by chance", "p")
        note = f"Mean distance from the origin, first seed. A neighbour of another class is of the same superclass by chance in {number(self.same_group_chance)}."
        return (Table("images-levels", "Distance from the origin by level", columns, rows, note),)


@dataclass(frozen=True, slots=True, eq=False)
class OneShotResult(Result):
    """Lake's one-shot classification: 20 runs of 20 new characters of one alphabet, one example each.

    Attributes:
        runs: Number of runs.
        errors: Share of the test characters that are not found, by space.
    """

    runs: int
    errors: Mapping[str, Estimate]

    @classmethod
    def about(cls) -> About:
        """The task."""
        return About(
            "One-shot runs",
            "Is a character known again after one example?",
            "In each run 20 characters of one alphabet that was not trained on are shown once, and each of 20 others by other hands is given the nearest; within an alphabet, so harder than among all.",
            ("B. Lake, R. Salakhutdinov, J. Tenenbaum (2019), The Omniglot challenge: a 3-year progress report. arXiv:1902.03477.",),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The errors."""
        return ("errors",)

    def summary(self) -> str:
        """The errors in a sentence."""
        told = ", ".join(f"{name} {number(100 * each.value)} %" for name, each in self.errors.items())
        return f"Errors in {self.runs} runs of 20-way one-shot classification: {told}."

    def findings(self) -> tuple[Finding, ...]:
        """The smallest error."""
        best = min(self.errors, key=lambda name: self.errors[name].value)
        return (
            Finding(
                "Is a character known again after one example?",
                f"{number(100 - 100 * self.errors[best].value)} % in {best} space",
                self.summary(),
            ),
        )

    def tables(self) -> tuple[Table, ...]:
        """Errors by space."""
        rows = tuple((name, cell(self.errors[name])) for name in self.errors)
        note = "Published with small background sets, to be checked: prototypical network .301, simple convolutional network .232, Bayesian program learning .042; people .045."
        return (Table("images-one-shot", "Error by space", ("space", "error"), rows, note),)
