"""How far apart labelled classes lie, compared with their own width."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import Finding, Representation


@dataclass(frozen=True, slots=True)
class ClassSeparation:
    """Variance between classes.

    Attributes:
        explained: Share of the total variance that lies between class means (η², 0 to 1).
        null: Expected share for labels without meaning, (classes − 1)/(n − 1).
        ratio: F-like ratio: variance between classes over variance within, each by its degrees of freedom; 1 for labels without meaning.
        classes: Number of classes.
        smallest: Size of the smallest class.
    """

    explained: float
    null: float
    ratio: float
    classes: int
    smallest: int

    def finding(self) -> Finding:
        """Do the labels show?"""
        answer = "Clearly" if self.explained > 0.3 else "Somewhat" if self.ratio > 3 else "Hardly"
        return Finding(
            "Do the labels show?",
            answer,
            f"{100 * self.explained:.1f} % of the variance lies between the {self.classes} class means; labels without meaning would show {100 * self.null:.2f} %.",
            "" if self.ratio > 3 else "The labels are not what spreads these points: look at other labels, or at a linear probe.",
            "good" if self.explained > 0.3 else "neutral",
        )


def class_separation(representation: Representation, mean: Float[np.ndarray, " d"], total: float) -> ClassSeparation | None:
    """Between-class share of the total scatter, streamed over the rows; None without labels, with one class, or with one label a point."""
    labels = representation.labels
    if labels is None:
        return None
    names, codes = np.unique(labels, return_inverse=True)
    n, classes = representation.n, len(names)
    if classes < 2 or classes >= n:
        return None
    sums, row = np.zeros((classes, len(mean))), 0
    for block in representation.blocks():
        np.add.at(sums, codes[row : row + len(block)], block - mean)
        row += len(block)
    counts = np.bincount(codes, minlength=classes)
    between = float((sums**2 / counts[:, None]).sum())
    within = max(total - between, 1e-300)
    return ClassSeparation(
        between / total, (classes - 1) / (n - 1), between / (classes - 1) / (within / (n - classes)), classes, int(counts.min())
    )
