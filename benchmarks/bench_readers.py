"""Reading 200,000 × 64 float32: gromov's readers and `gromov.load` against numpy and pyarrow alone.

`parse` is the reader alone, `load` adds the SHA-256 of the file and the checks of every value (NaN, all equal, scale).
"""

from timing import alternate, write

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from gromov.data import load
from gromov.data.contents import Request
from gromov.data.readers import File, read_file

N, D, RUNS = 200_000, 64, 5
pa.set_cpu_count(1)


def parse(path: Path) -> np.ndarray:
    """Our reader without the hash."""
    with mock.patch.object(File, "sha256", return_value=""):
        data = read_file(File(path), replace(Request(), kind="points")).data
    assert isinstance(data, np.ndarray)
    return data


def by_numpy(path: Path) -> np.ndarray:
    return np.load(path, mmap_mode="r")


def by_parquet(path: Path) -> np.ndarray:
    table = parquet.read_table(path, use_threads=False)
    return np.column_stack([column.to_numpy() for column in table.columns])


def by_csv(path: Path) -> np.ndarray:
    table = csv.read_csv(path, csv.ReadOptions(use_threads=False))
    return np.column_stack([column.to_numpy() for column in table.columns])


def numpy_copied(path: Path) -> np.ndarray:
    return np.load(path)


def parse_copied(path: Path) -> np.ndarray:
    return np.array(parse(path))


def main() -> None:
    points = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder) / f"a.{name}" for name in ("npy", "parquet", "csv")}
        table = pa.table({f"x{i}": points[:, i] for i in range(D)})
        np.save(places["npy"], points)
        parquet.write_table(table, places["parquet"])
        csv.write_csv(table, places["csv"])
        alone: dict[str, Callable[[Path], np.ndarray]] = {"npy": by_numpy, "parquet": by_parquet, "csv": by_csv}
        for name, path in places.items():
            reference = alone[name](path)
            assert np.array_equal(parse(path), reference)
            assert np.array_equal(np.asarray(load(path, kind="points").points), reference)
            seconds = alternate(
                RUNS,
                parse=partial(parse, path),
                alone=partial(alone[name], path),
                load=partial(load, path, kind="points"),
                sha256=lambda path=path: hashlib.sha256(path.read_bytes()).digest(),
            )
            if name == "npy":  # mapping costs nothing on either side: reading every value is the fair work
                seconds |= alternate(RUNS, alone_copied=partial(numpy_copied, path), parse_copied=partial(parse_copied, path))
                speed = seconds["alone_copied"]["median"] / seconds["parse_copied"]["median"]
            else:
                speed = seconds["alone"]["median"] / seconds["parse"]["median"]
            with_all = seconds["alone_copied" if name == "npy" else "alone"]["median"] / seconds["load"]["median"]
            row: dict[str, object] = {"work": f"{name}, {N:,} × {D} float32", "bytes": path.stat().st_size, "goal": 0.9}
            rows.append(row | {"speed_parse": round(speed, 3), "speed_load": round(with_all, 3), "met": speed >= 0.9} | seconds)
    write("readers", rows)


if __name__ == "__main__":
    main()
