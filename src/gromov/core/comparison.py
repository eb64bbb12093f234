"""What a comparison of two representations returns: how far apart they are, and whether that is more than chance.

How to write one. A comparison is one file, `measures/comparisons/<name>.py`, with a function of that name and the result it returns:

    def imd(x, y, *, seed=0, null=100, executor=SERIAL, progress=_SILENT) -> Imd: ...

- Data first (`x`, `y`: `PointsLike`), the rest keyword-only with defaults. A run passes `seed`, `null` (number of draws), `executor`,
  `progress` and `device` to those that take them.
- The result is a frozen dataclass `Imd(Comparison)`; it lists every field under `Attributes:`, the three inherited ones too, because what
  they mean is the measure's own. It has `traits`, `about` and `summary`; further `figures` and `tables` where it has any (call
  `self.null_figure()` for the histogram of the null, which is all that the default shows).
- `statistic(x, y, seed=…)`, if it can be had, is the value alone: the bootstrap of a dendrogram needs it some hundred times.
- `traits()` declares what the contract suite holds it to: whether rows are paired, what kinds of data it takes, what leaves it unchanged.
- The null is `Null.of(kind, draws, observed, …)`, whose `p_value` is (1 + #{draws at least as extreme}) / (1 + B). Draws come from
  `gromov.measures.comparisons.splitting`: seeded by the place of the draw, so any number of workers gives the same.
- Data it cannot use raise `UnsuitableError`; the run goes on without it.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from gromov.core.errors import InputError
from gromov.core.estimate import Estimate
from gromov.core.figure import Axis, Caption, Figure, Rule, histogram
from gromov.core.representation import Kind, PointsLike
from gromov.core.result import Result

NullKind = Literal["split of the pool", "halves", "random pairing"]
Change = Literal["rotation", "shift", "scale", "permutation"]

_HOW: dict[NullKind, str] = {
    "split of the pool": "Both clouds are pooled and split at random into two of the same size; the whole statistic is computed again for each split.",
    "halves": "Each cloud is cut at random into disjoint samples; the statistic between two samples of one cloud is the null, and that between "
    "samples of the two clouds is what is tested.",
    "random pairing": "The rows of the second cloud are shuffled, which undoes the pairing and keeps both clouds; the whole statistic is computed again.",
}


@dataclass(frozen=True, slots=True)
class Traits:
    """What a comparison is and promises; the contract suite checks it.

    Attributes:
        name: Its name: module, function, command line and JSON key.
        paired: Whether row i of one belongs to row i of the other.
        kinds: What it takes: `points`, `distances`, `graph`.
        same_dimension: Whether both must have the same number of coordinates.
        larger: `apart` where a larger value means a larger difference, `alike` where it means a smaller one.
        identity: Its value for a cloud and itself.
        together: Changes of both clouds alike that leave the value as it is.
        apart: Changes of one cloud alone that leave the value as it is; `permutation` is of rows.
        symmetric: Whether exchanging the two leaves the value as it is.
        equal_sizes: Whether the larger cloud is cut, at random, to the size of the smaller.
        sees: What it is sensitive to, in a few words.
        applies: When to use it, in a few words.
        tests: What exactly a small p-value speaks against, in a sentence.
    """

    name: str
    paired: bool
    kinds: tuple[Kind, ...]
    same_dimension: bool
    larger: Literal["apart", "alike"]
    identity: float
    together: tuple[Change, ...]
    apart: tuple[Change, ...]
    symmetric: bool
    equal_sizes: bool
    sees: str
    applies: str
    tests: str


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """What the statistic is where there is nothing to find.

    Attributes:
        kind: How it is drawn: by a random split of the pool, from halves of each cloud, or by random pairing.
        observed: The statistic that the draws are compared with, at their size.
        draws: The statistic of each draw.
        mean: Mean of the draws.
        spread: Standard deviation of the draws.
        low: Their 5 % quantile.
        median: Their median.
        high: Their 95 % quantile.
        n: Number of draws.
    """

    kind: NullKind
    observed: float
    draws: Float[np.ndarray, " b"]
    mean: float
    spread: float
    low: float
    median: float
    high: float
    n: int

    @classmethod
    def of(cls, kind: NullKind, draws: Float[np.ndarray, " b"], observed: float) -> "Null":
        """The null of these draws.

        Raises:
            InputError: no draw.
        """
        values = np.array(draws, dtype=np.float64)
        if len(values) < 1:
            raise InputError("a null needs at least one draw")
        values.flags.writeable = False
        low, median, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
        spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        return cls(kind, observed, values, float(values.mean()), spread, low, median, high, len(values))

    def p_value(self, extreme: Literal["large", "small"] = "large", *, slack: float = 1e-12) -> float:
        """(1 + #{draws at least as extreme as the observed}) / (1 + B): exact where the observed is one more draw of the null.

        A draw within `slack` of the observed, relative to the largest of all, counts as equal: rounding must not decide.
        """
        room = slack * max(abs(self.observed), float(np.abs(self.draws).max()))
        count = int((self.draws >= self.observed - room).sum() if extreme == "large" else (self.draws <= self.observed + room).sum())
        return (1 + count) / (1 + self.n)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Result):
    """Base of every comparison.

    Attributes:
        value: How far apart the two are, or how alike.
        p_value: Share of null draws at least as extreme, the observed one counted as one of them.
        null: What the statistic is where there is nothing to find.
    """

    value: Estimate
    p_value: float
    null: Null

    @classmethod
    def traits(cls) -> Traits:
        """What the comparison is and promises."""
        raise NotImplementedError

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The value and its p-value."""
        return ("value", "p_value")

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float | None:
        """The value alone, without error and null, at a small part of the cost; None where there is no quicker way than the function itself.

        The dendrogram of several inputs asks for it some hundred times, with subsamples of each.
        """
        return None

    @classmethod
    def unlikeness(cls, value: float) -> float:
        """A value as a number that is 0 for the same: identity − value for similarities; never negative."""
        traits = cls.traits()
        return max(0.0, value if traits.larger == "apart" else traits.identity - value)

    @property
    def beyond_chance(self) -> bool:
        """Whether p ≤ 5 %, before any correction for the number of measures."""
        return self.p_value <= 0.05

    @property
    def dissimilarity(self) -> float:
        """The value as a number that is 0 for the same: identity − value for similarities; never negative."""
        return self.unlikeness(self.value.value)

    def figures(self) -> tuple[Figure, ...]:
        """The null with the observed value."""
        return (self.null_figure(),)

    def null_figure(self) -> Figure:
        """Histogram of the null, the observed value marked."""
        null, traits = self.null, self.traits()
        ends = [null.observed, float(null.draws.min()), float(null.draws.max())]
        low, high = min(ends), max(ends)
        room = 0.05 * (high - low) or 0.05 * max(abs(high), 1e-12)
        apart = (null.observed - null.mean) / null.spread if null.spread > 0 else math.nan
        where = (
            f"{abs(apart):.1f} standard deviations of the null {'above' if apart > 0 else 'below'} its mean, "
            if math.isfinite(apart)
            else ""
        )
        verdict = "is more than chance explains" if self.beyond_chance else "is within what chance explains"
        caption = Caption(
            what=f"The statistic in {null.n} draws of the null, and the observed one.",
            how=_HOW[null.kind],
            sure=f"p = {self.p_value:.3g}: 1 and the number of draws at least as extreme, over {null.n + 1}; the smallest possible is {1 / (null.n + 1):.2g}.",
            means=f"The observed value is {where}which {verdict}." if where else f"The observed value {verdict}. {traits.tests}",
            todo="Ask for more draws (--null 1000) where a smaller p is needed." if self.p_value < 3 / (null.n + 1) else "",
        )
        bars = histogram("null", null.draws, bins=30, low=low - room, high=high + room)
        return Figure(
            f"{traits.name}-null",
            "What chance would give, and what was found",
            caption,
            Axis(re.sub("_", " ", traits.name)),
            Axis("share of draws"),
            (bars, Rule("observed", null.observed, vertical=True)),
        )
