"""Sources that are no ordinary files, and small files that ask for much memory: refused, and nothing waits or runs."""

import gzip
import io
import json
import os
import pickle
import socket
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gromov.core import InputError, MemoryEstimateError
from gromov.data import load

POINTS = np.random.default_rng(0).normal(size=(12, 5))
BILLIONS = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 16), }\n"
CLAIM = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(BILLIONS)) + BILLIONS.encode() + b"\0" * 64


def refused(source: Path | str, **options: object) -> str:
    """The sentence of a refusal that does not keep anybody waiting."""
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        load(source, **options)  # type: ignore[arg-type]
    assert time.monotonic() - start < 20
    return str(caught.value)


def zipped(members: dict[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stored.getvalue()


def npy(array: np.ndarray) -> bytes:
    stored = io.BytesIO()
    np.save(stored, array)
    return stored.getvalue()


def tensors(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + np.arange(20, dtype="<f4").tobytes()


# No ordinary files


def test_pipes_sockets_and_devices_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npy")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        (tmp_path / "zero.csv").symlink_to("/dev/zero")
        for source in (tmp_path / "pipe.npy", tmp_path / "s", tmp_path / "zero.csv", "/dev/zero", "/dev/null"):
            assert "is not a regular file" in refused(source)
            assert "there is no column and no file" in refused_labels(tmp_path, str(source))


def refused_labels(folder: Path, labels: str) -> str:
    np.save(folder / "x.npy", POINTS)
    return refused(folder / "x.npy", labels=labels)


@pytest.mark.parametrize("text", [False, True])
def test_links(tmp_path: Path, text: bool) -> None:
    np.save(tmp_path / "x.npy", POINTS)
    (tmp_path / "good.npy").symlink_to("x.npy")
    (tmp_path / "a.npy").symlink_to("b.npy")
    (tmp_path / "b.npy").symlink_to("a.npy")
    (tmp_path / "c.npy").symlink_to("gone.npy")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "again").symlink_to(".")

    def place(name: str) -> Path | str:
        return str(tmp_path / name) if text else tmp_path / name

    assert load(place("good.npy")).n == 12
    assert "is a symbolic link to b.npy, which leads in a circle" in refused(place("a.npy"))
    assert "is a symbolic link to gone.npy, which does not exist" in refused(place("c.npy"))
    assert "is a folder, and neither a saved data set, a finished fit, nor one of images" in refused(place("d"))
    (tmp_path / "d" / "network.safetensors").touch()
    assert "--inputs DATA" in refused(place("d"))


@pytest.mark.parametrize("name", ["new\nline.npy", "ünï 😀.npy", os.fsdecode(b"\xff\xfe.npy"), "l" * 250 + ".npy", "-.npy", "a::b.npy"])
def test_odd_names_of_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(npy(POINTS))
    assert load(tmp_path / name).n == 12


@pytest.mark.parametrize("part", ["fifo", "device", "socket"])
def test_saved_data_sets_of_pipes_are_refused(tmp_path: Path, part: str) -> None:
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "part.arrow"}]}')
    with socket.socket(socket.AF_UNIX) as listening:
        if part == "fifo":
            os.mkfifo(tmp_path / "part.arrow")
        elif part == "device":
            (tmp_path / "part.arrow").symlink_to("/dev/zero")
        else:
            listening.bind(str(tmp_path / "part.arrow"))
        assert "part.arrow is not a regular file" in refused(tmp_path)


@pytest.mark.parametrize("name", ["../x.arrow", "/etc/passwd", "a\0b", "", "..", ".", "a/b.arrow"])
def test_saved_data_sets_name_files_beside_themselves(tmp_path: Path, name: str) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "x.arrow").write_bytes(b"ARROW1")
    (tmp_path / "set" / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
    assert "does not name the files of the data set" in refused(tmp_path / "set")


# Names of members that climb out of the archive: they are read where they are, and nothing is unpacked


def test_members_that_climb_are_not_unpacked(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "x.npz").write_bytes(zipped({"../../evil.npy": npy(POINTS)}))
    (folder / "x.zip").write_bytes(zipped({"../../evil.csv": b"x,y\n1.5,2\n2,3\n3,5\n4,7\n"}))
    assert load(folder / "x.npz").n == 12
    assert load(f"{folder}/x.zip::../../evil.csv").n == 4
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["x.npz", "x.zip"]


# Files that claim or unpack to more than there is


CLAIMS = {
    "a.npy": (CLAIM, "truncated"),
    "a.npy.gz": (gzip.compress(CLAIM), r"needs 128\.0 TB"),
    "a.npz": (zipped({"x.npy": CLAIM}), "truncated"),
    "a-idx": (bytes([0, 0, 14, 2]) + np.array([4 * 10**9, 10**6], ">u4").tobytes() + b"\0" * 64, r"needs 32000\.0 TB"),
    "a.bin": (b"1000000000 100\nword " + np.ones(100, "<f4").tobytes() * 2, "1000000000 words with 100 numbers"),
    "a.safetensors": (tensors(b'{"x":{"dtype":"F32","shape":[1000000000000,16],"data_offsets":[0,64000000000000]}}'), "truncated"),
    "a.csv": (b"1,2\n" * 5 + b'"' + b"9" * 2**24, "a.csv"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_of_billions_of_rows_are_refused(tmp_path: Path, name: str) -> None:
    content, words = CLAIMS[name]
    (tmp_path / name).write_bytes(content)
    start = time.monotonic()
    with pytest.raises((InputError, MemoryEstimateError), match=words):
        load(tmp_path / name, flatten=True, kind="points")
    assert time.monotonic() - start < 20


def test_hdf5_and_arrow_claims_are_refused(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as stored:
        stored.create_dataset("x", shape=(10**12, 16), dtype="f4", chunks=(1000, 16), compression="gzip")
        stored["link"] = h5py.ExternalLink("/etc/passwd", "/x")
        stored["self"] = h5py.SoftLink("/self")
    with pytest.raises(MemoryEstimateError, match=r"1000000000000 rows of array x of .* needs 64\.0 TB"):
        load(tmp_path / "a.h5")


HEADERS = {
    "deep lists": b'{"x":' + b"[" * 10**6,
    "deep objects": b'{"x":' * 10**5,
    "endless number": b'{"x":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,80]}}',
    "negative": b'{"x":{"dtype":"F32","shape":[-5,-4],"data_offsets":[0,80]}}',
    "no object": b'["x"]',
    "no entry": b'{"x":5}',
    "infinite": b'{"x":{"dtype":"F32","shape":[Infinity,4],"data_offsets":[0,80]}}',
}


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers_of_safetensors_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.safetensors").write_bytes(tensors(HEADERS[name]))
    assert "damaged safetensors header" in refused(tmp_path / "a.safetensors")


def test_one_long_text_does_not_take_the_room_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of an array take the room of the longest: 2,000 labels, one of a million letters, are 8 GB."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    labels = ["a", "b"] * 999 + ["c" * 10**6] * 2
    points = np.random.default_rng(0).normal(size=(2000, 2))
    parquet.write_table(pa.table({"x": points[:, 0], "y": points[:, 1], "label": labels}), tmp_path / "x.parquet", compression="zstd")
    rows = "\n".join(f"{x},{y},{label}" for (x, y), label in zip(points, labels, strict=True))
    (tmp_path / "x.csv").write_text(f"x,y,label\n{rows}\n")
    (tmp_path / "x.txt").write_text("\n".join(labels))
    np.save(tmp_path / "x.npy", points)
    monkeypatch.setattr("gromov.core.memory.psutil.virtual_memory", lambda: type("Memory", (), {"available": 2**30}))
    for source, column in (("x.parquet", "label"), ("x.csv", "label"), ("x.npy", str(tmp_path / "x.txt"))):
        with pytest.raises(MemoryEstimateError, match=r"the room of the longest|joining"):
            load(tmp_path / source, labels=column)


def test_long_rows_are_no_long_fields(tmp_path: Path) -> None:
    """A row of 70,000 numbers is longer than any field may be; parted by the wrong sign it would be one field."""
    points = np.random.default_rng(0).integers(0, 100, (5, 70_000))
    np.savetxt(tmp_path / "x.csv", points, fmt="%d.5", delimiter=",")
    found = load(tmp_path / "x.csv").points
    np.testing.assert_array_equal(found, points + 0.5)


def test_an_open_quote_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b'x,y\n"' + b"a" * 10**6)
    assert "x.csv" in refused(tmp_path / "x.csv")


# Code in files


class Touch:
    """Executed where it is loaded as a pickle."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("name", ["a.pt", "b.pt", "c.pkl", "d.npy", "e.npz"])
def test_nothing_in_a_file_is_executed(tmp_path: Path, name: str) -> None:
    torch = pytest.importorskip("torch")
    evil, path = Touch(tmp_path / "touched"), tmp_path / name
    raw = npy(np.zeros(5)).replace(b"'<f8'", b"'|O' ")[:128] + pickle.dumps([evil] * 5)
    match name:
        case "a.pt":
            torch.save({"x": torch.zeros(5, 5), "evil": evil}, path)
        case "b.pt":
            torch.save(evil, path, _use_new_zipfile_serialization=False)
        case "c.pkl":
            path.write_bytes(pickle.dumps(evil))
        case "d.npy":
            path.write_bytes(raw)
        case _:
            path.write_bytes(zipped({"x.npy": raw}))
    assert "never loaded" in refused(path)
    assert not (tmp_path / "touched").exists()


# Tables whose one column of numbers is no point


def test_one_column_of_numbers_beside_pictures_is_asked_for(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    pictures = pa.array([{"bytes": bytes([i]), "path": f"{i}.png"} for i in range(9)])
    parquet.write_table(pa.table({"image": pictures, "label": np.arange(9) % 3}), tmp_path / "x.parquet")
    assert "one column of numbers (label) beside columns that are none (image)" in refused(tmp_path / "x.parquet")
    assert load(tmp_path / "x.parquet", columns=["label"]).points.shape == (9, 1)
    parquet.write_table(pa.table({"x": np.arange(9.0)}), tmp_path / "y.parquet")
    assert load(tmp_path / "y.parquet").points.shape == (9, 1)
    parquet.write_table(pa.table({"x": np.arange(9.0), "kind": ["a"] * 9}), tmp_path / "z.parquet")
    assert load(tmp_path / "z.parquet", labels="kind").points.shape == (9, 1)
