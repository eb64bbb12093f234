"""Instruments of other packages: really installed ones run, resume and report, and working ones are listed and kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from plugin_cases import CODE, POINTS, broken, forget, group, offer

import gromov
from gromov.cli.main import run
from gromov.verbs import INSTRUMENTS
from gromov.verbs.catalogue import chosen, plugins

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"
MAIN = [sys.executable, "-c", "from gromov.cli.main import main; main()"]
SCHEMA = Path(gromov.__file__).parent / "verbs" / "result.schema.json"
pytestmark = pytest.mark.usefixtures("apart")


# The example, really installed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the example."""
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(EXAMPLE)], check=True)
    return target


def command(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([*MAIN, *arguments], capture_output=True, text=True, env=environment, check=False)


def test_the_example_runs_resumes_and_gates(site: Path) -> None:
    options = ["measure", "digits", "--instruments", "layout,contrast", "--out", "run"]
    first = command(site, *options)
    assert (first.returncode, first.stderr) == (0, "")
    assert "Can near be told from far?" in first.stdout
    tree = json.loads(Path("run", "result.json").read_text(encoding="utf-8"))
    jsonschema.validate(tree, json.loads(SCHEMA.read_text(encoding="utf-8")), cls=jsonschema.Draft202012Validator)
    assert list(tree["results"]) == ["layout", "contrast"]
    assert tree["config"]["plugins"] == {"contrast": "gromov-contrast 0.1.0"}
    value = tree["results"]["contrast"]["contrast"]["value"]
    page = Path("run", "report.html").read_text(encoding="utf-8")
    assert '<section id="contrast"' in page
    assert "figure-contrast-distances" in page
    before = {path.name: path.stat().st_mtime_ns for path in Path("run").iterdir()}
    gated = command(site, *options, "--quiet", "--fail-if", f"contrast.contrast > {value - 0.001}")
    assert (gated.returncode, gated.stderr.startswith("gromov: --fail-if held")) == (3, True)
    assert {path.name: path.stat().st_mtime_ns for path in Path("run").iterdir()} == before
    other = command(site, *options[:-1], "other", "--quiet", "--workers", "2")
    assert (other.returncode, other.stderr) == (0, "")
    for name in ("result.json", "arrays.npz"):
        assert Path("run", name).read_bytes() == Path("other", name).read_bytes()


def test_the_example_measures_what_a_plain_computation_does(site: Path) -> None:
    assert command(site, "measure", "iris", "--instruments", "contrast", "--out", "run", "--quiet").returncode == 0
    found = json.loads(Path("run", "result.json").read_text(encoding="utf-8"))["results"]["contrast"]
    x = gromov.load("iris").points
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    nearest = np.where(np.eye(len(x), dtype=bool), np.inf, distances).min(axis=1)
    assert found["contrast"]["value"] == pytest.approx(distances.sum() / 150 / 149 / nearest[nearest > 0].mean(), rel=1e-9)
    assert found["copies"] == (nearest == 0).sum()


def test_the_tests_of_the_example_pass(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(site)},
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_doctor_knows_the_example(site: Path) -> None:
    done = command(site, "doctor")
    assert done.returncode == 0
    assert "contrast (gromov-contrast 0.1.0) loads" in done.stdout
    assert "energy (gromov-contrast 0.1.0) loads" in done.stdout


def test_the_comparison_of_the_example_runs_resumes_and_gates(site: Path) -> None:
    np.save("moved.npy", POINTS[::-1] + 2)
    options = ["compare", "points.npy", "moved.npy", "--measures", "kid,energy", "--null", "49", "--out", "run"]
    first = command(site, *options)
    assert (first.returncode, first.stderr) == (0, "")
    assert "Different: 2 of 2" in first.stdout
    tree = json.loads(Path("run", "result.json").read_text(encoding="utf-8"))
    jsonschema.validate(tree, json.loads(SCHEMA.read_text(encoding="utf-8")), cls=jsonschema.Draft202012Validator)
    assert list(tree["results"]) == ["kid", "energy"]
    assert tree["config"]["plugins"] == {"energy": "gromov-contrast 0.1.0"}
    value = tree["results"]["energy"]["value"]["value"]
    mean = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=2).mean()  # noqa: E731
    assert value == pytest.approx(2 * mean(POINTS, POINTS + 2) - 2 * mean(POINTS, POINTS), rel=1e-9)
    page = Path("run", "report.html").read_text(encoding="utf-8")
    assert '<section id="energy"' in page
    assert "figure-energy-null" in page
    before = {path.name: path.stat().st_mtime_ns for path in Path("run").iterdir()}
    gated = command(site, *options, "--quiet", "--fail-if", f"energy.value > {value - 0.001}")
    assert (gated.returncode, gated.stderr.startswith("gromov: --fail-if held")) == (3, True)
    assert {path.name: path.stat().st_mtime_ns for path in Path("run").iterdir()} == before
    # one of three inputs, with the bootstrap over two workers
    np.save("third.npy", 3 * POINTS)
    three = command(site, "compare", "third.npy", *options[1:-1], "three", "--quiet", "--workers", "2", "--bootstrap", "10")
    assert (three.returncode, three.stderr) == (0, "")
    tree = json.loads(Path("three", "result.json").read_text(encoding="utf-8"))
    assert tree["results"]["energy"]["dendrogram"]["replicates"] == 10
    assert command(site, "compare", "points.npy", "moved.npy", "--measures", "enrgy").stderr.count("did you mean energy?") == 1


# Listing


def test_without_plug_ins_nothing_changes() -> None:
    assert plugins() == ()
    assert chosen(None) == INSTRUMENTS
    assert "plugins" not in gromov.measure(POINTS, instruments=["spectrum"]).config


def test_listing_imports_nothing() -> None:
    offer(group("width = listed_only:width"), {"listed_only.py": "raise AssertionError"})
    (plugin,) = plugins()
    assert (plugin.name, plugin.target, plugin.origin, plugin.flaw) == ("width", "listed_only:width", "gromov-odd 1.0", "")
    assert chosen(None) == (*INSTRUMENTS, "width")
    assert chosen(["width", "spectrum"]) == ("spectrum", "width")
    assert "listed_only" not in sys.modules


def test_a_copy_further_down_the_path_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(group("width = twice:width"), {"twice.py": CODE})
    Path("packages").rename("first")
    Path("packages").mkdir()
    offer(group("width = twice:width"), {"twice.py": CODE}, name="Gromov.Odd", version="0.9")
    monkeypatch.syspath_prepend(str(Path("first").absolute()))
    assert [plugin.origin for plugin in plugins()] == ["gromov-odd 1.0"]


def test_a_misspelt_plug_in_is_suggested(refused) -> None:  # type: ignore[no-untyped-def]
    offer(group("width = misspelt:width"), {"misspelt.py": CODE})
    assert "no instrument 'witdh' (did you mean width?)" in refused("measure", "points.npy", "--instruments", "witdh")


# One that works


def test_a_plug_in_runs_and_its_numbers_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    offer(group("width = works:width"), {"works.py": CODE})
    assert run(["measure", "points.npy", "--instruments", "width", "--json", "--workers", "2", "--fail-if", "width.width < 0"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["results"]["width"]["width"] == pytest.approx(np.ptp(POINTS), rel=1e-12)
    assert tree["results"]["width"]["mean"]["value"] == pytest.approx(POINTS.mean(), rel=1e-9)


def test_all_means_plug_ins_too_and_broken_ones_are_left_out() -> None:
    offer(group("width = sound:width", "lost = absent_module:lost"), {"sound.py": CODE})
    measured = gromov.measure(POINTS, out="run")
    assert list(measured.results) == [*(name for name in INSTRUMENTS if name != "classes"), "width"]
    assert set(measured.skipped) == {"classes", "lost"}
    assert measured.skipped["lost"].startswith("the plug-in lost (gromov-odd 1.0) cannot be loaded: ModuleNotFoundError")
    assert measured.command == "gromov measure array"
    jsonschema.validate(json.loads(measured.to_json()), json.loads(SCHEMA.read_text(encoding="utf-8")))
    stamps = {path.name: path.stat().st_mtime_ns for path in Path("run").iterdir()}
    assert gromov.measure(POINTS, out="run").to_json() == measured.to_json()
    assert {path.name: path.stat().st_mtime_ns for path in Path("run").iterdir()} == stamps


def test_another_version_is_another_run(refused, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    offer(group("width = versions:width"), {"versions.py": CODE})
    options = ["measure", "points.npy", "--instruments", "width", "--quiet", "--out", "run"]
    assert run(options) == 0
    assert run(options) == 0
    Path("packages", "gromov_odd-1.0.dist-info").rename(Path("packages", "gone"))
    offer(group("width = versions:width"), version="1.1")
    assert "another configuration" in refused(*options)


def test_what_a_plug_in_finished_is_kept_when_the_next_one_fails(refused, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    counted = broken("    low, high", "    with open('ran', 'a') as file:\n        file.write('x')\n    low, high")
    last = CODE.replace("def width(", "def zone(").replace("Width", "Zone")
    offer(
        group("width = counted:width", "zone = last:zone"),
        {"counted.py": counted, "last.py": last.replace("    low, high", "    1 / 0\n    low, high")},
    )
    options = ["measure", "points.npy", "--instruments", "width,zone", "--quiet", "--out", "run"]
    assert "the plug-in zone (gromov-odd 1.0) failed: ZeroDivisionError" in refused(*options)
    assert sorted(path.name for path in Path("run", "parts").iterdir()) == ["width.json", "width.npz"]
    forget(monkeypatch, "last")
    Path("packages", "last.py").write_text(last)
    assert run(options) == 0
    assert Path("ran").read_text() == "x"
    assert list(json.loads(Path("run", "result.json").read_text())["results"]) == ["width", "zone"]


def test_a_result_that_its_changed_plug_in_cannot_read_stays(refused, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    offer(group("width = changes:width"), {"changes.py": CODE})
    options = ["measure", "points.npy", "--instruments", "width", "--quiet", "--out", "run"]
    assert run(options) == 0
    before = Path("run", "result.json").read_bytes()
    forget(monkeypatch, "changes")
    Path("packages", "changes.py").write_text(
        CODE.replace("        width:", "        other:").replace("    width: float", "    other: float")
    )
    said = refused(*options)
    assert "cannot read the result it once stored" in said
    assert "--again" in said
    assert Path("run", "result.json").read_bytes() == before


def test_what_a_plug_in_prints_does_not_touch_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    code = CODE.replace("    low, high", '    print("hello")\n    low, high') + 'print("imported")\n'
    offer(group("width = prints:width"), {"prints.py": code})
    assert run(["measure", "points.npy", "--instruments", "width", "--json"]) == 0
    out, err = capsys.readouterr()
    assert list(json.loads(out)["results"]) == ["width"]
    assert err.split() == ["imported", "hello"]


def test_data_that_do_not_suit_a_plug_in_are_no_failure() -> None:
    offer(group("width = unsuited:width"), {"unsuited.py": CODE})
    graph = gromov.Graph(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]]))
    measured = gromov.measure(graph, instruments=["layout", "width"])
    assert measured.skipped == {"width": "this needs points with coordinates, and got a graph"}
