"""Damaged bytes: a representation, or one of our errors, and nothing else."""

import gzip
import io
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gromov.core import DataWarning, InputError, MemoryEstimateError, Representation
from gromov.data import load

POINTS = np.random.default_rng(0).normal(size=(12, 5))
MUTATIONS = 500


def npy() -> bytes:
    stored = io.BytesIO()
    np.save(stored, POINTS)
    return stored.getvalue()


def npz(compression: int) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", compression) as archive:
        archive.writestr("x.npy", npy())
        labels = io.BytesIO()
        np.save(labels, np.arange(12))
        archive.writestr("y.npy", labels.getvalue())
    return stored.getvalue()


TABLE = b"x,y,z\n" + b"".join(b"%d,%d.5,-1e%d\n" % (i, i * i, i) for i in range(12))
EDGES = b"# edges\n0 1 {}\n1 2\n2 3 5\n3 4\n4 0\n"
IDX = bytes([0, 0, 8, 2]) + np.array([6, 4], ">u4").tobytes() + bytes(range(24))
SEEDS = {
    "a.npy": npy(),
    "stored.npz": npz(zipfile.ZIP_STORED),
    "deflated.npz": npz(zipfile.ZIP_DEFLATED),
    "a.npy.gz": gzip.compress(npy()),
    "a.csv": TABLE,
    "a.edges": EDGES,
    "a-idx": IDX,
    "a.csv.gz": gzip.compress(TABLE),
}


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    raw = bytearray(content)
    reach = len(raw) if random.random() < 0.5 else min(len(raw), 140)
    for _ in range(int(random.integers(1, 9))):
        place = int(random.integers(reach)) % max(1, len(raw))
        match int(random.integers(5)):
            case 0:
                raw[place] = int(random.integers(256))
            case 1:
                raw[place] ^= 1 << int(random.integers(8))
            case 2:
                del raw[place : place + int(random.integers(1, 20))]
            case 3:
                raw[place:place] = bytes(random.integers(0, 256, int(random.integers(1, 9)), dtype=np.uint8))
            case _:
                raw[place : place + 1] = random.choice(np.frombuffer(b"0123456789,'(){}[]L<>|O:- \n", np.uint8), 2).tobytes()
        if not raw:
            break
    return bytes(raw)


@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    random = np.random.default_rng(sum(name.encode()))
    path = tmp_path / name
    outcomes = {"read": 0, "refused": 0}
    for _ in range(MUTATIONS):
        content = mutated(SEEDS[name], random)
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)
                data = load(path, flatten=True)
        except (InputError, MemoryEstimateError) as error:
            outcomes["refused"] += 1
            if "\n" in str(error):
                pytest.fail(f"more than one sentence: {error}")
        else:
            outcomes["read"] += 1
            assert isinstance(data, Representation)
            assert data.n >= 4
    assert outcomes["refused"] > MUTATIONS // 10


@pytest.mark.parametrize("name", ["a.npy", "stored.npz", "a.npy.gz", "a-idx", "a.csv.gz"])
def test_every_truncation_is_refused(tmp_path: Path, name: str) -> None:
    content = SEEDS[name]
    for size in range(len(content)):
        (tmp_path / name).write_bytes(content[:size])
        with pytest.raises(InputError):
            load(tmp_path / name)
