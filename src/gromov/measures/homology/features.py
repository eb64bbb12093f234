"""The features of one degree as a result: how many, how long they live, how sure each is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import Executor, Representation, generator
from gromov.measures.four_point.metric import Metric
from gromov.measures.homology.confidence import Band
from gromov.measures.homology.diagrams import Diagram
from gromov.measures.homology.rips import rips
from gromov.measures.null_spectrum import null_variances
from gromov.spaces import EUCLIDEAN

DRAWS, POINTS = 19, 300


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of one degree, the longest-lived first.

    Attributes:
        degree: 0 for components, 1 for loops, 2 for voids.
        count: Number of them, the component that never dies left out.
        certain: Number of those that live longer than the band is wide: beyond noise at 95 %, whatever the data; for a graph, which is no
            sample, longer than the landmarks can err.
        longest: Life, death − birth, of the longest-lived; 0 where there is none.
        total: Sum of all lives.
        births: Length of edge at which each is born.
        deaths: Length of edge at which each is filled, or merges with an older one.
        p_values: For each the least level at which it is beyond noise, by subsampling; at least 1/40. Empty for a graph.
    """

    degree: int
    count: int
    certain: int
    longest: float
    total: float
    births: Float[np.ndarray, " m"]
    deaths: Float[np.ndarray, " m"]
    p_values: Float[np.ndarray, " p"]

    @classmethod
    def of(cls, diagram: Diagram, width: float, band: Band | None) -> "Features":
        """The features of a diagram whose band has half-width `width`."""
        lives = diagram.lives
        p_values = np.empty(0) if band is None else band.p_values(lives)
        p_values.flags.writeable = False
        longest = float(lives[0]) if len(lives) else 0.0
        certain = int((lives > 2 * width).sum())
        return cls(diagram.degree, len(lives), certain, longest, float(lives.sum()), diagram.births, diagram.deaths, p_values)

    @property
    def diagram(self) -> Diagram:
        """The diagram they are read off."""
        return Diagram(self.degree, self.births, self.deaths)


@dataclass(frozen=True, slots=True, eq=False)
class LifeNull:
    """How long the loops of structureless clouds live.

    Attributes:
        points: Number of points of each draw, and of the sample of the data.
        draws: Number of Gaussian clouds with the covariance spectrum of the data.
        longest: Life of the longest-lived loop of the sample of the data.
        usual: Median of that of a draw.
        most: Largest of that of a draw.
        beyond: Number of loops of the sample that live longer than any loop of any draw.
        p_value: Share of the draws whose longest-lived loop lives at least as long, the data counted as one of them.
        lives: Life of the longest-lived loop of each draw.
    """

    points: int
    draws: int
    longest: float
    usual: float
    most: float
    beyond: int
    p_value: float
    lives: Float[np.ndarray, " b"]


def life_null(representation: Representation, metric: Metric, *, draws: int, seed: int, executor: Executor) -> LifeNull:
    """The longest-lived loop among at most 300 random points, and among as many of Gaussian clouds.

    Data and draws are treated alike, so that with nothing to find the p-value is exact but for the fitted covariance.
    """
    m = min(metric.n, POINTS)
    kept = np.sort(generator(seed, "life-null").choice(metric.n, m, replace=False))
    among = metric.pairwise(kept, kept)
    lives = rips(among)[1].lives
    longest = float(lives[0]) if len(lives) else 0.0
    scales = np.sqrt(null_variances(representation, among))
    found = np.array(list(executor.map(_draw, range(draws), scales, m, seed)))
    found.flags.writeable = False
    most = float(found.max())
    return LifeNull(
        points=m,
        draws=draws,
        longest=longest,
        usual=float(np.median(found)),
        most=most,
        beyond=int((lives > most).sum()),
        p_value=float((1 + (found >= longest).sum()) / (1 + draws)),
        lives=found,
    )


def _draw(draw: int, scales: Float[np.ndarray, " s"], n: int, seed: int) -> float:
    points = generator(seed, "life-null", draw).standard_normal((n, len(scales))) * scales
    lives = rips(EUCLIDEAN.pairwise(points, points))[1].lives
    return float(lives[0]) if len(lives) else 0.0
