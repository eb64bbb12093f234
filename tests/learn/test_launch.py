"""Fits in two processes: their weights agree to the last bit, and with those of one process to rounding."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from launched import OPTIONS, main

from gromov.learn import Machine
from gromov.learn.draws import StepSeeds, splitmix64

WORKER = Path(__file__).parent / "launched.py"


@pytest.mark.slow
def test_two_processes_train_as_one_does(tmp_path: Path) -> None:
    alone, launched = tmp_path / "one", tmp_path / "two"
    alone.mkdir()
    launched.mkdir()
    main(alone)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(WORKER), str(launched)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    one, first, second = (json.loads(path.read_text()) for path in (alone / "0.json", launched / "0.json", launched / "1.json"))

    for kind in (*OPTIONS, "resumed"):
        assert {key: value for key, value in first[kind].items() if key != "told"} == {
            key: value for key, value in second[kind].items() if key != "told"
        }
        assert second[kind]["told"] == []  # the main process alone tells its loggers
        if kind == "random":  # each process draws its own, and has its own statistics of a batch
            assert first[kind]["test"]["accuracy"] > 0.8
            continue
        assert first[kind]["told"] == one[kind]["told"]
        assert first[kind]["stopped"] == one[kind]["stopped"]
        for name, value in one[kind]["weights"].items():
            assert np.allclose(first[kind]["weights"][name], value, atol=1e-6), (kind, name)
        assert np.allclose(first[kind]["losses"], one[kind]["losses"], rtol=1e-6)
        for part in ("validation", "test"):
            for name, value in one[kind][part].items():
                assert np.allclose(first[kind][part][name], value, rtol=1e-6), (kind, part, name)

    assert first["resumed"]["kept"] == one["resumed"]["kept"] == 7
    assert first["resumed"]["told"] == [2, 3]
    assert first["resumed"]["weights"] == first["plain"]["weights"]
    for found in (first, second):  # not the shared state of the main process: its own, which knows nothing
        assert "where all of them can read it" in found["apart"]["error"]


@pytest.mark.parametrize("size", [1, 2, 7, 8])
def test_shares_together_have_the_mean_of_the_batch(size: int) -> None:
    values, chosen = np.random.default_rng(0).normal(size=size), np.arange(size)
    accelerator = Machine.of("cpu", "float32").accelerator
    means: list[float] = []
    seen: list[int] = []
    for process in range(3):
        part, weight = Machine(accelerator, "cpu", False, processes=3, process=process).share(chosen)
        means.append(weight * float(values[part].mean()))
        seen += part.tolist() if weight else []
    assert np.mean(means) == pytest.approx(values.mean(), rel=1e-12)
    assert seen == chosen.tolist()


def test_one_process_has_the_whole_batch() -> None:
    machine = Machine.of("cpu", "float32")
    assert machine.share(np.arange(5))[0].tolist() == [0, 1, 2, 3, 4]
    assert machine.together_sum(torch.tensor([2.0])).tolist() == [2.0]


def test_splitmix64_is_that_of_its_authors() -> None:
    found, state = [], 1234567
    for _ in range(5):
        found.append(splitmix64(state))
        state += 0x9E3779B97F4A7C15
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]


def test_seeds_of_steps_depend_on_all_that_they_are_of() -> None:
    steps = StepSeeds(3, "step")
    assert steps.at(7) == StepSeeds(3, "step").at(7)
    others = [StepSeeds(4, "step"), StepSeeds(3, "augment"), StepSeeds(3, "step", process=1)]
    found = [each.at(step) for each in (steps, *others) for step in range(2000)]
    assert len(set(found)) == len(found)
    assert all(0 <= seed < 1 << 63 for seed in found)
    bits = np.array([[seed >> bit & 1 for bit in range(63)] for seed in found[:2000]])
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 4 * 0.5 / np.sqrt(2000)
