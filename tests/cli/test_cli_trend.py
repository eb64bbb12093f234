"""Several inputs on the command line, and the summary in markdown: codes, sentences, and nothing changed for one input."""

import json
from pathlib import Path

import numpy as np
import pytest

import gromov
from gromov.cli.main import run

QUICK = ("--instruments", "spectrum", "--quiet")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints whose last two directions shrink tenfold each time, and the command run in it."""
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(80, 4))
    for k in (8, 9, 10):
        np.save(f"ckpt-{k}.npy", x * [1, 1, 0.1 ** (k - 8), 0.1 ** (k - 8)])
    np.save("nan.npy", np.where(x > 2, np.nan, x))
    return tmp_path


def measure(*arguments: str) -> int:
    return run(["measure", *arguments, *QUICK])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert measure(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("gromov: ")
    return err


def shell() -> list[str]:
    """What a shell makes of ckpt-*.npy."""
    return sorted(path.name for path in Path().glob("ckpt-*.npy"))


def test_several_inputs_give_one_run_in_the_order_of_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert shell() == ["ckpt-10.npy", "ckpt-8.npy", "ckpt-9.npy"]
    assert measure(*shell(), "--json") == 0
    (folder,) = Path("runs").iterdir()
    text = (folder / "result.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    tree = json.loads(text)
    assert [each["name"] for each in tree["inputs"]] == ["ckpt-8.npy", "ckpt-9.npy", "ckpt-10.npy"]
    assert folder.name.startswith("measure-ckpt-8-to-ckpt-10-")
    assert gromov.trend(shell(), instruments=["spectrum"]).to_json() == text


def test_a_quoted_pattern_is_one_input() -> None:
    assert measure("ckpt-*.npy", "--out", "run") == 0
    tree = json.loads(Path("run/result.json").read_text(encoding="utf-8"))
    assert tree["input"]["n"] == 240
    assert "trend" not in tree


def test_one_input_is_measured_as_ever() -> None:
    assert measure("ckpt-8.npy", "--out", "run", "--order", "given") == 0
    alone = gromov.measure("ckpt-8.npy", instruments=["spectrum"])
    text = Path("run/result.json").read_text(encoding="utf-8")
    assert text == alone.to_json()
    assert set(json.loads(text)) == {"schema", "gromov", "verb", "input", "config", "results", "skipped", "warnings"}
    assert "order" not in json.loads(text)["config"]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("trend.spectrum.participation_ratio.change < -1", 3),
        ("trend.spectrum.participation_ratio.ratio > 0.9", 0),
        ("trend.spectrum.participation_ratio.moved and spectrum.effective_rank < 3", 3),
        ("spectrum.participation_ratio > 3", 0),
        ("trend.spectrum.participation_ratio.z > 0", 0),
    ],
)
def test_gates(expression: str, code: int) -> None:
    assert measure(*shell(), "--fail-if", expression) == code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ckpt-8.npy", "--fail-if", "trend.spectrum.effective_rank.change < 0"], "there is no 'trend'"),
        (["ckpt-8.npy", "ckpt-9.npy", "--fail-if", "trend.dimension.twonn.change < 0"], "there is no 'dimension'"),
        (["ckpt-8.npy", "ckpt-9.npy", "--fail-if", "trend.spectrum.effective_rank < 0"], "not a number"),
        (["ckpt-8.npy", "absent.npy"], "there is no file absent.npy"),
        (["ckpt-8.npy", "nan.npy"], "nan.npy"),
        (["ckpt-8.npy", "ckpt-8.npy"], "given twice"),
        (["ckpt-8.npy", "-"], "standard input"),
        (["ckpt-8.npy", "ckpt-9.npy", "--order", "random"], "random"),
        (["ckpt-8.npy", "ckpt-9.npy", "--budget", "0"], "budget of 0 s"),
    ],
)
def test_bad_trends(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert says in refused(capsys, *arguments)


def test_a_bad_input_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "ckpt-8.npy", "nan.npy", "--summary", "summary.md")
    assert not Path("runs").exists()
    assert not Path("summary.md").exists()


def test_the_summary_is_appended() -> None:
    Path("summary.md").write_text("# Before\n", encoding="utf-8")
    assert measure("ckpt-8.npy", "--summary", "summary.md") == 0
    assert measure(*shell(), "--summary", "summary.md", "--fail-if", "spectrum.rank < 9") == 3
    text = Path("summary.md").read_text(encoding="utf-8")
    assert text.startswith("# Before\n\n## The geometry of ckpt-8.npy\n")
    assert "</details>\n\n## The geometry from ckpt-8.npy to ckpt-10.npy\n" in text
    assert text.endswith("\n❌ `--fail-if` held: `spectrum.rank < 9`\n")
    kept = next(Path("runs").glob("measure-ckpt-8-to-*/summary.md")).read_text(encoding="utf-8")
    assert kept in text


def test_a_summary_of_a_gate_that_does_not_hold() -> None:
    assert measure("ckpt-8.npy", "--summary", "new.md", "--fail-if", "spectrum.rank > 9") == 0
    text = Path("new.md").read_text(encoding="utf-8")
    assert text.startswith("## The geometry of ckpt-8.npy\n")
    assert text.endswith("\n✅ `--fail-if` did not hold: `spectrum.rank > 9`\n")


@pytest.mark.parametrize(
    ("name", "says"), [(".", "is a folder"), ("no/such/summary.md", "there is no folder no/such"), ("nan.npy/x", "no folder")]
)
def test_a_summary_that_cannot_be_written_is_refused_first(capsys: pytest.CaptureFixture[str], name: str, says: str) -> None:
    assert says in refused(capsys, "ckpt-8.npy", "--summary", name)
    assert not Path("runs").exists()


def test_progress_names_the_input() -> None:
    said: list[tuple[str, float]] = []

    class Watched:
        def step(self, what: str, done: float) -> None:
            said.append((what, done))

    gromov.trend(shell(), instruments=["spectrum"], progress=Watched())
    assert any(what.startswith("ckpt-10.npy (1 of 3), spectrum") for what, _ in said)
    shares = [done for _, done in said]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
