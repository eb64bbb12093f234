"""Scores of representations: closed forms, the instruments' own numbers, and a search."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import gromov
from gromov.core import InputError, Representation
from gromov.integrations.scorers import NumberScorer, effective_rank_score, label_neighbor_score


def same() -> FunctionTransformer:
    return FunctionTransformer().fit(np.ones((4, 1)))


def test_effective_rank_score_of_axes_is_their_number() -> None:
    assert np.isclose(effective_rank_score(same(), np.concatenate([np.eye(5), -np.eye(5)])), 5, rtol=1e-12)


def test_labels_of_far_clusters_are_all_found() -> None:
    labels = np.repeat(["a", "b"], 12)
    x = np.random.default_rng(0).normal(size=(24, 2)) + np.where(labels == "a", 0, 100)[:, None]
    assert label_neighbor_score(same(), x, labels) == 1


def test_scores_are_the_instruments_numbers() -> None:
    digits = load_digits()
    x, y = digits.data[:300], digits.target[:300]
    assert np.isclose(effective_rank_score(same(), x), gromov.spectrum(x).effective_rank.value, rtol=1e-12)
    labels = gromov.neighborhood(Representation(x, labels=y)).labels
    assert labels is not None
    assert label_neighbor_score(same(), x, y) == labels.accuracy.value
    assert NumberScorer("neighborhood.labels.accuracy")(same(), x, y) == labels.accuracy.value
    assert NumberScorer("spectrum.participation_ratio", sign=-1)(same(), x) == -gromov.spectrum(x).participation_ratio.value


def test_a_pipeline_is_scored_by_what_its_predictor_sees() -> None:
    digits = load_digits()
    x, y = digits.data[:300], digits.target[:300]
    pipeline = make_pipeline(StandardScaler(), PCA(4, random_state=0), LogisticRegression(max_iter=5_000)).fit(x, y)
    assert label_neighbor_score(pipeline, x, y) == label_neighbor_score(pipeline[:2], x, y)


def test_a_search_prefers_the_components_that_hold_the_classes() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    x = np.concatenate([rng.normal(size=(200, 1)) * 10, (10.0 * y)[:, None] + rng.normal(size=(200, 1)) * 0.1], axis=1)
    search = GridSearchCV(PCA(), {"n_components": [1, 2]}, scoring=label_neighbor_score, cv=2).fit(x, y)
    assert search.best_params_ == {"n_components": 2}
    scores = cross_val_score(PCA(2), x, y, scoring=effective_rank_score, cv=2)
    assert ((scores > 1) & (scores <= 2)).all()


class Sparse(TransformerMixin, BaseEstimator):
    def fit(self, X: np.ndarray, y: object = None) -> "Sparse":
        return self

    def transform(self, X: np.ndarray) -> csr_array:
        return csr_array(X)


def test_sparse_representations_are_measured() -> None:
    assert np.isclose(effective_rank_score(Sparse(), np.concatenate([np.eye(3)] * 2)), 3)


def test_what_cannot_be_scored_says_why() -> None:
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    cases = {
        "has no transform": lambda: effective_rank_score(LogisticRegression(), x),
        "at least two classes": lambda: label_neighbor_score(same(), x, np.zeros(40)),
        "fewer classes than samples": lambda: label_neighbor_score(same(), x, np.arange(40)),
        "there is no instrument 'spectru'": lambda: NumberScorer("spectru.rank"),
        "must name an instrument and a number": lambda: NumberScorer("spectrum"),
        "sign is 2": lambda: NumberScorer("spectrum.rank", sign=2),
        "has no number 'ranks'": lambda: NumberScorer("spectrum.ranks")(same(), x, y),
        "which is no score": lambda: NumberScorer("layout.method")(same(), x, y),
        "one for each point": lambda: label_neighbor_score(same(), x, y[:-1]),
    }
    for says, wrong in cases.items():
        with pytest.raises(InputError, match=says):
            wrong()
