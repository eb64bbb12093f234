"""Trends: covariances that collapse as computed, the order of names, what is returned and what is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trend_cases import checkpoints, cloud, measured, ranks

import gromov
from gromov.core import Distances, Graph, InputError, Representation, Source
from gromov.report import print_summary
from gromov.verbs import gate_holds, parse_gate
from gromov.verbs.trend_order import natural_order, short_names, steps
from gromov.verbs.trend_report import sparkline
from gromov.verbs.trend_series import flattened, nested

# Closed forms


def test_a_covariance_that_collapses_by_a_known_factor() -> None:
    spectra = ranks(0.4, 6)
    trend = gromov.trend([cloud(each, seed=i) for i, each in enumerate(spectra)], instruments=["spectrum"])
    expected = [sum(each) ** 2 / sum(value**2 for value in each) for each in spectra]
    assert np.isclose(expected[0], 4)
    found = trend["spectrum.participation_ratio"]
    np.testing.assert_allclose(found.values, expected, rtol=1e-9)
    assert np.isclose(found.change.value, expected[-1] - expected[0], rtol=1e-9)
    assert np.isclose(found.ratio, expected[-1] / expected[0], rtol=1e-9)
    assert (found.first, found.last, found.minimum, found.maximum) == (
        found.values[0],
        found.values[-1],
        found.values[-1],
        found.values[0],
    )
    assert found.moved
    questions = {finding.question: finding for finding in trend.changes().findings()}
    assert questions["Is it collapsing?"].tone == "caution"
    assert "narrows" in questions["Is it collapsing?"].answer


def test_a_rank_that_is_lost_is_a_collapse_and_a_rank_that_is_won_is_none() -> None:
    spectra = [[1.0] * 8, [1.0, 1.0, *[1e-3] * 6]]
    fallen = gromov.trend([cloud(each) for each in spectra], instruments=["spectrum"])
    found = {finding.question: finding for finding in fallen.changes().findings()}["Is it collapsing?"]
    lost = 1 - (2.006**2 / (2 + 6e-6)) / 8
    assert found.tone == "bad"
    assert found.answer == f"Yes: {100 * lost:.0f} % of its rank is lost"
    risen = gromov.trend([cloud(each) for each in spectra[::-1]], instruments=["spectrum"])
    assert {finding.question: finding.tone for finding in risen.changes().findings()}["Is it collapsing?"] == "good"


def test_a_rank_that_recovers_is_told() -> None:
    spectra = [[1.0] * 4, [1.0, 1.0, 0.01, 0.01], [1.0] * 4]
    trend = gromov.trend([cloud(each, seed=i) for i, each in enumerate(spectra)], instruments=["spectrum"])
    found = {finding.question: finding for finding in trend.changes().findings()}["Is it collapsing?"]
    assert found.answer == "No"
    assert "participation ratio (spectrum) goes from 4 to 4" in found.detail
    assert "lowest at array 2, 2.04" in found.detail  # (2.02)² / 2.0002


def test_a_rank_that_falls_with_the_width_is_no_collapse() -> None:
    trend = gromov.trend([cloud([1.0] * 8), cloud([1.0] * 4)], instruments=["spectrum"])
    found = {finding.question: finding for finding in trend.changes().findings()}["Is it collapsing?"]
    assert (found.answer, found.tone) == ("No more than its width", "neutral")
    both = gromov.trend([cloud([1.0] * 8), cloud([1.0, 1e-3, 1e-3, 1e-3])], instruments=["spectrum"])
    assert {finding.question: finding.tone for finding in both.changes().findings()}["Is it collapsing?"] == "bad"


def test_the_same_cloud_does_not_move() -> None:
    same = cloud([1, 1, 1, 0.5])
    trend = gromov.trend([same, same.copy(), same.copy()])
    assert not [path for path, each in trend.series.items() if each.moved]
    assert all(each.change.value == 0 for each in trend.series.values() if np.isfinite(each.change.value))
    answers = {finding.question: finding.answer for finding in trend.changes().findings()}
    assert answers == {"What moved?": "Nothing beyond its error", "Is it collapsing?": "No"}


# Order


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["ckpt-10", "ckpt-9", "ckpt-100"], ["ckpt-9", "ckpt-10", "ckpt-100"]),
        (["before", "after"], ["before", "after"]),
        (["ckpt-10", "ckpt-9", "final"], ["ckpt-9", "ckpt-10", "final"]),
        (["init", "b-2", "a-2", "b-1", "a-1"], ["init", "b-1", "a-1", "b-2", "a-2"]),
        (["run2/e10.npy", "run2/e9.npy", "run1/e30.npy"], ["run1/e30.npy", "run2/e9.npy", "run2/e10.npy"]),
        (["lr=0.1", "lr=0.05"], ["lr=0.05", "lr=0.1"]),
        (["s-0010", "s-9"], ["s-9", "s-0010"]),
    ],
)
def test_the_order_of_names(names: list[str], ordered: list[str]) -> None:
    assert [names[place] for place in natural_order(names)] == ordered


@given(st.lists(st.text("ab1209.-", max_size=6), min_size=1, max_size=9))
def test_ordering_loses_no_name_and_changes_nothing_twice(names: list[str]) -> None:
    order = natural_order(names)
    assert sorted(order) == list(range(len(names)))
    once = [names[place] for place in order]
    assert [once[place] for place in natural_order(once)] == once


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["ckpt-100", "ckpt-200"], (100.0, 200.0)),
        (["epoch=1-loss=0.9", "epoch=2-loss=0.8"], (1.0, 2.0)),
        (["v2/1-7", "v2/1-8"], (7.0, 8.0)),
        (["a", "b"], ()),
        (["ckpt-1", "final"], ()),
        (["a1b1", "a1b2", "a2b1"], ()),
    ],
)
def test_the_number_that_tells_names_apart(names: list[str], expected: tuple[float, ...]) -> None:
    assert steps(names) == expected


def test_short_names_stay_different() -> None:
    assert short_names(["run/a.npy", "run/b.npy"]) == ("a.npy", "b.npy")
    assert short_names(["1/a.npy", "2/a.npy"]) == ("1/a.npy", "2/a.npy")


def test_sparklines() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([1, np.nan, 0]) == "█·▁"
    assert sparkline([2, 2]) == "▄▄"
    assert len(sparkline(np.arange(1000.0))) == 16


# What is returned


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints(tmp_path_factory.mktemp("checkpoints"))


def test_the_results_are_those_of_the_last(place: Path) -> None:
    trend = measured(place)
    assert trend.labels == ("ckpt-2.npy", "ckpt-9.npy", "ckpt-10.npy")
    assert trend.steps == (2.0, 9.0, 10.0)
    tree = json.loads(trend.to_json())
    alone = json.loads(gromov.measure(place / "ckpt-10.npy", instruments=["layout", "spectrum"]).to_json())
    assert tree["results"] == alone["results"]
    assert tree["input"] == alone["input"]
    assert [each["step"] for each in tree["inputs"]] == [2.0, 9.0, 10.0]
    assert {**tree["inputs"][-1], "step": None} == {**alone["input"], "step": None, "skipped": {}}
    for path in ("spectrum.effective_rank", "spectrum.rank"):
        name = path.partition(".")[2]
        each = [gromov.measure(file, instruments=["spectrum"]) for file in (place / f"ckpt-{k}.npy" for k in (2, 9, 10))]
        assert trend[path].values.tolist() == [float(getattr(one["spectrum"], name)) for one in each]


def test_order_as_given(place: Path) -> None:
    given = gromov.trend([place / f"ckpt-{k}.npy" for k in (10, 2)], instruments=["spectrum"], order="given")
    assert given.labels == ("ckpt-10.npy", "ckpt-2.npy")
    assert "--order given" in given.command
    assert given["spectrum.participation_ratio"].change.value > 0


def test_gates_may_speak_of_change(place: Path) -> None:
    tree = measured(place).to_dict()
    named = {**tree["results"], "trend": tree["trend"]}  # type: ignore[dict-item]
    series = measured(place)["spectrum.effective_rank"]
    for expression, holds in {
        "trend.spectrum.effective_rank.change < 0": series.change.value < 0,
        "trend.spectrum.effective_rank.ratio > 1": series.ratio > 1,
        "trend.spectrum.effective_rank.moved": series.moved,
        "trend.spectrum.effective_rank.change.stderr > 0": True,
        "spectrum.effective_rank == trend.spectrum.effective_rank.last": True,
    }.items():
        assert gate_holds(parse_gate(expression), named) is holds
    with pytest.raises(InputError, match="not a number"):
        gate_holds(parse_gate("trend.spectrum.effective_rank > 1"), named)


def test_clouds_of_different_width_and_more_than_64_of_them() -> None:
    clouds = [cloud([1.0] * (2 + k % 3), n=12, seed=k) for k in range(70)]
    trend = gromov.trend(clouds, instruments=["spectrum"])
    arrays: dict[str, np.ndarray] = {}
    tree = json.loads(json.dumps(trend.to_dict(arrays)))
    assert tree["trend"]["spectrum"]["dimensions"]["values"] == {"array": "trend.spectrum.dimensions.values", "shape": [70]}
    back = flattened(tree["trend"], arrays)
    assert list(back) == list(trend.series)
    again: dict[str, np.ndarray] = {}
    assert json.dumps(nested(back, again)) == json.dumps(tree["trend"])
    assert trend["spectrum.dimensions"].values.tolist() == [2.0 + k % 3 for k in range(70)]
    assert trend.labels[69] == "array 70"


def test_graphs_distances_and_names_of_the_caller() -> None:
    tree = Graph(7, np.array([[0, 1], [0, 2], [1, 3], [1, 4], [2, 5], [2, 6]]))
    cycle = Graph(8, np.array([[i, (i + 1) % 8] for i in range(8)]))
    trend = gromov.trend([tree, cycle], instruments=["hyperbolicity", "spectrum"])
    assert trend["hyperbolicity.delta_lower"].values.tolist() == [0.0, 2.0]
    assert list(trend.page().skipped) == ["spectrum"]
    line = np.arange(12.0)[:, None]
    matrices = [Representation(Distances(k * np.abs(line - line.T)), source=Source(f"scale {k}")) for k in (2, 1)]
    named = gromov.trend(matrices, instruments=["hyperbolicity"])
    assert named.labels == ("scale 1", "scale 2")
    assert named["hyperbolicity.diameter"].ratio == 2.0


def test_the_frame_has_a_row_for_each_number_of_each_input(place: Path) -> None:
    pytest.importorskip("pandas")
    trend = measured(place)
    frame = trend.to_frame()
    assert len(frame) == 3 * len(trend.series)
    rows = frame[frame.number == "spectrum.effective_rank"]
    assert rows.step.tolist() == [2.0, 9.0, 10.0]
    assert rows.value.tolist() == trend["spectrum.effective_rank"].values.tolist()


# What is said


def test_the_report_shows_each_headline_number_over_the_inputs(place: Path) -> None:
    trend = measured(place)
    page = trend.page()
    assert list(page.results) == ["trend", "layout", "spectrum"]
    curves = {curve.name: curve for figure in trend.changes().figures() for curve in figure}
    assert {"effective_rank", "participation_ratio", "power_law_exponent"} >= set(curves) >= {"effective_rank", "participation_ratio"}
    found = trend["spectrum.effective_rank"]
    assert curves["effective_rank"].x.tolist() == [2.0, 9.0, 10.0]  # type: ignore[union-attr]
    assert np.array_equal(curves["effective_rank"].low, found.low)  # type: ignore[union-attr, arg-type]
    html = trend.to_html()
    assert html.index('id="trend"') < html.index('id="layout"')
    assert "The geometry from ckpt-2.npy to ckpt-10.npy" in html
    assert "conservative" in html
    assert 'id="results.trend' not in html


@pytest.mark.parametrize(("columns", "titles"), [(80, "number first last z verdict"), (130, "number first last change z verdict course")])
def test_the_terminal_shows_the_changes(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, titles: str) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with (tmp_path / "said").open("w", encoding="utf-8") as said:
        print_summary(measured(place).page(), file=said, out=None)
    text = (tmp_path / "said").read_text(encoding="utf-8")
    assert titles in " ".join(text.split())
    assert "From ckpt-2.npy to ckpt-10.npy" in text
    assert "Key numbers" not in text
    assert all(len(line) <= columns for line in text.splitlines()[1:])


def test_the_summary_in_markdown_shows_the_changes(place: Path) -> None:
    text = measured(place).to_markdown()
    assert "| `spectrum.effective_rank` |" in text
    assert "What moved?" in text
    assert "ckpt-2.npy" in text


def test_warnings_say_whose_they_are() -> None:
    good, other = cloud([1, 1, 1], n=60), cloud([1, 1, 1], n=60, seed=1)
    other[1] = other[0]
    trend = gromov.trend([good, other], instruments=["spectrum"])
    assert any(text.startswith("array 2: 1 of 60 points") for text in trend.warnings)
    few = gromov.trend([good[:20], other[20:40]], instruments=["spectrum"])
    assert any(text.startswith("there are only 20 points") for text in few.warnings)
