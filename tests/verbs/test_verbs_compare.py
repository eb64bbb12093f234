"""`compare`: verdicts, several inputs, run folders, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest

import gromov
from gromov.cli.main import run as command
from gromov.core import Comparison, InputError, Result, RunFolderError
from gromov.verbs import compare_pairs, holm
from gromov.verbs.compare_groups import classical_map, dendrogram

FAST = ["frechet", "kid"]


def cloud(seed: int, n: int = 60, d: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def test_holm_by_hand() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_the_same_and_the_different_are_told_apart() -> None:
    same = gromov.compare(cloud(0), cloud(1), measures=FAST, null=59)
    other = gromov.compare(cloud(0), 2 * cloud(1), measures=FAST, null=59)
    assert same.page().results["verdict"].findings()[0].answer == "No measure sees a difference at n = 60"
    assert other.page().results["verdict"].findings()[0].answer.startswith("Different: 2 of 2")
    turned = gromov.compare(cloud(0), cloud(0) + 10, measures=["frechet", "gromov_wasserstein"], null=59)
    finding = turned.page().results["verdict"].findings()[0]
    assert finding.answer == "Different: 1 of 2 measures beyond chance"
    assert "shape alone" in finding.detail


def test_too_few_draws_are_said() -> None:
    few = gromov.compare(cloud(0), cloud(1), measures=FAST, null=9)
    assert any("--null 40" in text for text in few.warnings)
    assert few.page().results["verdict"].findings()[0].answer == "Not tested"


def test_paired_measures_run_only_where_rows_are_paired() -> None:
    assert "cka" not in gromov.compare(cloud(0), cloud(1), null=1).pairs[0].results
    paired = gromov.compare(cloud(0), cloud(0) + 0.1 * cloud(1), measures=["cka", "procrustes"], paired=True, null=59)
    assert paired.page().results["verdict"].findings()[0].answer.startswith("Yes")
    with pytest.raises(InputError, match="--paired"):
        gromov.compare(cloud(0), cloud(1), measures=["cka"])
    with pytest.raises(InputError, match="60 rows"):
        gromov.compare(cloud(0), cloud(1, n=50), paired=True)


def test_three_inputs_make_matrices() -> None:
    run = gromov.compare(cloud(0), cloud(1), 3 * cloud(2), measures=FAST, null=19)
    found = run.matrices["frechet"]
    assert np.array_equal(found.matrix, found.matrix.T)
    assert (np.diagonal(found.matrix) == 0).all()
    assert found.matrix[0, 2] == run.pair(2, 0)["frechet"].value.value
    assert found.dendrogram is not None
    assert found.dendrogram.support[0] == pytest.approx(1.0, abs=0.01)  # the two alike, whatever the errors
    assert {0, 1} == {int(i) for i in found.dendrogram.merges[0, :2]}
    with pytest.raises(InputError, match="3 inputs"):
        run["frechet"]
    tree = json.loads(run.to_json())
    assert np.shape(tree["results"]["kid"]["matrix"]) == np.shape(tree["results"]["kid"]["p_matrix"]) == (3, 3)
    assert len(tree["pairs"]) == 3
    assert "pairs-frechet-tree" in run.to_html()


def test_a_reference_is_compared_with_every_other() -> None:
    run = gromov.compare(cloud(0), cloud(1), cloud(2), measures=["kid"], null=3, reference=1)
    assert [(pair.first, pair.second) for pair in run.pairs] == [(1, 0), (1, 2)]
    assert np.isnan(run.matrices["kid"].matrix[0, 2])
    assert json.loads(run.to_json())["results"]["kid"]["matrix"][0][2] is None
    with pytest.raises(InputError, match="not compared"):
        run.pair(0, 2)


def test_the_map_keeps_distances_of_the_plane() -> None:
    points = cloud(5, n=7, d=2)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    places, shown = classical_map(apart)
    assert np.linalg.norm(places[:, None] - places[None], axis=2) == pytest.approx(apart)
    assert shown == pytest.approx(1.0)


def test_support_falls_with_the_errors() -> None:
    line = np.array([0.0, 1.0, 10.0, 11.5])
    apart = np.abs(line[:, None] - line[None])
    sure, unsure = (dendrogram(apart, np.full((4, 4), error), seed=0) for error in (0.01, 20.0))
    assert (sure.support == 1).all()
    assert unsure.support[0] < 0.6


def test_a_folder_resumes_and_refuses_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    first = gromov.compare(cloud(0), cloud(1), measures=FAST, null=9, out=out)
    kept = (out / "result.json").read_bytes()

    def never(*arguments: object, **options: object) -> Result:
        raise AssertionError("computed again")

    monkeypatch.setattr(compare_pairs, "_computed", never)
    again = gromov.compare(cloud(0), cloud(1), measures=FAST, null=9, out=out)
    assert again.to_json() == first.to_json()
    assert (out / "result.json").read_bytes() == kept
    assert isinstance(again["kid"], Comparison)
    with pytest.raises(RunFolderError, match="another configuration"):
        gromov.compare(cloud(0), cloud(2), measures=FAST, null=9, out=out)
    assert {"report.html", "summary.md", "arrays.npz", "config.json", "timings.json"} <= {path.name for path in out.iterdir()}


def test_a_spent_budget_leaves_the_rest_for_later(tmp_path: Path) -> None:
    from contextlib import suppress

    out = tmp_path / "run"
    with suppress(InputError):  # nothing was begun
        gromov.compare(cloud(0), cloud(1), measures=FAST, null=9, out=out, budget=0.0)
    whole = gromov.compare(cloud(0), cloud(1), measures=FAST, null=9, out=out)
    assert whole.to_json() == gromov.compare(cloud(0), cloud(1), measures=FAST, null=9).to_json()


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    one, two = (gromov.compare(cloud(0), cloud(1), measures=FAST, null=25, workers=workers).to_json() for workers in (1, 2))
    assert one == two


def test_two_runs_number_by_number(tmp_path: Path) -> None:
    narrow = cloud(3, n=200, d=8) * np.array([1.0, *[0.01] * 7])
    for name, data in (("wide", cloud(4, n=200, d=8)), ("narrow", narrow)):
        gromov.measure(data, instruments=["spectrum"], out=tmp_path / name)
    found = gromov.compare_runs(tmp_path / "wide", tmp_path / "narrow", out=tmp_path / "both")
    assert found["spectrum.participation_ratio"].moved
    assert json.loads((tmp_path / "both" / "result.json").read_text())["verb"] == "compare"
    assert "narrow" in found.to_html()
    with pytest.raises(InputError, match="no finished run"):
        gromov.compare_runs(tmp_path, tmp_path / "wide")


def test_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, data in (("a", cloud(0)), ("b", cloud(1)), ("c", 3 * cloud(2))):
        np.save(f"{name}.npy", data)
    base = ["compare", "a.npy", "c.npy", "--measures", "kid,frechet", "--null", "59"]
    assert command([*base, "--json", "--fail-if", "frechet.p_value < 0.05"]) == 3
    said = capfd.readouterr()
    tree = json.loads(said.out)
    assert tree["verb"] == "compare"
    assert list(tree["results"]) == ["frechet", "kid"]
    assert said.err.startswith("gromov: --fail-if held")
    assert command(base) == 0
    assert "Different: 2 of 2" in capfd.readouterr().out
    assert list(Path("runs").iterdir())
    assert (
        command(["compare", "a.npy", "b.npy", "c.npy", "--reference", "b.npy", "--measures", "kid", "--null", "3", "--out", "three"]) == 0
    )
    assert len(json.loads(Path("three/result.json").read_text())["pairs"]) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a.npy"], "two or more"),
        (["a.npy", "none.npy"], "no file none.npy"),
        (["a.npy", "a.npy", "--measures", "kit"], "did you mean kid"),
        (["a.npy", "a.npy", "--measures", "cka"], "--paired"),
        (["a.npy", "wide.npy", "--measures", "kid"], "same dimension"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", cloud(0))
    np.save("wide.npy", cloud(0, d=6))
    assert command(["compare", *words]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
