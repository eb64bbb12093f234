"""A run folder is whole or resumable at every moment, and never mistaken for another run's."""

import errno
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gromov
import gromov.verbs
from gromov.core import Graph, GromovError, InputError, Representation, RunFolderError, runs

MODULE = sys.modules["gromov.verbs.measure"]  # the face gives its function this name
SESSION = sys.modules["gromov.verbs.session"]
FILES = {"arrays.npz", "config.json", "environment.json", "report.html", "result.json", "summary.md", "timings.json"}
SAME = ("result.json", "arrays.npz")
POINTS = np.random.default_rng(0).normal(size=(70, 3))
QUICK = ["layout", "spectrum"]


def measure(out: Path, **options: object) -> gromov.Measurement:
    return gromov.measure(POINTS, out=out, **{"instruments": QUICK, **options})  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def lasting(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in SAME]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    measure(folder)
    return folder


def test_the_folder_holds_the_files_of_the_contract(whole: Path) -> None:
    assert {path.name for path in whole.iterdir()} == FILES
    config = json.loads((whole / "config.json").read_text())
    assert set(config) == {"verb", "gromov", "config", "input"}
    result = json.loads((whole / "result.json").read_text())
    assert config["config"] == result["config"]
    assert config["input"] == result["input"]
    assert "workers" not in (whole / "config.json").read_text()
    assert "wall_s" not in (whole / "result.json").read_text()
    assert set(json.loads((whole / "timings.json").read_text())) == set(QUICK)
    with np.load(whole / "arrays.npz", allow_pickle=False) as arrays:
        assert arrays["layout.coordinates"].shape == (70, 2)
    assert str(Path.home()) not in (whole / "environment.json").read_text()


def test_a_finished_run_is_left_alone(whole: Path) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in whole.iterdir()}
    again = measure(whole)
    assert {path.name: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in whole.iterdir()} == before
    assert again.to_json() == (whole / "result.json").read_text(encoding="utf-8")


def test_a_finished_run_is_not_computed_again(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(SESSION.Session, "compute", refuse)
    measure(whole)


def test_a_finished_run_keeps_the_warnings_of_its_instruments(tmp_path: Path) -> None:
    pieces = Graph(9, np.array([[0, 1], [1, 2], [2, 3], [3, 0], [3, 4], [5, 6], [7, 8]]))
    first = gromov.measure(pieces, out=tmp_path / "run")
    assert any("connected parts" in text for text in first.warnings)
    before = contents(tmp_path / "run")
    assert gromov.measure(pieces, out=tmp_path / "run").warnings == first.warnings
    assert contents(tmp_path / "run") == before


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_killed_at_any_write_resumes(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    real = runs.write_atomically
    count = 0

    def mortal(path: Path, content: bytes | str) -> None:
        nonlocal count
        count += 1
        if count == limit and when == "before":
            raise Killed
        real(path, content)
        if count == limit:
            raise Killed

    limit = 0
    kills = 0
    monkeypatch.setattr(runs, "write_atomically", mortal)
    while True:
        limit, count = limit + 1, 0
        folder = tmp_path / f"run{limit}"
        try:
            measure(folder)
        except Killed:
            kills += 1
        else:
            break
        assert (folder / "result.json").exists() <= (when == "after" and count == limit)
        count, limit_of_this, limit = 0, limit, -1
        measure(folder)
        limit = limit_of_this
        assert lasting(folder) == lasting(whole)
        assert {path.name for path in folder.iterdir()} == FILES
    assert kills == 11  # configuration, two files for each of two parts, five files, the result


def kept_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that ended after its first instrument; the folder of its parts."""
    real = SESSION.Session.compute

    def once(run: object, instrument: object, progress: object) -> object:
        answer = real(run, instrument, progress)
        raise Killed if instrument.name == "spectrum" else AssertionError(answer)  # type: ignore[attr-defined]

    with monkeypatch.context() as patch:
        patch.setattr(SESSION.Session, "compute", once)
        with pytest.raises(Killed):
            measure(folder, instruments=["spectrum"])
    return folder / "parts"


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def noise(path: Path) -> None:
    path.write_bytes(random.Random(0).randbytes(500))


def other_json(path: Path) -> None:
    path.write_text("{}" if path.suffix == ".json" else "[]")


def a_list(path: Path) -> None:
    path.write_text('[1, "a"]')


def remove(path: Path) -> None:
    path.unlink()


DAMAGES: list[Callable[[Path], None]] = [truncate, empty, flip, noise, other_json, a_list, remove]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", ["spectrum.json", "spectrum.npz"])
def test_a_damaged_part_is_computed_again(
    damage: Callable[[Path], None], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(tmp_path / "whole", instruments=["spectrum"])
    part = kept_part(tmp_path / "run", monkeypatch) / name
    damage(part)
    measure(tmp_path / "run", instruments=["spectrum"])
    assert lasting(tmp_path / "run") == lasting(tmp_path / "whole")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES


def test_a_part_that_is_whole_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_part(tmp_path / "run", monkeypatch)

    def refuse(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(SESSION.Session, "compute", refuse)
    measure(tmp_path / "run", instruments=["spectrum"])


DAMAGED_RESULTS = {
    "empty": "",
    "truncated": '{"schema": 1, "results": {',
    "null": "null",
    "list": "[]",
    "object": "{}",
    "no results": '{"results": null, "warnings": []}',
    "no warnings": '{"results": {"layout": {}, "spectrum": {}}}',
    "empty instrument": '{"results": {"layout": {}, "spectrum": {}}, "warnings": []}',
    "text": '{"results": {"layout": "x", "spectrum": 1}, "warnings": []}',
    "foreign field": '{"results": {"layout": {"colour": 1}, "spectrum": {}}, "warnings": []}',
}


@pytest.mark.parametrize("name", sorted(DAMAGED_RESULTS))
def test_a_damaged_result_is_a_sentence(name: str, tmp_path: Path) -> None:
    measure(tmp_path / "run")
    (tmp_path / "run" / "result.json").write_text(DAMAGED_RESULTS[name])
    with pytest.raises(RunFolderError, match="damaged"):
        measure(tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    measure(tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_arrays_are_a_sentence(damage: Callable[[Path], None], tmp_path: Path, whole: Path) -> None:
    measure(tmp_path / "run")
    damage(tmp_path / "run" / "arrays.npz")
    try:
        answer = measure(tmp_path / "run").to_json()
    except RunFolderError as error:
        answer = str(error)
    # where nothing is said, the byte that was changed has no part in the arrays
    assert "damaged" in answer or answer == (whole / "result.json").read_text(encoding="utf-8")


def test_a_damaged_configuration_is_a_sentence(tmp_path: Path) -> None:
    measure(tmp_path / "run")
    truncate(tmp_path / "run" / "config.json")
    with pytest.raises(RunFolderError, match="damaged"):
        measure(tmp_path / "run")


@pytest.mark.parametrize("change", [{"seed": 1}, {"instruments": ["spectrum"]}])
def test_another_configuration_is_refused(whole: Path, change: dict[str, object]) -> None:
    before = contents(whole)
    with pytest.raises(RunFolderError, match="another configuration or input"):
        measure(whole, **change)
    assert contents(whole) == before


LABELS = np.arange(70) % 2
OTHERS = {
    "other numbers": POINTS + 1e-9,
    "other type": POINTS.astype(np.float32),
    "labels": Representation(POINTS, labels=LABELS),
    "names": Representation(POINTS, names=tuple(map(str, range(70)))),
    "other rows": Representation(POINTS).take(np.arange(69)),
    "order": POINTS[::-1],
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_arrays_are_another_input(whole: Path, name: str) -> None:
    with pytest.raises(RunFolderError, match="another configuration or input"):
        gromov.measure(OTHERS[name], instruments=QUICK, out=whole)


def test_the_same_array_in_another_guise_is_the_same_input(whole: Path) -> None:
    before = contents(whole)
    gromov.measure(np.asfortranarray(POINTS), instruments=QUICK, out=whole)
    gromov.measure(Representation(POINTS), instruments=QUICK, out=whole)
    assert contents(whole) == before


def test_labels_are_told_apart() -> None:
    first = gromov.measure(Representation(POINTS, labels=LABELS), instruments=["spectrum"])
    second = gromov.measure(Representation(POINTS, labels=LABELS[::-1]), instruments=["spectrum"])
    objects = gromov.measure(Representation(POINTS, labels=LABELS.astype(object)), instruments=["spectrum"])
    assert first.input["sha256"] != second.input["sha256"]
    assert first.input["sha256"] == objects.input["sha256"]


def test_again_makes_another_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    measure(folder, again=True)
    before = contents(folder)
    second = measure(folder, again=True)
    third = measure(folder, again=True, seed=5)
    assert (second.folder, third.folder) == (tmp_path / "run-2", tmp_path / "run-3")
    assert contents(folder) == before
    assert lasting(tmp_path / "run-2") == lasting(folder)


def test_the_default_folder_is_named_after_the_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a b;c.npy", POINTS)
    options = {"instruments": ["spectrum"], "default_folder": True}
    first = gromov.measure("a b;c.npy", **options)  # type: ignore[arg-type]
    second = gromov.measure("a b;c.npy", seed=1, **options)  # type: ignore[arg-type]
    assert gromov.measure("a b;c.npy", **options).folder == first.folder  # type: ignore[arg-type]
    assert first.folder is not None
    assert first.folder != second.folder
    assert first.folder.parent == Path("runs")
    assert first.folder.name.startswith("measure-a-b-c-")


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert gromov.measure(POINTS, instruments=["spectrum"]).folder is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("again", [False, True])
def test_a_place_that_is_no_folder_is_refused(tmp_path: Path, again: bool) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(GromovError):
            measure(place, again=again)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(RunFolderError, match="holds no run"):
        measure(tmp_path)
    assert contents(tmp_path) == {"thesis.tex": b"mine"}


@pytest.mark.parametrize("name", ["config.json", "layout.npz", "spectrum.json", "arrays.npz", "report.html", "summary.md", "result.json"])
def test_a_full_disk_leaves_nothing_half_written(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = os.fsync

    def full(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").readlink().name.startswith(f".{name}."):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr("gromov.core.runs.os.fsync", full)
        with pytest.raises(RunFolderError, match="cannot be written: No space left on device"):
            measure(tmp_path / "run")
    left = [path.name for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert not [path for path in left if path.startswith(".")]
    assert name not in left
    assert "result.json" not in left
    measure(tmp_path / "run")
    assert lasting(tmp_path / "run") == lasting(whole)


def test_the_page_is_saved_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = gromov.measure(POINTS, instruments=["spectrum"])
    (tmp_path / "report.html").write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("gromov.core.runs.os.fsync", full)
        with pytest.raises(RunFolderError, match="No space left"):
            measured.save_html(tmp_path / "report.html")
    assert contents(tmp_path) == {"report.html": b"old"}
    with pytest.raises(RunFolderError, match="cannot be written"):
        measured.save_html(tmp_path / "no" / "folder.html")


# What is left out by the budget


class Clock:
    """Time that passes only when an instrument begins."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def monotonic(self) -> float:
        now, self.now = self.now, self.now + self.seconds
        return now

    perf_counter = staticmethod(time.perf_counter)
    process_time = staticmethod(time.process_time)


def test_a_spent_budget_leaves_out_the_rest_and_says_so(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        clock = Clock(10)
        patch.setattr(MODULE, "time", clock)
        patch.setattr(SESSION, "time", clock)
        short = measure(tmp_path / "run", budget=15)
    assert list(short.results) == ["layout"]
    assert short.skipped == {"spectrum": "the budget of 15 s was spent before it began"}
    assert json.loads((tmp_path / "run" / "result.json").read_text())["skipped"] == short.skipped
    complete = measure(tmp_path / "run")
    assert not complete.skipped
    assert lasting(tmp_path / "run") == lasting(whole)
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES


def test_a_budget_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="budget of 0 s"):
        measure(tmp_path / "run", budget=0)
    measure(tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    measure(tmp_path / "run", budget=0)  # what is there costs nothing


# The real thing

COMMAND = [sys.executable, "-c", "from gromov.cli.main import main; main()", "measure", "points.npy", "--quiet", "--out"]


def killed_runs(folder: Path, moments: int) -> None:
    np.save(folder / "points.npy", POINTS)
    started = time.monotonic()
    subprocess.run([*COMMAND, "whole"], cwd=folder, check=True)
    lasts = time.monotonic() - started
    draw = random.Random(7)
    for moment in range(moments):
        process = subprocess.Popen([*COMMAND, f"run{moment}"], cwd=folder)
        time.sleep(lasts * (moment + draw.random()) / moments)
        process.kill()
        process.wait()
        subprocess.run([*COMMAND, f"run{moment}"], cwd=folder, check=True)
        assert lasting(folder / f"run{moment}") == lasting(folder / "whole"), f"moment {moment} of {moments} in {lasts:.1f} s"
        assert not (folder / f"run{moment}" / "parts").exists()


def test_a_killed_run_resumes(tmp_path: Path) -> None:
    killed_runs(tmp_path, 3)


@pytest.mark.slow
def test_a_run_killed_at_many_moments_resumes(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    from kills import kills

    failures = [f"{kill.signal} after {kill.moment:.2f} s: {failure}" for kill in kills(tmp_path / "runs", 12) for failure in kill.failures]
    assert not failures
