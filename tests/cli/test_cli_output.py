"""What the command prints, and where; help, version, lists; and that the light ways in stay light."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gromov.cli.main import run

ROOT = Path(__file__).parents[2]
POINTS = np.random.default_rng(0).normal(size=(40, 3))
MAIN = [sys.executable, "-c", "from gromov.cli.main import main; main()"]
QUICK = ["measure", "points.npy", "--instruments", "spectrum"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("points.npy", POINTS)
    return tmp_path


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which `gromov` is the command."""
    gromov = shlex.join(MAIN)
    line = "set -o pipefail; " + re.sub(r"\bgromov\b", lambda _: gromov, command)
    return subprocess.run(["bash", "-c", line], capture_output=True, env={**os.environ, **environment}, check=False)


def test_json_is_the_file_and_nothing_else(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run([*QUICK, "--json", "--out", "run"]) == 0
    out, err = capfdbinary.readouterr()
    assert err == b""
    assert out == Path("run", "result.json").read_bytes()
    assert json.loads(out)["schema"] == 1
    assert run([*QUICK, "--json", "--quiet", "--out", "run"]) == 0
    assert capfdbinary.readouterr().out == out


def test_json_is_utf8_on_any_terminal() -> None:
    np.save("ünïcode ×.npy", POINTS)
    done = shell("gromov measure 'ünïcode ×.npy' --instruments spectrum --json --out run", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == Path("run", "result.json").read_bytes()
    assert json.loads(done.stdout)["input"]["name"] == "ünïcode ×.npy"


def test_quiet_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*QUICK, "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")
    assert next(Path("runs").iterdir()).name.startswith("measure-points-")


def test_the_summary_is_the_score_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*QUICK, "--out", "run"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for words in ("points.npy: 40 points in 3 dimensions", "Score-card", "Is it collapsed?", "spectrum.effective_rank", "only 40 points"):
        assert words in out
    assert str(Path("run", "report.html")) in out
    assert "\x1b" not in out


def test_again_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        assert run([*QUICK, "--quiet", "--again"]) == 0
    assert len(list(Path("runs").iterdir())) == 3


def test_the_command_of_the_report_repeats_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    import gromov

    options = ["--seed", "3", "--normalize", "center", "--sample", "30", "--instruments", "spectrum,layout"]
    assert run(["measure", "points.npy", *options, "--quiet", "--out", "first"]) == 0
    measured = gromov.measure("points.npy", seed=3, normalize="center", sample=30, instruments=["spectrum", "layout"])
    words = shlex.split(measured.command)
    assert words[0] == "gromov"
    assert run([*words[1:], "--quiet", "--out", "second"]) == 0
    for name in ("result.json", "arrays.npz"):
        assert Path("first", name).read_bytes() == Path("second", name).read_bytes()


# Pipes


@pytest.mark.parametrize(
    "command",
    [
        "gromov measure points.npy --instruments layout,spectrum --json | head -1",
        "gromov measure points.npy --instruments spectrum --json | true",
        "gromov measure points.npy --instruments spectrum | true",
        "gromov --help | true",
        "gromov measure --help | true",
        "gromov data list | true",
        "gromov doctor | true",
        "gromov measure points.npy --instruments spectrum --json >&-",
        "gromov measure points.npy --instruments spectrum >&-",
        "gromov measure points.npy --instruments spectrum >&- 2>&-",
        "gromov data list >&-",
        "gromov --help >&-",
    ],
)
def test_a_reader_that_leaves_is_no_error(command: str) -> None:
    done = shell(command)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_gate_holds_although_nobody_reads() -> None:
    done = shell("gromov measure points.npy --instruments spectrum --json --fail-if 'spectrum.rank > 0' | true")
    assert (done.returncode, done.stderr) == (3, b"gromov: --fail-if held: spectrum.rank > 0\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("more", ["", " --json"])
def test_output_to_a_full_disk_is_a_sentence(more: str) -> None:
    done = shell(f"gromov measure points.npy --instruments spectrum{more} >/dev/full")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"gromov: ")
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("command", ["gromov data list", "gromov measure --help", "gromov measure points.npy --instruments spectrum"])
def test_a_terminal_without_unicode(command: str) -> None:
    done = shell(command, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


# Help, version, lists


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]], ids=str)
def test_help(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for word in ("Usage:", "measure", "doctor", "data", "Example: gromov measure"):
        assert word in out


def test_help_of_measure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["measure", "--help"]) == 0
    out = capsys.readouterr().out
    assert "Examples: gromov measure digits" in out
    promised = (
        "out json seed device workers budget fail-if quiet as array columns labels names where normalize flatten sample again instruments"
    )
    assert {f"--{name}" for name in promised.split()} <= set(re.findall(r"--[a-z-]+", out))


def test_the_documents_name_no_other_options(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ["measure", "--help"],
        ["compare", "--help"],
        ["fit", "hierarchy", "--help"],
        ["fit", "words", "--help"],
        ["fit", "classify", "--help"],
        ["fit", "images", "--help"],
        ["predict", "--help"],
        ["--help"],
    ):
        assert run(command) == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    for page in (ROOT / "README.md", ROOT / "docs" / "command-line.md"):
        named = re.findall(r"`(--[a-z-]+)", page.read_text(encoding="utf-8"))
        assert named
        assert set(named) <= known, page.name


def test_the_commands_of_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:`|\$ )(?:\.venv/bin/)?gromov ([a-z]+(?: list)?)", text))
    assert {"measure", "data list", "doctor"} <= commands
    for command in sorted(commands):
        assert run([*command.split(), "--help"]) == 0, command
    targets = set(re.findall(r"\$ make ([a-z-]+)", text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"{version('gromov')}\n"


def test_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    for word in ("python", "memory", "device", "GROMOV_DATA", "numpy", "torch"):
        assert re.search(rf"^{word}\s", out, flags=re.MULTILINE), word


def test_data_list(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROMOV_DATA", raising=False)
    assert run(["data", "list"]) == 0
    out = capsys.readouterr().out
    for word in ("digits", "iris", "sphere", "built in", "licence"):
        assert word in out


def test_data_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    run(["data"])
    out, err = capsys.readouterr()
    assert "list" in out + err


@pytest.mark.parametrize("arguments", [["--help"], [], ["measure", "--help"], ["--version"]], ids=str)
def test_help_is_light(arguments: list[str]) -> None:
    heavy = ("torch", "numba", "numpy", "scipy", "sklearn", "faiss", "pandas", "plotly", "gromov.core", "gromov.data", "gromov.verbs")
    code = f"import sys; from gromov.cli.main import run; run({arguments!r}); sys.exit(' '.join(n for n in {heavy!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
