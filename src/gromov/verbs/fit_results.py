"""What a fit of a hierarchy says: the numbers over seeds, the controls, link prediction, with their tables and figures."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import About, Axis, Caption, Curve, Disk, Estimate, Figure, Finding, Result, Table
from gromov.report import number
from gromov.report.words import interval
from gromov.verbs.fit_figures import bars_of, gained, loss_figure

_NICKEL = "M. Nickel, D. Kiela (2017), Poincaré embeddings for learning hierarchical representations. arXiv:1705.08039."
_LORENTZ = "M. Nickel, D. Kiela (2018), Learning continuous hierarchies in the Lorentz model of hyperbolic geometry. arXiv:1806.03417."
_SARKAR = "R. Sarkar (2011), Low distortion Delaunay embedding of trees in hyperbolic plane."
_CONES = "O. Ganea, G. Bécigneul, T. Hofmann (2018), Hyperbolic entailment cones for learning hierarchical embeddings. arXiv:1804.01882."


@dataclass(frozen=True, slots=True)
class Scores:
    """The numbers of one space, over the seeds.

    Attributes:
        space: The space.
        dim: Its dimension.
        map: Mean over nodes of the average precision with which a node finds its relatives among all nodes; 1 is perfect.
        mean_rank: Mean rank of a relative among what its node is not related to (filtered); 1 is perfect.
        distortion: Mean of |s·d̂/d − 1| over pairs at the best scale s; d is the length of the way along the hierarchy.
        worst_distortion: max(d̂/d)/min(d̂/d).
        direction: Share of pairs whose ancestor is nearer to the origin than its descendant; ½ is chance.
        entailment: Share of pairs whose descendant lies deeper in the entailment cone of its ancestor than the other way round; ½ is chance.
        depth_correlation: Spearman's correlation of the distance from the origin with the depth in the hierarchy.
        curvature: Fitted sectional curvature K, in 1/length².
        loss: Loss of a related pair at the end, in nats.
        first_scale: Radius of curvature training started with, chosen by the loss of a fit that is not reported.
    """

    space: str
    dim: int
    map: Estimate
    mean_rank: Estimate
    distortion: Estimate
    worst_distortion: Estimate
    direction: Estimate
    entailment: Estimate
    depth_correlation: Estimate
    curvature: Estimate
    loss: Estimate
    first_scale: float

    @property
    def label(self) -> str:
        """The space and its dimension."""
        return f"{self.space}, d = {self.dim}"


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction(Scores, Result):
    """How well the reported space holds the hierarchy: its numbers, and what they look like.

    Attributes:
        stopped: Why training of the first seed ended.
        losses: Loss of a pair by epoch, first seed.
        disk: The first seed's points, n × 2 in the unit disk; a projection where the space is another.
        edges: Edges of the hierarchy, drawn in the disk.
        radii: Distance from the origin, by node.
        depth: Depth in the hierarchy, by node; empty for neighbours.
        labels: Names of at most 60 nodes worth naming, and their places.
        shown: Those places.
        asked: Names that were asked about, with their nearest nodes, and the nearest that are nearer to the origin.
    """

    stopped: str
    losses: Float[np.ndarray, " e"]
    disk: Float[np.ndarray, "n 2"]
    edges: Integer[np.ndarray, "m 2"]
    radii: Float[np.ndarray, " n"]
    depth: Integer[np.ndarray, " n"]
    shown: Integer[np.ndarray, " k"]
    labels: tuple[str, ...]
    asked: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def about(cls) -> About:
        """What reconstruction is."""
        return About(
            "Reconstruction",
            "Do the distances of the embedding give the hierarchy back?",
            "Points and the curvature of their space are fitted by Riemannian Adam to the softmax loss of Nickel and Kiela: a relative must be nearer than what a node is not related to. "
            "Every node then ranks all others by distance; ranks are filtered (other relatives do not count), ties count against the embedding. The radius of curvature that training starts "
            "with is chosen among a few by the training loss of a fit with a seed that is not reported, for every space alike.",
            (_NICKEL, _LORENTZ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """MAP, mean rank, distortion, curvature."""
        return ("map", "mean_rank", "distortion", "curvature")

    def summary(self) -> str:
        """MAP and mean rank in a sentence."""
        return f"In {self.space} space of dimension {self.dim} the mean average precision is {self.map} and the mean rank {self.mean_rank}."

    def findings(self) -> tuple[Finding, ...]:
        """Is the hierarchy in the distances? Do ancestors lie further in?"""
        good = self.map.value >= 0.95
        answer = "Yes" if good else "In part" if self.map.value >= 0.5 else "No"
        tone = "good" if good else "caution" if self.map.value >= 0.5 else "bad"
        todo = "" if good else "Try a larger --dim; see in the controls whether a flat space of that size does as well."
        found = [Finding("Do distances give the hierarchy back?", answer, f"MAP {self.map}, mean rank {self.mean_rank}.", todo, tone)]
        if not math.isnan(self.direction.value):
            cones = (
                ""
                if math.isnan(self.entailment.value)
                else f"By entailment cones the direction is right in {number(100 * self.entailment.value)} % of the pairs. "
            )
            told = f"{number(100 * self.direction.value)} % of ancestors are nearer to the origin than their descendants. {cones}Over the whole hierarchy the radius and the depth correlate by {self.depth_correlation}."
            clear = self.direction.value > 0.9
            found.append(
                Finding("Do ancestors lie further in?", "Yes" if clear else "Not reliably", told, tone="good" if clear else "neutral")
            )
        found += [
            Finding(f"What is near {name}?", near.partition(", ")[0], f"Nearest: {near}. Nearest of those further in: {above}.")
            for name, near, above in self.asked
        ]
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        """What was asked about names."""
        if not self.asked:
            return ()
        note = "Distances are those of the first seed's embedding; “more general” means nearer to the origin, whatever the pairs say."
        return (Table("fit-asked", "Nearest nodes", ("node", "nearest", "nearest more general"), self.asked, note),)

    def figures(self) -> tuple[Figure, ...]:
        """The picture, radius against depth, the loss."""
        return tuple(figure for figure in (self._picture(), self._depth(), self._loss()) if figure is not None)

    def _picture(self) -> Figure:
        flat = self.space == "hyperbolic" and self.dim == 2
        projected = (
            "exact: the space is the hyperbolic plane"
            if flat
            else "the first two principal directions of the normal coordinates, keeping each point's distance from the origin up to one scale"
        )
        texts = [""] * len(self.disk)
        for place, label in zip(self.shown.tolist(), self.labels, strict=True):
            texts[place] = label
        layer = Disk("nodes", self.disk[:, 0], self.disk[:, 1], self.edges, texts=tuple(texts), shown=self.shown)
        caption = Caption(
            what="The nodes in the Poincaré disk, and the edges of the hierarchy as geodesics.",
            how=f"First seed; {projected}.",
            sure="A picture of one fit: another seed turns it, and may exchange branches.",
            means="General nodes lie near the middle and special ones near the rim, where there is room for many.",
        )
        return Figure("fit-disk", "The hierarchy in the disk", caption, Axis("x"), Axis("y"), (layer,), equal=True)

    def _depth(self) -> Figure | None:
        if not self.depth.size:
            return None
        levels = np.unique(self.depth)
        quartiles = np.array([np.quantile(self.radii[self.depth == level], (0.25, 0.5, 0.75)) for level in levels])
        caption = Caption(
            what="Distance from the origin against depth: the median of each level, with its quartiles.",
            how="First seed; the depth of a node is the length of the longest way up.",
            sure=f"{len(self.depth):,} nodes; Spearman's correlation {self.depth_correlation}.",
            means="A rising line: the radius knows how special a node is, although training never saw a depth.",
        )
        curve = Curve("median", levels, quartiles[:, 1], quartiles[:, 0], quartiles[:, 2])
        return Figure(
            "fit-depth", "Radius against depth", caption, Axis("depth in the hierarchy"), Axis("distance from the origin"), (curve,)
        )

    def _loss(self) -> Figure:
        caption = Caption(
            what="Loss of a related pair during training.",
            how="Mean over all pairs of an epoch, in nats; first seed.",
            sure=f"Training ended because {self.stopped}.",
            means="A long plateau before the fall: the branches find their places before the space bends.",
        )
        return loss_figure("fit-loss", self.losses, "nats", caption)


@dataclass(frozen=True, slots=True, eq=False)
class Controls(Result):
    """The same loss and the same budget in other spaces.

    Attributes:
        reported: The reported space, to compare with.
        euclidean: Euclidean space of the same dimension.
        euclidean_4x: Euclidean space of four times the dimension.
        sarkar: Sarkar's construction in the hyperbolic plane, where the hierarchy is a tree with room for it.
        gain: MAP of the reported space less that of Euclidean space of the same dimension.
        gain_4x: MAP of the reported space less that of Euclidean space of four times the dimension.
    """

    reported: Scores
    euclidean: Scores | None
    euclidean_4x: Scores | None
    sarkar: Scores | None
    gain: Estimate
    gain_4x: Estimate

    @classmethod
    def about(cls) -> About:
        """What the controls are for."""
        return About(
            "Controls",
            "Is it the curvature, or would a flat space do as well?",
            "Euclidean space of the same and of four times the dimension is fitted with the same loss, optimiser, epochs, seeds and choice of the first scale. "
            "A gain is a difference of means over seeds with Welch's t interval. Trees are also embedded by Sarkar's construction, which needs no training.",
            (_NICKEL, _SARKAR),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The gains."""
        return ("gain", "gain_4x")

    def listed(self) -> list[tuple[str, Scores]]:
        """The reported space and the controls that were run."""
        every = [("reported", self.reported), ("euclidean", self.euclidean), ("euclidean_4x", self.euclidean_4x), ("sarkar", self.sarkar)]
        return [(name, each) for name, each in every if each is not None]

    def summary(self) -> str:
        """The gains in a sentence."""
        return f"The reported space gains {self.gain} of MAP over Euclidean space of its dimension, and {self.gain_4x} over one of four times its dimension."

    def findings(self) -> tuple[Finding, ...]:
        """Does curvature help?"""
        if self.euclidean is None or math.isnan(self.gain.value):
            return ()
        here, flat = self.reported, self.euclidean
        if here.space == "euclidean":
            return ()
        answer = gained(self.gain)
        told = f"MAP {here.map} in {here.label} against {flat.map} in {flat.label}"
        if self.euclidean_4x is not None:
            wide = self.euclidean_4x
            told += f" and {wide.map} in {wide.label}"
            if answer == "Yes" and wide.map.value >= here.map.value:
                told += ", which does as well: the curvature saves dimensions, it does nothing they cannot do"
        return (Finding("Does the curvature help?", answer, told + ".", tone="good" if answer == "Yes" else "neutral"),)

    def lead(self) -> Table:
        """The spaces in one table."""
        columns = ("space", "d", "MAP", "mean rank", "distortion", "ancestor inside", "K", "loss")
        rows = tuple(
            (
                each.space if name != "sarkar" else "hyperbolic, Sarkar",
                str(each.dim),
                *(cell(value) for value in (each.map, each.mean_rank, each.distortion, each.direction, each.curvature, each.loss)),
            )
            for name, each in self.listed()
        )
        return Table(
            "controls-spaces",
            "The same loss and budget in every space",
            columns,
            rows,
            "Means over seeds with 95 % intervals of Student's t.",
        )

    def tables(self) -> tuple[Table, ...]:
        """The spaces."""
        return (self.lead(),)

    def figures(self) -> tuple[Figure, ...]:
        """MAP against dimension."""
        listed = [each for name, each in self.listed() if name != "sarkar"]
        flat = [each for each in listed if each.space == "euclidean"]
        layers: list[Curve] = []
        if flat:
            layers.append(_curve("euclidean", flat))
        if self.reported.space != "euclidean":
            layers.append(_curve(self.reported.space, [self.reported]))
        caption = Caption(
            what="MAP against the dimension of the space.",
            how="The same loss, optimiser, epochs and choice of the first scale everywhere.",
            sure=f"Mean of {self.reported.map.n} seeds; bands are 95 % intervals.",
            means="Where the flat curve reaches the curved point, that many flat dimensions do the work of the curvature.",
        )
        bars = bars_of("MAP", [each.map for each in listed])
        named = tuple(each.label for each in listed)
        both = Figure("controls-map", "MAP by space", caption, Axis("space", categories=named), Axis("MAP"), (bars,))
        return (both, Figure("controls-dimension", "MAP by dimension", caption, Axis("dimension", log=True), Axis("MAP"), tuple(layers)))


@dataclass(frozen=True, slots=True)
class Setting:
    """Link prediction with one share of the pairs revealed.

    Attributes:
        revealed: Share of the pairs that follow from others which was shown.
        pairs: Number of pairs to be found.
        test: The reported space.
        euclidean: Euclidean space of the same dimension.
        euclidean_4x: Euclidean space of four times the dimension.
    """

    revealed: float
    pairs: int
    test: Scores
    euclidean: Scores | None
    euclidean_4x: Scores | None


@dataclass(frozen=True, slots=True, eq=False)
class LinkPrediction(Result):
    """How well pairs that were never shown are found.

    Attributes:
        revealed: The settings, by the percentage shown: `at_10` and so on.
    """

    revealed: Mapping[str, Setting]

    @classmethod
    def about(cls) -> About:
        """What link prediction is."""
        return About(
            "Link prediction",
            "Does the embedding find pairs it was never shown?",
            "A tenth of the pairs that follow from others is held out; direct parents (of a graph: a spanning forest) are always shown, and a share of the rest. "
            "A held-out relative is ranked among what its node is not related to.",
            (_CONES,),
        )

    def summary(self) -> str:
        """MAP by share."""
        told = "; ".join(f"{100 * each.revealed:g} % shown, MAP {each.test.map}" for each in self.revealed.values())
        return f"Pairs never shown are found: {told}."

    def findings(self) -> tuple[Finding, ...]:
        """Does it generalise?"""
        last = list(self.revealed.values())[-1]
        told = f"With {100 * last.revealed:g} % of the pairs that follow from others shown, MAP {last.test.map}, mean rank {last.test.mean_rank}"
        if last.euclidean is not None:
            told += f" (Euclidean space of the same dimension: {last.euclidean.map}, {last.euclidean.mean_rank})"
        return (Finding("Does it find pairs it was not shown?", number(last.test.map.value), told + "."),)

    def tables(self) -> tuple[Table, ...]:
        """MAP and rank for every share and space."""
        rows = tuple(
            (f"{100 * setting.revealed:g} %", each.label, cell(each.map), cell(each.mean_rank), cell(each.direction))
            for setting in self.revealed.values()
            for each in (setting.test, setting.euclidean, setting.euclidean_4x)
            if each is not None
        )
        return (Table("links", "Pairs never shown", ("shown", "space", "MAP", "mean rank", "ancestor inside"), rows),)

    def figures(self) -> tuple[Figure, ...]:
        """MAP against the share shown."""
        settings = list(self.revealed.values())
        kinds: list[tuple[str, Callable[[Setting], Scores | None]]] = [
            ("test", lambda s: s.test),
            ("euclidean", lambda s: s.euclidean),
            ("euclidean_4x", lambda s: s.euclidean_4x),
        ]
        curves: list[Curve] = []
        for _, of in kinds:
            found = [(s.revealed, each) for s in settings if (each := of(s)) is not None]
            if len(found) == len(settings):
                curves.append(_curve(found[0][1].label, [each for _, each in found], np.array([100 * share for share, _ in found])))
        caption = Caption(
            what="MAP of held-out pairs against the share of the other pairs that was shown.",
            how="Filtered ranking; direct parents are always shown.",
            sure=f"Mean of {settings[0].test.map.n} seeds; bands are 95 % intervals.",
            means="A high curve at a small share: the geometry completes what it was not told.",
        )
        return (Figure("links-map", "Pairs never shown", caption, Axis("shown, %"), Axis("MAP"), tuple(curves)),)


def _curve(name: str, scores: Sequence[Scores], x: np.ndarray | None = None) -> Curve:
    values = np.array([each.map.value for each in scores])
    low, high = (np.array([(each.map.ci or (each.map.value,) * 2)[end] for each in scores]) for end in (0, 1))
    return Curve(name, np.array([each.dim for each in scores]) if x is None else x, values, low, high)


def cell(value: Estimate) -> str:
    """A number with its interval; nothing where it is missing."""
    return "" if math.isnan(value.value) else f"{number(value.value)} {interval(value)}".rstrip()
