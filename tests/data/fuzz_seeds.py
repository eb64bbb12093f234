"""Small good files of every format, to damage."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

POINTS = np.random.default_rng(0).normal(size=(12, 5))
LABELS = [f"class {i % 3}" for i in range(12)]
WORDS = [f"wörd{i}" for i in range(12)]


@dataclass
class Seed:
    """What to load, which files of it to damage, and the options of load."""

    source: Path
    targets: list[Path]
    options: dict[str, object] = field(default_factory=dict)


def npy(array: np.ndarray) -> bytes:
    stored = io.BytesIO()
    np.save(stored, array)
    return stored.getvalue()


def npz(compression: int) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", compression) as archive:
        archive.writestr("x.npy", npy(POINTS))
        archive.writestr("y.npy", npy(np.arange(12)))
    return stored.getvalue()


def member() -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", TABLE)
    return stored.getvalue()


TABLE = b"x,y,z\n" + b"".join(b"%d,%d.5,-1e%d\n" % (i, i * i, i) for i in range(12))
LABELLED = b"x\ty\tkind\n" + b"".join(b'%d\t%d.5\t"%s"\n' % (i, i * i, label.encode()) for i, label in enumerate(LABELS))
LENGTHS = b"u,v,w\n" + b"".join(b"%d,%d,%d.5\n" % (i, (i + 1) % 7, i) for i in range(7))
EDGES = b"# edges\n0 1 {}\n1 2\n2 3 5\n3 4\n4 0\n"
IDX = bytes([0, 0, 8, 2]) + np.array([6, 4], ">u4").tobytes() + bytes(range(24))
GLOVE = "".join(f"{word} {' '.join(f'{x:.5f}' for x in row)}\n" for word, row in zip(WORDS, POINTS, strict=True)).encode()


def typed(path: Path, kind: str) -> None:
    import pyarrow as pa
    from pyarrow import feather, ipc, parquet

    wide = pa.table({"a": POINTS[:, 0], "b": POINTS[:, 1].astype("f4"), "c": np.arange(12), "label": LABELS})
    lists = pa.table({"vector": pa.array(POINTS.tolist()), "label": pa.array(LABELS).dictionary_encode()})
    fixed = pa.table({"vector": pa.FixedSizeListArray.from_arrays(pa.array(POINTS.reshape(-1), pa.float32()), 5), "label": LABELS})
    if kind == "arrow":
        with ipc.new_file(str(path), lists.schema) as sink:
            sink.write_table(lists, max_chunksize=5)
    elif kind == "stream":
        with ipc.new_stream(str(path), fixed.schema) as sink:
            sink.write_table(fixed, max_chunksize=5)
    elif kind == "feather":
        feather.write_feather(wide, str(path), compression="lz4")
    else:
        table = lists if kind == "lists" else wide
        parquet.write_table(table, path, row_group_size=7, compression="zstd" if kind == "lists" else "snappy")


def word2vec() -> bytes:
    rows = b"".join(word.encode() + b" " + row.astype("<f4").tobytes() + b"\n" for word, row in zip(WORDS, POINTS, strict=True))
    return b"12 5\n" + rows


def tensors() -> bytes:
    from safetensors.numpy import save

    return save({"x": POINTS.astype("f4"), "half": POINTS.astype("f2"), "y": np.arange(12)}, {"format": "np"})


def torch_file(path: Path) -> None:
    import torch

    torch.save({"x": torch.from_numpy(POINTS), "y": torch.arange(12)}, path)


def hdf5(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as stored:
        stored.create_dataset("group/x", data=POINTS, chunks=(4, 5), compression="gzip")
        stored["y"] = np.arange(12)
        stored["names"] = WORDS


def saved(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    typed(folder / "data-00000-of-00001.arrow", "stream")
    state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_fingerprint": "0", "_split": "train"}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": {}}))
    return [folder / "data-00000-of-00001.arrow", folder / "state.json"]


def images(folder: Path) -> list[Path]:
    from PIL import Image

    targets: list[Path] = []
    for i, ending in enumerate(["png", "jpg", "bmp", "gif", "tif", "webp", "pgm"]):
        target = folder / f"class{i % 2}" / f"{i}.{ending}"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((np.arange(64).reshape(8, 8) * (i + 1) % 256).astype(np.uint8)).save(target)
        targets.append(target)
    return targets


PLAIN: dict[str, tuple[str, Callable[[], bytes], dict[str, object]]] = {
    "npy": ("a.npy", lambda: npy(POINTS), {}),
    "npy-sample": ("s.npy", lambda: npy(POINTS), {"sample": 9}),
    "npz-stored": ("a.npz", lambda: npz(zipfile.ZIP_STORED), {"labels": "y"}),
    "npz-deflated": ("b.npz", lambda: npz(zipfile.ZIP_DEFLATED), {}),
    "npy-gz": ("a.npy.gz", lambda: gzip.compress(npy(POINTS)), {}),
    "csv": ("a.csv", lambda: TABLE, {}),
    "csv-gz": ("a.csv.gz", lambda: gzip.compress(TABLE), {}),
    "tsv-labels": ("a.tsv", lambda: LABELLED, {"labels": "kind"}),
    "edges": ("a.edges", lambda: EDGES, {"flatten": False}),
    "idx": ("a-idx", lambda: IDX, {}),
    "zip-member": ("a.zip::inner.csv", member, {}),
    "safetensors": ("a.safetensors", tensors, {"array": "x", "labels": "y"}),
    "safetensors-sample": ("s.safetensors", tensors, {"array": "half", "labels": "y", "sample": 9}),
    "glove": ("a.txt", lambda: GLOVE, {}),
    "word2vec-text": ("a.vec", lambda: b"12 5\n" + GLOVE, {}),
    "word2vec-binary": ("a.bin", word2vec, {}),
    "distances": ("d.npy", lambda: npy(np.abs(POINTS[:, :1] - POINTS[:, 0])), {"kind": "distances", "flatten": False}),
    "edge-lengths": ("w.csv", lambda: LENGTHS, {"kind": "edges", "columns": ["u", "v", "w"], "flatten": False}),
    "csv-where": ("w.tsv", lambda: LABELLED, {"columns": ["x", "y"], "where": "x>=2 and kind!='class 9'"}),
}
WRITTEN: dict[str, tuple[str, Callable[[Path], None], dict[str, object]]] = {
    "parquet": ("a.parquet", lambda path: typed(path, "wide"), {"labels": "label"}),
    "parquet-lists": ("b.parquet", lambda path: typed(path, "lists"), {"labels": "label", "sample": 9}),
    "arrow": ("a.arrow", lambda path: typed(path, "arrow"), {"labels": "label"}),
    "arrow-stream": ("b.arrow", lambda path: typed(path, "stream"), {}),
    "feather": ("a.feather", lambda path: typed(path, "feather"), {"names": "label"}),
    "torch": ("a.pt", torch_file, {"array": "x", "labels": "y"}),
    "hdf5": ("a.h5", hdf5, {"array": "group/x", "labels": "y"}),
    "hdf5-text": ("b.h5", hdf5, {"array": "group/x", "names": "names"}),
}


def parts(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    for position, content in enumerate((npy(POINTS), npy(-POINTS))):
        (folder / f"part-{position}.npy").write_bytes(content)
    return sorted(folder.iterdir())


def beside(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    (folder / "x.npy").write_bytes(npy(POINTS))
    (folder / "labels.txt").write_text("\n".join(LABELS))
    (folder / "names.npy").write_bytes(npy(np.array(WORDS)))
    return [folder / "labels.txt", folder / "names.npy"]


FOLDERS: dict[str, Callable[[Path], list[Path]]] = {"saved-folder": saved, "images": images}
BESIDE: dict[str, tuple[Callable[[Path], list[Path]], str, dict[str, str]]] = {
    "parts": (parts, "part-*.npy", {}),
    "labels-and-names": (beside, "x.npy", {"labels": "labels.txt", "names": "names.npy"}),
}
SEEDS = (*PLAIN, *WRITTEN, *FOLDERS, *BESIDE)
SLOW = ("hdf5-text",)  # reads in a process of its own


def make(name: str, folder: Path) -> Seed:
    """Write the good files of one seed into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if name in PLAIN:
        file, content, options = PLAIN[name]
        target = folder / file.partition("::")[0]
        target.write_bytes(content())
        return Seed(folder / file, [target], {"flatten": True} | options)
    if name in WRITTEN:
        file, write, options = WRITTEN[name]
        write(folder / file)
        return Seed(folder / file, [folder / file], {"flatten": True} | options)
    if name in BESIDE:
        build, source, files = BESIDE[name]
        targets = build(folder / name)
        return Seed(folder / name / source, targets, {key: str(folder / name / file) for key, file in files.items()})
    return Seed(folder / name, FOLDERS[name](folder / name))
