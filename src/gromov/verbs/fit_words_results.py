"""What a fit of words says: the numbers over seeds, the Euclidean twins, with their tables and figures."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import About, Axis, Caption, Curve, Disk, Estimate, Figure, Finding, Result, Table
from gromov.report import number
from gromov.verbs.fit_figures import bars_of, gained, loss_figure
from gromov.verbs.fit_results import cell

_GLOVE = "J. Pennington, R. Socher, C. Manning (2014), GloVe: global vectors for word representation."
_POINCARE = "A. Tifrea, G. Bécigneul, O. Ganea (2019), Poincaré GloVe: hyperbolic word embeddings. arXiv:1810.06546."


@dataclass(frozen=True, slots=True)
class WordNumbers:
    """The numbers of one space, over the seeds.

    Attributes:
        space: The space.
        dim: Its dimension.
        explained: Share of the weighted variance of log co-occurrence, in cells that training did not see, that distances explain beyond the frequencies of the words.
        relatedness: Probability that a word is nearer to its hypernym than to the hypernym of another word; ½ is chance.
        direction: Share of pairs whose hypernym is nearer to the middle than the word; ½ is chance.
        direction_balanced: The same, averaged over pairs whose hypernym is the more frequent word and pairs whose hypernym is the rarer; frequency alone gives ½.
        similarity: Spearman's correlation of people's judgements with −distance.
        similarity_angle: The same with the cosine of the angle at the middle.
        radius_frequency: Spearman's correlation of the distance from the middle with the frequency of the word.
        curvature: Fitted sectional curvature K, in 1/length².
        loss: Mean weighted square of the residual at the end, in nats².
    """

    space: str
    dim: int
    explained: Estimate
    relatedness: Estimate
    direction: Estimate
    direction_balanced: Estimate
    similarity: Estimate
    similarity_angle: Estimate
    radius_frequency: Estimate
    curvature: Estimate
    loss: Estimate

    @property
    def label(self) -> str:
        """The space and its dimension."""
        return f"{self.space}, d = {self.dim}"


@dataclass(frozen=True, slots=True, eq=False)
class WordGeometry(WordNumbers, Result):
    """What the reported space knows of the words, and what they look like.

    Attributes:
        hypernyms: Where the hypernyms come from, and how many there are.
        judgements: Where the judgements come from, and how many there are.
        stopped: Why training of the first seed ended.
        losses: Loss by epoch, first seed.
        disk: The first seed's words, v × 2 in the unit disk; a projection where the space is another.
        radii: Distance from the middle, by word, the most frequent first.
        counts: How often each word occurs.
        labels: Words that are named in the picture, and their places.
        shown: Those places.
        edges: Pairs (word, hypernym) among them.
        asked: Words that were asked about, with their nearest words, and the nearest that are nearer to the middle.
    """

    hypernyms: str
    judgements: str
    stopped: str
    losses: Float[np.ndarray, " e"]
    disk: Float[np.ndarray, "n 2"]
    radii: Float[np.ndarray, " n"]
    counts: Integer[np.ndarray, " n"]
    shown: Integer[np.ndarray, " k"]
    edges: Integer[np.ndarray, "m 2"]
    labels: tuple[str, ...]
    asked: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def about(cls) -> About:
        """What is fitted, and what it is held against."""
        return About(
            "Words",
            "Do distances between words tell what stands together, what is a kind of what, and what people find similar?",
            "Words and contexts are points; the logarithm of their co-occurrence is fitted by two biases less half the square of their distance, with the weights of GloVe, "
            "by Riemannian Adam, and the curvature along with them. In Euclidean space this is GloVe itself. The middle is the Fréchet mean of the words. "
            "Hypernyms are pairs with no word of the vocabulary between them; two per cent of the cells of the matrix are held out.",
            (_GLOVE, _POINCARE),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """Held-out co-occurrence, kinds, direction, similarity."""
        return ("explained", "relatedness", "direction_balanced", "similarity", "curvature")

    def summary(self) -> str:
        """What distances explain, in a sentence."""
        return f"In {self.space} space of dimension {self.dim} distances explain {self.explained} of the co-occurrence that frequency leaves open."

    def findings(self) -> tuple[Finding, ...]:
        """Are kinds near, is the general word further in, do people agree?"""
        found: list[Finding] = []
        if not math.isnan(self.relatedness.value):
            told = (
                f"A word is nearer to its hypernym than to another word's in {number(100 * self.relatedness.value)} % of {self.hypernyms}."
            )
            good = self.relatedness.value > 0.9
            found.append(
                Finding("Is a word near its kind?", "Yes" if good else "Often" if self.relatedness.value > 0.7 else "Hardly", told)
            )
        if not math.isnan(self.direction.value):
            low = (self.direction_balanced.ci or (self.direction_balanced.value,))[0]
            told = (
                f"The hypernym is nearer to the middle in {number(100 * self.direction.value)} % of the pairs, "
                f"and in {self.direction_balanced} when hypernyms that are rarer than their word count as much as frequent ones; frequency alone gives 0.5. "
                f"Radius and frequency correlate by {self.radius_frequency}."
            )
            answer = "Yes, beyond frequency" if low > 0.55 else "No more than frequency does"
            found.append(Finding("Is the more general word further in?", answer, told))
        if not math.isnan(self.similarity.value):
            told = f"Spearman's correlation with {self.judgements}: {self.similarity} by distance, {self.similarity_angle} by angle."
            found.append(Finding("Do people agree?", number(self.similarity.value), told))
        found += [
            Finding(f"What is near {name}?", near.partition(", ")[0], f"Nearest: {near}. Nearest of those further in: {above}.")
            for name, near, above in self.asked
        ]
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        """What was asked about words."""
        if not self.asked:
            return ()
        return (
            Table("words-asked", "Nearest words", ("word", "nearest", "nearest further in"), self.asked, "Distances of the first seed."),
        )

    def figures(self) -> tuple[Figure, ...]:
        """The picture, radius against frequency, the loss."""
        return (self._picture(), self._radius(), self._loss())

    def _picture(self) -> Figure:
        texts = [""] * len(self.disk)
        for place, label in zip(self.shown.tolist(), self.labels, strict=True):
            texts[place] = label
        layer = Disk("words", self.disk[:, 0], self.disk[:, 1], self.edges, texts=tuple(texts), shown=self.shown)
        caption = Caption(
            what="The words in the Poincaré disk; lines lead from a word to its hypernym.",
            how="First seed, by the first two principal directions of the normal coordinates at the mean, keeping each word's distance from it up to one scale.",
            sure="A picture of one fit, seen from one side.",
            means="If general words were nearer to the middle, lines would run inwards.",
        )
        return Figure("words-disk", "The words in the disk", caption, Axis("x"), Axis("y"), (layer,), equal=True)

    def _radius(self) -> Figure:
        parts = np.array_split(np.arange(len(self.radii)), min(20, len(self.radii)))
        quartiles = np.array([np.quantile(self.radii[part], (0.25, 0.5, 0.75)) for part in parts])
        caption = Caption(
            what="Distance from the middle against how often a word occurs: the median of twenty groups, with quartiles.",
            how="First seed; the middle is the Fréchet mean of all words.",
            sure=f"{len(self.radii):,} words; Spearman's correlation {self.radius_frequency}.",
            means="A steep curve: what looks like a hierarchy of meanings may be one of frequencies.",
        )
        x = np.array([self.counts[part].mean() for part in parts])
        curve = Curve("median", x, quartiles[:, 1], quartiles[:, 0], quartiles[:, 2])
        return Figure(
            "words-radius", "Radius against frequency", caption, Axis("occurrences", log=True), Axis("distance from the middle"), (curve,)
        )

    def _loss(self) -> Figure:
        caption = Caption(
            what="Mean weighted square of the residual during training.",
            how="In nats², over the cells that training sees; first seed.",
            sure=f"Training ended because {self.stopped}.",
            means="Where it is flat, more epochs would change little.",
        )
        return loss_figure("words-loss", self.losses, "nats²", caption)


@dataclass(frozen=True, slots=True, eq=False)
class WordControls(Result):
    """The same words in flat space, and what frequency alone knows.

    Attributes:
        reported: The reported space, to compare with.
        euclidean: Euclidean space of the same dimension: GloVe.
        euclidean_4x: Euclidean space of four times the dimension.
        frequency_direction: Share of pairs whose hypernym is the more frequent word.
        gain: Explained co-occurrence, reported space less Euclidean space of its dimension.
        gain_relatedness: The same of relatedness.
        gain_direction: The same of the balanced direction.
        gain_similarity: The same of similarity by distance.
    """

    reported: WordNumbers
    euclidean: WordNumbers | None
    euclidean_4x: WordNumbers | None
    frequency_direction: Estimate
    gain: Estimate
    gain_relatedness: Estimate
    gain_direction: Estimate
    gain_similarity: Estimate

    @classmethod
    def about(cls) -> About:
        """What the controls are for."""
        return About(
            "Controls",
            "Is it the curvature, or would a flat space do as well?",
            "Euclidean space of the same and of four times the dimension is fitted with the same loss, optimiser, epochs and seeds. A gain is a difference of means over seeds with Welch's t interval.",
            (_GLOVE, _POINCARE),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The gains."""
        return ("gain", "gain_relatedness", "gain_direction", "gain_similarity")

    def listed(self) -> list[WordNumbers]:
        """The reported space and the controls that were run."""
        return [each for each in (self.reported, self.euclidean, self.euclidean_4x) if each is not None]

    def summary(self) -> str:
        """The gain in a sentence."""
        return f"The reported space explains {self.gain} more of the co-occurrence than Euclidean space of its dimension."

    def findings(self) -> tuple[Finding, ...]:
        """Does curvature help?"""
        if self.euclidean is None or self.reported.space == "euclidean":
            return ()
        answer = gained(self.gain)
        told = f"Explained co-occurrence {self.reported.explained} in {self.reported.label} against {self.euclidean.explained} in {self.euclidean.label}"
        if self.euclidean_4x is not None:
            told += f" and {self.euclidean_4x.explained} in {self.euclidean_4x.label}"
        named = (("nearness to the kind", self.gain_relatedness), ("direction", self.gain_direction), ("similarity", self.gain_similarity))
        more = [f"{name} {value}" for name, value in named if not math.isnan(value.value)]
        told += f". Gains: {'; '.join(more)}." if more else "."
        return (Finding("Does the curvature help words?", answer, told, tone="good" if answer == "Yes" else "neutral"),)

    def lead(self) -> Table:
        """The spaces in one table."""
        columns = ("space", "d", "explained", "near its kind", "kind further in", "balanced", "people, distance", "people, angle", "K")
        rows = [
            (
                each.space,
                str(each.dim),
                *map(
                    cell,
                    (
                        each.explained,
                        each.relatedness,
                        each.direction,
                        each.direction_balanced,
                        each.similarity,
                        each.similarity_angle,
                        each.curvature,
                    ),
                ),
            )
            for each in self.listed()
        ]
        if not math.isnan(self.frequency_direction.value):
            rows.append(("frequency alone", "", "0", "", cell(self.frequency_direction), "0.5", "", "", ""))
        note = "Means over seeds with 95 % intervals of Student's t."
        said = [i for i in range(len(columns)) if any(row[i] for row in rows)]
        kept = tuple(tuple(row[i] for i in said) for row in rows)
        return Table("words-spaces", "The same words in every space", tuple(columns[i] for i in said), kept, note)

    def tables(self) -> tuple[Table, ...]:
        """The spaces."""
        return (self.lead(),)

    def figures(self) -> tuple[Figure, ...]:
        """What each space explains."""
        listed = self.listed()
        values = [each.explained for each in listed]
        bars = bars_of("explained", values)
        caption = Caption(
            what="Share of the held-out log co-occurrence that distances explain beyond frequency.",
            how="The same loss, optimiser and epochs everywhere.",
            sure=f"Mean of {values[0].n} seeds, with 95 % intervals.",
            means="Bars of one height: the space makes no difference.",
        )
        named = tuple(each.label for each in listed)
        return (Figure("words-explained", "What distances explain", caption, Axis("space", categories=named), Axis("share"), (bars,)),)
