"""What an embedding of images says: retrieval, few-shot accuracy, radius, beside the same in other spaces."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, UInt8

from gromov.core import About, Axis, Caption, Curve, Disk, Estimate, Figure, Finding, Result, Table
from gromov.report import number
from gromov.report.thumbnails import Strip, thumbnail
from gromov.verbs.fit_figures import loss_figure

_KHRULKOV = "V. Khrulkov et al. (2020), Hyperbolic image embeddings. arXiv:1904.02239."
_ERMOLOV = "A. Ermolov et al. (2022), Hyperbolic vision transformers: combining improvements in metric learning. arXiv:2203.10833."
_SNELL = "J. Snell, K. Swersky, R. Zemel (2017), Prototypical networks for few-shot learning. arXiv:1703.05175."


@dataclass(frozen=True, slots=True)
class ImageScores:
    """The numbers of one space on classes that were not trained on, over its seeds.

    Attributes:
        space: The space.
        dim: Numbers of an embedding.
        temperature: τ of the loss, in the unit of the distance.
        recall_1: Share of the test images whose nearest other image is of their class.
        recall_2: The same among the two nearest.
        recall_4: Among the four nearest.
        recall_8: Among the eight nearest.
        map_r: Mean average precision at R.
        nmi: Normalised mutual information of k-means in the space and the classes.
        few_5_1: Accuracy of 5-way 1-shot episodes, by prototypes.
        few_5_5: Of 5-way 5-shot episodes.
        few_20_1: Of 20-way 1-shot episodes.
        body_recall_1: Recall at 1 of the features before the linear layer, by cosine.
        body_map_r: Their mean average precision at R.
        body_nmi: Their mutual information.
        blurred: Area under the ROC curve of the distance from the origin, sharp images against blurred ones.
        foreign: The same against images of another source.
        relative_delta: 2δ/diameter of the embedding.
        body_relative_delta: Of the features.
        same_group: Of the nearest neighbours of another class, the share of the same superclass.
        curvature: K, in 1/length².
    """

    space: str
    dim: int
    temperature: float
    recall_1: Estimate
    recall_2: Estimate
    recall_4: Estimate
    recall_8: Estimate
    map_r: Estimate
    nmi: Estimate
    few_5_1: Estimate
    few_5_5: Estimate
    few_20_1: Estimate
    body_recall_1: Estimate
    body_map_r: Estimate
    body_nmi: Estimate
    blurred: Estimate
    foreign: Estimate
    relative_delta: Estimate
    body_relative_delta: Estimate
    same_group: Estimate
    curvature: Estimate

    @property
    def label(self) -> str:
        """The space and its dimension."""
        return f"{self.space}, d = {self.dim}"


@dataclass(frozen=True, slots=True, eq=False)
class ImageEmbedding(ImageScores, Result):
    """How well the reported space holds images of classes it never saw: its numbers, and what they look like.

    Attributes:
        train_images: Images that were trained on.
        train_classes: Their classes.
        validation_classes: Classes that the temperature was chosen by.
        test_images: Images that are reported.
        classes: Names of the test classes.
        delta_before: 2δ/diameter of the features before training, from which the curvature was taken.
        curvature_khrulkov2020: −(0.144/δ_rel)², the constant in use for Poincaré balls.
        curvature_four_point: −(ln 2/δ)², the hyperbolic plane with the four-point δ of the features, in 1/length² of the features.
        stopped: Why training of the first seed ended.
        losses: Training loss by epoch, first seed.
        temperatures: Temperatures that were tried.
        validation_recall: Recall at 1 on the validation classes of each.
        disk: Test images in the Poincaré disk, first seed.
        disk_class: Class of each, as a place among `classes`.
        shown: Those that are drawn as pictures.
        shown_images: Their pictures.
        sheet: Queries and their nearest images, as pictures: q × 5 × h × w × colours, first seed.
        sheet_right: Whether each found image is of the query's class.
        radius_test: Quantiles of the distance from the origin of test images, from 0 to 1 in steps of 1/40.
        radius_blurred: The same of blurred ones.
        radius_foreign: The same of images of another source; empty without one.
    """

    train_images: int
    train_classes: int
    validation_classes: int
    test_images: int
    classes: tuple[str, ...]
    delta_before: float
    curvature_khrulkov2020: float
    curvature_four_point: float
    stopped: str
    losses: Float[np.ndarray, " e"]
    temperatures: Float[np.ndarray, " t"]
    validation_recall: Float[np.ndarray, " t"]
    disk: Float[np.ndarray, "n 2"]
    disk_class: Integer[np.ndarray, " n"]
    shown: Integer[np.ndarray, " k"]
    shown_images: UInt8[np.ndarray, "k h w c"]
    sheet: UInt8[np.ndarray, "q five h w c"]
    sheet_right: Integer[np.ndarray, "q four"]
    radius_test: Float[np.ndarray, " p"]
    radius_blurred: Float[np.ndarray, " p"]
    radius_foreign: Float[np.ndarray, " p"]

    @classmethod
    def about(cls) -> About:
        """What is done."""
        return About(
            "Images in space",
            "Does an image of a class that was never seen find its like?",
            "A network maps images to vectors and these to points of the space; pairs of a class are drawn together against all others of the batch by cross-entropy over −distance/τ. "
            "Test classes are in neither training nor the choice of τ, which is made in every space among the same values by fits with a seed that is not reported. "
            "Few-shot prototypes are midpoints (Einstein's in hyperbolic space).",
            (_KHRULKOV, _ERMOLOV, _SNELL),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """Retrieval and few-shot accuracy."""
        return ("recall_1", "map_r", "few_5_1", "curvature")

    def summary(self) -> str:
        """Recall in a sentence."""
        return f"In {self.space} space of dimension {self.dim} the nearest image is of the same class for {number(100 * self.recall_1.value)} % of {self.test_images:,} images of {len(self.classes)} unseen classes ({self.recall_1})."

    def findings(self) -> tuple[Finding, ...]:
        """Does an image find its like; does the space help the body; does the radius know what is strange?"""
        found = [Finding("Does an image find its like?", f"{number(100 * self.recall_1.value)} %", self.summary())]
        body = self.body_recall_1.value
        told = f"Recall at 1 of the features before the linear layer, by cosine: {self.body_recall_1}; of the points: {self.recall_1}."
        found.append(Finding("Is the head or the body better?", "The body" if body > self.recall_1.value else "The head", told))
        told = f"A sharp image lies farther from the origin than a blurred one in {number(100 * self.blurred.value)} % of the pairs ({self.blurred})"
        told += (
            "."
            if math.isnan(self.foreign.value)
            else f", than one of another source in {number(100 * self.foreign.value)} % ({self.foreign})."
        )
        known = [each.value for each in (self.blurred, self.foreign) if not math.isnan(each.value)]
        sure = bool(known) and min(known) > 0.7
        found.append(
            Finding(
                "Does the radius know what is strange?",
                "Yes"
                if sure
                else "No: what is strange lies farther out"
                if known and min(known) < 0.4
                else "Hardly"
                if known and max(known) < 0.6
                else "In part",
                told,
                tone="good" if sure else "neutral",
            )
        )
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        """How the temperature was chosen."""
        if not len(self.temperatures):
            return ()
        pairs = zip(self.temperatures.tolist(), self.validation_recall.tolist(), strict=True)
        rows = tuple((f"{t:g}", number(r), "chosen" if t == self.temperature else "") for t, r in pairs)
        note = f"Recall at 1 on {self.validation_classes} classes that are neither trained on nor tested; a shorter fit each."
        return (Table("images-temperatures", "The temperature", ("τ", "recall at 1", ""), rows, note),)

    def strips(self) -> tuple[Strip, ...]:
        """The retrieval sheet."""
        columns = tuple(
            (f"{int(right.sum())} of {len(right)} right", tuple(thumbnail(image) for image in images))
            for images, right in zip(self.sheet, self.sheet_right, strict=True)
        )
        rows = ("query", *(f"nearest {i}" for i in range(1, self.sheet.shape[1])))
        note = "Test images drawn by chance, first seed, and what lies nearest to each."
        return (Strip("What lies nearest", note, columns, rows),) if columns else ()

    def figures(self) -> tuple[Figure, ...]:
        """Images in the disk, the radius, the loss."""
        caption = Caption(
            what="Test images in the Poincaré disk, some of them as pictures.",
            how="First seed; "
            + (
                "exact: the space is the hyperbolic plane."
                if self.space == "hyperbolic" and self.dim == 2
                else "the first two principal directions of the normal coordinates, keeping each point's distance from the origin up to one scale."
            ),
            sure="A picture of one fit: another seed turns it.",
            means="What lies together is taken to be alike; what lies near the middle is unspecific.",
        )
        few = len(self.classes) <= 12
        layer = Disk(
            "images",
            self.disk[:, 0],
            self.disk[:, 1],
            groups=self.disk_class if few else None,
            group_names=self.classes if few else (),
            shown=self.shown,
            pictures=tuple(thumbnail(image) for image in self.shown_images),
        )
        disk = Figure("images-disk", "Images in the disk", caption, Axis("x"), Axis("y"), (layer,), equal=True)
        share = np.linspace(0, 1, len(self.radius_test))
        curves = [Curve("test images", self.radius_test, share), Curve("blurred", self.radius_blurred, share)]
        if len(self.radius_foreign):
            curves.append(Curve("another source", self.radius_foreign, share))
        caption = Caption(
            what="Share of the images that lie within a distance of the origin.",
            how="First seed. "
            + (
                "On the sphere: the length of the vector before it is brought to length 1."
                if self.space == "sphere"
                else "Blurred by a Gaussian of a fourteenth of the height."
            ),
            sure=f"Areas under the ROC curve: blurred {self.blurred}"
            + ("" if math.isnan(self.foreign.value) else f", another source {self.foreign}")
            + ".",
            means="Curves apart: the radius tells how sure the network is of an image.",
        )
        radius = Figure(
            "images-radius", "Distance from the origin", caption, Axis("distance from the origin"), Axis("share of images"), tuple(curves)
        )
        how = f"Cross-entropy over −distance/{self.temperature:g}, first seed; training ended because {self.stopped}."
        caption = Caption("Training loss by epoch.", how, "One fit.", "A loss that still falls would fall further with more steps.")
        return disk, radius, loss_figure("images-loss", self.losses, "loss (nats)", caption)
