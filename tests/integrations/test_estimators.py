"""Scikit-learn's own checks, then closed forms, then what a user of pipelines does."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import gromov
from gromov.core import DataWarning, InputError
from gromov.integrations.components import SignificantComponents
from gromov.integrations.estimators import DeltaHyperbolicity, EffectiveRank, IntrinsicDimension
from gromov.spaces import EUCLIDEAN

EVERY = [
    *(IntrinsicDimension(method) for method in ("twonn", "mle", "correlation", "local_pca")),
    IntrinsicDimension(metric="precomputed"),
    DeltaHyperbolicity(null_draws=2),
    DeltaHyperbolicity(metric="precomputed", null_draws=2),
    EffectiveRank(),
    SignificantComponents(),
]


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.filterwarnings("default")  # of the odd data that the checks feed: NaN dimensions, broken triangles
@parametrize_with_checks(EVERY)
def test_scikit_learn_accepts(estimator: BaseEstimator, check: Callable[[BaseEstimator], None]) -> None:
    check(estimator)


def test_effective_rank_of_a_cube_is_its_dimension() -> None:
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T
    found = EffectiveRank().fit(corners)
    assert np.isclose(found.effective_rank_, 4, rtol=1e-12)
    assert np.isclose(found.participation_ratio_, 4, rtol=1e-12)


def test_delta_of_a_square_is_one() -> None:
    steps = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0.0]])
    found = DeltaHyperbolicity(metric="precomputed", null_draws=2).fit(steps)
    assert found.delta_ == 1
    assert found.relative_delta_ == 1
    assert sorted(found.witness_) == [0, 1, 2, 3]


def test_dimension_of_a_line_is_one() -> None:
    line = np.random.default_rng(0).random((800, 1)) @ np.ones((1, 5))
    found = IntrinsicDimension().fit(line)
    assert abs(found.dimension_ - 1) < 0.15
    assert found.estimate_.ci is not None


def test_a_rank_three_cloud_keeps_three_components() -> None:
    scales = np.array([5.0, 4.0, 3.0])
    x = (gaussian(500, 3) * scales) @ np.linalg.qr(gaussian(20, 3, 1))[0].T + 0.1 * gaussian(500, 20, 2)
    found = SignificantComponents().fit(x)
    assert found.n_components_ == found.significant_dimensions_ == 3
    assert found.transform(x).shape == (500, 3)
    lost = x - found.inverse_transform(found.transform(x))
    assert np.isclose(lost.std(), 0.1 * np.sqrt(17 / 20), rtol=0.05)
    assert list(found.get_feature_names_out()) == ["significantcomponents0", "significantcomponents1", "significantcomponents2"]


def test_the_components_are_those_of_pca() -> None:
    x = gaussian(300, 3) @ gaussian(3, 10, 1) + 0.05 * gaussian(300, 10, 2)
    mine = SignificantComponents().fit(x)
    theirs = PCA(mine.n_components_, svd_solver="full").fit(x)
    assert np.allclose(np.abs(np.sum(mine.components_ * theirs.components_, axis=1)), 1, atol=1e-10)
    assert np.allclose(mine.explained_variance_, theirs.explained_variance_, rtol=1e-10)


def test_noise_keeps_one_component_and_says_none_is_significant() -> None:
    found = SignificantComponents(random_state=3).fit(gaussian(2_000, 2, 5) * [1.0, 1.0])
    assert found.significant_dimensions_ in (0, 1)
    assert found.n_components_ == 1


def test_estimators_say_what_the_instruments_say() -> None:
    x = gaussian(200, 6, 4)
    assert EffectiveRank(random_state=7).fit(x).estimate_ == gromov.spectrum(x, seed=7).effective_rank
    assert IntrinsicDimension("mle", random_state=7).fit(x).estimate_ == gromov.dimension(x, seed=7).mle
    mine, theirs = DeltaHyperbolicity(random_state=7, null_draws=3).fit(x), gromov.hyperbolicity(x, seed=7, null_draws=3)
    assert (mine.delta_, mine.null_ratio_) == (theirs.delta_lower, theirs.null.ratio)
    assert SignificantComponents(random_state=7).fit(x).significant_dimensions_ == gromov.spectrum(x, seed=7).significant_dimensions


@pytest.mark.parametrize("estimator", [IntrinsicDimension(metric="precomputed"), DeltaHyperbolicity(metric="precomputed", null_draws=2)])
def test_distances_give_what_their_points_give(estimator: BaseEstimator) -> None:
    x = gaussian(150, 3)
    from_points = clone(estimator).set_params(metric="euclidean").fit(x)
    from_distances = estimator.fit(EUCLIDEAN.pairwise(x, x))
    name = "dimension_" if hasattr(from_points, "dimension_") else "delta_"
    assert np.isclose(getattr(from_points, name), getattr(from_distances, name), rtol=1e-9)


def test_workers_change_nothing() -> None:
    x = gaussian(150, 4)
    one, two = IntrinsicDimension().fit(x), IntrinsicDimension(n_jobs=2).fit(x)
    assert one.result_.null_twonn == two.result_.null_twonn


def test_a_generator_is_asked_for_the_seed() -> None:
    x = gaussian(100, 4)
    draws = [EffectiveRank(random_state=np.random.RandomState(5)).fit(x).result_.null_effective_rank for _ in range(2)]
    assert draws[0] == draws[1]
    assert draws[0] != EffectiveRank(random_state=np.random.RandomState(6)).fit(x).result_.null_effective_rank


def test_a_grid_search_finds_the_estimator_in_a_pipeline() -> None:
    x = load_digits().data[:200]
    pipeline = make_pipeline(StandardScaler(), PCA(5, random_state=0), IntrinsicDimension())

    def lowest(fitted: BaseEstimator, X: np.ndarray, y: object = None) -> float:
        return -fitted[-1].dimension_  # pyright: ignore[reportIndexIssue]

    search = GridSearchCV(pipeline, {"pca__n_components": [2, 8]}, scoring=lowest, cv=2).fit(x)
    assert search.best_params_ == {"pca__n_components": 2}
    assert abs(search.best_estimator_[-1].dimension_ - 2) < 0.5


def test_equal_distances_give_nan_with_a_warning() -> None:
    with pytest.warns(DataWarning, match="dimension_ is NaN"):
        found = IntrinsicDimension("mle").fit(np.eye(6))
    assert np.isnan(found.dimension_)


@pytest.mark.parametrize(
    ("estimator", "points", "says"),
    [
        (IntrinsicDimension("pca"), gaussian(20, 2), "method is 'pca'"),  # pyright: ignore[reportArgumentType]
        (IntrinsicDimension(metric="cosine"), gaussian(20, 2), "metric is 'cosine'"),  # pyright: ignore[reportArgumentType]
        (IntrinsicDimension("local_pca", metric="precomputed"), np.ones((5, 5)) - np.eye(5), "needs coordinates"),
        (DeltaHyperbolicity(null_draws=1), gaussian(20, 2), "null_draws is 1"),
        (DeltaHyperbolicity(metric="precomputed", null_draws=2), np.triu(np.ones((5, 5)), 1), "not symmetric"),
        (EffectiveRank(), np.ones((5, 2)), "all points are equal"),
        (EffectiveRank(), gaussian(3, 2), "minimum of 4"),
        (SignificantComponents(quantile=1.5), gaussian(20, 2), "quantile is 1.5"),
    ],
)
def test_bad_input_is_a_value_error_that_says_why(estimator: BaseEstimator, points: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        estimator.fit(points)  # pyright: ignore[reportAttributeAccessIssue]


def test_gromovs_own_refusals_keep_their_type() -> None:
    with pytest.raises(InputError):
        EffectiveRank().fit(np.ones((5, 2)))


def test_an_unfitted_transformer_says_so() -> None:
    with pytest.raises(NotFittedError):
        SignificantComponents().transform(gaussian(5, 2))
