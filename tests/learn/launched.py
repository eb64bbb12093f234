"""What test_launch.py launches in one process and in two: fits whose numbers every process writes to a file of its own."""

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gromov.core import InputError
from gromov.core.runs import RunFolder
from gromov.learn import Data, Fit, Problem, TensorSamples, Training, accuracy, cross_entropy, fit
from gromov.learn import fitting as loop
from gromov.nn import RELU, BatchNorm, Dense, Dropout


class Scaled(nn.Module):
    """A loss with a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(()))

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return cross_entropy(outputs * self.scale.exp(), targets)


class StopError(Exception):
    """Raised in place of an interruption."""


class StopAt:
    """Stops every process at the same step."""

    def __init__(self, step: int) -> None:
        self.left = step

    def step(self, what: str, done: float) -> None:
        del what, done
        self.left -= 1
        if self.left < 0:
            raise StopError


def samples(n: int, seed: int) -> TensorSamples:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return TensorSamples(torch.from_numpy(rng.normal(size=(n, 5)) + 2 * np.eye(5)[y]).float(), torch.from_numpy(y))


def problem(kind: str) -> Problem:
    network = Dense(16) >> RELU >> Dense(3)
    if kind == "random":  # draws, and statistics of batches, of which each process has its own
        network = Dense(16) >> BatchNorm() >> RELU >> Dropout(0.2) >> Dense(3)
    data = Data(samples(103, 0), samples(31, 1), samples(41, 2))
    loss = Scaled() if kind == "learnt" else cross_entropy
    return Problem.of_block(network, (5,), loss, data, {"accuracy": accuracy})


OPTIONS = {
    "plain": Training(epochs=3, batch=25, rate=0.01),  # batches of 20 and 21: shares of unequal size
    "tiny": Training(epochs=2, batch=1, rate=0.01, optimizer="sgd"),  # batches of one: a process without a sample
    "learnt": Training(epochs=3, batch=25, rate=0.01, average=0.9, keep="best", monitor="accuracy", clip=0.5, weight_decay=0.1),
    "random": Training(epochs=12, batch=25, rate=0.02, patience=1, schedule="constant"),
}


def numbers(found: Fit, told: list[int]) -> Mapping[str, object]:
    return {
        "weights": {key: value.flatten().tolist() for key, value in found.model.state_dict().items()},
        "losses": found.losses.tolist(),
        "validation": {key: value.tolist() for key, value in found.validation.items()},
        "test": dict(found.test),
        "stopped": found.stopped,
        "told": told,
    }


def stopped_and_begun_again(folder: Path) -> Mapping[str, object]:
    """Stopped in the second epoch, and begun again from what the main process kept."""
    kept = RunFolder.open(folder / "run", {"test": "launch"}, stem="run")
    stop, epoch = StopAt(7), loop._Loop._epoch  # pyright: ignore[reportPrivateUsage]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_KEEP_EVERY", 0.0)
        patch.setattr(loop, "_CHECK_EVERY", 1)
        with patch.context() as inner, contextlib.suppress(StopError):
            inner.setattr(loop._Loop, "_epoch", lambda self, _: epoch(self, stop))  # pyright: ignore[reportPrivateUsage]
            fit(problem("plain"), OPTIONS["plain"], seed=2, device="cpu", folder=kept)
        if "RANK" in os.environ:
            torch.distributed.barrier()  # the main process writes before it stops, and another may be quicker
        state = kept.part("training.state")
        told: list[int] = []
        found = fit(problem("plain"), OPTIONS["plain"], seed=2, device="cpu", folder=kept, loggers=[lambda epoch, _: told.append(epoch)])
    return {**numbers(found, told), "kept": None if state is None else state[0]["step"]}


def main(folder: Path) -> None:
    found: dict[str, Mapping[str, object]] = {}
    for kind, training in OPTIONS.items():
        told: list[int] = []
        done = fit(problem(kind), training, seed=2, device="cpu", loggers=[lambda epoch, _, told=told: told.append(epoch)])
        found[kind] = numbers(done, told)
    found["resumed"] = stopped_and_begun_again(folder)
    rank = int(os.environ.get("RANK", "0"))
    if "RANK" in os.environ:  # each process has a folder of its own, and the other does not see its state
        own = RunFolder.open(folder / f"own-{rank}", {"test": "apart"}, stem="run")
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(loop, "_KEEP_EVERY", 0.0)
                fit(problem("plain"), Training(epochs=1), seed=2, device="cpu", folder=own)
                fit(problem("plain"), Training(epochs=2), seed=2, device="cpu", folder=own)
        except InputError as error:
            found["apart"] = {"error": str(error)}
    (folder / f"{rank}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
