"""`gromov fit hierarchy` as a user types it."""

import json
from pathlib import Path

import pytest

from gromov.cli.main import run

QUICK = ["--relation", "ancestors", "--dim", "2", "--seeds", "1", "--epochs", "20", "--scales", "5"]
ANIMALS = "dog,canine\nwolf,canine\ncat,feline\ncanine,animal\nfeline,animal\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("animals.csv").write_text(ANIMALS)
    return tmp_path


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "hierarchy", "--help"]) == 0
    assert "gromov fit hierarchy wordnet-mammals --dim 5" in " ".join(capsys.readouterr().out.split())


def test_a_fit_prints_the_controls_and_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "hierarchy", "animals.csv", *QUICK, "--out", "run", "--show", "dog"]) == 0
    printed = capsys.readouterr().out
    assert "The same loss and budget in every space" in printed
    assert "What is near dog?" in printed
    assert "Nearest of those further in:" in " ".join(printed.split())
    assert {"result.json", "report.html", "model.safetensors", "arrays.npz", "timings.json", "config.json"} <= {
        p.name for p in Path("run").iterdir()
    }


def test_json_is_the_file_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "hierarchy", "animals.csv", *QUICK, "--out", "run", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.out == Path("run/result.json").read_text()
    assert printed.err == ""
    assert json.loads(printed.out)["results"]["controls"]["euclidean_4x"]["dim"] == 8


def test_a_gate_holds_or_not(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["fit", "hierarchy", "animals.csv", *QUICK, "--out", "run", "--quiet"]
    assert run([*command, "--fail-if", "test.map<0.01"]) == 0
    assert run([*command, "--fail-if", "controls.euclidean.map>0.01"]) == 3
    assert run([*command, "--fail-if", "test.nothing>1"]) == 2
    capsys.readouterr()


BAD = {
    "nothing.csv": "no file",
    "animals.csv --dim 0": "dim",
    "animals.csv --space torus": "torus",
    "animals.csv --reveal ten": "--reveal",
    "animals.csv --reveal 10": "follow from others",
    "animals.csv --export mat": "--export",
    "circle.csv --relation ancestors": "circle",
    "digits": "list of pairs",
    "empty.csv": "empty",
}


@pytest.mark.parametrize("command", sorted(BAD))
def test_bad_input_ends_in_one_sentence(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("circle.csv").write_text("a,b\nb,c\nc,a\nd,a\n")
    Path("empty.csv").write_text("")
    assert run(["fit", "hierarchy", *command.split(), "--seeds", "1", "--epochs", "5", "--out", "run"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert BAD[command] in printed.err
    assert not Path("run/result.json").exists()


def test_an_unknown_name_is_refused_before_anything_is_fitted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "hierarchy", "animals.csv", *QUICK, "--out", "run", "--show", "dgo"]) == 2
    assert "did you mean dog" in capsys.readouterr().err
    assert not Path("run").exists()


def test_another_configuration_does_not_resume(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["fit", "hierarchy", "animals.csv", *QUICK, "--out", "run", "--quiet"]
    assert run(command) == 0
    assert run([*command, "--seed", "1"]) == 2
    assert run([*command, "--seed", "1", "--again"]) == 0
    assert Path("run-2/result.json").exists()
    capsys.readouterr()
