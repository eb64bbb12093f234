"""Ctrl-C: 130, one sentence, and the same command goes on to the same bytes."""

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

COMMAND = [
    sys.executable,
    "-c",
    "from gromov.cli.main import main; main()",
    "measure",
    "points.npy",
    "--instruments",
    "spectrum,dimension,hyperbolicity",
    "--out",
    "run",
]
SAME = ("result.json", "arrays.npz")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_run_resumes(tmp_path: Path, workers: str) -> None:
    np.save(tmp_path / "points.npy", np.random.default_rng(0).normal(size=(400, 8)))
    process = subprocess.Popen(
        [*COMMAND, "--workers", workers], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    patience = time.monotonic() + 60
    while not (tmp_path / "run" / "parts" / "dimension.json").exists():  # then the longest instrument runs
        assert process.poll() is None
        assert time.monotonic() < patience
        time.sleep(0.02)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert err == b"gromov: interrupted: the same command goes on where it stopped\n"
    assert not (tmp_path / "run" / "result.json").exists()
    assert [path for path in (tmp_path / "run").rglob(".*") if path.is_file()] == []
    kept = (tmp_path / "run" / "parts" / "spectrum.json").stat().st_mtime_ns
    assert kept < time.time_ns()
    subprocess.run([*COMMAND, "--quiet"], cwd=tmp_path, check=True)
    subprocess.run([*COMMAND[:-1], "whole", "--quiet"], cwd=tmp_path, check=True)
    for name in SAME:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_was_swallowed_comes_back(number: int) -> None:
    from gromov.cli.interrupts import interruptible
    from gromov.core import Silent

    before = signal.getsignal(number)
    with interruptible(Silent()) as progress:
        progress.step("before", 0.0)
        with contextlib.suppress(KeyboardInterrupt):  # as a callback of compiled code does
            signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            progress.step("after", 0.5)
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_in_a_finaliser_is_not_printed_and_comes_back(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    from gromov.cli.interrupts import interruptible
    from gromov.core import Silent

    class Finalised:
        def __del__(self) -> None:
            signal.raise_signal(number)

    def finalise() -> None:
        held = Finalised()
        del held

    before = sys.unraisablehook
    with interruptible(Silent()) as progress:
        finalise()
        with pytest.raises(KeyboardInterrupt):
            progress.step("after", 0.5)
    assert sys.unraisablehook is before
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_became_another_error_is_one(number: int) -> None:
    from gromov.cli.interrupts import interruptible
    from gromov.core import Silent

    def failing_import() -> None:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt as error:
            raise ImportError("a compiled module failed to import") from error

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible(Silent()):
        failing_import()
    with pytest.raises(ImportError, match="by itself"), interruptible(Silent()):
        raise ImportError("by itself")
    assert signal.getsignal(number) == before


def test_an_interruption_in_this_process_is_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gromov.cli.main import run

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gromov.verbs.measure", interrupted)
    assert run(["measure", "iris"]) == 130
    assert capsys.readouterr() == ("", "gromov: interrupted: the same command goes on where it stopped\n")


INTERRUPTED_IMPORT = """
import signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            try:
                signal.raise_signal(getattr(signal, sys.argv.pop()))
            except KeyboardInterrupt as error:
                raise ImportError("a compiled module failed to import") from error

sys.meta_path.insert(0, Finder())
from gromov.cli.start import main
main()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_while_the_command_is_imported_is_130(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_IMPORT, name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "gromov: interrupted: the same command goes on where it stopped\n"
