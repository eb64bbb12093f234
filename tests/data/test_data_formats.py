"""The readers of Parquet, Arrow, safetensors, PyTorch, HDF5, vectors of words, folders, patterns and standard input."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import fuzz_seeds
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from pyarrow import feather, ipc, parquet
from safetensors.torch import save_file

from gromov.core import Graph, InputError, MemoryEstimateError, MissingDependencyError, as_representation
from gromov.data import load
from gromov.data.select import sample_rows

POINTS = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
LABELS = np.array([f"class {i % 3}" for i in range(50)])
WORDS = [f"wörd {i}" if i == 7 else f"word{i}" for i in range(50)]


def write_typed(path: Path, table: pa.Table) -> None:
    if path.suffix == ".parquet":
        parquet.write_table(table, path, row_group_size=7)
    elif path.suffix == ".feather":
        feather.write_feather(table, str(path))
    else:
        make = ipc.new_stream if path.suffix == ".stream" else ipc.new_file
        with make(str(path), table.schema) as sink:
            sink.write_table(table, max_chunksize=7)


TYPED = ["a.parquet", "a.feather", "a.arrow", "a.stream"]


@pytest.mark.parametrize("name", TYPED)
def test_numeric_columns_are_points(tmp_path: Path, name: str) -> None:
    columns = {f"x{i}": POINTS[:, i] for i in range(5)}
    write_typed(tmp_path / name, pa.table({"word": WORDS, **columns, "label": pa.array(LABELS).dictionary_encode()}))
    data = load(tmp_path / name, labels="label", names="word")
    assert np.array_equal(data.points, POINTS)
    assert data.points.dtype == np.float32
    assert data.labels is not None
    assert data.labels.tolist() == LABELS.tolist()
    assert data.names == tuple(WORDS)
    assert data.source.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    chosen = load(tmp_path / name, columns=["x3", "x0"], where="label=='class 1'")
    assert np.array_equal(chosen.points, POINTS[LABELS == "class 1"][:, [3, 0]])


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.float16(), 5)])
def test_one_column_of_vectors(tmp_path: Path, name: str, kind: pa.DataType) -> None:
    if name == "a.parquet" and kind.value_type == pa.float16():
        kind = pa.list_(pa.float32(), 5)
    points = POINTS.astype(kind.value_type.to_pandas_dtype())
    write_typed(tmp_path / name, pa.table({"id": np.arange(50), "vector": pa.array(list(points), kind)}))
    data = load(tmp_path / name, names="id")
    assert np.array_equal(data.points, points)
    assert data.names is not None
    assert data.names[:2] == ("0", "1")
    drawn = load(tmp_path / name, sample=9, seed=4, names="id")
    rows = sample_rows(50, 9, 4)
    assert np.array_equal(drawn.points, points[rows])
    assert drawn.names == tuple(map(str, rows))
    assert drawn.source.notes[-1] == "random sample of 9 of 50 rows without replacement, seed 4"


def test_tables_that_make_no_points_are_refused(tmp_path: Path) -> None:
    cases: dict[str, tuple[pa.Table, str]] = {
        "text": (pa.table({"a": ["x"] * 9}), "no columns of numbers: its columns are a"),
        "ragged": (pa.table({"v": [[1.0, 2.0]] * 8 + [[1.0]]}), "row 8 holds a vector of another length than 2"),
        "swapped": (pa.table({"v": [[1.0, 2.0]] * 7 + [[1.0], [1.0, 2.0, 3.0]]}), "row 7 holds a vector of another length"),
        "null": (pa.table({"a": pa.array([1.0] * 8 + [None])}), "column a .* has no value in row 8"),
        "null-vector": (pa.table({"v": pa.array([[1.0]] * 8 + [None])}), "has no value in row 8"),
        "null-inside": (pa.table({"v": pa.array([[1.0, 2.0]] * 8 + [[1.0, None]])}), "has no value"),
        "two": (pa.table({"v": [[1.0]] * 9, "w": [[1.0]] * 9}), "holds vectors: choose it alone, with --columns v"),
        "empty": (pa.table({"a": pa.array([], pa.float64())}), "holds no rows"),
        "hollow": (pa.table({"v": pa.array([[]] * 9, pa.list_(pa.float64()))}), "vectors have length 0"),
    }
    for name, (table, words) in cases.items():
        parquet.write_table(table, tmp_path / f"{name}.parquet")
        with pytest.raises(InputError, match=words):
            load(tmp_path / f"{name}.parquet")
    with pytest.raises(InputError, match="has no column 'b'"):
        load(tmp_path / "null.parquet", columns=["b"])


def test_edges_of_a_typed_table(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"child": np.arange(1, 9), "parent": np.arange(1, 9) // 2}), tmp_path / "a.parquet")
    assert isinstance(load(tmp_path / "a.parquet", kind="edges").data, Graph)


def test_what_is_larger_than_memory_can_be_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet.write_table(pa.table({"vector": list(POINTS)}), tmp_path / "a.parquet", row_group_size=7)
    np.save(tmp_path / "labels.npy", np.arange(50))

    def little(needed: int, *, step: str, remedy: str) -> None:
        if needed > 500:
            raise MemoryEstimateError(f"{step} is too large: {remedy}")

    monkeypatch.setattr("gromov.data.readers.draw.require_memory", little)
    with pytest.raises(MemoryEstimateError, match="--sample N"):
        load(tmp_path / "a.parquet")
    data = load(tmp_path / "a.parquet", sample=20, labels=str(tmp_path / "labels.npy"))
    assert data.labels is not None
    assert data.labels.tolist() == sample_rows(50, 20, 0).tolist()
    assert np.array_equal(data.points, POINTS[data.labels])


@pytest.mark.parametrize("sample", [5, 400, 4900])
@pytest.mark.parametrize("shape", [(5000, 3), (5000, 2, 2)])
def test_only_the_rows_of_a_sample_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: int, shape: tuple[int, ...]) -> None:
    monkeypatch.setattr("gromov.data.readers.draw.BLOCK", 2000)
    points = np.arange(np.prod(shape)).reshape(shape).astype(np.float32)
    np.save(tmp_path / "a.npy", points)
    np.save(tmp_path / "f.npy", np.asfortranarray(points))
    save_file({"x": torch.from_numpy(points)}, tmp_path / "a.safetensors")
    expected = points[sample_rows(5000, sample, 2)].reshape(sample, -1)
    for name in ("a.npy", "f.npy", "a.safetensors"):
        assert np.array_equal(load(tmp_path / name, sample=sample, seed=2, flatten=True).points, expected)


def test_a_sample_of_distances_is_of_rows_and_columns(tmp_path: Path) -> None:
    matrix = np.abs(POINTS[:, :1] - POINTS[:, :1].T).astype(np.float64)
    np.save(tmp_path / "a.npy", matrix)
    parquet.write_table(pa.table({"v": list(matrix)}), tmp_path / "a.parquet")
    for name in ("a.npy", "a.parquet"):
        assert load(tmp_path / name, kind="distances", sample=9).n == 9


def test_safetensors(tmp_path: Path) -> None:
    tensors = {"x": torch.from_numpy(POINTS), "half": torch.from_numpy(POINTS).bfloat16(), "y": torch.arange(50)}
    save_file(tensors, tmp_path / "a.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"several arrays .*--array"):
        load(tmp_path / "a.safetensors")
    data = load(tmp_path / "a.safetensors", array="x", labels="y")
    assert isinstance(data.points, np.memmap)
    assert np.array_equal(data.points, POINTS)
    half = load(tmp_path / "a.safetensors", array="half")
    assert half.points.dtype == np.float32
    assert np.array_equal(half.points, tensors["half"].float().numpy())
    assert half.source.notes == ("array half", "bfloat16 read as float32")
    drawn = load(tmp_path / "a.safetensors", array="half", labels="y", sample=7)
    assert drawn.labels is not None
    assert np.array_equal(drawn.points, half.points[drawn.labels])


def test_pytorch_files(tmp_path: Path) -> None:
    torch.save(torch.from_numpy(POINTS), tmp_path / "a.pt")
    assert np.array_equal(load(tmp_path / "a.pt").points, POINTS)
    torch.save({"x": torch.from_numpy(POINTS).bfloat16(), "y": torch.arange(50), "epoch": 3}, tmp_path / "b.pth")
    data = load(tmp_path / "b.pth", labels="y")
    assert data.points.dtype == np.float32
    assert "bfloat16 read as float32" in data.source.notes
    torch.save([1, 2, 3], tmp_path / "list.pt")
    with pytest.raises(InputError, match="holds a list: save one tensor"):
        load(tmp_path / "list.pt")
    torch.save({"model": torch.nn.Linear(2, 2)}, tmp_path / "model.pt")
    with pytest.raises(InputError, match="pickled objects, which are never loaded"):
        load(tmp_path / "model.pt")


def test_hdf5(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as stored:
        stored.create_dataset("group/x", data=POINTS, chunks=(8, 5), compression="gzip")
        stored["words"] = WORDS
        stored["linked"] = h5py.ExternalLink("other.h5", "x")
    data = load(tmp_path / "a.h5", names="words")
    assert np.array_equal(data.points, POINTS)
    assert data.names == tuple(WORDS)
    drawn = load(tmp_path / "a.h5", array="group/x", names="words", sample=11)
    assert np.array_equal(drawn.points, POINTS[sample_rows(50, 11, 0)])
    assert drawn.names == tuple(WORDS[i] for i in sample_rows(50, 11, 0))
    with h5py.File(tmp_path / "outside.h5", "w") as stored:
        stored.create_dataset("x", (50, 5), "f4", external=[(str(tmp_path / "raw"), 0, 1000)])
    with pytest.raises(InputError, match="other files, which are not followed"):
        load(tmp_path / "outside.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingDependencyError, match=r"gromov\[formats\]"):
        load(tmp_path / "a.h5")


@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("end", ["\n", " \n"])
def test_vectors_of_words_as_text(tmp_path: Path, header: bool, end: str) -> None:
    lines = [f"{word} {' '.join(map(repr, map(float, row)))}{end}" for word, row in zip(WORDS, POINTS, strict=True)]
    path = tmp_path / "vectors.txt"
    path.write_text(("50 5\n" if header else "") + "".join(lines), encoding="utf-8")
    data = load(path)
    assert np.array_equal(data.points, POINTS)
    assert data.names == tuple(WORDS)
    if header:
        path.write_text("51 5\n" + "".join(lines), encoding="utf-8")
        with pytest.raises(InputError, match="promises 51 words and holds 50"):
            load(path)
    path.write_text("".join(lines) + "last 1 2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 51 .* no word with 5 numbers"):
        load(path)


def test_vectors_of_words_in_binary(tmp_path: Path) -> None:
    rows = b"".join(word.replace(" ", "_").encode() + b" " + row.tobytes() + b"\n" for word, row in zip(WORDS, POINTS, strict=True))
    (tmp_path / "a.bin").write_bytes(b"50 5\n" + rows)
    data = load(tmp_path / "a.bin")
    assert np.array_equal(data.points, POINTS)
    assert data.names is not None
    assert data.names[7] == "wörd_7"
    drawn = load(tmp_path / "a.bin", sample=5)
    assert np.array_equal(drawn.points, POINTS[sample_rows(50, 5, 0)])
    (tmp_path / "b.bin").write_bytes(b"500000000000 5\n" + rows)
    with pytest.raises(InputError, match="truncated"):
        load(tmp_path / "b.bin")


def test_saved_data_sets(tmp_path: Path) -> None:
    fuzz_seeds.saved(tmp_path / "set" / "train")
    (tmp_path / "set" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    data = load(tmp_path / "set" / "train", labels="label")
    assert np.array_equal(data.points, fuzz_seeds.POINTS.astype(np.float32))
    with pytest.raises(InputError, match=r"splits train, test: name one, as in .*set/train"):
        load(tmp_path / "set")


def test_image_folders(tmp_path: Path) -> None:
    from PIL import Image

    for i in range(8):
        folder = tmp_path / "images" / f"class{i % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((3, 4), 10 * i, np.uint8)).save(folder / f"{i}.png")
    data = load(tmp_path / "images")
    assert data.points.shape == (8, 12)
    assert data.labels is not None
    assert data.labels.tolist() == ["class0"] * 4 + ["class1"] * 4
    assert data.names is not None
    assert data.names[1] == "class0/2.png"
    assert data.points[1].tolist() == [20] * 12
    assert load(str(tmp_path / "images"), where="label==class1").n == 4
    Image.new("RGB", (4, 3)).save(tmp_path / "images" / "class0" / "colour.png")
    assert load(tmp_path / "images").points.shape == (9, 36)
    Image.new("L", (9, 9)).save(tmp_path / "images" / "class0" / "large.png")
    with pytest.raises(InputError, match="scale all images to one size"):
        load(tmp_path / "images")


def test_patterns_join_files(tmp_path: Path) -> None:
    for i, part in enumerate(np.array_split(POINTS, 3)):
        np.save(tmp_path / f"part-{i}.npy", part)
        parquet.write_table(pa.table({"v": list(part), "label": LABELS[: len(part)]}), tmp_path / f"part-{i}.parquet")
        np.savetxt(tmp_path / f"part-{i}.csv", part, delimiter=",", header="a,b,c,d,e", comments="")
    for ending in ("npy", "parquet", "csv"):
        data = load(f"{tmp_path}/part-*.{ending}")
        assert np.allclose(data.points, POINTS)
        assert data.source.notes[0] == "3 files in sorted order"
        digests = b"".join(hashlib.sha256((tmp_path / f"part-{i}.{ending}").read_bytes()).digest() for i in range(3))
        assert data.source.sha256 == hashlib.sha256(digests).hexdigest()
        drawn = load(f"{tmp_path}/part-*.{ending}", sample=20, seed=1)
        assert np.allclose(drawn.points, POINTS[sample_rows(50, 20, 1)])
    with pytest.raises(InputError, match="several formats"):
        load(f"{tmp_path}/part-*")
    with pytest.raises(InputError, match="no file"):
        load(f"{tmp_path}/none-*.npy")
    np.save(tmp_path / "part-9.npy", POINTS[:, :3])
    with pytest.raises(InputError, match="all parts must have one width"):
        load(f"{tmp_path}/part-*.npy")


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    archive, array = io.BytesIO(), io.BytesIO()
    np.savez(archive, x=POINTS, y=np.arange(50))
    np.save(array, POINTS)
    csv = "\n".join(",".join(map(str, row)) for row in POINTS.tolist()).encode()
    for content, options in ((array.getvalue(), {}), (archive.getvalue(), {"labels": "y"}), (csv, {})):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        data = load("-", **options)
        assert np.allclose(np.asarray(data.points), POINTS)
        assert data.source.name == "standard input"
        assert data.source.sha256 == hashlib.sha256(content).hexdigest()
        assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(InputError, match="standard input is empty"):
        load("-")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(array.getvalue())))
    monkeypatch.setattr("gromov.data.standard_input.SPARE", 2**62)
    with pytest.raises(InputError, match="standard input is larger"):
        load("-")


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    (tmp_path / "dangling.npy").symlink_to(tmp_path / "nowhere.npy")
    with pytest.raises(InputError, match=r"is a symbolic link to .*nowhere.npy, which does not exist"):
        load(tmp_path / "dangling.npy")
    np.save(tmp_path / "a.npy", POINTS)
    (tmp_path / "link.npy").symlink_to(tmp_path / "a.npy")
    assert load(tmp_path / "link.npy").n == 50
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match="is not a regular file"):
            load(path)
        with pytest.raises(InputError, match="no column and no file"):
            load(tmp_path / "a.npy", labels=str(path))


def test_forbidden_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.npy", "a.parquet", "a.safetensors", "a.h5"):
        (tmp_path / name).write_bytes(b"x")

    def forbidden(self: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", forbidden)
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(InputError, match="may not be read: check its permissions"):
            load(path)


def test_frames_and_series() -> None:
    frame = pd.DataFrame(POINTS, columns=list("abcde"))
    assert as_representation(frame).points.shape == (50, 5)
    assert as_representation(pd.Series(list(POINTS))).points.shape == (50, 5)
    with pytest.raises(InputError, match="columns kind hold values that are not numbers"):
        as_representation(frame.assign(kind="x"))
    with pytest.raises(InputError, match="differ in length"):
        as_representation(pd.Series([[1.0, 2.0]] * 8 + [[1.0]]))


@pytest.mark.slow
def test_ten_gigabytes_are_sampled_in_little_memory(tmp_path: Path) -> None:
    """10 GB of float16, sparse on disk: the sample's rows are the only ones with numbers."""
    n, d = 50_000_000, 100
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f2", "fortran_order": False, "shape": (n, d)})
    path = tmp_path / "large.npy"
    with path.open("wb") as stream:
        stream.write(header.getvalue())
        for row in sample_rows(n, 2000, 0)[:1000].tolist():
            stream.seek(len(header.getvalue()) + row * d * 2)
            stream.write(np.full(d, row % 1000, "<f2").tobytes())
        stream.truncate(len(header.getvalue()) + n * d * 2)
    code = (
        "import sys; from gromov.data import load; data = load(sys.argv[1], sample=2000); "
        "status = open('/proc/self/status').read(); "  # unlike ru_maxrss, VmHWM knows nothing of the process before exec
        "print(data.n, status.split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    rows, peak = map(int, done.stdout.split())
    assert rows == 2000
    assert peak < 500_000, f"{peak} kB"
