"""Runs of `gromov measure` that are killed at random moments and run again: the same bytes as those of a run nobody touched.

`killed` does one; the tests of every day do a few, and `benchmarks/bench_kills.py` a hundred.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
VARYING = {"timings.json", "environment.json"}
TEMPORARY = re.compile(r"\..+\.\w{8}")
COMMAND = [sys.executable, "-c", "from gromov.cli.start import main; main()", "measure", "points.npy", "--quiet", "--out"]
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What one kill left, and what became of it.

    Attributes:
        signal: Name of the signal.
        moment: Seconds after the start.
        code: Exit code of the process: minus the signal, 130, or 0 where it had ended before.
        parts: Number of instruments that had been kept.
        temporary: Number of files that were being written.
        failures: What is not as it should be; empty is good.
    """

    signal: str
    moment: float
    code: int
    parts: int
    temporary: int
    failures: tuple[str, ...]


def kills(folder: Path, count: int, *, seed: int = 0) -> Iterator[Killed]:
    """`count` kills of runs in `folder`, the three signals in turn, every fourth run with two workers."""
    folder.mkdir(exist_ok=True)
    np.save(folder / "points.npy", np.random.default_rng(0).normal(size=(60, 4)))
    for name in ("home", "temporary", "kernels"):
        (folder / name).mkdir()
    assert not _run(folder, "first", 1)  # compiles the kernels
    started = time.monotonic()
    assert not _run(folder, "whole", 1)
    lasts = time.monotonic() - started
    draw = random.Random(seed)
    for position in range(count):
        # one moment in each of `count` equal stretches of the run, in random order over the signals
        moment = lasts * ((7 * position) % count + draw.random()) / count
        yield _killed(folder, f"run{position}", SIGNALS[position % 3], moment, 2 if position % 4 == 3 else 1)


def _killed(folder: Path, name: str, number: signal.Signals, moment: float, workers: int) -> Killed:
    kernels = _listing(folder / "kernels")
    process, said = _start(folder, name, workers)
    time.sleep(moment)
    process.send_signal(number)
    process.wait()
    error = said.read_text(encoding="utf-8", errors="replace")
    run = folder / name
    failures = [*_exit(process.returncode, number, error), *_survivors(process.pid), *_unreadable(run)]
    temporary = [path for path in run.rglob("*") if TEMPORARY.fullmatch(path.name)]
    parts = len(list((run / "parts").glob("*.json")))
    failures += _run(folder, name, workers)
    whole = folder / "whole"
    same = sorted(_listing(run) & _listing(whole) - VARYING)
    failures += [f"{each} differs" for each in same if (run / each).read_bytes() != (whole / each).read_bytes()]
    failures += [f"{each} is left or missing in the run folder" for each in sorted(_listing(run) ^ _listing(whole))]
    failures += [f"{each} is left outside the run folder" for each in sorted(_strays(folder))]
    failures += [f"{each} is left among the kernels" for each in sorted(_listing(folder / "kernels") - kernels)]
    return Killed(number.name, moment, process.returncode, parts, len(temporary), tuple(failures))


def _start(folder: Path, name: str, workers: int) -> tuple[subprocess.Popen[bytes], Path]:
    """The process, and the file of what it says on standard error: a pipe would wait for its last worker, too."""
    places = {"HOME": folder / "home", "TMPDIR": folder / "temporary", "NUMBA_CACHE_DIR": folder / "kernels"}
    environment = os.environ | {key: str(place) for key, place in places.items()} | {"JOBLIB_TEMP_FOLDER": str(folder / "temporary")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [*COMMAND, name, "--workers", str(workers)]
    said = folder / "said.txt"
    with said.open("wb") as error:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=error,
            start_new_session=True,
            preexec_fn=_hear_interrupts,  # noqa: PLW1509 - this process has one thread
        )
    return process, said


def _hear_interrupts() -> None:
    """A shell starts what stands in its background deaf to SIGINT, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(folder: Path, name: str, workers: int) -> list[str]:
    process, said = _start(folder, name, workers)
    process.wait()
    error = said.read_text(encoding="utf-8", errors="replace")
    return [f"undisturbed, it ends with {process.returncode}: {error[-300:]!r}"] if process.returncode or error else []


def _exit(code: int, number: signal.Signals, error: str) -> list[str]:
    """Killed, interrupted, or done; and on standard error no more than a sentence."""
    allowed = {0, -number} if number == signal.SIGKILL else {0, 130, -number}
    failures = [] if code in allowed else [f"{number.name} ends it with {code}"]
    ours = "gromov" in error  # an interpreter that is still starting prints its own traceback
    if number != signal.SIGKILL and ours and len(error.splitlines()) > 1:
        failures.append(f"{number.name} prints {error[-300:]!r}")
    return failures


def _survivors(leader: int) -> list[str]:
    """Processes of the session that outlive its leader for long."""
    patience = time.monotonic() + PATIENCE
    while left := [process.pid for process in psutil.process_iter() if _session(process.pid) == leader]:
        if time.monotonic() > patience:
            return [f"processes {left} live on"]
        time.sleep(0.1)
    return []


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _unreadable(run: Path) -> list[str]:
    """Files under their own name that are not whole."""
    failures: list[str] = []
    for path in (path for path in run.rglob("*") if path.is_file() and not TEMPORARY.fullmatch(path.name)):
        try:
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".npz":
                with np.load(path, allow_pickle=False) as arrays:
                    assert all(arrays[name].ndim >= 0 for name in arrays.files)
            elif not path.read_text(encoding="utf-8").rstrip().endswith("</html>" if path.suffix == ".html" else ""):
                failures.append(f"{path.name} is cut off")
        except Exception as error:  # noqa: BLE001 - whatever it is, the file is not whole
            failures.append(f"{path.name} cannot be read: {error!r}")
    return failures


def _strays(folder: Path) -> set[str]:
    """What stands beside the run folders, and in the folders for temporary files and of the user."""
    beside = {
        name for name in _listing(folder) if not re.fullmatch(r"run\d+|first|whole|home|temporary|kernels|points\.npy|said\.txt", name)
    }
    return beside | {f"{place}/{name}" for place in ("home", "temporary") for name in _listing(folder / place)}


def _listing(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()
