"""Samples of streams: uniform, the same however cut, and the instruments' own numbers while all rows fit."""

import numpy as np
import pytest
import torch
from streaming_cases import EVERY, SAMPLED, Metric, cut, fed, stream

import gromov
from gromov.core import InputError, as_representation, generator
from gromov.integrations.streaming import IntrinsicDimension, MeanDelta, RelativeDelta, Uniformity
from gromov.integrations.streaming.reservoir import Reservoir
from gromov.measures.neighborhood_quality import uniformity


def test_the_sample_is_uniform() -> None:
    n, k, draws = 30, 6, 2_000
    counts = np.zeros(n)
    pairs = 0
    for seed in range(draws):
        kept = Reservoir(k, seed, 0)
        for batch in cut(np.arange(n, dtype=float)[:, None], 4, 5, 17):
            kept.update(batch)
        chosen = kept.sample()[:, 0].astype(int)
        assert len(set(chosen)) == k
        counts[chosen] += 1
        pairs += {3, 29} <= set(chosen)
    expected, spread = draws * k / n, np.sqrt(draws * k / n * (1 - k / n))
    assert np.abs(counts - expected).max() < 4.5 * spread
    chance = k * (k - 1) / (n * (n - 1))
    assert abs(pairs - draws * chance) < 4.5 * np.sqrt(draws * chance)


def test_merged_samples_are_uniform_over_both_streams() -> None:
    n, k, draws = 20, 5, 2_000
    from_first = twins = 0
    for seed in range(draws):
        first, second = Reservoir(k, seed, 0), Reservoir(k, seed, 1)
        first.update(np.arange(n, dtype=float)[:, None])
        second.update(np.arange(n, dtype=float)[:, None] + 100)
        first.take(first.checked(second.state(), renumber=False))
        chosen = set(first.sample()[:, 0].astype(int))
        from_first += sum(i < 100 for i in chosen)
        twins += sum(i + 100 in chosen for i in chosen)
    assert abs(from_first - draws * k / 2) < 4.5 * np.sqrt(draws * k / 4)
    expected_twins = draws * n * k * (k - 1) / (2 * n * (2 * n - 1))  # rows at the same place of two streams are strangers
    assert abs(twins - expected_twins) < 4.5 * np.sqrt(expected_twins)


@pytest.mark.parametrize("kind", SAMPLED)
def test_cuts_do_not_matter_to_the_last_bit(kind: type[Metric]) -> None:
    x = stream(400, 4)
    whole = fed(kind(capacity=100, seed=3), [x])
    for batches in (cut(x, 1, 2, 399), cut(x, 100, 101, 250), np.split(x, 40)):
        assert fed(kind(capacity=100, seed=3), batches).compute() == whole.compute()
    assert fed(kind(capacity=100, seed=4), [x]).compute().value != whole.compute().value


def test_while_all_rows_fit_the_number_is_the_instruments() -> None:
    x = stream(300, 5)
    batches = cut(x, 17, 200)
    found = gromov.dimension(x, seed=2)
    for method in ("twonn", "mle", "correlation", "local_pca"):
        mine, theirs = fed(IntrinsicDimension(method, seed=2), batches).compute(), getattr(found, method)
        assert (mine.value, mine.stderr, mine.ci) == (theirs.value, theirs.stderr, theirs.ci)
    delta = gromov.hyperbolicity(x, seed=2, null_draws=2)
    assert fed(MeanDelta(seed=2), batches).compute().value == pytest.approx(delta.mean_relative_delta.value, rel=1e-9)
    assert fed(RelativeDelta(seed=2), batches).compute().value == pytest.approx(delta.relative_delta, rel=1e-9)
    mine = fed(Uniformity(seed=2), batches).compute()
    assert mine == uniformity(as_representation(x), generator(2, "streaming-uniformity"), 2)


def test_points_on_a_line_are_a_tree() -> None:
    line = np.random.default_rng(0).random((200, 1)) @ np.ones((1, 3))
    assert fed(RelativeDelta(), np.split(line, 4)).compute().value < 1e-12
    assert fed(MeanDelta(), np.split(line, 4)).compute().value < 1e-12
    assert abs(fed(IntrinsicDimension(), np.split(line, 4)).compute().value - 1) < 0.3


def test_the_uniformity_of_a_circle() -> None:
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    every = np.exp(-2 * ((circle[:, None] - circle[None]) ** 2).sum(axis=2))
    expected = np.log((every.sum() - 400) / (400 * 399))
    found = fed(Uniformity(), [circle]).compute()
    assert found.stderr is not None
    assert abs(found.value - expected) < 0.02


@pytest.mark.parametrize("kind", SAMPLED)
def test_a_collapse_does_not_end_the_training(kind: type[Metric]) -> None:
    found = fed(kind(), [np.full((30, 3), 2.0)]).compute()
    assert found.value == 0 if kind is Uniformity else np.isnan(found.value) and found.reason


def test_the_sample_of_a_long_stream_is_drawn_from_all_of_it() -> None:
    kept = Reservoir(200, 0, 0)
    for start in range(0, 20_000, 500):
        kept.update(np.arange(start, start + 500, dtype=float)[:, None])
    sample = kept.sample()[:, 0]
    assert abs(sample.mean() - 10_000) < 4 * 20_000 / np.sqrt(12 * 200)
    assert (np.diff(sample) > 0).all()  # in the order in which they came


@pytest.mark.parametrize("kind", SAMPLED)
def test_merging_streams_that_fit_is_concatenation(kind: type[Metric]) -> None:
    x = stream(150, 4)
    parts = [fed(kind(stream=place), [part]) for place, part in enumerate(cut(x, 60))]
    assert (parts[0] + parts[1]).compute() == (parts[1] + parts[0]).compute() == fed(kind(), [x]).compute()


@pytest.mark.parametrize("kind", SAMPLED)
def test_merging_keeps_to_the_capacity(kind: type[Metric]) -> None:
    parts = [fed(kind(capacity=80, stream=place), [stream(300, 4, place)]) for place in range(3)]
    left, right = (parts[0] + parts[1]) + parts[2], parts[0] + (parts[2] + parts[1])
    assert left.compute() == right.compute()
    assert left.compute().n == 80
    assert left.rows_seen == 900


def test_one_stream_twice_is_refused() -> None:
    first, second = fed(MeanDelta(), [stream()]), fed(MeanDelta(), [stream(seed=1)])
    with pytest.raises(InputError, match="both have seen a stream 0"):
        first.merge(second)
    assert first.rows_seen == 600


@pytest.mark.parametrize("kind", SAMPLED)
def test_states_come_back(kind: type[Metric]) -> None:
    x = stream(300, 4)
    metric = fed(kind(capacity=64), [x[:200]])
    again = kind(capacity=64)
    again.load_state(metric.state())
    assert fed(again, [x[200:]]).compute() == fed(kind(capacity=64), [x]).compute()
    with pytest.raises(InputError, match="sample of 64 rows"):
        kind(capacity=65).load_state(metric.state())


def test_a_sample_serves_every_instrument() -> None:
    delta = MeanDelta(capacity=100)
    delta.load_state(fed(IntrinsicDimension(capacity=100), [stream()]).state())
    assert delta.compute() == fed(MeanDelta(capacity=100), [stream()]).compute()


@pytest.mark.parametrize("kind", EVERY)
def test_tensors_of_any_precision(kind: type[Metric]) -> None:
    x = stream(120, 4).astype(np.float32)
    metric = kind()
    metric.update(torch.from_numpy(x))
    assert metric.compute().value == pytest.approx(fed(kind(), [x]).compute().value, rel=1e-12)
    half = kind()
    half.update(torch.from_numpy(x).to(torch.bfloat16))
    assert np.isfinite(half.compute().value)


@pytest.mark.parametrize("kind", EVERY)
def test_empty_batches_count_nothing(kind: type[Metric]) -> None:
    metric = fed(kind(), [np.empty((0, 4)), stream(50, 4), np.empty((0, 4))])
    assert metric.compute() == fed(kind(), [stream(50, 4)]).compute()


def test_bad_settings_say_why() -> None:
    with pytest.raises(InputError, match="capacity is 3"):
        MeanDelta(capacity=3)
    with pytest.raises(InputError, match="method is 'pca'"):
        IntrinsicDimension("pca")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="0 came"):
        MeanDelta().compute()
