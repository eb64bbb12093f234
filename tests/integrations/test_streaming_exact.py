"""Moments of streams: closed forms, all rows at once, order, merging, devices' arrays."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from streaming_cases import EXACT, cut, fed, stream

import gromov
from gromov.core import InputError
from gromov.integrations.streaming import Alignment, EffectiveRank, ParticipationRatio
from gromov.measures.spectral_numbers import participation_ratio


def test_axes_have_their_number_as_rank() -> None:
    metric = fed(EffectiveRank(), [np.eye(6)[:2], -np.eye(6), np.eye(6)[2:]])
    assert np.isclose(metric.compute().value, 6, rtol=1e-12)
    metric = fed(ParticipationRatio(), [np.eye(6), -np.eye(6)])
    assert np.isclose(metric.compute().value, 6, rtol=1e-12)


def test_two_to_one_to_one() -> None:
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T * [2.0, 1.0, 1.0]
    assert np.isclose(fed(EffectiveRank(), cut(corners, 3, 5)).compute().value, 2**1.5, rtol=1e-12)
    assert np.isclose(fed(ParticipationRatio(), cut(corners, 1, 7)).compute().value, 2, rtol=1e-12)


def test_a_gaussian_stream_of_rank_r_has_the_participation_ratio_of_its_size() -> None:
    rng = np.random.default_rng(0)
    r, n, d = 5, 40_000, 16
    basis = np.linalg.qr(rng.normal(size=(d, r)))[0]
    metric = fed(ParticipationRatio(), (rng.normal(size=(1_000, r)) @ basis.T for _ in range(n // 1_000)))
    expected = r / (1 + (r + 1) / n)  # E tr S² / (E tr S)² of a Wishart matrix
    assert abs(metric.compute().value - expected) < 1e-3


def test_a_collapse_is_a_number_and_not_an_error() -> None:
    rows = np.full((50, 4), 7.0)
    assert np.isclose(fed(EffectiveRank(), [rows]).compute().value, 1)
    assert fed(ParticipationRatio(), [rows]).compute().value == 0


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_batches_give_what_all_rows_at_once_give(offset: float) -> None:
    x = stream() + offset
    batches = cut(x, 1, 8, 200, 201, 512)
    whole = gromov.spectrum(x)
    ratio = fed(ParticipationRatio(), batches).compute()
    assert np.isclose(ratio.value, whole.participation_ratio.value, rtol=1e-12 if offset == 0 else 1e-9)
    assert np.isclose(ratio.stderr or 0, whole.participation_ratio.stderr or 1, rtol=1e-9 if offset == 0 else 1e-6)
    if offset == 0:
        rank = fed(EffectiveRank(), batches).compute()
        assert np.isclose(rank.value, whole.effective_rank.value, rtol=1e-12)
        assert np.isclose(rank.stderr or 0, whole.effective_rank.stderr or 1, rtol=1e-9)


def test_a_large_mean_costs_no_digits() -> None:
    x = np.random.default_rng(0).normal(size=(400, 5)) * [1, 2, 3, 4, 5]
    far = fed(ParticipationRatio(), cut(x + 1e7, 7, 300)).compute().value
    rounded = np.cov((x + 1e7) - 1e7, rowvar=False)  # what is left of x after it has been that far away
    assert np.isclose(far, participation_ratio(np.linalg.eigvalsh(rounded)[::-1]), rtol=1e-9)


@given(st.lists(st.integers(0, 120), max_size=6), st.randoms(use_true_random=False))
def test_cuts_and_order_do_not_matter(places: list[int], random: object) -> None:
    x = stream(120, 5)
    batches = cut(x, *sorted(places))
    shuffled = list(batches)
    random.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    for kind in EXACT:
        whole = fed(kind(), [x]).compute()
        assert np.isclose(fed(kind(), batches).compute().value, whole.value, rtol=1e-12)
        assert np.isclose(fed(kind(), shuffled).compute().value, whole.value, rtol=1e-12)


@pytest.mark.parametrize("kind", EXACT)
def test_merging_is_concatenation(kind: type[EffectiveRank]) -> None:
    x = stream()
    first, second = fed(kind(), [x[:150]]), fed(kind(), [x[150:]])
    whole = fed(kind(), [x])
    both = first + second
    assert both.rows_seen == 600
    assert np.isclose(both.compute().value, whole.compute().value, rtol=1e-12)
    assert np.isclose((second + first).compute().value, both.compute().value, rtol=1e-12)
    assert np.isclose((kind() + first + kind() + second).compute().value, both.compute().value, rtol=1e-12)
    assert first.rows_seen == 150  # untouched
    first.merge(second)
    assert np.isclose(first.compute().value, both.compute().value, rtol=1e-12)
    assert np.isclose(both.compute().stderr or 0, whole.compute().stderr or 1, rtol=0.5)  # other groups, same error


def test_the_error_of_a_sample_is_that_of_all_rows() -> None:
    x = stream(40_000, 6)
    small, whole = fed(ParticipationRatio(error_rows=4_000), np.split(x, 40)).compute(), gromov.spectrum(x).participation_ratio
    assert np.isclose(small.value, whole.value, rtol=1e-12)
    assert small.stderr is not None
    assert whole.stderr is not None
    assert 0.5 < small.stderr / whole.stderr < 2


def test_the_error_bar_holds_the_truth() -> None:
    scales, held = np.array([2.0, 1.0, 0.5]), 0
    truth = float((scales**2).sum() ** 2 / (scales**4).sum())
    for seed in range(60):
        x = np.random.default_rng(seed).normal(size=(4_000, 3)) * scales
        low, high = fed(ParticipationRatio(error_rows=1_000), np.split(x, 8)).compute().ci or (0, 0)
        held += low < truth < high
    assert 50 <= held <= 59  # 57 are expected; an interval twice as wide would hold all


def test_tensors_give_what_arrays_give() -> None:
    x = stream(300, 6).astype(np.float32)
    for kind in EXACT:
        arrays = fed(kind(), cut(x, 100)).compute()
        tensors = kind()
        for batch in torch.from_numpy(x).requires_grad_().split(128):
            tensors.update(batch)
        assert np.isclose(tensors.compute().value, arrays.value, rtol=1e-12)
        assert np.isclose(tensors.compute().stderr or 0, arrays.stderr or 1, rtol=1e-9)
        mixed = kind()
        mixed.update(torch.from_numpy(x[:100]))
        mixed.update(x[100:])
        assert np.isclose(mixed.compute().value, arrays.value, rtol=1e-12)


def test_half_precision_is_summed_in_double() -> None:
    x = torch.randn(5_000, 4, generator=torch.Generator().manual_seed(0))
    half = EffectiveRank()
    half.update(x.to(torch.bfloat16))
    exact = EffectiveRank()
    exact.update(x.to(torch.bfloat16).double())
    assert half.compute() == exact.compute()


def test_inference_mode_and_training_may_take_turns() -> None:
    metric = EffectiveRank()
    with torch.inference_mode():
        metric.update(torch.randn(20, 3, generator=torch.Generator().manual_seed(0)))
    metric.update(torch.randn(20, 3, generator=torch.Generator().manual_seed(1)))
    assert metric.rows_seen == 40
    assert metric.compute().value > 1


@pytest.mark.parametrize("kind", EXACT)
def test_states_come_back(kind: type[EffectiveRank]) -> None:
    x = stream()
    metric = fed(kind(), [x[:200]])
    state = metric.state()
    assert all(isinstance(part, np.ndarray) and part.dtype != object for part in state.values())
    again = fed(kind(), [x[:9]])
    again.load_state(state)
    assert again.compute() == metric.compute()
    fed(again, [x[200:]])
    assert np.isclose(again.compute().value, fed(kind(), [x]).compute().value, rtol=1e-12)
    assert metric.state()["rows"] == state["rows"] == 200  # neither shares memory with the other
    assert np.array_equal(metric.state()["scatter"], state["scatter"])
    before = metric.compute()
    again.load_state(state)
    for part in state.values():
        part *= 0
    assert metric.compute() == again.compute() == before


def test_one_state_serves_both_numbers() -> None:
    rank, ratio = fed(EffectiveRank(), [stream()]), ParticipationRatio()
    ratio.load_state(rank.state())
    assert ratio.compute() == fed(ParticipationRatio(), [stream()]).compute()


def test_reset_forgets() -> None:
    x = stream()
    metric = fed(EffectiveRank(), [x[:100, :5]])
    metric.reset()
    assert metric.rows_seen == 0
    assert fed(metric, [x]).compute() == fed(EffectiveRank(), [x]).compute()


def test_alignment_of_equal_views_is_zero_and_of_opposite_ones_four() -> None:
    x = stream(50, 3)
    for views, expected in (((x, 2 * x), 0.0), ((x, -x), 4.0), ((np.eye(4), np.roll(np.eye(4), 1, axis=0)), 2.0)):
        metric = Alignment()
        metric.update(*views)
        assert np.isclose(metric.compute().value, expected, atol=1e-12)


def test_alignment_keeps_the_digits_of_close_views() -> None:
    x = np.tile([[1.0, 0.0]], (10, 1))
    metric = Alignment()
    metric.update(x, x + np.array([0.0, 1e-9]))
    assert np.isclose(metric.compute().value, 1e-18, rtol=1e-6)


def test_alignment_in_batches_and_merged_is_that_of_all_pairs() -> None:
    x, y = stream(90, 4), stream(90, 4, 1)
    unit_x, unit_y = x / np.linalg.norm(x, axis=1)[:, None], y / np.linalg.norm(y, axis=1)[:, None]
    chords = ((unit_x - unit_y) ** 2).sum(axis=1)
    first, second = Alignment(), Alignment()
    first.update(torch.from_numpy(x[:13]), torch.from_numpy(y[:13]))
    first.update(x[13:50], torch.from_numpy(y[13:50]))
    second.update(x[50:], y[50:])
    found = (first + second).compute()
    assert np.isclose(found.value, chords.mean(), rtol=1e-12)
    assert np.isclose(found.stderr or 0, chords.std(ddof=1) / np.sqrt(90), rtol=1e-12)
    assert found.n == 90


def test_alignment_of_zeros_is_a_right_angle() -> None:
    metric = Alignment()
    metric.update(np.zeros((5, 2)), np.array([[1.0, 0.0]] * 4 + [[0.0, 0.0]]))
    assert metric.compute().value == 2


def test_refusals_leave_the_metric_as_it_was() -> None:
    x = stream(40, 3)
    metric = fed(EffectiveRank(), [x])
    before = metric.compute()
    wrong = {
        "NaN": np.full((4, 3), np.nan),
        "columns": np.ones((4, 2)),
        "rows × columns": np.ones(3),
        "real numbers": np.ones((4, 3)) * 1j,
        "cannot be made an array": [[1.0, 2.0, 3.0], [1.0]],
        "above 1e100": np.full((4, 3), 1e200),
    }
    for says, batch in wrong.items():
        with pytest.raises(InputError, match=says):
            metric.update(batch)
    wrong_states = {
        "it has no 'keys'": {name: part for name, part in metric.state().items() if name != "keys"},
        "axes": {**metric.state(), "mean": np.zeros((3, 3))},
        "seed": fed(EffectiveRank(seed=1), [x]).state(),
        "different spaces": fed(EffectiveRank(), [x[:, :2]]).state(),
    }
    for says, state in wrong_states.items():
        with pytest.raises(InputError, match=says):
            metric.merge_state(state)
    with pytest.raises(InputError, match="cannot take in a ParticipationRatio"):
        metric.merge(ParticipationRatio())  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="no state"):
        metric.load_state(Alignment().state())
    assert metric.compute() == before
    pairs = Alignment()
    with pytest.raises(InputError, match="pairs need"):
        pairs.update(x, x[:-1])


@pytest.mark.parametrize("kind", [*EXACT, Alignment])
def test_too_few_rows_say_so(kind: type[EffectiveRank]) -> None:
    with pytest.raises(InputError, match="0 came since the last reset"):
        kind().compute()
