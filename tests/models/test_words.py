"""Words: co-occurrence by hand, derivatives against automatic differentiation, worlds whose answer is known, the checks, resumption."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.models import Embedding, factors_of
from gromov.models.gram import scaled_points, scaled_space
from gromov.models.words import (
    FittedWords,
    HeldOut,
    WordChecks,
    WordSchedule,
    WordTrainer,
    centred,
    cooccurrence,
    directions,
    explained,
    fit_biases,
    hold_out,
    read_corpus,
    score_words,
    weights_of,
)
from gromov.spaces import Euclidean, PoincareBall

LETTERS = "abcdefghijklmnopqrstuvwxyz"


# ---- the text


def test_a_word_is_a_run_of_letters_in_lower_case() -> None:
    text = "The cat's 3 CATS sat; l’été, été! " + " ".join(f"w{letter}" for letter in LETTERS)
    corpus = read_corpus([text, "the the"], vocabulary=40, least=1)
    assert corpus.words[:2] == ("the", "cat's")
    assert {"cats", "sat", "l’été", "été", "wa"} <= set(corpus.words)
    assert corpus.counts[0] == 3
    assert corpus.length == 34
    assert [corpus.words[i] for i in corpus.tokens[:3]] == ["the", "cat's", "cats"]


def test_rare_words_are_dropped_and_their_neighbours_move_together() -> None:
    common = list(LETTERS[:20])
    corpus = read_corpus([" ".join([*common, "rare", *common])], vocabulary=30, least=2)
    assert "rare" not in corpus.words
    assert len(corpus.tokens) == 40
    assert read_corpus([" ".join(common * 2)], vocabulary=20, least=1).words == tuple(common)  # alphabetical among equals
    with pytest.raises(InputError, match="at least 20"):
        read_corpus(["too few words here"], vocabulary=30, least=1)


def plain_counts(tokens: list[int], words: int, window: int) -> np.ndarray:
    found = np.zeros((words, words))
    for i, first in enumerate(tokens):
        for j, second in enumerate(tokens):
            if i != j and abs(i - j) <= window:
                found[first, second] += 1 / abs(i - j)
    return found


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(1, 8))
def test_cooccurrence_is_that_of_two_plain_loops(tokens: list[int], window: int) -> None:
    found = cooccurrence(np.array(tokens, dtype=np.int32), 5, window=window)
    assert np.allclose(found, plain_counts(tokens, 5, window), rtol=1e-6)
    assert np.array_equal(found, found.T)


def test_what_is_held_out_is_taken_from_both_sides() -> None:
    counts = cooccurrence(np.random.default_rng(0).integers(0, 60, 4000).astype(np.int32), 60, window=5)
    whole = counts.copy()
    held = hold_out(counts, 0.1, 0)
    assert np.array_equal(whole[held.rows, held.columns], held.values)
    assert (counts[held.rows, held.columns] == 0).all()
    assert np.array_equal(counts, counts.T)
    assert np.isclose(len(held.rows) / (60 * 59), 0.1, atol=0.03)
    assert np.isclose(counts.sum() + held.values.sum(), whole.sum(), rtol=1e-6)


def test_weights_of_cells() -> None:
    found = weights_of(np.array([0.0, 1.0, 10.0, 1000.0], dtype=np.float32), 10.0)
    assert np.allclose(found, [0, 0.1**0.75, 1, 1])


def test_biases_alone_give_back_a_matrix_of_rank_one() -> None:
    a = np.random.default_rng(1).normal(size=30)
    counts = np.exp(a[:, None] + a).astype(np.float32)
    assert np.allclose(fit_biases(counts, 10.0), a, atol=1e-4)


# ---- training


def one_step(name: str, words: int = 30) -> tuple[WordTrainer, np.ndarray]:
    rng = np.random.default_rng(2)
    counts = rng.gamma(0.5, 4.0, size=(words, words)).astype(np.float32)
    counts[rng.random((words, words)) < 0.3] = 0
    return WordTrainer(counts, rng.normal(size=words), factors_of(name, 3), WordSchedule(2, tile=words, first_scale=2.0), 3), counts


@pytest.mark.parametrize("name", ["hyperbolic", "euclidean"])
def test_derivatives_are_those_of_automatic_differentiation(name: str) -> None:
    trainer, counts = one_step(name)
    p = trainer.parameters
    with torch.no_grad():  # away from the start, where all distances are small
        p["words"] += 0.3 * torch.rand(p["words"].shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    before = {key: each.detach().clone().requires_grad_() for key, each in p.items()}
    everything = torch.arange(len(counts))
    loss, mass = trainer._step(everything, everything)
    space = factors_of(name, 3)[0].chart()
    d = torch.exp(before["log_scales"]) * space.distance(before["words"][:, None], before["contexts"][None])
    residual = before["word_biases"] + before["context_biases"].T - d**2 / 2 - torch.from_numpy(counts).double().clamp_min(1e-30).log()
    wanted = (torch.from_numpy(weights_of(counts, 10.0)).double() * residual**2).sum()
    wanted.backward()
    assert math.isclose(loss, float(wanted.detach()), rel_tol=1e-6)
    for key, each in before.items():
        ours = p[key].grad
        assert ours is not None
        assert each.grad is not None
        dense = ours.to_dense() if ours.is_sparse else ours
        assert torch.allclose(2 * mass * dense, each.grad, rtol=1e-5, atol=1e-6), key


@pytest.mark.parametrize("name", ["hyperbolic", "euclidean"])
def test_a_world_made_of_the_model_is_learnt(name: str) -> None:
    torch.set_num_threads(1)  # small products, which a second thread only slows
    rng = np.random.default_rng(4)
    n, factors, scale = 60, factors_of(name, 2), torch.tensor([1.5], dtype=torch.float64)
    space = scaled_space(factors, scale)
    x = factors[0].chart().exp(torch.zeros(n, 2, dtype=torch.float64), torch.from_numpy(rng.normal(size=(n, 2)) * 0.5))
    points = scaled_points(factors, x, scale)
    biases = rng.normal(size=n)
    logs = biases[:, None] + biases - space.pairwise(points, points).numpy() ** 2 / 2
    counts = np.exp(logs + 3).astype(np.float32)
    held = hold_out(counts, 0.05, 0)
    fitted = WordTrainer(counts, fit_biases(counts, 10.0), factors, WordSchedule(400, tile=n, first_scale=2.0, rate=0.1), 0).run(
        lambda: None
    )
    checks = WordChecks(held, fit_biases(counts, 10.0), 10.0, np.arange(n), np.empty((0, 2), int), np.empty((0, 2), int), np.empty(0))
    assert explained(fitted, checks) > 0.97


def test_a_run_that_was_stopped_goes_on_with_the_same_numbers() -> None:
    whole = one_step("hyperbolic")[0]
    whole.one_epoch()
    kept = {key: value.copy() for key, value in whole.state().items()}
    whole.one_epoch()
    rest = one_step("hyperbolic")[0]
    rest.restore(kept)
    rest.one_epoch()
    assert np.array_equal(whole.result().words, rest.result().words)
    assert whole.losses == rest.losses
    assert whole.stopped == "all 2 epochs were done"


# ---- the checks


def test_the_middle_is_the_mean_and_distances_stay() -> None:
    rng = np.random.default_rng(5)
    ball = PoincareBall(-0.5)
    x = ball.exp(torch.tensor([[0.4, -0.3]], dtype=torch.float64).expand(50, 2), torch.from_numpy(rng.normal(size=(50, 2)) * 0.3)).numpy()
    moved = centred(fitted_of(x, ball), tuple(map(str, range(50))))
    assert np.allclose(moved.distances(np.arange(50)), ball.pairwise(x, x), atol=1e-9)
    logs = ball.log(torch.zeros(50, 2, dtype=torch.float64), torch.from_numpy(moved.points))
    assert float(logs.mean(dim=0).norm()) < 1e-9


def fitted_of(x: np.ndarray, space: PoincareBall | Euclidean) -> FittedWords:
    return FittedWords(x, x, np.zeros(len(x)), np.zeros(len(x)), space, np.zeros(1), "")


def test_direction_and_its_balance() -> None:
    counts, pairs = np.array([1, 10, 5, 7]), np.array([[0, 1], [2, 1], [1, 3], [3, 2]])
    by_frequency = -counts.astype(float)
    assert directions(by_frequency, counts, pairs) == (0.5, 0.5)
    assert directions(np.array([3.0, 1.0, 2.0, 0.0]), counts, pairs)[0] == 0.75
    assert directions(np.ones(4), counts, pairs) == (0.5, 0.5)
    assert math.isnan(directions(by_frequency, counts, pairs[:2])[1])


def test_a_perfect_embedding_scores_one() -> None:
    n = 40
    x = np.column_stack([np.arange(n) // 2 * 10.0, np.arange(n) % 2]) - [0, 100.0]
    pairs = np.array([[i, i + 1] for i in range(0, n, 2)])
    judged = np.array([[0, j] for j in range(1, 20)])
    embedding = Embedding(x, Euclidean(), tuple(map(str, range(n))))
    held = HeldOut(np.array([0]), np.array([1]), np.ones(1, dtype=np.float32))
    checks = WordChecks(held, np.zeros(n), 10.0, n - np.arange(n), pairs, judged, -np.linalg.norm(x[judged[:, 1]] - x[0], axis=1))
    found = score_words(fitted_of(x, Euclidean()), embedding, checks, 0)
    assert found.relatedness == 1
    assert found.direction == 1
    assert np.isclose(found.similarity, 1)
