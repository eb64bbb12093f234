"""`fit hierarchy` from pairs to run folder: what is read, what is refused, controls, resumption, exports, the way back into `measure`."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from stopping import StopAfter, StoppedError

import gromov
from gromov.core import Graph, InputError, Progress
from gromov.models import load_embedding
from gromov.verbs.fit import fit_hierarchy
from gromov.verbs.fit_data import read_hierarchy
from gromov.verbs.fit_results import Controls, LinkPrediction, Reconstruction
from gromov.verbs.fit_summary import gain, over_seeds

ANIMALS = [
    ("dog", "canine"),
    ("wolf", "canine"),
    ("fox", "canine"),
    ("cat", "feline"),
    ("lion", "feline"),
    ("canine", "animal"),
    ("feline", "animal"),
]
QUICK = {"dim": 2, "seeds": 2, "epochs": 40, "scales": (20.0, 1.0)}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- reading


def write(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


@pytest.mark.parametrize("form", ["pairs", "csv", "tsv", "parquet", "networkx"])
def test_every_form_of_the_same_pairs_is_the_same_hierarchy(form: str) -> None:
    lines = [f"{child}{{}}{parent}" for child, parent in ANIMALS]
    match form:
        case "csv":
            data: object = write("animals.csv", "child,parent\n" + "\n".join(lines).replace("{}", ","))
        case "tsv":
            data = write("animals.tsv", "\n".join(lines).replace("{}", "\t"))
        case "parquet":
            parquet.write_table(pyarrow.table({"child": [c for c, _ in ANIMALS], "parent": [p for _, p in ANIMALS]}), "animals.parquet")
            data = "animals.parquet"
        case "networkx":
            networkx = pytest.importorskip("networkx")
            data = networkx.DiGraph(sorted(ANIMALS))
        case _:
            data = ANIMALS
    found = read_hierarchy(data, relation="ancestors")  # pyright: ignore[reportArgumentType]
    related = {(found.names[u], found.names[v]) for u, v in found.relation.pairs.tolist()}
    assert related == {*ANIMALS, *((child, "animal") for child in ("dog", "wolf", "fox", "cat", "lion"))}
    assert {(found.names[u], found.names[v]) for u, v in found.parents.tolist()} == set(ANIMALS)
    assert found.is_tree


def test_pairs_are_told_apart_by_whether_they_are_closed() -> None:
    closed = [*ANIMALS, *((child, "animal") for child in ("dog", "wolf", "fox", "cat", "lion"))]
    assert read_hierarchy(closed).relation.directed
    assert not read_hierarchy(ANIMALS).relation.directed
    assert any("--relation" in text for text in read_hierarchy(ANIMALS).warnings)
    assert (
        read_hierarchy([(b, a) for a, b in closed], reverse=True).relation.pairs.tolist() == read_hierarchy(closed).relation.pairs.tolist()
    )


def test_what_is_dropped_is_said() -> None:
    name = write("messy.csv", "a,b\na,b\nb,c\nc,d\nd,d\nlonely,lonely\nb,a\n")
    found = read_hierarchy(name, relation="neighbors")
    assert found.names == ("a", "b", "c", "d")
    assert len(found.parents) == 3
    told = " ".join(found.warnings)
    assert "2 pairs of a node with itself" in told
    assert "1 pairs are listed more than once" in told
    assert "lonely" in told


def test_lengths_are_read_where_columns_ask_for_them() -> None:
    name = write("long.csv", "u,v,w\na,b,1\nb,c,2.5\nc,d,4\n")
    found = read_hierarchy(name, relation="neighbors", columns=["u", "v", "w"])
    assert found.lengths is not None
    assert found.lengths.tolist() == [1, 2.5, 4]
    assert read_hierarchy(name, relation="neighbors").lengths is None


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        ([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")], {"relation": "ancestors"}, "circle of 3 nodes"),
        ([("a", "b"), ("b", "c")], {}, "at least 4"),
        ("digits", {}, "list of pairs"),
        ("nothing.csv", {}, "no file"),
        (ANIMALS, {"relation": "cousins"}, "--relation"),
    ],
)
def test_bad_pairs_are_refused_in_words(data: object, options: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_hierarchy(data, **options)  # pyright: ignore[reportArgumentType]


# ---- fitting


@pytest.fixture(scope="module")
def fitted() -> gromov.FitRun:
    return fit_hierarchy(ANIMALS, relation="ancestors", **QUICK)


def test_the_flat_controls_are_in_the_result(fitted: gromov.FitRun) -> None:
    tree = json.loads(fitted.to_json())
    assert tree["verb"] == "fit"
    controls, test = tree["results"]["controls"], tree["results"]["test"]
    for name, dim in (("euclidean", 2), ("euclidean_4x", 8)):
        assert (controls[name]["space"], controls[name]["dim"]) == ("euclidean", dim)
        for number in ("map", "mean_rank", "distortion"):
            assert controls[name][number]["n"] == test[number]["n"] == 2
    assert controls["reported"]["map"] == test["map"]
    assert np.isclose(controls["gain"]["value"], test["map"]["value"] - controls["euclidean"]["map"]["value"])
    assert controls["sarkar"]["map"]["value"] > 0


def test_results_survive_being_stored(fitted: gromov.FitRun) -> None:
    from gromov.core import decode
    from gromov.core.runs import to_json

    for name, kind in (("test", Reconstruction), ("controls", Controls)):
        arrays: dict[str, np.ndarray] = {}
        tree = fitted[name].to_dict(arrays, prefix=name)
        assert to_json(decode(kind, json.loads(to_json(tree)), arrays).to_dict({}, prefix=name)) == to_json(tree)


def test_every_sentence_ends_and_every_figure_draws(fitted: gromov.FitRun) -> None:
    page = fitted.to_html()
    assert "Poincaré disk" in page
    for result in fitted.results.values():
        assert result.summary().endswith(".")
        for finding in result.findings():
            assert finding.question.endswith("?")
            assert finding.detail.endswith(".")


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(fitted: gromov.FitRun) -> None:
    again = fit_hierarchy(ANIMALS, relation="ancestors", workers=2, **QUICK)
    assert again.to_json() == fitted.to_json()
    assert again.embedding.points.tobytes() == fitted.embedding.points.tobytes()
    other = fit_hierarchy(ANIMALS, relation="ancestors", seed=1, **QUICK)
    assert other.embedding.points.tobytes() != fitted.embedding.points.tobytes()


def test_a_killed_run_ends_with_the_same_bytes(fitted: gromov.FitRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gromov.verbs.fit_training._KEEP_EVERY", 0.0)
    for steps in (30, 100, 150):
        progress: Progress = StopAfter(steps)
        with pytest.raises(StoppedError):
            fit_hierarchy(ANIMALS, relation="ancestors", out="run", progress=progress, **QUICK)
        assert not Path("run/result.json").exists()
    assert any(path.name.endswith(".state.json") for path in Path("run/parts").iterdir())
    fit_hierarchy(ANIMALS, relation="ancestors", out="run", **QUICK)
    assert Path("run/result.json").read_text() == fitted.to_json()
    assert load_embedding("run").points.tobytes() == fitted.embedding.points.tobytes()
    assert not Path("run/parts").exists()
    before = {path.name: path.read_bytes() for path in Path("run").iterdir()}
    fit_hierarchy(ANIMALS, relation="ancestors", out="run", **QUICK)
    assert {path.name: path.read_bytes() for path in Path("run").iterdir()} == before


def test_an_embedding_is_written_as_the_same_bytes_every_time(fitted: gromov.FitRun) -> None:
    assert len({fitted.embedding.to_safetensors() for _ in range(30)}) == 1  # 1 − 2⁻²⁹ against an order drawn by chance


def test_a_large_order_is_fitted_from_the_top_and_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_FULL", 20), ("_GENERAL", 15), ("_BATCH", 16)):
        monkeypatch.setattr(f"gromov.verbs.fit_jobs.{name}", value)
    monkeypatch.setattr("gromov.verbs.fit_training._KEEP_EVERY", 0.0)
    tree = Graph(63, np.array([[i, (i - 1) // 2] for i in range(1, 63)]))
    options = {"relation": "ancestors", "dim": 3, "seeds": 1, "epochs": 40, "scales": (5.0,), "controls": False}
    whole = fit_hierarchy(tree, **options)  # pyright: ignore[reportArgumentType]
    test = whole["test"]
    assert isinstance(test, Reconstruction)
    assert test.map.value > 0.9
    for steps in (10, 60):  # in the fit of the general nodes, and after
        with pytest.raises(StoppedError):
            fit_hierarchy(tree, out="large", progress=StopAfter(steps), **options)  # pyright: ignore[reportArgumentType]
    again = fit_hierarchy(tree, out="large", **options)  # pyright: ignore[reportArgumentType]
    assert again.embedding.points.tobytes() == whole.embedding.points.tobytes()


def test_a_spent_budget_leaves_out_seeds_and_says_so() -> None:
    found = fit_hierarchy(ANIMALS, relation="ancestors", budget=0.0, out="run", **QUICK)
    assert any("seed 1" in name for name in found.skipped)
    assert found.to_dict()["results"]["test"]["map"]["n"] == 1  # pyright: ignore[reportIndexIssue, reportArgumentType, reportCallIssue]
    whole = fit_hierarchy(ANIMALS, relation="ancestors", out="run", **QUICK)  # the rest
    assert not whole.skipped


def test_auto_takes_the_smallest_training_loss() -> None:
    found = fit_hierarchy(ANIMALS, relation="ancestors", space="auto", dim=2, seeds=1, epochs=20, controls=False)
    test = found["test"]
    assert isinstance(test, Reconstruction)
    assert any(f"auto chose {test.space} space" in text for text in found.warnings)


def test_link_prediction_has_its_controls() -> None:
    nodes = 40
    pairs = np.array([[i, (i - 1) // 2] for i in range(1, nodes)])
    found = fit_hierarchy(Graph(nodes, pairs), relation="ancestors", reveal=[10, 50], dim=3, seeds=1, epochs=60, scales=[5.0])
    links = found["link_prediction"]
    assert isinstance(links, LinkPrediction)
    assert list(links.revealed) == ["at_10", "at_50"]
    for setting in links.revealed.values():
        assert setting.euclidean is not None
        assert 1 <= setting.test.mean_rank.value < nodes
    assert links.revealed["at_10"].pairs == links.revealed["at_50"].pairs


def test_exports_hold_the_points(fitted: gromov.FitRun) -> None:
    fit_hierarchy(ANIMALS, relation="ancestors", out="run", export=["npz", "parquet", "word2vec"], **QUICK)
    points, names = fitted.embedding.points, fitted.embedding.names
    with np.load("run/vectors.npz") as stored:
        assert np.array_equal(stored["points"], points)
        assert tuple(stored["names"]) == names
    table = parquet.read_table("run/vectors.parquet")
    assert tuple(table.column("name").to_pylist()) == names
    assert np.array_equal(np.column_stack([table.column(f"x{i}").to_numpy() for i in (1, 2)]), points)
    read = gromov.load("run/vectors.txt")
    assert read.names == names
    assert np.allclose(read.points, points, rtol=1e-6)


def test_measure_reads_the_embedding_in_its_own_space(fitted: gromov.FitRun) -> None:
    fit_hierarchy(ANIMALS, relation="ancestors", out="run", **QUICK)
    read = gromov.load("run")
    assert read.space is not None
    assert read.space.name == "hyperbolic"
    assert np.isclose(read.space.curvature, fitted.embedding.space.curvature)
    assert read.names == fitted.embedding.names
    measured = gromov.measure("run", instruments=["hyperbolicity"])
    own = fitted.embedding.distances(np.arange(len(read.names)))
    assert np.isclose(measured.to_dict()["results"]["hyperbolicity"]["diameter"], own.max(), rtol=1e-6)  # pyright: ignore[reportIndexIssue, reportArgumentType, reportCallIssue]


def test_a_damaged_model_is_refused_in_words() -> None:
    fit_hierarchy(ANIMALS, relation="ancestors", out="run", **QUICK)
    model = Path("run/model.safetensors")
    model.write_bytes(model.read_bytes()[:50])
    with pytest.raises(InputError, match="damaged"):
        gromov.load("run")
    shutil.rmtree("run")
    with pytest.raises(InputError, match="holds no"):
        load_embedding("run")


def test_questions_to_an_embedding(fitted: gromov.FitRun) -> None:
    own = fitted.embedding
    near = own.neighbors("dog", 3)
    assert len(near) == 3
    assert [d for _, d in near] == sorted(d for _, d in near)
    assert "dog" not in dict(near)
    radii = dict(zip(own.names, own.radii(), strict=True))
    assert all(radii[name] < radii["dog"] for name, _ in own.ancestors("dog"))
    with pytest.raises(InputError, match="did you mean dog"):
        own.neighbors("dgo")


@pytest.mark.parametrize(
    "option",
    [
        {"dim": 0},
        {"seeds": 0},
        {"space": "torus"},
        {"scales": []},
        {"scales": [-1.0]},
        {"epochs": 0},
        {"export": ["mat"]},
        {"reveal": [100]},
    ],
)
def test_bad_options_are_refused_in_words(option: dict[str, object]) -> None:
    with pytest.raises(InputError, match="--"):
        fit_hierarchy(ANIMALS, relation="ancestors", out="run", **option)  # pyright: ignore[reportArgumentType]


# ---- sums over seeds


def test_intervals_are_students() -> None:
    values = [0.9, 0.92, 0.95, 0.91, 0.93]
    found = over_seeds(values, 0)
    assert found.ci is not None
    assert np.isclose(found.ci[1] - found.value, 2.7764451 * np.std(values, ddof=1) / np.sqrt(5), rtol=1e-6)
    assert over_seeds([0.9], 0).ci is None
    assert over_seeds([float("nan")], 0, "why").reason == "why"


def test_a_gain_is_welchs() -> None:
    from scipy.stats import ttest_ind

    ours, others = [0.9, 0.92, 0.95], [0.8, 0.85, 0.7, 0.6]
    found = gain(ours, others, 0)
    wanted = ttest_ind(ours, others, equal_var=False).confidence_interval()
    assert np.allclose(found.ci, (wanted.low, wanted.high), rtol=1e-9)
    assert gain(ours, [], 0).reason
