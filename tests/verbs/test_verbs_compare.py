"""`compare`: verdicts, several inputs, run folders, refusals."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

import gromov
from gromov.cli.main import run as command
from gromov.core import Comparison, InputError, Result, RunFolderError
from gromov.verbs import COMPARISONS, compare_pairs, holm
from gromov.verbs.compare_bootstrap import Bootstrap
from gromov.verbs.compare_groups import classical_map, dendrogram, within_errors
from gromov.verbs.comparisons import traits, usual_null

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
    assert found.dendrogram.support.tolist() == [1.0, 1.0]  # the two alike, in every half
    assert (found.dendrogram.method, found.dendrogram.replicates) == ("halves of the points", 100)
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
    sure, unsure = (dendrogram(apart, within_errors(apart, np.full((4, 4), error), seed=0), "") for error in (0.01, 20.0))
    assert (sure.support == 1).all()
    assert unsure.support[0] < 0.6


def test_support_by_hand() -> None:
    """Of four replicates of the distances 01, 02, 12, three join 0 and 1 first."""
    apart = np.array([[0, 1, 5], [1, 0, 5], [5, 5, 0.0]])
    found = dendrogram(apart, np.array([[1, 5, 5], [2, 5, 4], [1, 9, 9], [7, 2, 5.0]]), "halves of the points")
    assert found.support.tolist() == [0.75, 1.0]
    assert found.replicates == 4


def test_the_bootstrap_finds_what_is_there_and_no_more() -> None:
    """Two and two clouds of one distribution: their pairs are joined in every half; of four of one distribution no merge is sure."""
    clear = gromov.compare(cloud(0), cloud(1), 2 * cloud(2), 2 * cloud(3), measures=["frechet"], null=1)
    tree = clear.matrices["frechet"].dendrogram
    assert tree is not None
    assert tree.support.min() > 0.9
    together = clear.page().results["pairs"].findings()[1]
    assert (together.question, together.answer) == ("Which belong together?", "array 1 and array 2")
    run = gromov.compare(*(cloud(seed) for seed in range(4)), measures=["frechet"], null=1)
    alike = run.matrices["frechet"].dendrogram
    assert alike is not None
    assert alike.support[0] < 0.7
    assert run.page().results["pairs"].findings()[1].answer == "None for sure"


def test_the_spread_of_halves_is_that_of_the_whole() -> None:
    """Without replacement: the variance of the value of a half about that of the whole is that of the whole about the truth."""
    shift, spread, halves = 2.0, [], []
    for seed in range(30):
        clouds = [gromov.Representation(each) for each in (cloud(2 * seed, n=80, d=1), cloud(2 * seed + 1, n=80, d=1) + shift)]
        bootstrap = Bootstrap(40, False, seed, gromov.core.Executor(1))
        values = bootstrap.matrices("sliced_wasserstein", bootstrap.pool(clouds), [(0, 1)], gromov.core.Silent())
        halves.append(values.std(ddof=1))
        spread.append(gromov.sliced_wasserstein(*(each.points for each in clouds), null=1).value.value)
    assert np.mean(halves) == pytest.approx(np.std(spread, ddof=1), rel=0.3)


def test_paired_inputs_lose_the_same_rows() -> None:
    """Three turned copies: in every half they agree wholly, which other rows of each would not."""
    turn = np.linalg.qr(cloud(9, n=4))[0]
    clouds = [gromov.Representation(each) for each in (cloud(0), cloud(0) @ turn, 3 * cloud(0) + 1)]
    bootstrap = Bootstrap(10, True, 0, gromov.core.Executor(1))
    places = [(0, 1), (0, 2), (1, 2)]
    for name in ("cka", "procrustes", "neighbor_overlap"):
        assert bootstrap.matrices(name, bootstrap.pool(clouds), places, gromov.core.Silent()) == pytest.approx(np.zeros((10, 3)), abs=1e-9)


def test_where_points_cannot_be_left_out_the_errors_stand_in() -> None:
    ring = gromov.core.Graph(40, np.array([[i, (i + step) % 40] for i in range(40) for step in (1, 7)]))
    for inputs, options in (([ring, cloud(0), cloud(1)], {}), ([cloud(0), cloud(1), cloud(2)], {"bootstrap": 0})):
        tree = gromov.compare(*inputs, measures=["gromov_wasserstein"], null=1, **options).matrices["gromov_wasserstein"].dendrogram
        assert tree is not None
        assert (tree.method, tree.replicates) == ("errors of the values", 1000)
        assert (tree.support > 0).any()


def test_an_interrupted_bootstrap_resumes_and_a_finished_one_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clouds, out = [cloud(0), cloud(1), cloud(2)], tmp_path / "run"
    plain = gromov.compare(*clouds, measures=FAST, null=5, bootstrap=20)
    whole = Bootstrap.matrices

    def stops(self: Bootstrap, name: str, *rest: object) -> object:
        if name == "kid":
            raise KeyboardInterrupt
        return whole(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Bootstrap, "matrices", stops)
    with pytest.raises(KeyboardInterrupt):
        gromov.compare(*clouds, measures=FAST, null=5, bootstrap=20, out=out)
    only: list[str] = []

    def counted(self: Bootstrap, name: str, *rest: object) -> object:
        only.append(name)
        return whole(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Bootstrap, "matrices", counted)
    for _ in range(2):  # to the end, then from the finished run
        assert gromov.compare(*clouds, measures=FAST, null=5, bootstrap=20, out=out).to_json() == plain.to_json()
    assert only == ["kid"]
    two = gromov.compare(*clouds, measures=FAST, null=5, bootstrap=20, workers=2)
    assert two.to_json() == plain.to_json()


def test_draws_grow_with_the_measures() -> None:
    """However many measures there are, the smallest p passes Holm's correction."""
    assert usual_null(["kid"]) == usual_null(FAST) == 100
    names = [*COMPARISONS, *["kid"] * 4]
    draws = usual_null(names)
    unpaired = sum(not traits(name).paired for name in names)
    assert draws == 20 * unpaired > 100
    assert unpaired / (draws + 1) <= 0.05
    run = gromov.compare(cloud(0), cloud(1), measures=FAST)
    assert run.config["null"] == 100
    assert "--null" not in run.command


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


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file of two models and another of one."""
    monkeypatch.chdir(tmp_path)
    features = np.concatenate([cloud(0), cloud(1), 3 * cloud(2)])
    np.savez("samples.npz", features=features, other=features[:, :2], model=np.repeat(["GAN", "VAE", "flow"], 60))


@pytest.mark.usefixtures("models")
def test_groups_of_one_file_against_each_other(capfd: pytest.CaptureFixture[str]) -> None:
    base = ["compare", "samples.npz", "--array", "features", "--measures", "frechet", "--null", "59"]
    assert command([*base, "--where", "model==GAN", "--where", "model==flow", "--json", "--out", "run"]) == 0
    tree = json.loads(capfd.readouterr().out)
    assert [each["n"] for each in tree["inputs"]] == [60, 60]
    assert [each["name"] for each in tree["inputs"]] == ["samples.npz [model==GAN]", "samples.npz [model==flow]"]
    assert tree["config"]["where"] == ["model==GAN", "model==flow"]
    assert tree["config"]["array"] == "features"
    assert tree["results"]["frechet"]["value"]["value"] == gromov.frechet(cloud(0), 3 * cloud(2), null=59).value.value
    readings = [{"where": "model==GAN"}, {"where": "model==flow"}]
    again = gromov.compare("samples.npz", "samples.npz", array="features", measures=["frechet"], null=59, readings=readings)
    assert json.loads(again.to_json()) == tree
    # the command in the report repeats the run
    assert again.labels == ("model==GAN", "model==flow")
    words = shlex.split(again.command)
    assert words[0] == "gromov"
    assert command([*words[1:], "--json", "--out", "again"]) == 0
    assert json.loads(capfd.readouterr().out) == tree


@pytest.mark.usefixtures("models")
def test_three_groups_and_a_file_that_is_read_otherwise(capfd: pytest.CaptureFixture[str]) -> None:
    np.save("plain.npy", cloud(5))
    words = ["samples.npz", "samples.npz", "plain.npy", "--array", "features", "--array", "features", "--array", ""]
    words += ["--where", "model==GAN", "--where", "model!=GAN", "--where", "", "--measures", "kid", "--null", "3", "--json", "--out", "run"]
    assert command(["compare", *words]) == 0
    tree = json.loads(capfd.readouterr().out)
    assert [each["n"] for each in tree["inputs"]] == [60, 120, 60]
    assert [each["name"] for each in tree["inputs"]][2] == "plain.npy"
    assert tree["config"]["where"] == ["model==GAN", "model!=GAN", None]


@pytest.mark.usefixtures("models")
def test_options_for_some_of_the_inputs_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    three = ["samples.npz"] * 3
    assert command(["compare", *three, "--array", "features", "--where", "model==GAN", "--where", "model==VAE"]) == 2
    assert "--where was given 2 times for 3 inputs" in capfd.readouterr().err
    assert command(["compare", "samples.npz", "--array", "features", "--where", "model==GAN"]) == 2
    assert "two or more" in capfd.readouterr().err
    with pytest.raises(InputError, match="1 readings for 2 inputs"):
        gromov.compare(cloud(0), cloud(1), readings=[{}])


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
