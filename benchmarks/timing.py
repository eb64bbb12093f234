"""How every benchmark here measures: alternating runs, CPU seconds, medians, one thread, memory of fresh processes."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import json
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from gromov.core import environment

RESULTS = Path(__file__).parent / "results"


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds (user and system) of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def alternate(runs: int, **works: Callable[[], object]) -> dict[str, dict[str, float]]:
    """Each work in turn, `runs` times after one call that is not counted: smallest, median and largest CPU seconds."""
    for work in works.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            seconds[name].append(cpu_seconds(work))
    return {name: summary(values) for name, values in seconds.items()}


def summary(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "runs": len(values)}


def process(command: list[str], runs: int = 3) -> dict[str, dict[str, float]]:
    """CPU seconds, wall seconds and peak memory (MB) of a whole process, over fresh runs."""
    cpu, wall, peak = [], [], []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        # a process between reports the peak of this one child, not the largest of all so far
        script = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", script, *command], check=True, capture_output=True, text=True)
        wall.append(time.monotonic() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        peak.append(float(done.stdout.split()[-1]) / 1000)
    return {"cpu_s": summary(cpu), "wall_s": summary(wall), "peak_mb": summary(peak)}


def array_memory(work: Callable[[], object]) -> float:
    """Peak memory in MB of the arrays and objects that a call allocates (tracemalloc, which numpy reports to)."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write the figures with the environment they were measured in, and print them."""
    RESULTS.mkdir(exist_ok=True)
    for row in rows:
        print(json.dumps(row))
    (RESULTS / f"{name}.json").write_text(json.dumps({"environment": environment(), "rows": rows}, indent=1) + "\n")
