"""Run folders that somebody prepared: links that lead elsewhere, pipes, remains of killed runs, a disk that is full."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gromov.core import RunFolderError
from gromov.core.runs import RunFolder

IDENTITY = {"verb": "measure", "seed": 0}
VARYING = {"timings.json", "environment.json"}
POINTS = np.random.default_rng(0).normal(size=(70, 3))
COMMAND = [sys.executable, "-c", "from gromov.cli.main import main; main()", "measure", "points.npy", "--quiet"]
QUICK = ["--instruments", "layout,spectrum", "--out"]


def opened(path: Path) -> RunFolder:
    return RunFolder.open(path, IDENTITY, stem="x")


def run(folder: Path, out: str, start: str = "") -> subprocess.CompletedProcess[str]:
    """The command, after the statements of `start` have been run in its process."""
    command = [sys.executable, "-c", f"{start}\n{COMMAND[2]}", *COMMAND[3:], *QUICK, out]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def lasting(folder: Path) -> dict[str, bytes]:
    """The files of a run, with their bytes where no time is in them."""
    return {path.name: b"" if path.name in VARYING else path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with points.npy and an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    np.save(folder / "points.npy", POINTS)
    done = run(folder, "run")
    assert (done.returncode, done.stderr) == (0, "")
    return folder


# Links


def test_a_link_to_a_folder_is_that_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    opened(tmp_path / "link").finish({"report.html": "page"}, {"a": 1})
    assert {path.name for path in (tmp_path / "real").iterdir()} == {"config.json", "report.html", "result.json"}
    assert opened(tmp_path / "real").finished() == {"a": 1}


@pytest.mark.parametrize("target", ["nowhere", "link", "other"])
def test_links_that_lead_nowhere_are_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "other").symlink_to("link")
    (tmp_path / "link").symlink_to(target)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(RunFolderError, match="cannot be made"):
        opened(tmp_path / "link")
    with pytest.raises(RunFolderError, match="cannot be made"):
        opened(tmp_path / "link" / "below")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["result.json", "report.html", "arrays.npz", "timings.json"])
def test_nothing_is_written_through_a_link_in_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").write_text('{"mine": 1}')
    folder = opened(tmp_path / "run")
    (tmp_path / "run" / name).symlink_to(tmp_path / "mine")
    folder.finish({"report.html": "page", "arrays.npz": b"", "timings.json": "{}"}, {"a": 1})
    assert (tmp_path / "mine").read_text() == '{"mine": 1}'
    assert not (tmp_path / "run" / name).is_symlink()


def test_parts_are_not_kept_through_a_link(tmp_path: Path) -> None:
    opened(tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run" / "parts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunFolderError, match=r"parts is a symbolic link, and nothing is written through it"):
        opened(tmp_path / "run")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_the_place_of_the_parts_is_a_sentence(tmp_path: Path) -> None:
    folder = opened(tmp_path / "run")
    (tmp_path / "run" / "parts").write_text("mine")
    with pytest.raises(RunFolderError, match=r"parts cannot be made: File exists"):
        folder.keep("spectrum", {}, {})
    assert (tmp_path / "run" / "parts").read_text() == "mine"


# Pipes: reading one would wait for ever


@pytest.mark.parametrize("name", ["config.json", "result.json", "arrays.npz"])
def test_pipes_in_the_place_of_files_are_refused(tmp_path: Path, name: str) -> None:
    opened(tmp_path / "run")
    (tmp_path / "run" / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / "run" / name)
    with pytest.raises(RunFolderError, match="is not a regular file"):
        opened(tmp_path / "run")


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_a_pipe_in_the_place_of_a_part_counts_as_none(tmp_path: Path, ending: str) -> None:
    folder = opened(tmp_path / "run")
    folder.keep("spectrum", {"a": 1}, {"x": np.arange(3)})
    part = folder.part("spectrum")
    assert part is not None
    assert part[0] == {"a": 1}
    (tmp_path / "run" / "parts" / f"spectrum.{ending}").unlink()
    os.mkfifo(tmp_path / "run" / "parts" / f"spectrum.{ending}")
    assert folder.part("spectrum") is None


# What killed runs leave


def test_what_a_killed_run_was_writing_is_removed(tmp_path: Path) -> None:
    opened(tmp_path / "run")
    left = [".result.json.abcd_123", ".report.html.00000000", ".config.json.zzzzzzzz", ".arrays.npz.a1b2c3d4"]
    kept = [".result.json.short", ".hidden", "result.json.abcd1234"]
    for name in (*left, *kept):
        (tmp_path / "run" / name).write_text("half")
    held = tmp_path / "run" / ".timings.json.held0000"
    with held.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # as another run does while it writes
        opened(tmp_path / "run")
        assert {path.name for path in (tmp_path / "run").iterdir()} == {"config.json", held.name, *kept}
    opened(tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"config.json", *kept}


@pytest.mark.parametrize("name", ["config.json", "spectrum.npz", "report.html", "result.json"])
def test_a_run_killed_in_the_middle_of_a_write_resumes(whole: Path, name: str) -> None:
    out = f"killed-{name}"
    start = f"""
import os, signal, pathlib
flush = os.fsync
def fsync(handle):
    if pathlib.Path(f"/proc/self/fd/{{handle}}").readlink().name.startswith(".{name}."):
        os.ftruncate(handle, 7)
        os.kill(os.getpid(), signal.SIGKILL)
    flush(handle)
os.fsync = fsync
"""
    assert run(whole, out, start).returncode == -9
    assert [path.stat().st_size for path in (whole / out).rglob(f".{name}.*")] == [7]
    done = run(whole, out)
    assert (done.returncode, done.stderr) == (0, "")
    assert lasting(whole / out) == lasting(whole / "run")


@pytest.mark.parametrize("limit", [0, 200, 20_000, 500_000])
def test_a_disk_that_takes_no_more_is_a_sentence(whole: Path, limit: int) -> None:
    """The system itself refuses: no file may grow beyond `limit` bytes."""
    out = f"full-{limit}"
    start = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    done = run(whole, out, start)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be written: File too large" in done.stderr
    left = [path for path in (whole / out).rglob("*") if path.is_file()]
    assert not [path for path in left if path.name.startswith(".") or path.name == "result.json"]
    assert all(path.stat().st_size <= limit for path in left)
    done = run(whole, out)
    assert (done.returncode, done.stderr) == (0, "")
    assert lasting(whole / out) == lasting(whole / "run")


# Permissions: root may do everything, unless it gives that up


BOUND = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
bound_by_modes = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="giving files to another user needs root, and obeying modes then setpriv"
)


def run_bound(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The command as a user for whom the modes of files count."""
    done = subprocess.run([*BOUND, *COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@bound_by_modes
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "points.npy", POINTS)
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 65534, 65534)
    (tmp_path / "theirs").chmod(0o555)
    code, out, error = run_bound(tmp_path, *QUICK, "theirs")
    assert (code, out, error) == (2, "", "gromov: theirs/config.json cannot be written: Permission denied\n")
    code, out, error = run_bound(tmp_path, *QUICK, "theirs/below")
    assert (code, out, error) == (2, "", "gromov: the run folder theirs/below cannot be made: Permission denied\n")
    assert list((tmp_path / "theirs").iterdir()) == []


@bound_by_modes
@pytest.mark.parametrize("name", ["result.json", "arrays.npz", "config.json"])
def test_a_finished_run_of_somebody_else_is_a_sentence(whole: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    os.chown(tmp_path / "run" / name, 65534, 65534)
    (tmp_path / "run" / name).chmod(0o600)
    code, out, error = run_bound(tmp_path, *QUICK, "run")
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert f"run/{name} is damaged or cannot be read" in error
    assert "Permission denied" in error


@bound_by_modes
def test_points_of_somebody_else_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "points.npy", POINTS)
    os.chown(tmp_path / "points.npy", 65534, 65534)
    (tmp_path / "points.npy").chmod(0o600)
    assert run_bound(tmp_path, *QUICK, "run") == (2, "", "gromov: points.npy may not be read: check its permissions\n")
    assert not (tmp_path / "run").exists()
