"""Principal components, as many as stand above chance."""

from typing import Self, cast

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted

from gromov.core import InputError, as_representation
from gromov.integrations.estimators import RandomState, measured, seed_of, validated
from gromov.measures.moments import principal_axes
from gromov.measures.spectral_parts import shuffled_columns


class SignificantComponents(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Projection onto the leading principal directions that carry more variance than independent columns would (parallel analysis).

    Every column is shuffled on its own, ten times, on up to 5,000 rows; a direction is kept while its variance is above `quantile` of the
    shuffled data's at the same rank. That is `significant_dimensions` of `gromov.spectrum`, as a transformer. At least one is kept.

    Args:
        quantile: Quantile of the shuffles that a direction must exceed; 0.95 is that of the instrument.
        random_state: Seed of the shuffles.

    Attributes:
        n_components_: Number of directions kept.
        significant_dimensions_: Number of directions above the null; 0 where none is, and then one is kept all the same.
        components_: The directions, in rows.
        mean_: Mean of the samples.
        explained_variance_: Variance along each direction kept.
        noise_ceiling_: What the shuffles reach at each rank.
        n_features_in_: Number of columns seen in `fit`.
        feature_names_in_: Their names, where they have names.

    References:
        Horn (1965), A rationale and test for the number of factors in factor analysis. Psychometrika 30.
    """

    n_components_: int
    significant_dimensions_: int
    components_: Float[np.ndarray, "k d"]
    mean_: Float[np.ndarray, " d"]
    explained_variance_: Float[np.ndarray, " k"]
    noise_ceiling_: Float[np.ndarray, " s"]

    def __init__(self, *, quantile: float = 0.95, random_state: RandomState = 0) -> None:
        self.quantile = quantile
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the directions and how many of them to keep.

        Args:
            X: Samples × features.
            y: Ignored.

        Raises:
            InputError: fewer than 4 samples, NaN, all samples equal, or `quantile` outside (0, 1); it is a ValueError.
        """
        if not 0 < self.quantile < 1:
            raise InputError(f"quantile is {self.quantile}; it must lie between 0 and 1")
        representation = as_representation(measured(self, X, "euclidean"))
        principal = principal_axes(representation)
        count = min(representation.points.shape)
        ceiling = np.zeros(count)
        shuffled = np.quantile(shuffled_columns(representation, seed_of(self.random_state)).eigenvalues, self.quantile, axis=0)[:count]
        ceiling[: len(shuffled)] = shuffled
        variances = principal.variances[:count]
        above = variances > ceiling
        self.significant_dimensions_ = count if above.all() else int(np.argmin(above))
        kept = max(1, self.significant_dimensions_)
        self.n_components_ = kept
        self.components_ = _signed(principal.directions.T[:kept])
        self.mean_ = principal.mean
        self.explained_variance_ = variances[:kept]
        self.noise_ceiling_ = ceiling
        return self

    def transform(self, X: ArrayLike) -> Float[np.ndarray, "n k"]:
        """Coordinates of the samples along the directions kept, about the mean."""
        check_is_fitted(self)
        points = validated(self, X, reset=False)
        kept = (np.asarray(points, dtype=np.float64) - self.mean_) @ self.components_.T
        return kept.astype(points.dtype) if points.dtype == np.float32 else kept

    def inverse_transform(self, X: ArrayLike) -> Float[np.ndarray, "n d"]:
        """The points of the original space with these coordinates, and the mean in every direction that was dropped."""
        check_is_fitted(self)
        return cast("NDArray[np.number]", check_array(X)) @ self.components_ + self.mean_

    @property
    def _n_features_out(self) -> int:
        return self.n_components_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        assert tags.transformer_tags is not None
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _signed(directions: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k d"]:
    """Each direction with its largest coordinate positive: an eigenvector's sign means nothing, and this one is the same everywhere."""
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return np.where(largest < 0, -directions, directions)
