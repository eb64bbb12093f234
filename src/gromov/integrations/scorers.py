"""Numbers of a representation as scikit-learn scorers: which transformer, with which parameters, makes a better one?

A scorer takes (estimator, X, y): the samples are represented by the estimator's `transform` (of a pipeline that ends in a predictor,
by the steps before it), and the representation is measured. Pass it as `scoring=` to `GridSearchCV` or `cross_val_score`.
"""

import math
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline

from gromov.core import Estimate, InputError, Representation, as_representation
from gromov.graphs import nearest_neighbors
from gromov.measures.moments import principal_axes
from gromov.measures.neighborhood_quality import label_accuracy
from gromov.measures.spectral_numbers import effective_rank
from gromov.measures.spectral_parts import singular_values
from gromov.verbs.catalogue import chosen, instrument

NEIGHBORS = 10


class Transformer(Protocol):
    """What turns samples into their representation."""

    def transform(self, X: ArrayLike) -> ArrayLike:
        """The samples in the new coordinates."""
        ...


def effective_rank_score(estimator: object, X: ArrayLike, y: object = None) -> float:
    """RankMe of the representation of X: the number of directions it uses. Higher is not always better: noise has the highest of all.

    Cost: n·d² multiplications; no error bar is computed.

    Raises:
        InputError: `estimator` has no `transform`, or its output cannot be measured.
    """
    representation = represented(estimator, X)
    return effective_rank(singular_values(representation, principal_axes(representation)))


def label_neighbor_score(estimator: object, X: ArrayLike, y: ArrayLike) -> float:
    """Share of the samples whose label is the most frequent among their 10 nearest neighbours in the representation of X, leave one out.

    A k-nearest-neighbour accuracy that trains nothing, so that it scores a transformer and not a classifier.

    Raises:
        InputError: `estimator` has no `transform`, its output cannot be measured, or y does not have two classes with repeated members.
    """
    representation = represented(estimator, X, y)
    near = nearest_neighbors(representation, min(NEIGHBORS, representation.n - 1), queries=representation.n).indices
    found = label_accuracy(near, representation.labels)
    if found is None:
        raise InputError("label_neighbor_score needs y with at least two classes, and fewer classes than samples")
    return found.accuracy.value


@dataclass(frozen=True, slots=True)
class NumberScorer:
    """Any number of any instrument as a scorer: `NumberScorer("dimension.twonn", sign=-1)` looks for the lowest dimension.

    The instrument runs whole, with its null and its error bars, at each fit of the search; the two functions above are faster.

    Attributes:
        name: Instrument and dotted name, as in `result.json` and in `--fail-if`: `spectrum.participation_ratio`.
        sign: 1 where larger is better, −1 where smaller is.
        seed: Seed of the instrument.
    """

    name: str
    sign: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sign not in (1, -1):
            raise InputError(f"sign is {self.sign}; it must be 1 (larger is better) or -1 (smaller is better)")
        if "." not in self.name:
            raise InputError(f"name is {self.name!r}; it must name an instrument and a number, as in spectrum.effective_rank")
        chosen([self.name.partition(".")[0]])

    def __call__(self, estimator: object, X: ArrayLike, y: ArrayLike | None = None) -> float:
        """The number, times `sign`.

        Raises:
            InputError: no such number, the number could not be computed, or `estimator` has no `transform`.
        """
        which, _, path = self.name.partition(".")
        measure = instrument(which)
        options = {"seed": self.seed} if "seed" in measure.accepts else {}
        found = dict(measure.function(represented(estimator, X, y), **options).rows())
        if path not in found:
            raise InputError(f"{which} has no number {path!r}; it has {', '.join(found)}")
        item = found[path]
        value = item.value if isinstance(item, Estimate) else item
        if isinstance(value, str) or math.isnan(value):
            raise InputError(f"{self.name} is {item}, which is no score")
        return self.sign * float(value)


def represented(estimator: object, X: ArrayLike, y: ArrayLike | None = None) -> Representation:
    """The samples as the estimator represents them, labelled by y where y is given."""
    if hasattr(estimator, "transform"):
        transformer = cast(Transformer, estimator)
    elif isinstance(estimator, Pipeline) and len(estimator) > 1:
        transformer = cast(Transformer, estimator[:-1])
    else:
        raise InputError(f"{type(estimator).__name__} has no transform, so there is no representation to measure: score a transformer")
    points = transformer.transform(X)
    dense = points.toarray() if hasattr(points, "toarray") else points  # pyright: ignore[reportAttributeAccessIssue]
    labels = None if y is None else cast("NDArray[np.generic]", np.asarray(y))
    whole = as_representation(cast("NDArray[np.number]", dense))
    return whole if labels is None else Representation(whole.data, labels=labels)
