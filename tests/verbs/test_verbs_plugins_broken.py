"""Comparisons and instruments of other packages that are broken: a sentence each, and no run is lost."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from plugin_cases import CODE, POINTS, broken, group, offer

import gromov
from gromov.cli.main import run
from gromov.core import GromovError, InputError, PluginError, Result, UnsuitableError, as_representation
from gromov.verbs import INSTRUMENTS, check_answer, check_instrument, check_refusals, comparisons
from gromov.verbs.catalogue import chosen, instrument, plugins
from gromov.verbs.comparisons import chosen_comparisons

pytestmark = pytest.mark.usefixtures("apart")


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


# Broken ones


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
