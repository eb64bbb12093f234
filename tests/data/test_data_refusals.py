"""Every refusal is one sentence of the right type that names what it is about."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gromov.core import InputError, MemoryEstimateError
from gromov.data import load

POINTS = np.random.default_rng(0).normal(size=(12, 5))
GOOD = "x,y,z\n" + "\n".join(f"{i},{i * i}.5,{i}" for i in range(6)) + "\n"


def npy(array: np.ndarray, *, pickled: bool = False) -> bytes:
    stored = io.BytesIO()
    np.save(stored, array, allow_pickle=pickled)
    return stored.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def npz(**arrays: np.ndarray) -> bytes:
    stored = io.BytesIO()
    np.savez(stored, **arrays)  # type: ignore[arg-type]
    return stored.getvalue()


def pickled_npz() -> bytes:
    return zipped({"x.npy": npy(np.array([{}, []], dtype=object), pickled=True)})


def zipped(members: dict[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stored.getvalue()


def encrypted() -> bytes:
    raw = bytearray(zipped({"x.npy": npy(POINTS)}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 16), }\n"

FILES: dict[str, tuple[bytes, list[str]]] = {
    "empty.npy": (b"", ["is empty"]),
    "empty.csv": (b"", ["is empty"]),
    "blank.csv": (b"\n\n \n", ["is empty"]),
    "header.csv": (b"x,y\n", ["no rows below its header"]),
    "magic.npy": (b"not numpy at all", ["is not an .npy file"]),
    "magic.npz": (b"not a zip either", ["is not an .npz archive"]),
    "short.npy": (npy(POINTS)[:200], ["truncated", "12 × 5", "200 bytes"]),
    "cut-header.npy": (npy(POINTS)[:40], ["truncated in its header"]),
    "cut-magic.npy": (npy(POINTS)[:7], ["truncated"]),
    "short.npz": (npz(x=POINTS)[:300], ["damaged or truncated"]),
    "short.npy.gz": (gzip.compress(npy(POINTS))[:100], ["damaged or truncated"]),
    "huge.npy": (header(HUGE) + b"\0" * 64, ["truncated", "1000000000000 × 16"]),
    "version.npy": (b"\x93NUMPY\x09" + npy(POINTS)[7:], ["version"]),
    "code.npy": (header("__import__('os').system('true')\n"), ["damaged .npy header"]),
    "shape.npy": (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 4), }\n") + b"\0" * 128, ["damaged .npy header"]),
    "keys.npy": (header("{'descr': '<f8'}\n") + b"\0" * 128, ["damaged .npy header"]),
    "nothing.npy": (npy(np.zeros((0, 5))), ["is empty", "0 × 5"]),
    "objects.npy": (npy(np.array([{}, []], dtype=object), pickled=True), ["pickled Python objects, which are never loaded"]),
    "objects.npz": (pickled_npz(), ["array x", "pickled Python objects, which are never loaded"]),
    "structured.npy": (npy(np.zeros(5, dtype=[("a", "f8"), ("b", "f8")])), ["structured array"]),
    "bfloat16.npy": (npy(np.zeros((5, 5), dtype="V2")), ["2 bytes", "bfloat16", "float32"]),
    "complex.npy": (npy(POINTS.astype(np.complex64)), ["complex numbers"]),
    "text.npy": (npy(POINTS.astype(str)), ["text"]),
    "dates.npy": (npy(np.zeros((5, 5), dtype="M8[s]")), ["is a structured array"]),
    "line.npy": (npy(np.arange(9.0)), ["one dimension", "n × 1"]),
    "number.npy": (npy(np.array(9.0)), ["single number"]),
    "images.npy": (npy(np.zeros((5, 4, 3))), ["5 × 4 × 3", "--flatten"]),
    "nan.npy": (npy(np.where(np.arange(60).reshape(12, 5) == 33, np.nan, POINTS)), ["row 6", "NaN"]),
    "equal.npy": (npy(np.ones((9, 2))), ["all points are equal"]),
    "three.npy": (npy(POINTS[:3]), ["at least 4 points"]),
    "several.npz": (npz(x=POINTS, z=POINTS), ["x, z", "--array"]),
    "lines.npz": (npz(x=np.arange(4.0), y=np.arange(4)), ["no array of n × d", "x (4)"]),
    "deep.npz": (npz(x=np.zeros((5, 4, 3)), y=np.arange(5)), ["5 × 4 × 3", "--flatten"]),
    "encrypted.npz": (encrypted(), ["encrypted"]),
    "zip.zip": (zipped({"a.txt": b"1 2", "b.txt": b"3"}), ["::a.txt", "a.txt, b.txt"]),
    "torch.pt": (zipped({"archive/data.pkl": b"\x80\x02", "archive/data/0": b"1234"}), ["damaged", "torch.save"]),
    "pickle.pkl": (b"\x80\x04\x95.", ["pickle, which is never loaded"]),
    "table.parquet": (b"PAR1....", ["damaged"]),
    "image.png": (b"\x89PNG\r\n\x1a\n....", ["image"]),
    "binary.bin": (bytes(range(1, 90)) + b"\0\0" + bytes(range(256)), ["format that is not read", ".npz"]),
    "utf16.csv": (GOOD.encode("utf-16"), ["not UTF-8", "0xff"]),
    "latin.csv": ("é,y\n1,2\n".encode("latin-1"), ["not UTF-8", "0xe9"]),
    "ragged.csv": (GOOD.encode() + b"1,2\n", ["line 8", "2 fields", "3 are expected"]),
    "wide.csv": (GOOD.encode() + b"1,2,3,4\n", ["line 8", "4 fields"]),
    "missing.csv": (GOOD.replace("3,9.5,3", "3,,3").encode(), ["line 5", "column y is empty"]),
    "word.csv": (GOOD.replace("3,9.5,3", "3,n/a,3").encode(), ["line 5", "column y", "'n/a'"]),
    "underscore.csv": (GOOD.replace("3,9.5,3", "3,9_5,3").encode(), ["line 5", "column y", "'9_5'"]),
    "nan.csv": (GOOD.replace("9.5", "nan").encode(), ["row 3", "NaN"]),
    "columns.csv": (GOOD.replace(",y,", ",kind,").replace(".5", "a").encode(), ["column kind", "--columns", "--labels", "--names"]),
    "two.csv": (b"x,a,b,c\n" + b"1,u,v,2\n" * 5, ["columns a, b", "--columns"]),
    "ids.csv": (b"id1,id2,weight\na,b,1\nb,c,1\n", ["--as edges"]),
    "integers.csv": (b"0,1\n1,2\n2,3\n3,4\n4,0\n", ["--as edges", "--as points"]),
    "idx.gz": (gzip.compress(bytes([0, 0, 8, 3]) + np.array([5, 2, 2], ">u4").tobytes() + b"\0" * 9), ["truncated", "5 × 2 × 2"]),
    "idx-header": (bytes([0, 0, 8, 3, 0, 0]), ["truncated in its header"]),
    "idx-empty": (bytes([0, 0, 8, 1, 0, 0, 0, 0]), ["is empty"]),
    "short.edges": (b"a b\nb c\nc\n", ["line 3", "no edge"]),
    "one.edges": (b"a\nb\n", ["no edge"]),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    content, words = FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load(tmp_path / name)
    sentence = str(caught.value)
    assert not isinstance(caught.value, MemoryEstimateError)
    about_values = name.partition(".")[0] in ("nan", "equal", "three")
    assert about_values or name in sentence
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence


CALLS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "kind": (lambda p: load(p / "x.npy", kind="tensor"), ["--as is 'tensor'", "edges"]),  # type: ignore[arg-type]
    "normalize": (lambda p: load(p / "x.npy", normalize="max"), ["--normalize is 'max'", "center-l2"]),  # type: ignore[arg-type]
    "sample": (lambda p: load(p / "x.npy", sample=0), ["--sample is 0"]),
    "few": (lambda p: load(p / "x.npy", sample=3), ["at least 4 points"]),
    "seed": (lambda p: load(p / "x.npy", seed=-1), ["--seed is -1"]),
    "array": (lambda p: load(p / "x.npz", array="w"), ["--array", "'w'", "x (12 × 5)"]),
    "text array": (lambda p: load(p / "x.npz", array="t"), ["array t", "text"]),
    "column": (lambda p: load(p / "x.csv", columns=["w"]), ["--columns", "'w'", "x, y, z"]),
    "number": (lambda p: load(p / "bare.csv", columns=["9"]), ["--columns", "'9'", "1 to 3"]),
    "labels": (lambda p: load(p / "x.npz", labels="w"), ["--labels w", "y"]),
    "labels of a csv": (lambda p: load(p / "x.csv", labels="w"), ["--labels w"]),
    "few labels": (lambda p: load(p / "x.npy", labels=str(p / "three.txt")), ["12 points but 3 labels"]),
    "few names": (lambda p: load(p / "x.npz", names="few"), ["12 points but 3 names"]),
    "deep labels": (lambda p: load(p / "x.npy", labels=str(p / "x.npy")), ["one value for each point"]),
    "wide labels": (lambda p: load(p / "x.npy", labels=str(p / "x.csv")), ["3 columns"]),
    "object labels": (lambda p: load(p / "x.npy", labels=str(p / "o.npy")), ["o.npy", "never loaded"]),
    "where": (lambda p: load(p / "x.npy", where="y==1"), ["where", "no columns beside the points"]),
    "where csv": (lambda p: load(p / "x.csv", where="w==1"), ["where", "'w'"]),
    "not square": (lambda p: load(p / "x.npy", kind="distances"), ["square", "12 × 5"]),
    "not square sampled": (lambda p: load(p / "x.npy", kind="distances", sample=4), ["square", "12 × 5"]),
    "scaled distances": (lambda p: load(p / "d.npy", kind="distances", normalize="center"), ["--normalize", "distances"]),
    "flat distances": (lambda p: load(p / "d.npy", kind="distances", flatten=True), ["--flatten", "distances"]),
    "not edges": (lambda p: load(p / "x.npy", kind="edges"), ["--as edges", "m × 2"]),
    "negative nodes": (lambda p: load(p / "n.npy", kind="edges"), ["node -1"]),
    "far nodes": (lambda p: load(p / "f.npy", kind="edges"), ["node 1000000000000"]),
    "sampled graph": (lambda p: load(p / "g.edges", sample=4), ["--sample", "graph"]),
    "selected graph": (lambda p: load(p / "g.edges", where="a==1"), ["--where", "graph"]),
    "scaled graph": (lambda p: load("tree", normalize="l2"), ["--normalize", "tree"]),
    "graph as points": (lambda p: load("tree", kind="points"), ["--as points", "tree"]),
    "one column": (lambda p: load(p / "g.edges", columns=["1"]), ["--columns", "u,v,w"]),
    "length": (lambda p: load(p / "w.edges", columns=["1", "2", "3"]), ["line 2", "'-1'"]),
    "folder": (load, ["is a folder"]),
    "device": (lambda p: load("/dev/zero"), ["not a regular file"]),
    "absent": (lambda p: load(p / "absent.npy"), ["there is no file", "absent.npy"]),
    "absent text": (lambda p: load("points.npy"), ["there is no file points.npy"]),
    "null byte": (lambda p: load("a\0b"), ["no file, data set"]),
    "long": (lambda p: load("a" * 5000), ["no file, data set"]),
    "member": (lambda p: load(f"{p}/x.zip::b.edges"), ["there is no", "b.edges", "a.edges"]),
    "not a zip": (lambda p: load(f"{p}/x.npy::b.edges"), ["x.npy", "damaged"]),
    "unknown": (lambda p: load("spheer"), ["'spheer'", "did you mean sphere", "gromov data list"]),
    "nothing": (lambda p: load(""), ["folder"]),
    "set array": (lambda p: load("digits", array="x"), ["--array", "digits"]),
    "set as edges": (lambda p: load("digits", kind="edges"), ["digits", "--as edges"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_cannot_be_answered(tmp_path: Path, name: str) -> None:
    np.save(tmp_path / "x.npy", POINTS)
    np.save(tmp_path / "d.npy", np.abs(POINTS[:, :1] - POINTS[:, 0]))
    np.save(tmp_path / "n.npy", np.array([[0, 1], [-1, 2]]))
    np.save(tmp_path / "f.npy", np.array([[0, 1], [1, 10**12]]))
    np.save(tmp_path / "o.npy", np.array([{}] * 12, dtype=object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=POINTS, y=np.arange(12), t=POINTS.astype(str), few=np.array(["a", "b", "c"]))
    (tmp_path / "x.csv").write_text(GOOD)
    (tmp_path / "bare.csv").write_text(GOOD.partition("\n")[2])
    (tmp_path / "three.txt").write_text("a\nb\nc\n")
    (tmp_path / "g.edges").write_text("0 1\n1 2\n2 3\n")
    (tmp_path / "w.edges").write_text("0 1 1\n1 2 -1\n2 3 1\n")
    (tmp_path / "x.zip").write_bytes(zipped({"a.edges": b"0 1\n1 2\n2 3\n"}))
    call, words = CALLS[name]
    with pytest.raises(InputError) as caught:
        call(tmp_path)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_forbidden_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", POINTS)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"x\.npy may not be read: check its permissions"):
        load(tmp_path / "x.npy")
    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(InputError, match="may not be read"):
        load(tmp_path / "x.npy")


@pytest.mark.parametrize("name", ["bomb.npz", "bomb.npy.gz", "bomb.gz"])
def test_bombs_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A few kilobytes that unpack to 64 MB, on a machine that has 32 MB left."""
    bomb = npy(np.zeros((2**13, 2**10)))
    idx = bytes([0, 0, 8, 2]) + np.array([2**13, 2**13], ">u4").tobytes() + b"\0" * 2**26
    content = {
        "bomb.npz": lambda: zipped({"x.npy": bomb}),
        "bomb.npy.gz": lambda: gzip.compress(bomb),
        "bomb.gz": lambda: gzip.compress(idx),
    }
    (tmp_path / name).write_bytes(content[name]())
    monkeypatch.setattr("gromov.core.memory.psutil.virtual_memory", lambda: type("Memory", (), {"available": 2**25}))
    with pytest.raises(MemoryEstimateError, match=r"needs 67\.1 MB"):
        load(tmp_path / name)


def test_one_endless_line_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "line.csv.gz").write_bytes(gzip.compress(b"1" * 2**28))
    monkeypatch.setattr("gromov.core.memory.psutil.virtual_memory", lambda: type("Memory", (), {"available": 2**25}))
    with pytest.raises(MemoryEstimateError, match=r"line\.csv\.gz"):
        load(tmp_path / "line.csv.gz")


def test_large_memory_maps_are_not_normalised_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(4000, 100)).astype(np.float16))
    monkeypatch.setattr("gromov.core.memory.psutil.virtual_memory", lambda: type("Memory", (), {"available": 10**6}))
    assert load(tmp_path / "x.npy").n == 4000
    assert load(tmp_path / "x.npy", normalize="center", sample=100).n == 100
    with pytest.raises(MemoryEstimateError, match=r"--normalize center of 4000 × 100 points needs 1\.6 MB"):
        load(tmp_path / "x.npy", normalize="center")
