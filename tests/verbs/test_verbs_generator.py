"""`compare --task generator`: what is asked of a generator, features, images, and which measures disagree."""

import json
import re
import shlex
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from generator_cases import COPIES, FEW, FRESH, REAL, asked, images, named, pictures

import gromov
from gromov.cli.main import run as command
from gromov.core import Estimate, Finding, InputError, Representation
from gromov.verbs.compare_generator import GeneratorRun
from gromov.verbs.compare_images import album, image_shape
from gromov.verbs.compare_orders import Orders, kendall
from gromov.verbs.comparisons import GENERATOR_MEASURES

SCHEMA = Path(gromov.__file__).parent / "verbs" / "result.schema.json"


def findings(run: GeneratorRun) -> dict[str, Finding]:
    return {each.question: each for each in run.page().results["generator"].findings()}


@pytest.fixture(scope="module")
def several() -> GeneratorRun:
    return asked(*named(real=REAL, fresh=FRESH, few=FEW, copies=COPIES))


def test_new_points_of_the_same_kind_pass() -> None:
    found = findings(asked(REAL, FRESH))
    assert found["Is it faithful?"].answer == "No lack is seen at n = 120"
    assert found["Is it diverse?"].answer == "No lack is seen at n = 120"
    assert found["Does it memorise?"].answer == "No sign of it at n = 120"


def test_dropped_modes_are_a_lack_of_diversity_and_not_of_fidelity() -> None:
    run = asked(REAL, FEW)
    found = findings(run)
    assert found["Is it faithful?"].answer == "No lack is seen at n = 120"
    assert "missing parts count there too" in found["Is it faithful?"].detail
    assert found["Is it diverse?"].tone == "bad"
    assert found["Does it memorise?"].tone == "neutral"
    four = run["precision_recall"]
    assert four.p_values.recall == four.p_values.coverage == 1 / 60
    assert four.p_values.precision > 0.05
    assert four.recall.value < four.by_chance.recall - 0.2


def test_noise_is_a_lack_of_fidelity() -> None:
    found = findings(asked(REAL, FRESH + 4 * np.random.default_rng(4).standard_normal(FRESH.shape)))
    assert found["Is it faithful?"].answer == "No: generated points lie where no real ones do"


def test_copies_are_found() -> None:
    found = findings(asked(REAL, COPIES))
    assert found["Does it memorise?"].tone == "bad"
    assert "memorisation 1 [" in found["Does it memorise?"].detail
    assert found["Is it faithful?"].tone == "neutral"
    assert found["Is it diverse?"].tone == "neutral"


def test_several_are_told_apart(several: GeneratorRun) -> None:
    found = findings(several)
    assert found["Is it diverse?"].answer.endswith("(1 of 3: few)")
    assert found["Does it memorise?"].answer.endswith("(1 of 3: copies)")
    assert "Within chance by precision and density: fresh, few, copies." in found["Is it faithful?"].detail
    assert [(pair.first, pair.second) for pair in several.pairs] == [(0, 1), (0, 2), (0, 3)]
    assert several.matrices["memorisation"].matrix[0, 3] == 1.0
    assert several.page().title == "3 generators against real"


def test_groups_of_one_file_are_called_by_what_tells_them_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "made.npz", points=np.concatenate([FRESH, FEW]), model=np.repeat(["new", "half"], 120))
    np.save(tmp_path / "real.npy", REAL)
    readings = [{}, *({"where": f"model=={each}"} for each in ("new", "half"))]
    made = str(tmp_path / "made.npz")
    run = asked(str(tmp_path / "real.npy"), made, made, readings=readings, measures=["memorisation"])
    assert run.labels[0] == "real.npy"
    assert run.labels[1:] == ("model==new", "model==half")


def test_measures_that_disagree_are_named_with_what_they_see(several: GeneratorRun) -> None:
    assert several.orders is not None
    worst = several.orders.strongest
    assert worst is not None
    assert "memorisation" in worst.measures
    assert worst.errors > worst.needed > 1.96
    finding = findings(several)["Which measures disagree?"]
    assert set(finding.answer.split(" and ")) == set(worst.measures)
    assert "points that repeat single training points" in finding.detail


def test_orders_by_hand(several: GeneratorRun) -> None:
    orders = several.orders
    assert orders is not None
    assert orders.measures == ("precision", "density", "frechet", "recall", "coverage", "memorisation")
    frechet = [several.pair(0, k)["frechet"].value.value for k in (1, 2, 3)]
    assert orders.ranks[2].tolist() == [1 + sum(other < each for other in frechet) for each in frechet]
    assert np.all(orders.ranks_low <= orders.ranks_high)
    tau = kendall(
        np.array([[[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 4.0, 3.0], [4.0, 3.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0]]])
    )[0]
    assert tau[0, 1] == pytest.approx(4 / 6)
    assert tau[0, 2] == -1.0
    assert np.isnan(tau[0, 3])
    assert tau[0, 4] == pytest.approx(4 / np.sqrt(6 * 4))
    assert Orders.of(several.pairs[:1], seed=0) is None


def test_one_generator_says_which_measures_see_it() -> None:
    finding = findings(asked(REAL, FEW))["Which measures disagree?"]
    assert re.fullmatch(r"\d of 6 see a difference", finding.answer)
    assert "recall (whether real points lie among the generated ones)" in finding.detail.partition("Within chance")[0]
    assert "precision (" in finding.detail.partition("Within chance")[2]


def test_all_measures_run_unless_some_are_asked() -> None:
    run = asked(REAL[:60], FRESH[:60], measures=None, null=2)
    assert set(run.pairs[0].results) == set(GENERATOR_MEASURES)
    tree = json.loads(run.to_json())
    jsonschema.validate(tree, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert tree["results"]["memorisation"]["expected"]["value"] > 0
    assert tree["config"]["null"] == 2


def test_memory_is_a_family_of_its_own() -> None:
    run = asked(REAL, COPIES)
    assert run.pairs[0].corrected["memorisation"] == run["memorisation"].p_value == 1 / 60
    assert asked(REAL, FRESH, null=None).config["null"] == 100


def test_the_real_may_be_any_of_them() -> None:
    run = asked(FEW, REAL, reference=1)
    assert (run.pairs[0].first, run.pairs[0].second) == (1, 0)
    assert run["precision_recall"].recall.value == asked(REAL, FEW)["precision_recall"].recall.value


def test_same_bytes_with_any_workers_and_a_run_resumes(tmp_path: Path, several: GeneratorRun) -> None:
    clouds = named(real=REAL, fresh=FRESH, few=FEW, copies=COPIES)
    two = asked(*clouds, workers=2, out=tmp_path / "run")
    assert two.to_json() == several.to_json()
    files = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()}
    again = asked(*clouds, out=tmp_path / "run")
    assert again.to_json() == several.to_json()
    assert again.orders is not None
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()} == files
    jsonschema.validate(json.loads(several.to_json()), json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("shape", [(8, 8), (8, 9, 3)])
def test_images_stand_beside_the_nearest_training_images(shape: tuple[int, ...]) -> None:
    real = images(0, 40, *shape)
    real[0, :2] = 0
    real[1, :2] = 255
    run = asked(real, real[5:25], flatten=True)
    shown = pictures(run)
    pairs = run["memorisation"]
    assert len(shown) == 24
    for place in range(12):
        assert np.array_equal(shown[2 * place], real[5 + pairs.pair_generated[place]])
        assert np.array_equal(shown[2 * place + 1], real[pairs.pair_real[place]])
    (strip,) = run.page().results["nearest"].strips()  # type: ignore[attr-defined]
    assert strip.note.endswith("Shape of the images as before --flatten.")


def test_the_shape_of_images() -> None:
    flat = [Representation(images(0, 10, 64)), Representation(images(1, 10, 64))]
    found = album(flat, None)
    assert found is not None
    assert found.shape == (8, 8)
    assert "guessed" in found.how
    asked_for = album(flat, (4, 16))
    assert asked_for is not None
    assert asked_for.pixels(np.arange(64) * 4.0).shape == (4, 16, 1)
    first = album([Representation(images(0, 10, 3 * 8 * 9))], (3, 8, 9))
    assert first is not None
    values = images(2, 1, 3, 8, 9)[0]
    assert np.allclose(first.pixels(values.ravel().astype(float)), np.moveaxis(values, 0, 2), atol=2)
    assert album([Representation(images(0, 10, 60))], None) is None
    assert image_shape("32x32x3") == (32, 32, 3)
    for wrong in ("28", "28x", "axb", "1x2x3x4"):
        with pytest.raises(InputError, match="--image-shape"):
            image_shape(wrong)
    with pytest.raises(InputError, match="100 values, and the points have 64"):
        album(flat, (10, 10))
    with pytest.raises(InputError, match="1 or 3 colours"):
        album(flat, (4, 4, 4))


def test_points_that_are_no_images_have_no_pictures() -> None:
    run = asked(REAL, FRESH)
    assert run.album is None
    assert "<img" not in run.to_html()
    assert len(run.page().results["nearest"].tables()[0].rows) == 12


def test_names_are_used() -> None:
    real = Representation(REAL, names=tuple(f"photo {i}" for i in range(200)))
    rows = asked(real, COPIES).page().results["nearest"].tables()[0].rows
    assert all(row[1] == f"photo {row[0].removeprefix('row ')}" for row in rows)


def test_what_does_not_go_together_is_said() -> None:
    with pytest.raises(InputError, match="--task is 'other'"):
        gromov.compare(REAL, FEW, task="other")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--paired does not go"):
        asked(REAL[:120], FEW, paired=True)
    with pytest.raises(InputError, match="--features belongs"):
        gromov.compare(REAL, FEW, features="pixels")
    with pytest.raises(InputError, match="--image-shape belongs"):
        gromov.compare(REAL, FEW, image_shape=(2, 3))
    with pytest.raises(InputError, match="say so with --task generator"):
        gromov.compare(REAL, FEW, measures=["memorisation"])
    with pytest.raises(InputError, match="same coordinates"):
        asked(REAL, FEW[:, :4])
    with pytest.raises(InputError, match="points with coordinates"):
        asked(REAL, gromov.Graph(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]])))  # type: ignore[arg-type]


def test_too_few_draws_are_said() -> None:
    found = findings(asked(REAL, FRESH, null=9))
    assert found["Does it memorise?"].answer == "Not tested"
    assert "--null 20" in found["Does it memorise?"].action


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("real.npy", images(0, 40, 8, 8))
    np.save("made.npy", images(1, 20, 8, 8))
    options = ["--task", "generator", "--flatten", "--image-shape", "8x8", "--measures", "memorisation,kid", "--null", "19"]
    assert command(["compare", "real.npy", "made.npy", *options, "--out", "run", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["config"]["task"] == "generator"
    assert set(tree["results"]) == {"memorisation", "kid"}
    report = Path("run/report.html").read_text(encoding="utf-8")
    shown = re.search(r"<code>(gromov compare [^<]+)</code>", report)
    assert shown is not None
    repeated = shlex.split(shown[1].replace("&#39;", "'"))
    assert "--image-shape" in repeated
    assert command([*repeated[1:], "--out", "run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == tree
    assert command(["compare", "real.npy", "made.npy", *options, "--fail-if", "memorisation.p_value<0.001", "-q"]) == 0
    assert command(["compare", "real.npy", "real.npy", *options, "--fail-if", "memorisation.value>0.5", "-q"]) == 3
    assert command(["compare", "real.npy", "made.npy", *options[:-4], "--image-shape", "9x9"]) == 2
    assert "81 values" in capsys.readouterr().err


def test_every_number_has_an_error_or_is_exact(several: GeneratorRun) -> None:
    for pair in several.pairs:
        for result in pair.results.values():
            assert isinstance(result.value, Estimate)
            assert result.value.ci is not None
