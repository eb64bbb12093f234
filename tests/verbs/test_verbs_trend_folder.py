"""Trends over bad input, and runs that are killed, resumed and damaged."""

import itertools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from trend_cases import SAME, checkpoints, cloud, files, measured

import gromov
from gromov.core import InputError, RunFolderError, runs
from gromov.verbs import Series
from gromov.verbs.trend_series import ChangeTest

MODULE = sys.modules["gromov.verbs.trend"]  # the face gives its function this name
INPUTS = sys.modules["gromov.verbs.trend_inputs"]
SESSION = sys.modules["gromov.verbs.session"]
FILES = {"arrays.npz", "config.json", "environment.json", "report.html", "result.json", "summary.md", "timings.json"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints(tmp_path_factory.mktemp("checkpoints"))


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
