"""The whole command, as a user pays for it: start, read, measure, report."""

from timing import process, write

import sys
import tempfile
from pathlib import Path

import numpy as np

GROMOV = str(Path(sys.executable).with_name("gromov"))


def main() -> None:
    rows: list[dict[str, object]] = [{"work": "gromov --help"} | process([GROMOV, "--help"], runs=9)]
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        points = Path(folder) / "points.npy"
        np.save(points, rng.normal(size=(100_000, 64)).astype(np.float32))
        many = Path(folder) / "many.npy"
        stored = np.lib.format.open_memmap(many, mode="w+", dtype=np.float16, shape=(1_000_000, 128))
        for start in range(0, len(stored), 50_000):
            stored[start : start + 50_000] = rng.normal(size=(50_000, 128))
        stored.flush()
        inputs = (("digits", "digits", 3), ("100,000 × 64 float32", str(points), 2), ("1,000,000 × 128 float16", str(many), 1))
        for name, source, runs in inputs:
            out = str(Path(folder) / "run")
            command = [GROMOV, "measure", source, "--out", out, "--again", "--quiet"]
            rows.append({"work": f"gromov measure, {name}"} | process(command, runs=runs))
    write("measure", rows)


if __name__ == "__main__":
    main()
