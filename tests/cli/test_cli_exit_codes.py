"""Exit codes: 0 done, 2 with one sentence, 3 for a gate that holds. In this process, so that the sentence is all there is."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from gromov.cli.main import run

POINTS = np.random.default_rng(0).normal(size=(40, 3))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with good and bad files, and the command run in it."""
    monkeypatch.chdir(tmp_path)
    np.save("points.npy", POINTS)
    np.save("nan.npy", np.where(POINTS > 2, np.nan, POINTS))
    np.save("inf.npy", np.where(POINTS > 2, np.inf, POINTS))
    np.save("three.npy", POINTS[:3])
    np.save("equal.npy", np.ones((9, 2)))
    np.save("images.npy", POINTS.reshape(10, 3, 4))
    np.save("line.npy", POINTS[:, 0])
    np.save("text.npy", np.array([["a", "b"]] * 5))
    np.save("pickled.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    Path("truncated.npy").write_bytes(Path("points.npy").read_bytes()[:-100])
    Path("header.npy").write_bytes(Path("points.npy").read_bytes()[:40])
    Path("empty.npy").touch()
    Path("empty.csv").touch()
    Path("noise.npy").write_bytes(bytes(range(256)))
    Path("words.csv").write_text("a,b\nx,y\nz,w\nu,v\np,q\n")
    Path("file").write_text("mine")
    Path("foreign").mkdir()
    Path("foreign", "thesis.tex").write_text("mine")
    Path("points.npz").write_bytes(b"PK\x03\x04")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence with which a command is refused."""
    capsys.readouterr()
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    assert err.startswith("gromov: ")
    assert "Traceback" not in err
    return err


def quick(*arguments: str) -> list[str]:
    return ["measure", *arguments, "--instruments", "spectrum", "--quiet"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("poinst.npy", "there is no file poinst.npy"),
        ("no/such/file.csv", "there is no file"),
        ("irsi", "did you mean iris?"),
        ("zzzz", "gromov data list"),
        ("nowhere:make", "no module nowhere"),
        ("os:nothing", "no function nothing"),
        ("sphere:d=-1", "must be between"),
        ("sphere:colour=1", "no parameter"),
        ("foreign", "a folder"),
        (".", "a folder"),
        ("", "a folder"),
        ("nan.npy", "NaN"),
        ("inf.npy", "infinite"),
        ("three.npy", "at least 4 points"),
        ("equal.npy", "all points are equal"),
        ("images.npy", "--flatten"),
        ("line.npy", "one dimension"),
        ("text.npy", "numbers"),
        ("pickled.npy", "pickle"),
        ("truncated.npy", "truncated"),
        ("header.npy", "header.npy"),
        ("empty.npy", "empty"),
        ("empty.csv", "empty"),
        ("noise.npy", "noise.npy"),
        ("words.csv", "words.csv"),
        ("points.npz", "points.npz"),
        ("points.npy\0", "no file"),
    ],
)
def test_bad_data(capsys: pytest.CaptureFixture[str], data: str, says: str) -> None:
    assert says in refused(capsys, *quick(data))
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--instruments", "spectra"], "did you mean spectrum"),
        (["--instruments", ""], "no instrument ''"),
        (["--instruments", "spectrum,"], "no instrument ''"),
        (["--no-such-option"], "--no-such-option"),
        (["--seed", "x"], "valid integer"),
        (["--seed", "-1"], "greater than or equal to 0"),
        (["--seed", "1.5"], "valid integer"),
        (["--workers", "0"], "greater than or equal to 1"),
        (["--workers", "two"], "valid integer"),
        (["--sample", "0"], "greater than or equal to 1"),
        (["--sample", "3"], "at least 4 points"),
        (["--budget", "-1"], "greater than or equal to 0"),
        (["--budget", "0"], "budget of 0 s"),
        (["--device", "tpu"], "tpu"),
        (["--as", "cloud"], "cloud"),
        (["--as", "distances"], "square"),
        (["--normalize", "max"], "max"),
        (["--labels", "nothing"], "nothing"),
        (["--names", "nothing"], "nothing"),
        (["--where", "x=="], "cannot read"),
        (["--where", "x==1"], "x"),
        (["more.npy"], "there is no file more.npy"),
        (["--out", "file"], "cannot be made"),
        (["--out", "file/below"], "cannot be made"),
        (["--out", "file", "--again"], "cannot be made"),
        (["--out", "foreign"], "holds no run"),
        (["--out", "x" * 300], "File name too long"),
        (["--out", "/proc/gromov"], "cannot be made"),
    ],
)
def test_bad_options(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    given = ["measure", "points.npy", "--quiet", *arguments]
    assert says in refused(capsys, *(given if "--instruments" in given else [*given, "--instruments", "spectrum"]))
    assert Path("file").read_text() == "mine"
    assert [path.name for path in Path("foreign").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "arguments",
    [["measur"], ["--bad"], ["data", "fetch"], ["doctor", "now"], ["measure", "-z"], ["measure", "--seed"], ["data", "list", "all"]],
)
def test_bad_commands(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert "--help" in refused(capsys, *arguments)


def test_a_folder_that_may_not_be_written(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").mkdir()
    if os.geteuid() == 0:  # root may write anywhere: let the system say no in its place

        def forbidden(**_: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr("gromov.core.runs.tempfile.mkstemp", forbidden)
    Path("locked").chmod(0o500)
    assert "Permission denied" in refused(capsys, *quick("points.npy", "--out", "locked"))
    Path("locked").chmod(0o700)
    assert list(Path("locked").iterdir()) == []


def test_the_folder_of_another_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(quick("points.npy", "--out", "run")) == 0
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    assert "another configuration or input" in refused(capsys, *quick("points.npy", "--out", "run", "--seed", "1"))
    assert "another configuration or input" in refused(capsys, *quick("iris", "--out", "run"))
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before
    Path("run", "result.json").write_text("{")
    assert "damaged" in refused(capsys, *quick("points.npy", "--out", "run"))


def test_a_full_disk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("gromov.core.runs.os.fsync", full)
    assert "No space left on device" in refused(capsys, *quick("points.npy", "--out", "run"))
    assert list(Path("run").iterdir()) == []


def test_memory_that_runs_out(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("gromov.verbs.measure", exhausted)
    assert "memory ran out" in refused(capsys, *quick("points.npy"))


def test_cuda_without_a_gpu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "no CUDA GPU" in refused(capsys, *quick("points.npy", "--device", "cuda"))


# Gates


@pytest.mark.parametrize(
    "gate",
    [
        "",
        "spectrum.rank <",
        "a b",
        "__import__('os')",
        "__import__('os').system('touch hacked')",
        "lambda: 1",
        "(1).real > 0",
        "9 ** 9 ** 9 ** 9 > 1",
        "(" * 300 + "1" + ")" * 300,
        "-" * 900 + "1",
        "1" + "+1" * 400,
        "1" * 2000,
        "[1][0]",
        "a\nb",
        "\0",
    ],
)
def test_a_gate_that_is_no_condition_is_refused_before_the_work(capsys: pytest.CaptureFixture[str], gate: str) -> None:
    assert "--fail-if" in refused(capsys, *quick("points.npy", "--fail-if", gate))
    assert not Path("runs").exists()
    assert not Path("hacked").exists()


@pytest.mark.parametrize(
    ("gate", "says"),
    [
        ("spectrum.nothing > 1", "no 'nothing'"),
        ("dimension.twonn > 1", "no 'dimension'"),
        ("spectrum.rank.real > 1", "no 'real'"),
        ("spectrum > 1", "not a number"),
        ("spectrum.singular_values > 1", "not a number"),
        ("spectrum.power_law_exponent > 1", "could not be computed"),
        ("1 / 0 > 1", "divides by 0"),
        ("1 / (spectrum.rank - 3) > 1", "which is 0"),
        ("9" * 400 + " / 3 > 1", "too large"),
    ],
)
def test_a_gate_that_cannot_be_decided(capsys: pytest.CaptureFixture[str], gate: str, says: str) -> None:
    assert says in refused(capsys, *quick("points.npy", "--fail-if", gate))


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        ("spectrum.effective_rank < 20", 3),
        ("spectrum.effective_rank > 20", 0),
        ("spectrum.rank == 3 and spectrum.dimensions == 3", 3),
        ("not spectrum.rank", 0),
        ("1", 3),
        ("0", 0),
    ],
)
def test_gates(capsys: pytest.CaptureFixture[str], gate: str, code: int) -> None:
    assert run(quick("points.npy", "--fail-if", gate)) == code
    assert capsys.readouterr() == ("", f"gromov: --fail-if held: {gate}\n" if code else "")


def test_a_gate_does_not_touch_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(quick("points.npy", "--json", "--out", "run", "--fail-if", "spectrum.rank > 0")) == 3
    out = capsys.readouterr().out
    assert json.loads(out)["results"]["spectrum"]["rank"] == 3
    assert out == Path("run", "result.json").read_text(encoding="utf-8")


def test_a_table_as_edges_of_a_graph(capsys: pytest.CaptureFixture[str]) -> None:
    Path("tree.csv").write_text("a,b\n" + "\n".join(f"{(child - 1) // 2},{child}" for child in range(1, 15)))
    assert run(["measure", "tree.csv", "--as", "edges", "--json", "--instruments", "layout,spectrum,dimension"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert list(tree["results"]) == ["layout"]
    assert set(tree["skipped"]) == {"spectrum", "dimension"}


def test_images_with_flatten() -> None:
    assert run(quick("images.npy", "--flatten")) == 0
