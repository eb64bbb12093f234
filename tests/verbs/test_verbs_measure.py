"""`gromov.measure` as a library call: what it takes, what it says, what it returns."""

import html
import json
import logging
from pathlib import Path

import numpy as np
import pandas
import pytest

import gromov
from gromov.core import Distances, Estimate, Graph, GromovError, InputError, Representation, Result
from gromov.core.runs import to_json, to_npz

POINTS = np.random.default_rng(0).normal(size=(40, 3))
TREE = Graph(15, np.array([[(child - 1) // 2, child] for child in range(1, 15)]))
DISTANCES = Distances(np.linalg.norm(POINTS[:, None] - POINTS[None], axis=2))


def spectrum(data: object, **options: object) -> gromov.Measurement:
    return gromov.measure(data, instruments=["spectrum"], **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def measured() -> gromov.Measurement:
    return gromov.measure(POINTS)


# What it takes


def test_every_guise_of_an_array_gives_the_same_numbers() -> None:
    import torch

    expected = spectrum(POINTS).to_dict()["results"]
    guises = [POINTS.tolist(), torch.from_numpy(POINTS), torch.from_numpy(POINTS).requires_grad_(), Representation(POINTS)]
    for guise in guises:
        assert spectrum(guise).to_dict()["results"] == expected
    rank = spectrum(POINTS)["spectrum"].effective_rank.value  # type: ignore[attr-defined]
    for guise in (pandas.DataFrame(POINTS), np.asfortranarray(POINTS)):  # summed in another order
        assert spectrum(guise)["spectrum"].effective_rank.value == pytest.approx(rank, rel=1e-12)  # type: ignore[attr-defined]


def test_half_precision_tensors() -> None:
    import torch

    single = spectrum(torch.from_numpy(POINTS).float())
    assert single.to_dict()["results"] == spectrum(POINTS.astype(np.float32)).to_dict()["results"]
    assert spectrum(torch.from_numpy(POINTS).half())["spectrum"].effective_rank.value == pytest.approx(  # type: ignore[attr-defined]
        spectrum(POINTS)["spectrum"].effective_rank.value,  # type: ignore[attr-defined]
        rel=1e-2,
    )
    with pytest.raises(InputError, match="cannot be made an array") as refused:
        spectrum(torch.from_numpy(POINTS).bfloat16())
    assert "\n" not in str(refused.value)


def test_files_and_names_give_what_arrays_give(tmp_path: Path) -> None:
    np.save(tmp_path / "points.npy", POINTS)
    expected = spectrum(POINTS).to_dict()["results"]
    assert spectrum(tmp_path / "points.npy").to_dict()["results"] == expected
    assert spectrum(str(tmp_path / "points.npy")).to_dict()["results"] == expected
    assert spectrum("iris").input["n"] == 150


@pytest.mark.parametrize(
    "option",
    [
        {"array": "x"},
        {"columns": ["x"]},
        {"labels": "y"},
        {"names": "y"},
        {"where": "x==1"},
    ],
    ids=lambda option: next(iter(option)),
)
def test_options_that_name_a_part_of_a_file_do_not_go_with_arrays(option: dict[str, object]) -> None:
    for data in (POINTS, DISTANCES, TREE, Representation(POINTS), POINTS.tolist()):
        with pytest.raises(InputError, match=r"an array is none|no column|does not apply to a graph"):
            spectrum(data, **option)


def test_arrays_are_labelled_selected_sampled_and_scaled() -> None:
    labels = np.arange(len(POINTS)) % 3
    found = gromov.measure(POINTS, labels=labels, names=[f"p{i}" for i in labels], normalize="center", sample=12, instruments=["spectrum"])
    assert (found.input["n"], found.input["classes"]) == (12, 3)
    assert found.input["notes"] == [f"random sample of 12 of {len(POINTS)} rows without replacement, seed 0", "centred"]
    other = gromov.measure(POINTS, labels=labels + 1, instruments=["spectrum"])
    assert other.config["labels"] != found.config["labels"]
    given = Representation(POINTS, labels=labels)
    assert gromov.load(given, where="labels==1").n == (labels == 1).sum()
    assert gromov.load(DISTANCES.matrix, kind="distances").kind == "distances"
    assert gromov.load(np.zeros((5, 2, 2)) + np.arange(5)[:, None, None], flatten=True).points.shape == (5, 4)
    with pytest.raises(InputError, match=r"there are .* points but 2 labels"):
        gromov.load(POINTS, labels=[0, 1])
    with pytest.raises(InputError, match="one value for each point"):
        gromov.load(POINTS, labels=np.zeros((len(POINTS), 2)))


def test_columns_of_a_data_frame_play_their_parts() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(POINTS[:, :3], columns=["a", "b", "c"]).assign(kind=["u", "v"] * (len(POINTS) // 2), step=range(len(POINTS)))
    found = gromov.load(frame, labels="kind", where="step>=4")
    assert found.points.tolist() == POINTS[4:, :3].tolist()
    assert found.labels is not None
    assert found.labels.tolist() == (["u", "v"] * (len(POINTS) // 2))[4:]
    assert gromov.load(frame, columns=["b"]).points.tolist() == POINTS[:, 1:2].tolist()
    for options, says in (
        ({"labels": "knid"}, "no column 'knid'"),
        ({"columns": ["d"]}, "no column 'd'"),
        ({}, "columns kind of the data frame"),
    ):
        with pytest.raises(InputError, match=says):
            gromov.load(frame, **options)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (POINTS[:3], "at least 4 points"),
        (np.ones((9, 2)), "all points are equal"),
        (np.where(POINTS > 1, np.nan, POINTS), "NaN"),
        (np.where(POINTS > 1, np.inf, POINTS), "infinite"),
        (np.empty((0, 3)), "empty"),
        (np.empty((9, 0)), "empty"),
        (POINTS[:, 0], "n × d"),
        (POINTS.reshape(10, 4, 3), "n × d"),
        (POINTS.astype(complex), "real numbers"),
        (POINTS.astype(str), "real numbers"),
        (np.array([{}, []] * 5, dtype=object)[:, None], "real numbers"),
        ([[1.0, 2.0], [3.0]], "cannot be made an array"),
        ("no-such-thing", "no file, data set"),
    ],
)
def test_bad_data_are_refused_in_a_sentence(data: object, says: str) -> None:
    with pytest.raises(GromovError, match=says) as refused:
        spectrum(data)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"instruments": ["spectra"]}, r"no instrument 'spectra' \(did you mean spectrum\?\): the instruments are layout"),
        ({"instruments": ["x"]}, "no instrument 'x': the instruments are"),
        ({"instruments": []}, "no instrument was asked for"),
        ({"seed": -1}, "seed is -1"),
        ({"workers": 0}, "workers is 0"),
        ({"instruments": ["spectrum"], "budget": 0.0}, "the budget of 0 s"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(options: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        gromov.measure(POINTS, **options)  # type: ignore[arg-type]


def test_the_order_asked_for_does_not_matter() -> None:
    there = gromov.measure(POINTS, instruments=["layout", "spectrum"])
    back = gromov.measure(POINTS, instruments=["spectrum", "layout", "spectrum"])
    assert list(back) == ["layout", "spectrum"]
    assert back.to_json() == there.to_json()


# What it leaves out, and what it warns of


def test_a_graph_has_no_spectrum_and_no_dimension() -> None:
    measured = gromov.measure(TREE)
    assert list(measured.results) == ["layout", "hyperbolicity", "curvature", "heat_trace", "persistence"]
    assert set(measured.skipped) == {"spectrum", "dimension", "neighborhood", "geometry_score", "incoherence", "classes"}
    assert "got a graph" in measured.skipped["spectrum"]
    assert "graph" in measured.skipped["dimension"]
    assert measured.input["d"] is None
    assert measured["hyperbolicity"].delta_upper == 0  # type: ignore[attr-defined]


def test_distances_have_no_spectrum() -> None:
    measured = gromov.measure(DISTANCES)
    assert list(measured.results) == [
        "layout",
        "dimension",
        "hyperbolicity",
        "curvature",
        "neighborhood",
        "heat_trace",
        "geometry_score",
        "persistence",
    ]
    assert set(measured.skipped) == {"spectrum", "incoherence", "classes"}
    assert measured.skipped["spectrum"] == "this needs points with coordinates, and got distances"


def test_nothing_suitable_is_bad_input() -> None:
    with pytest.raises(InputError, match="spectrum: this needs points"):
        spectrum(DISTANCES)


def test_what_a_reader_must_keep_in_mind() -> None:
    few = spectrum(POINTS[:10]).warnings
    assert any("only 10 points" in text for text in few)
    many = np.random.default_rng(1).normal(size=(60, 4))
    assert spectrum(many).warnings == ()
    repeated = np.concatenate([many, many[:7]])
    assert spectrum(repeated).warnings == ("7 of 67 points are exact copies of another: neighbour distances of 0 are left out",)
    constant = np.column_stack([many, np.ones(60), np.zeros(60)])
    assert spectrum(constant).warnings == ("2 of 6 columns never change",)
    edges = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [3, 4], [5, 6], [7, 8]])
    pieces = gromov.measure(Graph(9, edges), instruments=["hyperbolicity"])
    assert any("3 connected parts" in text for text in pieces.warnings)


def test_warnings_are_in_the_result_and_not_raised(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    np.save(tmp_path / "d.npy", DISTANCES.matrix)
    measured = spectrum(tmp_path / "d.npy")
    assert any("--as distances" in text for text in measured.warnings)
    assert json.loads(measured.to_json())["warnings"] == list(measured.warnings)
    assert len(recwarn) == 0


# What it returns


def test_it_prints_and_logs_nothing(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO):
        gromov.measure(POINTS)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name.startswith("gromov")] == []
    assert list(tmp_path.iterdir()) == []


def test_results_by_name(measured: gromov.Measurement) -> None:
    assert list(measured) == [
        "layout",
        "spectrum",
        "dimension",
        "hyperbolicity",
        "curvature",
        "neighborhood",
        "heat_trace",
        "geometry_score",
        "persistence",
        "incoherence",
    ]
    assert isinstance(measured["spectrum"], Result)
    with pytest.raises(KeyError):
        measured["nothing"]


def test_the_table_holds_every_number(measured: gromov.Measurement) -> None:
    table = measured.to_frame()
    assert {"instrument", "name", "value", "stderr", "ci_low", "ci_high", "n", "method"} == set(table.columns)
    assert list(table["instrument"].unique()) == list(measured)
    row = table[(table["instrument"] == "spectrum") & (table["name"] == "effective_rank")].iloc[0]
    rank: Estimate = measured["spectrum"].effective_rank  # type: ignore[attr-defined]
    assert (row["value"], row["stderr"], row["ci_low"], row["ci_high"]) == (rank.value, rank.stderr, *(rank.ci or ()))
    assert len(table) == sum(len(list(measured[name].rows())) for name in measured)


def test_the_page_is_one_file(measured: gromov.Measurement, tmp_path: Path) -> None:
    measured.save_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page == measured.to_html()
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_it_shows_itself_in_a_notebook(measured: gromov.Measurement) -> None:
    shown = measured._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert html.escape(measured.to_html()) in shown


def test_names_are_escaped_in_the_page() -> None:
    representation = Representation(POINTS, names=tuple(f"<script>alert({i})</script>" for i in range(40)))
    assert "<script>alert(" not in gromov.measure(representation, instruments=["layout", "spectrum"]).to_html()


def test_the_result_is_the_contract(measured: gromov.Measurement) -> None:
    tree = json.loads(measured.to_json())
    assert list(tree) == ["schema", "gromov", "verb", "input", "config", "results", "skipped", "warnings"]
    assert "workers" not in measured.to_json()
    assert "wall_s" not in measured.to_json()
    assert set(measured.timings) == set(measured) | set(measured.skipped)


# The same bytes


def bytes_of(measured: gromov.Measurement) -> tuple[str, bytes]:
    arrays: dict[str, np.ndarray] = {}
    return to_json(measured.to_dict(arrays)), to_npz(arrays)


def test_the_same_seed_gives_the_same_bytes(measured: gromov.Measurement) -> None:
    assert bytes_of(gromov.measure(POINTS)) == bytes_of(measured)
    assert bytes_of(gromov.measure(POINTS, seed=1)) != bytes_of(measured)


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    cloud = np.random.default_rng(3).normal(size=(300, 6))
    one = bytes_of(gromov.measure(cloud))
    assert bytes_of(gromov.measure(cloud, workers=3)) == one


def test_the_global_random_state_is_left_alone() -> None:
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # type: ignore[union-attr, index] # noqa: NPY002
    gromov.measure(POINTS)
    assert np.random.get_state()[1].tolist() == before  # type: ignore[union-attr, index] # noqa: NPY002
