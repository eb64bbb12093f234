"""The same answers from any number of workers, in order."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from threadpoolctl import threadpool_info

from gromov.core import SERIAL, Executor, pinned
from gromov.measures import hyperbolicity, spectrum


def chunk(task: int, data: np.ndarray, *, power: int) -> np.ndarray:
    rng = np.random.default_rng(task)
    return (rng.standard_normal((50, data.shape[0])) @ data) ** power


def threads(task: int) -> int:
    del task
    np.ones((4, 4)) @ np.ones((4, 4))
    return max(int(pool["num_threads"]) for pool in threadpool_info())


def failing(task: int) -> int:
    if task == 2:
        raise ValueError("task 2 fails")
    return task


def test_one_and_two_workers_give_the_same_bytes() -> None:
    data = np.random.default_rng(0).standard_normal((300, 20))
    one, two = (list(Executor(workers).map(chunk, range(7), data, power=2)) for workers in (1, 2))
    assert [a.tobytes() for a in one] == [b.tobytes() for b in two]


def test_an_instrument_gives_the_same_bytes() -> None:
    points = np.random.default_rng(0).standard_normal((80, 5))
    for run in (
        lambda executor: spectrum(points, executor=executor),
        lambda executor: hyperbolicity(points, null_draws=4, executor=executor),
    ):
        arrays: list[dict[str, np.ndarray]] = [{}, {}]
        trees = [run(executor).to_dict(kept) for executor, kept in zip((SERIAL, Executor(2)), arrays, strict=True)]
        assert trees[0] == trees[1]
        assert all(arrays[0][name].tobytes() == arrays[1][name].tobytes() for name in arrays[0])


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_are_held_to_one_thread(workers: int) -> None:
    assert set(Executor(workers).map(threads, range(3))) == {1}


def test_pinned_lets_go_afterwards() -> None:
    np.ones((4, 4)) @ np.ones((4, 4))
    before = [pool["num_threads"] for pool in threadpool_info()]
    with pinned():
        assert max(pool["num_threads"] for pool in threadpool_info()) == 1
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_answers_come_as_they_are_ready_and_errors_pass_through() -> None:
    answers = SERIAL.map(failing, range(5))
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(ValueError, match="task 2"):
        next(answers)


ORPHANS = """
import os, sys, time
from gromov.core import Executor


def slow(task):
    with open(os.path.join(sys.argv[1], str(os.getpid())), "w") as file:
        file.write("here")
    time.sleep(300)

list(Executor(2).map(slow, range(2)))
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "workers").mkdir()
    (tmp_path / "run.py").write_text(ORPHANS)
    parent = subprocess.Popen([sys.executable, "run.py", "workers"], cwd=tmp_path, start_new_session=True)
    patience = time.monotonic() + 60
    while len(workers := [int(path.name) for path in (tmp_path / "workers").iterdir()]) < 2:
        assert time.monotonic() < patience
        assert parent.poll() is None
        time.sleep(0.05)
    assert all(psutil.pid_exists(worker) for worker in workers)
    parent.kill()
    parent.wait()
    patience = time.monotonic() + 30
    while any(psutil.pid_exists(worker) for worker in workers):
        assert time.monotonic() < patience
        time.sleep(0.1)


KEPT: list[np.ndarray] = []


def growing(task: int) -> int:
    if task < 2:
        KEPT.append(np.ones(42_000_000))
    time.sleep(0.7)
    return os.getpid()


def test_a_worker_that_grows_is_kept() -> None:
    assert len(set(Executor(2).map(growing, range(8)))) <= 2  # a replaced one would warn, and warnings are errors here
