"""Trends: from covariances that collapse as computed, over chance alone, to runs that are killed."""

import itertools
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gromov
from gromov.core import About, Distances, Estimate, Graph, InputError, Representation, Result, RunFolderError, Source, runs
from gromov.report import print_summary
from gromov.verbs import Series, Trend, gate_holds, parse_gate
from gromov.verbs.trend_order import natural_order, short_names, steps
from gromov.verbs.trend_report import sparkline
from gromov.verbs.trend_series import ChangeTest, flattened, nested, series_over

MODULE = sys.modules["gromov.verbs.trend"]  # the face gives its function this name
INPUTS = sys.modules["gromov.verbs.trend_inputs"]
SESSION = sys.modules["gromov.verbs.session"]
FILES = {"arrays.npz", "config.json", "environment.json", "report.html", "result.json", "summary.md", "timings.json"}
SAME = ("result.json", "arrays.npz")


def cloud(variances: Sequence[float], n: int = 120, seed: int = 0) -> np.ndarray:
    """Points whose sample covariance has exactly these eigenvalues."""
    x = np.random.default_rng(seed).normal(size=(n, len(variances)))
    q, _ = np.linalg.qr(x - x.mean(axis=0))
    return q * np.sqrt((n - 1) * np.asarray(variances))


def ranks(factor: float, count: int) -> list[list[float]]:
    """Spectra (1, 1, c, c) with c = factor⁰, factor¹, …"""
    return [[1.0, 1.0, factor**k, factor**k] for k in range(count)]


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
    assert "spectrum.participation_ratio goes from 4 to 4" in found.detail
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


# The statistics, against scipy's own


@dataclass(frozen=True, slots=True, eq=False)
class Numbers(Result):
    """Numbers of a test.

    Attributes:
        a: One with an error.
        b: Another.
        count: An exact one.
        word: Not a number.
    """

    a: Estimate
    b: Estimate
    count: int
    word: str

    @classmethod
    def about(cls) -> About:
        return About("Numbers", "?", "given", ())

    def summary(self) -> str:
        return "numbers"

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        return ("a", "b", "count")


def estimate(value: float, stderr: float) -> Estimate:
    return Estimate.normal(value, stderr, n=50, seed=None, method="given")


def numbers(*pairs: tuple[float, float]) -> list[dict[str, Result]]:
    return [{"test": Numbers(estimate(a, 0.3), estimate(b, 0.4), int(10 * a), "word")} for a, b in pairs]


def test_the_change_and_its_error() -> None:
    from scipy import stats

    series, test = series_over(numbers((1.0, 5.0), (9.0, 9.0), (2.0, 5.5)))
    found = series["test.a"]
    error = float(np.hypot(0.3, 0.3))
    assert found.change.value == 1.0
    assert np.isclose(found.change.stderr, error)
    assert np.isclose(found.z, 1 / error)
    assert np.isclose(found.p_value, 2 * stats.t(19).sf(1 / error))
    assert np.allclose(found.change.ci, stats.t(19, loc=1.0, scale=error).interval(0.95))
    assert test.comparisons == 2
    assert np.isclose(test.critical_z, stats.t(19).isf(0.05 / 2 / 2))
    assert (found.maximum, found.minimum, found.ratio) == (9.0, 1.0, 2.0)
    assert "test.word" not in series


def test_exact_numbers_change_and_are_not_tested() -> None:
    found = series_over(numbers((1.0, 0.0), (2.0, 0.0)))[0]["test.count"]
    assert (found.change.value, found.change.stderr, found.change.ci) == (10.0, None, None)
    assert np.isnan(found.z)
    assert not found.moved
    assert not found.constant


def test_errors_at_the_level_of_rounding_are_none() -> None:
    results: list[dict[str, Result]] = [
        {"test": Numbers(estimate(value, 1e-16), estimate(1.0, 0.1), 1, "")} for value in (1.0, 1.0 + 1e-15)
    ]
    found = series_over(results)[0]["test.a"]
    assert found.change.stderr is None
    assert not found.moved


def test_a_number_that_one_input_lacks() -> None:
    results = numbers((1.0, 2.0), (1.0, 2.0), (1.0, 2.0))
    results[0] = {}
    series, test = series_over(results)
    assert test.comparisons == 0
    assert np.isnan(series["test.a"].values[0])
    assert series["test.a"].maximum == 1.0
    assert "first" in series["test.a"].change.reason


def alarms(correlation: float, families: int = 2000) -> float:
    """Share of families of two numbers without any change in which one is said to have moved."""
    draw = np.random.default_rng(3)
    count = 0
    for _ in range(families):
        shared = draw.normal(size=2)
        parts = [np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * draw.normal(size=2) for _ in range(2)]
        series, _ = series_over(numbers(*((0.3 * float(a), 0.4 * float(b)) for a, b in parts)))
        count += any(each.moved for each in series.values())
    return count / families


def test_false_alarms_keep_to_the_level_and_shared_objects_make_them_rarer() -> None:
    independent, shared = alarms(0.0), alarms(0.8)
    assert 0.01 < independent <= 0.05
    assert shared < 0.005


def test_chance_alone_does_not_move_real_measurements() -> None:
    families = 60
    moved = 0
    for seed in range(families):
        draw = np.random.default_rng(seed)
        clouds = [draw.normal(size=(100, 5)) * np.arange(1, 6) ** -0.5 for _ in range(2)]
        trend = gromov.trend(clouds, instruments=["spectrum"])
        moved += any(each.moved for each in trend.series.values())
    assert moved <= 0.05 * families + 2 * np.sqrt(0.05 * 0.95 * families)


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
    """Three checkpoints, the second in name the last in number."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for name, factor in (("ckpt-9", 1.0), ("ckpt-10", 0.3), ("ckpt-2", 3.0)):
        np.save(folder / f"{name}.npy", cloud([4, 2, factor, factor / 2], n=60, seed=len(name)))
    return folder


def files(place: Path, suffix: str = ".npy") -> list[Path]:
    return sorted(place.glob(f"ckpt-*{suffix}"))


def measured(place: Path, out: Path | None = None, **options: object) -> Trend:
    return gromov.trend(files(place), out=out, **{"instruments": ["layout", "spectrum"], **options})  # type: ignore[arg-type]


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


def test_numbers_of_different_scale_are_not_on_one_axis() -> None:
    results: list[dict[str, Result]] = [{"test": Numbers(estimate(value, 0.3), estimate(100 * value, 0.4), 1, "")} for value in (1.0, 2.0)]
    series, test = series_over(results)
    from gromov.verbs.trend_report import Changes

    shown = Changes(("a", "b"), [{"kind": "points", "n": 9, "d": 2, "classes": None, "sha256": "0" * 64}] * 2, (), series, test)
    assert [[layer.name for layer in figure] for figure in shown.figures()] == [["a"], ["b"]]
    assert shown.figures()[0].x.categories == ("a", "b")
    assert [row[0] for row in shown.lead().rows] == ["test.a", "test.b"]


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


# Bad input


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        (["good.npy"], "at least two"),
        (["good.npy", "absent.npy"], "there is no file absent.npy"),
        (["good.npy", "nan.npy"], r"nan\.npy.*NaN"),
        (["good.npy", "three.npy"], r"three\.npy.*at least 4 points"),
        (["good.npy", "good.npy"], "given twice"),
        (["good.npy", "-"], "standard input"),
        (["good.npy", "graph.edges"], "inputs of one kind"),
        (["good.npy", "pickled.npy"], "pickle"),
    ],
)
def test_one_bad_input_is_named_and_nothing_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    good = cloud([1, 1, 1], n=40)
    np.save("good.npy", good)
    np.save("nan.npy", np.where(good > 1, np.nan, good))
    np.save("three.npy", good[:3])
    np.save("pickled.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    Path("graph.edges").write_text("0 1\n1 2\n2 3\n3 4\n")

    def refuse(*_: object) -> None:
        raise AssertionError("measured")

    monkeypatch.setattr(SESSION.Session, "compute", refuse)
    with pytest.raises(InputError, match=says):
        gromov.trend(inputs, default_folder=True)
    assert not Path("runs").exists()


def test_a_bad_array_is_named_by_its_place() -> None:
    good = cloud([1, 1, 1], n=40)
    with pytest.raises(InputError, match=r"input 2: .*NaN"):
        gromov.trend([good, np.where(good > 1, np.nan, good)])


@pytest.mark.parametrize("options", [{"seed": -1}, {"workers": 0}, {"order": "random"}, {"instruments": ["spectra"]}, {"labels": "x"}])
def test_bad_options_are_sentences(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        gromov.trend([cloud([1, 1]), cloud([1, 2])], **options)  # type: ignore[arg-type]


# The run folder


def lasting(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in SAME]


@pytest.fixture(scope="module")
def whole(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    measured(place, folder)
    return folder


def test_the_folder_holds_the_files_of_the_contract(whole: Path) -> None:
    assert {path.name for path in whole.iterdir()} == FILES
    config = json.loads((whole / "config.json").read_text())
    result = json.loads((whole / "result.json").read_text())
    assert set(config) == {"verb", "gromov", "config", "inputs"}
    assert config["config"] == result["config"]
    assert len(json.loads((whole / "timings.json").read_text())) == 3


def test_a_finished_run_returns_at_once_and_is_left_alone(place: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in whole.iterdir()}

    def refuse(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(SESSION.Session, "compute", refuse)
    again = measured(place, whole)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in whole.iterdir()} == before
    assert again.to_json() == (whole / "result.json").read_text(encoding="utf-8")
    assert again.to_html() == (whole / "report.html").read_text(encoding="utf-8")
    assert isinstance(again["spectrum.effective_rank"], Series)
    assert isinstance(again.test, ChangeTest)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_killed_at_any_write_resumes(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    real = runs.write_atomically
    limit = count = kills = 0

    def mortal(path: Path, content: bytes | str) -> None:
        nonlocal count
        count += 1
        if count == limit and when == "before":
            raise Killed
        real(path, content)
        if count == limit:
            raise Killed

    options = {"instruments": ["spectrum"]}
    measured(place, tmp_path / "whole", **options)
    monkeypatch.setattr(runs, "write_atomically", mortal)
    for moment in itertools.count(1):
        limit, count = moment, 0
        folder = tmp_path / f"run{moment}"
        try:
            measured(place, folder, **options)
        except Killed:
            kills += 1
        else:
            break
        limit = -1
        measured(place, folder, **options)
        assert lasting(folder) == lasting(tmp_path / "whole")
        assert {path.name for path in folder.iterdir()} == FILES
    assert kills == 1 + 3 * 2 + 6  # configuration, two files for each input, five files and the result


def test_parts_of_inputs_that_are_whole_are_used(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = SESSION.Session.compute
    count = 0

    def mortal(session: object, instrument: object, progress: object) -> object:
        nonlocal count
        count += 1
        if count == 4:
            raise Killed
        return real(session, instrument, progress)

    monkeypatch.setattr(SESSION.Session, "compute", mortal)
    with pytest.raises(Killed):
        measured(place, tmp_path / "run")
    assert sorted(path.stem for path in (tmp_path / "run" / "parts").glob("*.json")) == ["1.layout", "3.layout", "3.spectrum"]
    measured(place, tmp_path / "run")
    assert count == 4 + 3


class Clock:
    """Time that passes only when an instrument begins."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def monotonic(self) -> float:
        now, self.now = self.now, self.now + self.seconds
        return now

    perf_counter = staticmethod(time.perf_counter)
    process_time = staticmethod(time.process_time)


def test_a_spent_budget_still_tells_the_change(place: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        clock = Clock(10)
        patch.setattr(MODULE, "time", clock)
        patch.setattr(SESSION, "time", clock)
        short = measured(place, tmp_path / "run", budget=45)
    assert [list(each) for each in short.skipped] == [[], ["layout", "spectrum"], []]
    assert np.isfinite(short["spectrum.effective_rank"].z)
    assert np.isnan(short["spectrum.effective_rank"].values[1])
    assert "layout of ckpt-9.npy" in short.page().skipped
    tree = json.loads((tmp_path / "run" / "result.json").read_text())
    assert tree["skipped"] == {}
    assert "budget of 45 s" in tree["inputs"][1]["skipped"]["layout"]
    complete = measured(place, tmp_path / "run")
    assert not any(complete.skipped)
    assert lasting(tmp_path / "run") == lasting(whole)
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES


def test_a_budget_for_nothing_is_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ckpt-10\.npy: .*budget of 0 s"):
        measured(place, tmp_path / "run", budget=0)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"trend": {}, "results": null}', '{"trend": {"spectrum": 1}, "results": {}}'])
def test_a_damaged_result_is_a_sentence(place: Path, tmp_path: Path, content: str) -> None:
    measured(place, tmp_path / "run", instruments=["spectrum"])
    (tmp_path / "run" / "result.json").write_text(content)
    with pytest.raises(RunFolderError, match="damaged"):
        measured(place, tmp_path / "run", instruments=["spectrum"])


def test_another_order_or_input_is_another_run(place: Path, whole: Path) -> None:
    with pytest.raises(RunFolderError, match="another configuration or input"):
        measured(place, whole, order="given")
    with pytest.raises(RunFolderError, match="another configuration or input"):
        gromov.trend(files(place)[:2], instruments=["layout", "spectrum"], out=whole)
    with pytest.raises(RunFolderError, match="another configuration or input"):
        gromov.measure(place / "ckpt-10.npy", instruments=["layout", "spectrum"], out=whole)


def test_inputs_too_large_to_hold_are_read_again(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in files(place):
        np.savez(tmp_path / file.stem, x=np.load(file))
    held = gromov.trend(files(tmp_path, ".npz"), instruments=["spectrum"])
    monkeypatch.setattr(INPUTS, "_HELD_BYTES", 0)
    assert gromov.trend(files(tmp_path, ".npz"), instruments=["spectrum"]).to_json() == held.to_json()

    real: Callable[..., object] = SESSION.Session.run

    def then_change(session: object, *args: object, **options: object) -> object:
        np.savez(tmp_path / "ckpt-2", x=cloud([1, 1, 1, 1], n=60, seed=9))
        return real(session, *args, **options)

    monkeypatch.setattr(SESSION.Session, "run", then_change)
    with pytest.raises(InputError, match=r"ckpt-2\.npz has changed"):
        gromov.trend(files(tmp_path, ".npz"), instruments=["spectrum"])


def test_workers_change_nothing(place: Path) -> None:
    options = {"instruments": ["spectrum", "dimension"]}
    assert measured(place, **options, workers=2).to_json() == measured(place, **options).to_json()
