"""The loop against gradient descent by hand and a bare loop of torch; stopping and going on; what is refused; sweeps."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gromov.core import InputError
from gromov.core.runs import RunFolder
from gromov.learn import (
    Data,
    DatasetSamples,
    Fit,
    NonFiniteLossError,
    Problem,
    TensorSamples,
    Training,
    accuracy,
    batches,
    cross_entropy,
    fit,
    split,
    squared,
    sweep,
)
from gromov.learn.state import flatten, unflatten
from gromov.nn import RELU, BatchNorm, Dense, Dropout
from gromov.spaces import ManifoldParameter, PoincareBall


def blobs(n: int = 240, seed: int = 0) -> TensorSamples:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    x = rng.normal(size=(n, 5)) + 2 * np.eye(5)[y]
    return TensorSamples(torch.from_numpy(x).float(), torch.from_numpy(y))


def problem(samples: TensorSamples | None = None) -> Problem:
    train, validation, test = split(samples or blobs(), [0.2, 0.2], 0)
    network = Dense(16) >> BatchNorm() >> RELU >> Dropout(0.2) >> Dense(3)
    augment = lambda x, drawn: x + 0.1 * torch.randn(x.shape, generator=drawn)  # noqa: E731
    return Problem.of_block(network, (5,), cross_entropy, Data(train, validation, test, augment), {"accuracy": accuracy})


def test_gradient_descent_on_squares_is_its_closed_form() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    model = nn.Linear(4, 1, bias=False, dtype=torch.float64)
    start = model.weight.detach().numpy()[0].copy()
    data = Data(TensorSamples(torch.from_numpy(x), torch.from_numpy(y)))
    found = fit(Problem(model, squared, data), Training(epochs=1, batch=30, rate=0.05, optimizer="sgd", schedule="constant"))
    wanted = start - 0.05 * 2 / 30 * x.T @ (x @ start - y) * 1.9  # Nesterov's first step is 1 + momentum long
    assert np.allclose(found.model.weight.detach().numpy()[0], wanted, rtol=1e-9)
    assert math.isclose(found.losses[0], float(np.mean((x @ start - y) ** 2)), rel_tol=1e-9)
    assert found.steps == 1
    assert found.parameters == 4


def test_the_loop_is_that_of_bare_torch() -> None:
    samples = blobs()
    network = Dense(8) >> RELU >> Dense(3)
    found = fit(
        Problem.of_block(network, (5,), cross_entropy, Data(samples)), Training(epochs=3, batch=32, rate=0.01, schedule="linear"), seed=5
    )
    model = network.build((5,), seed=5)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.0, fused=True)
    step, whole = 0, 3 * len(batches(240, 32, 5, 0))
    for epoch in range(3):
        for chosen in batches(240, 32, 5, epoch):
            optimizer.param_groups[0]["lr"] = 0.01 * (1 - (step + 1) / whole)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(samples.inputs[chosen]), samples.targets[chosen]).backward()
            optimizer.step()
            step += 1
    for ours, theirs in zip(found.model.parameters(), model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_every_sample_is_seen_once_in_an_epoch() -> None:
    parts = batches(103, 16, 0, 4)
    assert sorted(np.concatenate(parts).tolist()) == list(range(103))
    assert {len(part) for part in parts} <= {14, 15}
    assert not np.array_equal(parts[0], batches(103, 16, 0, 5)[0])


def test_parts_have_their_share_of_every_class() -> None:
    samples = TensorSamples(torch.arange(100.0)[:, None], torch.tensor([0] * 80 + [1] * 20))
    train, test = split(samples, [0.25], 3)
    assert (train.targets == 1).sum() == 15
    assert (test.targets == 1).sum() == 5
    assert not set(train.inputs[:, 0].tolist()) & set(test.inputs[:, 0].tolist())
    with pytest.raises(InputError, match="less than 1"):
        split(samples, [0.5, 0.5], 0)


def test_bytes_of_images_are_given_out_as_shares() -> None:
    samples = TensorSamples(torch.tensor([[0, 255]], dtype=torch.uint8), torch.tensor([0]))
    assert samples.batch(np.array([0]))[0].tolist() == [[0.0, 1.0]]


def test_a_data_set_of_torch_is_read_as_it_is_needed() -> None:
    samples = blobs()
    dataset = torch.utils.data.TensorDataset(samples.inputs, samples.targets)
    training = Training(epochs=2, rate=0.01)
    one, other = (fit(Problem(nn.Linear(5, 3), cross_entropy, Data(each)), training) for each in (samples, DatasetSamples(dataset)))
    del one, other
    linear = nn.Linear(5, 3)
    found = [fit(Problem(linear, cross_entropy, Data(each)), training).losses for each in (samples, DatasetSamples(dataset))]
    assert np.array_equal(*found)


# ---- stopping and going on


class StopError(Exception):
    """Raised in place of an interruption."""


class StopAt:
    def __init__(self, step: int) -> None:
        self.left = step

    def step(self, what: str, done: float) -> None:
        del what, done
        self.left -= 1
        if self.left < 0:
            raise StopError


OPTIONS = {
    "plain": Training(epochs=4, batch=32, rate=0.01),
    "averaged": Training(epochs=4, batch=32, rate=0.01, average=0.9, keep="best", monitor="accuracy", clip=1.0, weight_decay=0.1),
    "momentum": Training(epochs=4, batch=32, rate=0.05, optimizer="sgd", schedule="one-cycle", patience=3),
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("at", [3, 9, 17])
def test_an_interrupted_run_ends_with_the_numbers_of_an_unbroken_one(
    name: str, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gromov.learn.fitting._KEEP_EVERY", 0.0)
    monkeypatch.setattr("gromov.learn.fitting._CHECK_EVERY", 1)
    whole = fit(problem(), OPTIONS[name], seed=2)
    folder = RunFolder.open(tmp_path / "run", {"test": name}, stem="run")
    with pytest.raises(StopError):
        fit(problem(), OPTIONS[name], seed=2, folder=folder, progress=StopAt(at))
    assert folder.part("training.state") is not None
    rest = fit(problem(), OPTIONS[name], seed=2, folder=folder)
    assert same(whole, rest)


def same(one: Fit, other: Fit) -> bool:
    weights = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    numbers = one.test == other.test and all(np.array_equal(one.validation[key], other.validation[key]) for key in one.validation)
    return numbers and np.array_equal(one.losses, other.losses) and all(torch.equal(a, b) for a, b in weights)


def test_the_generator_of_torch_is_left_alone() -> None:
    torch.manual_seed(1)
    wanted = torch.rand(1)
    torch.manual_seed(1)
    fit(problem(), OPTIONS["plain"])
    assert torch.equal(torch.rand(1), wanted)


def test_the_state_comes_back_as_it_was() -> None:
    state = {
        "a": torch.arange(3),
        "b": {0: {"step": torch.tensor(2.0), "betas": (0.9, 0.99), "name": "tensor:x", "none": None, "yes": True}},
    }
    arrays: dict[str, np.ndarray] = {}
    found = unflatten(flatten(state, "s", arrays), arrays)
    assert isinstance(found, dict)
    assert torch.equal(found["a"], state["a"])
    inner = found["b"][0]
    assert inner["step"].shape == ()
    assert inner["betas"] == [0.9, 0.99]
    assert (inner["name"], inner["none"], inner["yes"]) == ("tensor:x", None, True)


def test_patience_ends_training_and_the_best_epoch_is_kept() -> None:
    rng = np.random.default_rng(0)
    noise = TensorSamples(torch.from_numpy(rng.normal(size=(90, 5))).float(), torch.from_numpy(rng.integers(0, 3, 90)))
    found = fit(problem(noise), Training(epochs=200, rate=0.05, batch=16, patience=4, keep="best", schedule="constant"))
    assert len(found.losses) < 200
    assert "4 epochs ago" in found.stopped
    assert found.best_epoch == int(np.argmin(found.validation["loss"])) + 1


def test_a_loss_that_is_no_number_ends_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gromov.learn.fitting._KEEP_EVERY", 0.0)
    monkeypatch.setattr("gromov.learn.fitting._CHECK_EVERY", 1)
    folder = RunFolder.open(tmp_path / "run", {}, stem="run")
    calls = 0

    def loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return cross_entropy(outputs, targets) * (math.nan if calls > 5 else 1.0)

    with pytest.raises(NonFiniteLossError, match=r"nan at step 6 \(epoch 1\).*last good state"):
        fit(Problem(nn.Linear(5, 3), loss, Data(blobs())), Training(batch=16), folder=folder)
    kept = folder.part("training.state")
    assert kept is not None
    assert kept[0]["step"] == 5


def test_loggers_are_told_every_epoch() -> None:
    told: list[tuple[int, Mapping[str, float]]] = []
    found = fit(problem(), OPTIONS["plain"], loggers=[lambda epoch, numbers: told.append((epoch, numbers))])
    assert [epoch for epoch, _ in told] == [1, 2, 3, 4]
    assert told[-1][1]["loss"] == found.losses[-1]
    assert told[-1][1]["validation.accuracy"] == found.validation["accuracy"][-1]


# ---- the rest


def test_points_of_the_ball_stay_in_it() -> None:
    class Points(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.ball = PoincareBall()
            self.points = ManifoldParameter(torch.zeros(3, 2) + 0.01 * torch.eye(3)[:, :2], self.ball)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return -self.ball.pairwise(x, self.points)

    samples = TensorSamples(0.9 * torch.tensor([[1.0, 0], [-0.5, 0.8], [-0.5, -0.8]]).repeat(20, 1), torch.arange(3).repeat(20))
    found = fit(
        Problem(Points(), cross_entropy, Data(samples, test=samples), {"accuracy": accuracy}), Training(epochs=30, batch=20, rate=0.1)
    )
    assert found.test["accuracy"] == 1
    assert float(found.model.points.detach().norm(dim=1).max()) < 1


def test_a_loss_with_parameters_is_learnt_along() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.zeros(()))

        def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            return cross_entropy(outputs * self.scale.exp(), targets)

    found = fit(Problem(nn.Linear(5, 3), Scaled(), Data(blobs())), Training(epochs=5, rate=0.05))
    assert found.parameters == 5 * 3 + 3 + 1
    assert found.losses[-1] < found.losses[0]


def test_bfloat16_trains_too() -> None:
    found = fit(problem(), Training(epochs=20, rate=0.02, precision="bf16"))
    assert found.test["accuracy"] > 0.8
    assert next(found.model.parameters()).dtype == torch.float32


BAD = {
    "epochs": {"epochs": 0},
    "rate": {"rate": math.nan},
    "optimizer": {"optimizer": "newton"},
    "average": {"average": 1.5},
    "schedule": {"schedule": "steps"},
    "patience": {"patience": 0},
}


@pytest.mark.parametrize("word", BAD)
def test_options_nothing_can_be_done_with_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=word):
        Training(**BAD[word])


def test_problems_that_do_not_fit_their_options_are_refused() -> None:
    data = Data(blobs())
    with pytest.raises(InputError, match="validation"):
        fit(Problem(nn.Linear(5, 3), cross_entropy, data), Training(patience=2))
    with pytest.raises(InputError, match="monitor"):
        fit(problem(), Training(monitor="beauty"))
    with pytest.raises(InputError, match="no parameters"):
        fit(Problem(nn.Flatten(), cross_entropy, data))
    with pytest.raises(InputError, match="each sample needs"):
        TensorSamples(torch.zeros(3, 2), torch.zeros(2))
    with pytest.raises(InputError, match="NaN"):
        TensorSamples(torch.full((3, 2), math.nan), torch.zeros(3))


def make(options: Mapping[str, object]) -> tuple[Problem, Training]:
    rate = options["rate"]
    assert isinstance(rate, float)
    return problem(), Training(epochs=2, rate=rate)


def test_a_sweep_is_resumed_and_does_not_depend_on_workers(tmp_path: Path) -> None:
    grid = {"rate": [0.1, 0.001]}
    alone = sweep(make, grid, seeds=(0, 1), folder=tmp_path / "one")
    assert [(trial.options["rate"], trial.seed) for trial in alone] == [(0.1, 0), (0.1, 1), (0.001, 0), (0.001, 1)]
    calls = 0

    def counted(options: Mapping[str, object]) -> tuple[Problem, Training]:
        nonlocal calls
        calls += 1
        return make(options)

    again = sweep(counted, grid, seeds=(0, 1), folder=tmp_path / "one")
    assert calls == 0
    assert [trial.test for trial in again] == [trial.test for trial in alone]
    with pytest.raises(InputError, match="at least one option"):
        sweep(make, {})
    with pytest.raises(InputError, match="must be numbers"):
        sweep(make, {"rate": [object()]})
