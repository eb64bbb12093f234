"""Instruments of other packages: really installed ones run, resume and report; broken ones are a sentence and never break a run."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

import gromov
from gromov.cli.main import run
from gromov.core import GromovError, InputError, PluginError, Result, UnsuitableError, as_representation
from gromov.verbs import INSTRUMENTS, check_answer, check_instrument, check_refusals, comparisons
from gromov.verbs.catalogue import chosen, instrument, plugins
from gromov.verbs.comparisons import chosen_comparisons

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"
MAIN = [sys.executable, "-c", "from gromov.cli.main import main; main()"]
SCHEMA = Path(gromov.__file__).parent / "verbs" / "result.schema.json"
POINTS = np.random.default_rng(0).normal(size=(60, 3))

# An instrument as small as one can be, for the tests to break in one place at a time.
CODE = '''
from dataclasses import dataclass
import numpy as np
from gromov.core import About, Estimate, Executor, Result, SERIAL, UnsuitableError, as_representation

@dataclass(frozen=True, slots=True, eq=False)
class Width(Result):
    """How wide.

    Attributes:
        width: Largest difference of two coordinates.
        mean: Mean coordinate.
    """

    width: float
    mean: Estimate

    @classmethod
    def about(cls):
        return About("Width", "How wide is it?", "Largest less smallest.", ("A reference long enough to find it.",))

    def summary(self):
        return f"It is {self.width} wide."

def width(points, *, seed: int = 0, executor: Executor = SERIAL) -> Width:
    """Largest less smallest coordinate."""
    x = as_representation(points).points
    low, high = executor.map(extreme, (-1.0, 1.0), x)
    mean = Estimate.normal(float(x.mean()), float(x.std() / x.size**.5), n=x.size, seed=None, method="mean")
    return Width(high + low, mean)

def extreme(sign, x):
    return float((sign * x).max())
'''


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in, and within it one on the path, for packages."""
    (tmp_path / "packages").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))  # for the workers
    get_reusable_executor().shutdown(wait=True)  # workers of earlier tests know neither path
    np.save("points.npy", POINTS)
    return tmp_path


def offer(entry_points: str, files: Mapping[str, str] | None = None, *, name: str = "gromov-odd", version: str = "1.0") -> None:
    """Put a distribution on the path, as an installer leaves one."""
    info = Path("packages", f"{name.replace('-', '_')}-{version}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(entry_points)
    for file, text in (files or {}).items():
        Path("packages", file).write_text(text, encoding="utf-8")


def group(*lines: str) -> str:
    return "[gromov.instruments]\n" + "\n".join(lines) + "\n"


def forget(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Let the next import of a module read its file, as a new process would."""
    monkeypatch.delitem(sys.modules, module, raising=False)


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def refused(*arguments: str) -> str:
        capsys.readouterr()
        assert run(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.startswith("gromov: ")
        return err

    return refused


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


COMPARISON = (
    CODE.replace("Result, SERIAL", "Comparison, Null, SERIAL, Traits")
    .replace("(Result):", "(Comparison):")
    .replace(
        "        width: Largest difference of two coordinates.\n        mean: Mean coordinate.\n",
        "        value: Difference of widths.\n        p_value: 1.\n        null: One draw.\n        extra: A number.\n",
    )
    .replace(
        "    width: float\n    mean: Estimate\n",
        "    extra: int\n\n    @classmethod\n    def traits(cls):\n"
        "        return Traits('width', False, ('points',), False, 'apart', 0.0, (), (), True, False, 'width', 'all', 'A small p is no news.')\n",
    )
)


def comparison_code(*changes: tuple[str, str]) -> str:
    """A comparison as small as one can be, changed in places."""
    start = COMPARISON.index("def width(")
    code = COMPARISON[:start].replace("{self.width}", "{self.value}") + (
        "def width(x, y, *, seed: int = 0, null: int = 100) -> Width:\n"
        '    """Difference of the largest coordinates."""\n'
        "    a, b = (as_representation(each).points.max() for each in (x, y))\n"
        "    value = Estimate.normal(float(abs(a - b)), 0.1, n=60, seed=seed, method='largest')\n"
        "    found = Null.of('halves', np.zeros(null), value.value)\n"
        "    return Width(value, found.p_value(), found, 1)\n"
    )
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return code


def test_a_comparison_of_another_package_is_listed_with_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    offer("[gromov.comparisons]\nwidth = compares:width\n", {"compares.py": comparison_code()})
    np.save("other.npy", 2 * POINTS)
    assert chosen_comparisons(None, paired=False)[-1] == "width"
    assert run(["compare", "points.npy", "other.npy", "--measures", "kid,width", "--json", "--null", "39"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["results"]["width"]["value"]["value"] == pytest.approx(POINTS.max(), rel=1e-9)
    assert tree["results"]["width"]["p_value"] == 1 / 40
    # without a statistic of its own the bootstrap asks for the whole with one draw
    several = gromov.compare(POINTS, 2 * POINTS, 4 * POINTS, measures=["width"], null=3, bootstrap=6)
    tree = several.matrices["width"].dendrogram
    assert (tree.replicates, tree.support.tolist()) == (6, [1.0, 1.0])


BROKEN_COMPARISONS = {
    "one_cloud": ((("def width(x, y,", "def width(x, z,"),), "second parameter is 'z', and must be y"),
    "no_comparison": ((("(Comparison):", "(Result):"), ("Comparison, ", "Comparison, Result, ")), "no subclass of gromov.core.Comparison"),
    "misnamed": ((("Traits('width'", "Traits('height'"),), "name it 'height'"),
    "fails": ((("    a, b =", "    1 / 0\n    a, b ="),), "failed: ZeroDivisionError"),
    "unsaid": ((("        extra: A number.\n", ""),), "says nothing of extra"),
}


@pytest.mark.parametrize("case", sorted(BROKEN_COMPARISONS))
def test_a_broken_comparison_is_a_sentence(case: str, refused, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    changes, says = BROKEN_COMPARISONS[case]
    offer(f"[gromov.comparisons]\nwidth = unsound_{case}:width\n", {f"unsound_{case}.py": comparison_code(*changes)})
    said = refused("compare", "points.npy", "points.npy", "--measures", "kid,width", "--null", "9", "--out", "run")
    assert said.startswith("gromov: the plug-in width (gromov-odd 1.0) ")
    assert says in said
    # not asked for by name, it costs nothing else
    monkeypatch.setattr(comparisons, "COMPARISONS", ("frechet", "kid"))
    found = gromov.compare(POINTS, POINTS, null=1)
    assert says in found.pairs[0].skipped["width"]
    assert list(found.pairs[0].results) == ["frechet", "kid"]


def test_a_statistic_that_fails_costs_the_bootstrap_alone() -> None:
    code = comparison_code(
        ("    def traits", "    def statistic(cls, x, y, *, seed):\n        return 1 / 0\n\n    @classmethod\n    def traits")
    )
    offer("[gromov.comparisons]\nwidth = unsteady:width\n", {"unsteady.py": code})
    found = gromov.compare(POINTS, 2 * POINTS, 4 * POINTS, measures=["width"], null=3)
    assert found.matrices["width"].dendrogram.method == "errors of the values"
    assert any("failed in the bootstrap: ZeroDivisionError" in text for text in found.warnings)


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


# Broken ones


def broken(old: str, new: str) -> str:
    assert CODE.count(old) >= 1, old
    return CODE.replace(old, new)


BROKEN = {
    "syntax": ("def width(", "cannot be loaded: SyntaxError"),
    "exits": ("import sys; sys.exit(0)", "cannot be loaded: SystemExit: 0"),
    "raises": ("raise ValueError('two\\nlines')", "cannot be loaded: ValueError: two lines"),
    "absent": ("import no_such_package", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_package'"),
    "empty": ("", "AttributeError"),
    "number": ("width = 3", "it is a int, and an instrument is a function"),
    "misnamed": (CODE.replace("def width(", "def breadth(") + "\nwidth = breadth\n", "called breadth"),
    "no_points": (broken("def width(points,", "def width(data,"), "first parameter is 'data', and must be points"),
    "positional": (broken("points, *, seed", "points, seed"), "must be keyword-only"),
    "no_default": (broken("seed: int = 0", "seed: int"), "seed has no default"),
    "silent": (broken('    """Largest less smallest coordinate."""', "    ..."), "no docstring"),
    "untyped": (broken(" -> Width:", ":"), "return type is not annotated"),
    "unresolved": (broken(" -> Width:", ' -> "Height":'), "annotations cannot be read: NameError"),
    "foreign": (broken(" -> Width:", " -> dict:"), "returns dict, which is no subclass"),
    "mutable": (broken("frozen=True, ", ""), "must be a @dataclass(frozen=True"),
    "other_class": (CODE.replace("Width", "Breadth"), "called Breadth, and must be called Width"),
    "undocumented": (broken("        mean: Mean coordinate.\n", ""), "says nothing of mean"),
    "no_summary": (broken("def summary", "def summarise"), "Width has no summary()"),
    "statement": (broken("How wide is it?", "How wide it is."), "must end with a question mark"),
    "about_raises": (broken("return About(", "return 1 / 0, About("), "ZeroDivisionError"),
    "fails": (broken("    low, high", "    {}['nothing']\n    low, high"), "failed: KeyError: 'nothing'"),
    "leaves": (broken("    low, high", "    raise SystemExit\n    low, high"), "failed: SystemExit"),
    "refuses": (broken("    low, high", "    from gromov.core import InputError\n    raise InputError('no')\n    low, high"), "failed: no"),
    "other_result": (broken("return Width(high + low, mean)", "return mean"), "returned a Estimate and declares a Width"),
    "unstorable": (broken("Width(high + low", "Width({1, 2}"), "failed: TypeError: width.width is a set"),
    "unlike": (broken("Width(high + low", "Width('wide'"), "failed: ValueError"),
    "no_reason": (broken("float(x.mean())", "float('nan')"), "width.mean has no value and no reason"),
    "summary_raises": (broken('return f"It is', 'return 1 / 0, f"It is'), "failed: ZeroDivisionError"),
    "headline_raises": (
        broken("    def summary", "    @classmethod\n    def headline(cls):\n        return 1 / 0\n\n    def summary"),
        "failed: Zero",
    ),
    "bad_figure": (
        broken("    def summary", "    def figures(self):\n        return (1,)\n\n    def summary"),
        "failed: AttributeError",
    ),
}


@pytest.mark.parametrize("case", sorted(BROKEN))
def test_a_broken_plug_in_asked_for_is_a_sentence(case: str, refused) -> None:  # type: ignore[no-untyped-def]
    code, says = BROKEN[case]
    module = f"broken_{case}"
    offer(group(f"width = {module}:width"), {f"{module}.py": code})
    said = refused("measure", "points.npy", "--instruments", "spectrum,width", "--out", "run")
    assert said.startswith("gromov: the plug-in width (gromov-odd 1.0) ")
    assert says in said
    assert not Path("run", "result.json").exists()


def test_no_broken_plug_in_breaks_a_run_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for case, (code, _) in BROKEN.items():
        name = f"w{case.replace('_', '')}"
        text = code.replace("width(", f"{name}(").replace("Width", name.title()).replace("width =", f"{name} =")
        Path("packages", f"together_{case}.py").write_text(text)
        lines.append(f"{name} = together_{case}:{name}")
    offer(group(*lines))
    assert run(["measure", "points.npy", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert list(tree["results"]) == [name for name in INSTRUMENTS if name != "classes"]
    assert len(tree["skipped"]) == len(BROKEN) + 1
    for name, reason in tree["skipped"].items():
        assert name == "classes" or reason.startswith(f"the plug-in {name} (gromov-odd 1.0) ")
    assert run(["doctor"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("plug-in")]
    assert len(listed) == len(BROKEN)
    assert sum("cannot be loaded" in line for line in listed) == list(BROKEN).index("fails")  # the later ones fail when they run
    assert sum(line.endswith(" loads") for line in listed) == len(BROKEN) - list(BROKEN).index("fails")


@pytest.mark.parametrize(
    ("line", "asked", "says"),
    [
        ("Width = named:width", "Width", "lower-case"),
        ("wi-dth = named:width", "wi-dth", "lower-case"),
        ("and = named:width", "and", "no word of Python"),
        ("../../width = named:width", "..-..-width", "lower-case"),
        ("warnings = named:width", "warnings", "taken by a section of the report"),
        ("width = named", "width", "must be written module:function"),
        ("width = named:width\nwidth = named:extreme", "width", "two functions under this one name"),
    ],
)
def test_names_that_cannot_be(line: str, asked: str, says: str, refused) -> None:  # type: ignore[no-untyped-def]
    offer(group(line), {"named.py": CODE})
    assert says in refused("measure", "points.npy", "--instruments", asked)
    assert "named" not in sys.modules


def test_no_plug_in_shadows_an_instrument() -> None:
    offer(group("spectrum = shadows:width"), {"shadows.py": CODE})
    assert instrument("spectrum").function is gromov.spectrum
    assert list(gromov.measure(POINTS, instruments=["spectrum"]).results) == ["spectrum"]
    assert chosen(None) == (*INSTRUMENTS, "gromov-odd:spectrum")
    with pytest.raises(PluginError, match="spectrum is an instrument of gromov itself"):
        gromov.measure(POINTS, instruments=["gromov-odd:spectrum"])


def test_two_packages_with_one_name(refused) -> None:  # type: ignore[no-untyped-def]
    offer(group("width = rivals:width"), {"rivals.py": CODE})
    offer(group("width = rivals:width"), name="gromov-rival", version="2.0")
    said = refused("measure", "points.npy", "--instruments", "width")
    assert "gromov-odd 1.0 and gromov-rival 2.0 both offer an instrument of this name" in said


def test_damaged_metadata_are_survived() -> None:
    offer(group("width = survives:width"), {"survives.py": CODE})
    bare = Path("packages", "bare-1.dist-info")
    bare.mkdir()
    (bare / "entry_points.txt").write_text(group("breadth = survives:breadth"))  # and no METADATA
    binary = Path("packages", "binary-1.dist-info")
    binary.mkdir()
    (binary / "entry_points.txt").write_bytes(b"\xff\xfe[gromov.instruments]\nx = y:z\n")
    offer("[gromov.instruments]\nno equals sign\n", name="gromov-malformed")
    assert [plugin.name for plugin in plugins()] == ["breadth", "gromov-malformed", "width"]
    with pytest.raises(PluginError, match="its entry points are malformed"):
        instrument("gromov-malformed")
    assert list(gromov.measure(POINTS, instruments=["width"]).results) == ["width"]


# The checks that authors call


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_gromovs_own_instruments_keep_the_contract(name: str) -> None:
    function = instrument(name).function
    assert check_instrument(function, name).result is instrument(name).result
    check_refusals(function)
    options = {"null_draws": 3} if "null_draws" in instrument(name).accepts else {}
    data = gromov.Representation(POINTS, labels=np.arange(60) % 2)
    assert isinstance(check_answer(function, data, **options), Result)


def made(code: str) -> dict[str, object]:
    """The names that a piece of code defines, in a module that dataclasses and pickles can find."""
    import types

    module = types.ModuleType(f"made_{abs(hash(code))}")
    sys.modules[module.__name__] = module
    exec(compile(code, module.__name__, "exec"), module.__dict__)
    return module.__dict__


WRONG = {
    "it changes its input": (broken("    low, high", "    x[0] = 0\n    low, high"), "changed the data"),
    "another seed each time": (broken("    low, high", "    x = x + np.random.default_rng().normal()\n    low, high"), "other numbers"),
    "an error without an interval": (
        broken("Estimate.normal(float(x.mean()), float(x.std() / x.size**.5), n", "Estimate(0.0, None, None, n"),
        "interval",
    ),
    "no units": (broken("n=x.size", "n=0"), "number n of units"),
    "half a sentence": (broken("wide.", "wide"), "whole sentences"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_answers_that_break_the_contract(case: str) -> None:
    code, says = WRONG[case]
    serial = code.replace("executor: Executor = SERIAL", "other: int = 0").replace("executor.map", "SERIAL.map")
    with pytest.raises(PluginError, match=says):
        check_answer(made(serial)["width"], POINTS.copy())


def test_an_answer_that_keeps_it() -> None:
    serial = CODE.replace("executor: Executor = SERIAL", "other: int = 0").replace("executor.map", "SERIAL.map")
    assert check_answer(made(serial)["width"], POINTS).summary().startswith("It is ")


def test_an_instrument_that_answers_anything_is_noticed() -> None:
    careless = CODE.replace("as_representation(points).points", "np.asarray(points)").replace("executor.map", "SERIAL.map")
    with pytest.raises(PluginError, match="must refuse"):
        check_refusals(made(careless)["width"])


def test_errors_of_plug_ins_are_errors_of_gromov() -> None:
    assert issubclass(PluginError, GromovError)
    assert not issubclass(PluginError, InputError | UnsuitableError)
    assert as_representation(POINTS).n == 60
