"""Each reader returns what was written."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gromov.core import DataWarning, Distances, Graph
from gromov.data import load

POINTS = np.random.default_rng(0).normal(size=(12, 5))


def graph_of(data: object) -> Graph:
    assert isinstance(data, Graph)
    return data


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8", "i1", "i8", ">i4", "u1", "u2", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_stays_memory_mapped(tmp_path: Path, dtype: str, order: str) -> None:
    points = np.array(POINTS > 0 if dtype == "?" else np.abs(POINTS * 10), dtype=dtype, order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", points)
    data = load(tmp_path / "a.npy")
    assert isinstance(data.points, np.memmap)
    assert data.points.mode == "r"
    assert data.points.dtype == points.dtype
    assert np.array_equal(data.points, points)
    compressed = tmp_path / "a.npy.gz"
    compressed.write_bytes(gzip.compress((tmp_path / "a.npy").read_bytes()))
    assert np.array_equal(load(compressed).points, points)


def test_source_says_where_the_points_came_from(tmp_path: Path) -> None:
    import hashlib

    np.save(tmp_path / "a.npy", POINTS)
    data = load(str(tmp_path / "a.npy"))
    assert data.source.name == str(tmp_path / "a.npy")
    assert data.source.sha256 == hashlib.sha256((tmp_path / "a.npy").read_bytes()).hexdigest()
    assert data.source.notes == ()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_takes_its_only_array_or_the_one_asked_for(tmp_path: Path, save: object) -> None:
    assert callable(save)
    save(tmp_path / "a.npz", x=POINTS.T, y=np.arange(5), words=np.frombuffer("é\nb\n\nd\n爱".encode(), dtype=np.uint8))
    data = load(tmp_path / "a.npz", labels="y", names="words")
    assert np.array_equal(data.points, POINTS.T)
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 2, 3, 4]
    assert data.names == ("é", "b", "", "d", "爱")
    save(tmp_path / "b.npz", x=POINTS, z=POINTS * 2, y=np.arange(12))
    assert np.array_equal(load(tmp_path / "b.npz", array="z").points, POINTS * 2)
    save(tmp_path / "c.npz", x=POINTS, labels=np.eye(12))
    assert np.array_equal(load(tmp_path / "c.npz", array="x").points, POINTS)


def test_images_are_flattened_when_asked(tmp_path: Path) -> None:
    images = np.arange(10 * 4 * 3).reshape(10, 4, 3)
    np.save(tmp_path / "a.npy", images)
    data = load(tmp_path / "a.npy", flatten=True)
    assert np.array_equal(data.points, images.reshape(10, 12))
    assert isinstance(data.points, np.memmap)
    assert data.source.notes == ("flattened from 10 × 4 × 3",)
    np.savez(tmp_path / "a.npz", x=images, y=np.arange(10))
    assert load(tmp_path / "a.npz", flatten=True).points.shape == (10, 12)


@pytest.mark.parametrize("code", [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")])
@pytest.mark.parametrize("compress", [False, True])
def test_idx(tmp_path: Path, code: tuple[int, str], compress: bool) -> None:
    points = np.arange(20).reshape(5, 2, 2).astype(code[1])
    raw = bytes([0, 0, code[0], 3]) + np.array([5, 2, 2], ">u4").tobytes() + points.tobytes()
    path = tmp_path / ("a.gz" if compress else "a-idx3")
    path.write_bytes(gzip.compress(raw) if compress else raw)
    assert np.array_equal(load(path, flatten=True).points, points.reshape(5, 4))


TABLE = 'x,y,kind,name\r\n1,2.5,a,p\r\n-3e2,4,b,"q,r"\r\n\r\n5,6,a,"s ""t"""\r\n7,+8,b,007\r\n'


@pytest.mark.parametrize("start", ["", "\ufeff", "# a comment\n"])
@pytest.mark.parametrize("end", ["", "\n\n"])
def test_csv_with_everything(tmp_path: Path, start: str, end: str) -> None:
    (tmp_path / "a.csv").write_bytes((start + TABLE + end).encode())
    data = load(tmp_path / "a.csv", labels="kind", names="name")
    assert data.points.tolist() == [[1, 2.5], [-300, 4], [5, 6], [7, 8]]
    assert data.labels is not None
    assert data.labels.tolist() == ["a", "b", "a", "b"]
    assert data.names == ("p", "q,r", 's "t"', "007")
    assert load(tmp_path / "a.csv", columns=["y"], names="name").points.tolist() == [[2.5], [4], [6], [8]]
    assert load(tmp_path / "a.csv", columns=["y", "x"]).points[1].tolist() == [4, -300]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " ", "   "])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiters(tmp_path: Path, mark: str, header: bool, newline: str) -> None:
    rows = [["left", "right"]] * header + [["1.5", "-2"], ["3", "4"], ["nan", "6"], ["7", "8"], ["1e3", "0"]]
    (tmp_path / "a.txt").write_text(newline.join(mark.join(row) for row in rows), newline="")
    where = "left>0" if header else None
    if header:
        data = load(tmp_path / "a.txt", where=where)
        assert data.points.tolist() == [[-2], [4], [8], [0]]  # what is selected by is no coordinate
        assert load(tmp_path / "a.txt", where=where, columns=["left", "right"]).points.tolist() == [[1.5, -2], [3, 4], [7, 8], [1000, 0]]
    else:
        data = load(tmp_path / "a.txt", columns=["2"])
        assert data.points.ravel().tolist() == [-2, 4, 6, 8, 0]


def test_numpy_text_is_read(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "a.txt", POINTS, header="made by numpy")
    assert np.allclose(load(tmp_path / "a.txt").points, POINTS, atol=1e-15)


def test_data_frames_are_read_with_and_without_their_index(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(POINTS)
    frame.to_csv(tmp_path / "index.csv")
    frame.to_csv(tmp_path / "plain.csv", index=False)
    with_index, plain = load(tmp_path / "index.csv"), load(tmp_path / "plain.csv")
    assert np.allclose(with_index.points, POINTS, atol=1e-15)
    assert np.allclose(plain.points, POINTS, atol=1e-15)
    assert "left out" in with_index.source.notes[0]
    assert "numbers the columns" in plain.source.notes[0]
    pandas.DataFrame(np.arange(40).reshape(4, 10)).to_csv(tmp_path / "whole.csv", index=False)
    assert load(tmp_path / "whole.csv").n == 4


def test_integers_without_a_header_are_all_points(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "a.csv", np.arange(20).reshape(5, 4), fmt="%d", delimiter=",")
    assert load(tmp_path / "a.csv").points.shape == (5, 4)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8).map(str.strip)
numbers = st.floats(-1e99, 1e99)


@given(
    st.lists(st.tuples(numbers, numbers, texts), min_size=4, max_size=40),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=150, deadline=None)
def test_csv_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float, str]], mark: str, newline: str) -> None:
    rows = [*rows[:-1], (rows[0][0] / 2 + 1, 1.0, "last")]
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=mark, lineterminator=newline)
        writer.writerow(["first", "second", "name"])
        writer.writerows((repr(x), repr(y), name) for x, y, name in rows)
    data = load(path, names="name")
    assert data.points.tolist() == [[x, y] for x, y, _ in rows]
    assert data.names == tuple(name for *_, name in rows)


@given(st.lists(st.tuples(*[st.integers(-(2**40), 2**40)] * 3), min_size=4, max_size=30))
@settings(max_examples=60, deadline=None)
def test_numbers_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int]]) -> None:
    rows = [*rows, (rows[0][0] + 1, 0, 0)]
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    assert load(path, kind="points").points.tolist() == [list(map(float, row)) for row in rows]


def distance_matrix() -> NDArray[np.float64]:
    return np.abs(POINTS[:, :1] - POINTS[:, :1].T)


def test_distances_from_every_format(tmp_path: Path) -> None:
    matrix = distance_matrix()
    np.save(tmp_path / "d.npy", matrix)
    np.savez(tmp_path / "d.npz", d=matrix, x=POINTS)
    np.savetxt(tmp_path / "d.csv", matrix, delimiter=",")
    np.save(tmp_path / "i.npy", np.rint(matrix * 10).astype(np.int32))
    for name in ("d.npy", "d.npz", "d.csv", "i.npy"):
        data = load(tmp_path / name, kind="distances")
        assert isinstance(data.data, Distances)
        assert data.data.matrix.dtype == np.float64
        if name[0] == "d":
            assert np.allclose(data.data.matrix, matrix, atol=1e-15)
    part = load(tmp_path / "d.npy", kind="distances", sample=6, seed=2)
    assert part.n == 6
    assert isinstance(load(tmp_path / "d.npy", kind="distances").data.matrix, np.memmap)  # type: ignore[union-attr]


def test_distances_read_as_points_are_doubted(tmp_path: Path) -> None:
    np.save(tmp_path / "d.npy", distance_matrix())
    with pytest.warns(DataWarning, match="--as distances"):
        assert load(tmp_path / "d.npy").kind == "points"
    assert load(tmp_path / "d.npy", kind="points").kind == "points"


EDGES = {
    "words.csv": ("a,b\nb,c\nc,d\nd,a\n", "edges"),
    "header.csv": ("source,target\na,b\nb,c\nc,d\nd,a\n", "edges"),
    "weights.csv": ("id1,id2,weight\na,b,1\nb,c,2\nc,d,.5\nd,a,1\n", "edges"),
    "comments.edges": ("# made by hand\n% again\na b\nb c\n# between\nc d\n\nd a\n", None),
    "dictionaries.edges": ("a b {}\nb c {'weight': 1, 'kind': 2}\nc d {}\nd a {}\n", None),
    "tabs.tsv": ("a\tb\r\nb\tc\r\nc\td\r\nd\ta\r\n", "edges"),
    "quoted.csv": ('"a","b"\n"b","c"\n"c","d"\n"d","a"\n', "edges"),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_of_words(tmp_path: Path, name: str) -> None:
    text, kind = EDGES[name]
    (tmp_path / name).write_text(text, newline="")
    data = load(tmp_path / name, kind=kind)  # type: ignore[arg-type]
    graph = graph_of(data.data)
    assert data.names == ("a", "b", "c", "d")
    assert graph.edges.tolist() == [[0, 1], [1, 2], [2, 3], [3, 0]]
    assert graph.lengths is None


@pytest.mark.parametrize(
    "text",
    [
        "0 1\n1 2\n2 10\n10 0",
        "# FromNodeId ToNodeId\n0\t1\n1\t2\n2\t10\n10\t0\n",
        "0,1\n1,2\n%\n2,10\n10,0\n",
        "from,to\n0,1\n1,2\n2,10\n10,0",
    ],
)
def test_edges_of_integers_keep_their_order(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.edges").write_text(text)
    data = load(tmp_path / "a.edges")
    assert data.names == ("0", "1", "2", "10")
    assert graph_of(data.data).edges.tolist() == [[0, 1], [1, 2], [2, 3], [3, 0]]


def test_lengths_are_read_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("source,target,km\na,b,1.5\nb,c,2\nc,d,3\n")
    (tmp_path / "b.edges").write_text("0 1 1.5\n1 2 2\n2 3 3\n")
    named = graph_of(load(tmp_path / "a.csv", kind="edges", columns=["source", "target", "km"]).data)
    numbered = graph_of(load(tmp_path / "b.edges", columns=["1", "2", "3"]).data)
    assert named.lengths is not None
    assert numbered.lengths is not None
    assert named.lengths.tolist() == numbered.lengths.tolist() == [1.5, 2, 3]
    notes = load(tmp_path / "b.edges").source.notes
    assert "--columns 1,2,3" in notes[-1]


def test_edges_from_arrays_and_labels_from_files(tmp_path: Path) -> None:
    np.save(tmp_path / "e.npy", np.array([[0, 1], [1, 2], [2, 3]]))
    np.savez(tmp_path / "e.npz", edges=np.array([[0, 1], [1, 2], [2, 3]]), features=np.ones((4, 9)))
    np.save(tmp_path / "y.npy", np.array([3, 1, 4, 1]))
    (tmp_path / "y.txt").write_text("red hat\nblue\nred hat\nblue\n")
    (tmp_path / "y.csv").write_text("colour\nred\nblue\nred\nblue\n")
    for name in ("e.npy", "e.npz"):
        data = load(tmp_path / name, kind="edges", labels=str(tmp_path / "y.npy"))
        assert graph_of(data.data).nodes == 4
        assert data.labels is not None
        assert data.labels.tolist() == [3, 1, 4, 1]
    np.save(tmp_path / "x.npy", POINTS[:4])
    data = load(tmp_path / "x.npy", labels=str(tmp_path / "y.csv"), names=str(tmp_path / "y.txt"))
    assert data.labels is not None
    assert data.labels.tolist() == ["red", "blue", "red", "blue"]
    assert data.names == ("red hat", "blue", "red hat", "blue")
    assert "SHA-256" in data.source.notes[0]


def test_members_of_archives(tmp_path: Path) -> None:
    stored = io.BytesIO()
    np.save(stored, POINTS)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/b.edges", "0 1\n1 2\n2 3\n")
        archive.writestr("points.npy", stored.getvalue())
        archive.writestr("t.csv", "x,y,z\n" + "\n".join(f"{i},{i * i},2" for i in range(5)))
    assert graph_of(load(f"{tmp_path}/a.zip::folder/b.edges").data).nodes == 4
    assert np.array_equal(load(f"{tmp_path}/a.zip::points.npy").points, POINTS)
    assert load(f"{tmp_path}/a.zip::t.csv").points.shape == (5, 3)
