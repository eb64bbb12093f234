"""Instruments as scikit-learn estimators: `fit`, then read the attributes that end in an underscore.

An estimator runs the instrument of the same idea and keeps the whole result in `result_`; what it names itself are the numbers one searches
or compares over. Data that gromov refuses raise `ValueError`, as scikit-learn asks.
"""

import math
import warnings
from typing import Literal, Self, cast

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import validate_data

from gromov.core import MIN_POINTS, DataWarning, Distances, Estimate, Executor, InputError, PointsLike
from gromov.measures import Dimension, Hyperbolicity, Spectrum, dimension, hyperbolicity, spectrum

DimensionMethod = Literal["twonn", "mle", "correlation", "local_pca"]
Metric = Literal["euclidean", "precomputed"]
RandomState = int | np.random.RandomState | None


class IntrinsicDimension(BaseEstimator):
    """Intrinsic dimension of the samples, by one of the four estimators of `gromov.dimension`.

    Args:
        method: `twonn`, `mle`, `correlation` or `local_pca`.
        metric: `euclidean`, or `precomputed` where `fit` gets a matrix of distances (`local_pca` needs coordinates).
        random_state: Seed of the samples and of the null; an integer gives what `gromov.dimension(X, seed=…)` gives.
        n_jobs: Number of processes for the null; None is one, −1 all cores.

    Attributes:
        dimension_: The dimension; NaN, with a warning, where too many distances are equal.
        estimate_: The same with its error and interval.
        result_: Everything the instrument says.
        n_features_in_: Number of columns seen in `fit`.
        feature_names_in_: Their names, where they have names.
    """

    method: DimensionMethod
    metric: Metric
    dimension_: float
    estimate_: Estimate
    result_: Dimension

    def __init__(
        self,
        method: DimensionMethod = "twonn",
        *,
        metric: Metric = "euclidean",
        random_state: RandomState = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.method = method
        self.metric = metric
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Measure the samples.

        Args:
            X: Samples × features, or samples × samples distances where `metric` is `precomputed`.
            y: Ignored.

        Raises:
            InputError: fewer than 4 samples, NaN, all samples equal, or `local_pca` of distances; it is a ValueError.
        """
        one_of("method", self.method, ("twonn", "mle", "correlation", "local_pca"))
        if self.method == "local_pca" and self.metric == "precomputed":
            raise InputError("method='local_pca' needs coordinates: pass samples × features, or use another method with distances")
        points = measured(self, X, self.metric)
        self.result_ = dimension(points, seed=seed_of(self.random_state), executor=executor_of(self.n_jobs))
        self.estimate_ = cast(Estimate, getattr(self.result_, self.method))
        self.dimension_ = self.estimate_.value
        if math.isnan(self.dimension_):
            warnings.warn(f"dimension_ is NaN: {self.method} says {self.estimate_.reason}", DataWarning, stacklevel=2)
        return self

    def __sklearn_tags__(self) -> Tags:
        return pairwise_tags(super().__sklearn_tags__(), self.metric)


class DeltaHyperbolicity(BaseEstimator):
    """Gromov δ of the samples: how far they are from a tree.

    Args:
        metric: `euclidean`, or `precomputed` where `fit` gets a matrix of distances.
        null_draws: Number of draws of the null, at least 2.
        random_state: Seed of every random draw; an integer gives what `gromov.hyperbolicity(X, seed=…)` gives.
        n_jobs: Number of processes for the null; None is one, −1 all cores.

    Attributes:
        delta_: δ of the worst quadruple found (exact up to 2,000 samples), in the unit of the distances.
        relative_delta_: 2δ/diameter, free of scale.
        mean_relative_delta_: Mean of (S₁ − S₂)/S₁ over quadruples, with its error; it does not drift with the number of samples.
        null_ratio_: The same over that of data with the same covariance spectrum and nothing else: below 1 is more tree-like than dimension explains.
        witness_: The four samples that attain δ.
        result_: Everything the instrument says.
        n_features_in_: Number of columns seen in `fit`.
        feature_names_in_: Their names, where they have names.
    """

    metric: Metric
    delta_: float
    relative_delta_: float
    mean_relative_delta_: Estimate
    null_ratio_: Estimate
    witness_: NDArray[np.int64]
    result_: Hyperbolicity

    def __init__(
        self,
        *,
        metric: Metric = "euclidean",
        null_draws: int = 39,
        random_state: RandomState = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.metric = metric
        self.null_draws = null_draws
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Measure the samples.

        Args:
            X: Samples × features, or samples × samples distances where `metric` is `precomputed`.
            y: Ignored.

        Raises:
            InputError: fewer than 4 samples, NaN, all samples equal; it is a ValueError.
        """
        if self.null_draws < 2:
            raise InputError(f"null_draws is {self.null_draws}; at least 2 are needed")
        points = measured(self, X, self.metric)
        found = hyperbolicity(points, seed=seed_of(self.random_state), executor=executor_of(self.n_jobs), null_draws=self.null_draws)
        self.result_ = found
        self.delta_, self.relative_delta_ = found.delta_lower, found.relative_delta
        self.mean_relative_delta_, self.null_ratio_ = found.mean_relative_delta, found.null.ratio
        self.witness_ = np.array(found.witness, dtype=np.int64)
        return self

    def __sklearn_tags__(self) -> Tags:
        return pairwise_tags(super().__sklearn_tags__(), self.metric)


class EffectiveRank(BaseEstimator):
    """How many directions the samples use: RankMe, participation ratio and the spectrum behind them.

    Args:
        random_state: Seed of the null's column shuffles; an integer gives what `gromov.spectrum(X, seed=…)` gives.
        n_jobs: Number of processes over blocks of rows; None is one, −1 all cores.

    Attributes:
        effective_rank_: RankMe of the samples as given (not centred).
        participation_ratio_: (Σλ)²/Σλ² of the covariance eigenvalues λ.
        significant_dimensions_: Leading directions above the null.
        estimate_: `effective_rank_` with its error and interval.
        singular_values_: Singular values of the samples as given, largest first.
        explained_variance_: Eigenvalues of the covariance, largest first.
        result_: Everything the instrument says.
        n_features_in_: Number of columns seen in `fit`.
        feature_names_in_: Their names, where they have names.
    """

    effective_rank_: float
    participation_ratio_: float
    significant_dimensions_: int
    estimate_: Estimate
    singular_values_: Float[np.ndarray, " r"]
    explained_variance_: Float[np.ndarray, " s"]
    result_: Spectrum

    def __init__(self, *, random_state: RandomState = 0, n_jobs: int | None = None) -> None:
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Measure the samples.

        Args:
            X: Samples × features.
            y: Ignored.

        Raises:
            InputError: fewer than 4 samples, NaN, all samples equal; it is a ValueError.
        """
        points = measured(self, X, "euclidean")
        found = spectrum(points, seed=seed_of(self.random_state), executor=executor_of(self.n_jobs))
        self.result_, self.estimate_ = found, found.effective_rank
        self.effective_rank_, self.participation_ratio_ = found.effective_rank.value, found.participation_ratio.value
        self.significant_dimensions_ = found.significant_dimensions
        self.singular_values_, self.explained_variance_ = found.singular_values, found.eigenvalues
        return self


def measured(estimator: BaseEstimator, X: ArrayLike, metric: Metric) -> PointsLike:
    """The samples as an instrument takes them; sets `n_features_in_` and `feature_names_in_`."""
    one_of("metric", metric, ("euclidean", "precomputed"))
    distances = metric == "precomputed"
    array = validated(estimator, X, ensure_min_samples=MIN_POINTS, ensure_non_negative=distances)
    return Distances(np.asarray(array, dtype=np.float64)) if distances else array


def validated(estimator: BaseEstimator, X: ArrayLike, **checks: bool | int) -> NDArray[np.number]:
    """What scikit-learn asks of samples: numeric, finite, samples × features, the columns of `fit`."""
    checked = validate_data(estimator, X, dtype="numeric", **checks)  # pyright: ignore[reportArgumentType]  # its stubs want strings
    return cast("NDArray[np.number]", checked)


def one_of(name: str, got: str, wanted: tuple[str, ...]) -> None:
    """Refuse a word that is not among those wanted."""
    if got not in wanted:
        raise InputError(f"{name} is {got!r}; it must be one of {', '.join(wanted)}")


def seed_of(random_state: RandomState) -> int:
    """An integer is its own seed; a generator, or None for the global one, is asked for a seed."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31))


def executor_of(n_jobs: int | None) -> Executor:
    """Workers as scikit-learn counts them."""
    from joblib import effective_n_jobs

    return Executor(cast(int, effective_n_jobs(cast(int, n_jobs))))


def pairwise_tags(tags: Tags, metric: Metric) -> Tags:
    """The tags of an estimator that takes distances where `metric` is `precomputed`."""
    tags.input_tags.pairwise = tags.input_tags.positive_only = metric == "precomputed"
    return tags
