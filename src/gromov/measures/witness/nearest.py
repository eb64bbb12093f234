"""The landmarks near each witness: those that can be part of one of its simplices, nearest first.

A matrix product finds them, with room for its rounding, and their distances are taken again from the differences: what comes out depends
neither on the offset of the points nor on the library that multiplies.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.measures.witness.candidates import ROUNDING, candidates, lengths_of_points, lengths_of_rows, squares


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Points made ready for many draws.

    Attributes:
        points: n × d, as given.
        centred: The same about their mean.
        norms: Squared norms of those.
    """

    points: Float[np.ndarray, "n d"]
    centred: Float[np.ndarray, "n d"]
    norms: Float[np.ndarray, " n"]

    @classmethod
    def of(cls, points: Float[np.ndarray, "n d"]) -> "Cloud":
        """The cloud of these points."""
        centred = points - points.mean(axis=0)
        return cls(points, centred, np.einsum("ij,ij->i", centred, centred))

    def take(self, rows: Integer[np.ndarray, " m"]) -> "Cloud":
        """Some of the points."""
        return Cloud(self.points[rows], self.centred[rows], self.norms[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The landmarks near each witness.

    Attributes:
        places: Landmarks of each witness, nearest first, one witness after another.
        lengths: Their distances.
        starts: Where each witness begins, and the end.
        alpha: Largest relaxation.
        count: Number of landmarks.
    """

    places: Integer[np.ndarray, " s"]
    lengths: Float[np.ndarray, " s"]
    starts: Integer[np.ndarray, " m"]
    alpha: float
    count: int


def near_points(witnesses: Cloud, landmarks: Cloud, gamma: float, dimension: int) -> Near:
    """The landmarks near each witness, α = γ times the largest distance.

    Args:
        witnesses: The m points that witness.
        landmarks: The l points they witness for, about the same centre.
        gamma: Largest relaxation, as a share of the largest distance between a witness and a landmark.
        dimension: Largest dimension of a simplex.

    Cost: m·l·d multiplications in one matrix product; 8·m·l bytes.
    """
    squared = witnesses.centred @ landmarks.centred.T
    farthest = squares(squared, witnesses.norms, landmarks.norms)
    ends = witnesses.points[farthest // squared.shape[1]], landmarks.points[farthest % squared.shape[1]]
    alpha = gamma * float(np.linalg.norm(ends[0] - ends[1]))
    slack = ROUNDING * float(witnesses.norms.max() + landmarks.norms.max())
    places, starts = candidates(squared, alpha, slack, dimension)
    return Near(places, lengths_of_points(places, starts, witnesses.points, landmarks.points), starts, alpha, len(landmarks.points))


def near_rows(distances: Float[np.ndarray, "m l"], gamma: float, dimension: int) -> Near:
    """The same from the distances of the witnesses to the landmarks."""
    alpha = gamma * float(distances.max())
    places, starts = candidates(distances * distances, alpha, 0.0, dimension)
    return Near(places, lengths_of_rows(places, starts, np.ascontiguousarray(distances)), starts, alpha, distances.shape[1])
