"""One suite that every instrument passes."""

import dataclasses
import json
import typing
from functools import cache

import numpy as np
import pytest

from gromov.core import (
    Arrays,
    Bars,
    Curve,
    Disk,
    Distances,
    Estimate,
    Figure,
    Graph,
    GromovError,
    Matrix,
    Points,
    Representation,
    Result,
    Rule,
    UnsuitableError,
)
from gromov.core.runs import to_json, to_npz
from gromov.core.serial import decode
from gromov.spaces import EUCLIDEAN
from gromov.verbs import INSTRUMENTS
from gromov.verbs.catalogue import Instrument, instrument

POINTS = np.random.default_rng(0).standard_normal((80, 6)) * np.linspace(1, 2, 6)
LABELS = np.array(["one", "two", "three", "four"])[np.arange(80) % 4]
DATA = {
    "points": POINTS,
    "labelled": Representation(POINTS, labels=LABELS, names=tuple(f"name {i}" for i in range(80))),
    "float32": POINTS.astype(np.float32),
    "integers": (10 * POINTS).astype(np.int64),
    "wide": np.random.default_rng(1).standard_normal((30, 90)),
    "four points": POINTS[:4],
    "constant column": np.concatenate([POINTS, np.ones((80, 1))], axis=1),
    "duplicates": np.concatenate([POINTS, POINTS[:20]]),
    "distances": Distances(EUCLIDEAN.pairwise(POINTS, POINTS)),
    "graph": Graph(80, np.array([[i, (i + step) % 80] for i in range(80) for step in (1, 7, 20)])),
}


@cache
def result(name: str, data: str, seed: int = 0) -> Result:
    """The result, or the refusal of data of an unsuitable kind."""
    found = instrument(name)
    extra = {"null_draws": 4} if "null_draws" in found.accepts else {}
    return found.function(DATA[data], seed=seed, **extra)


def results() -> list[tuple[str, str]]:
    return [(name, data) for name in INSTRUMENTS for data in DATA]


def answer(name: str, data: str) -> Result:
    try:
        return result(name, data)
    except UnsuitableError:
        # classes needs labels; curvature more objects than coordinates to place them with
        assert data in ("distances", "graph") or name == "classes" or (name, data) == ("curvature", "four points")
        pytest.skip(f"{name} does not take {data}")


def dump(found: Result) -> tuple[str, Arrays]:
    arrays: Arrays = {}
    return to_json(found.to_dict(arrays)), arrays


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_its_signature(name: str) -> None:
    import inspect

    found: Instrument = instrument(name)
    assert (found.name, found.function.__name__) == (name, name)
    first, *rest = inspect.signature(found.function).parameters.values()
    assert first.name == "points"
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in rest)
    assert found.function.__doc__
    assert issubclass(found.result, Result)
    assert found.result.__name__.lower() == name.replace("_", "")
    assert dataclasses.fields(found.result)
    assert found.result.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(found.result)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_it_says_what_it_is(name: str) -> None:
    about = instrument(name).result.about()
    assert about.title
    assert about.question.endswith("?")
    assert about.method.endswith(".")
    assert about.references
    assert all(len(reference) > 20 for reference in about.references)


@pytest.mark.parametrize(("name", "data"), results())
def test_it_answers(name: str, data: str) -> None:
    found = answer(name, data)
    assert type(found) is instrument(name).result
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(found, dataclasses.fields(found)[0].name, 0)
    assert found.summary().endswith(".")
    assert "nan" not in found.summary()


@pytest.mark.parametrize(("name", "data"), results())
def test_it_becomes_json_and_comes_back(name: str, data: str) -> None:
    found = answer(name, data)
    text, arrays = dump(found)
    tree = json.loads(text)
    assert sorted(tree) == sorted(f.name for f in dataclasses.fields(found))
    back = decode(type(found), tree, arrays)
    again, arrays_again = dump(back)
    assert again == text
    assert to_npz(arrays_again) == to_npz(arrays)
    # what a reader sees of it is the same too
    assert [f.caption for f in back.figures()] == [f.caption for f in found.figures()]
    assert back.findings() == found.findings()


@pytest.mark.parametrize(("name", "data"), results())
def test_its_estimates_are_sure_of_something_or_say_why_not(name: str, data: str) -> None:
    for path, item in answer(name, data).rows():
        if isinstance(item, Estimate):
            if np.isnan(item.value):
                assert item.reason, path
                continue
            assert item.method, path
            assert item.n > 0, path
            assert np.isfinite(item.value), path
            assert item.stderr is not None, path
            assert np.isfinite(item.stderr), path
            assert item.stderr >= 0, path
            assert item.ci is not None, path
            assert item.ci[0] <= item.value * (1 + 1e-12) + 1e-12, path
            assert item.value <= item.ci[1] * (1 + 1e-12) + 1e-12, path


def arrays_of(figure: Figure) -> typing.Iterator[tuple[str, np.ndarray]]:
    for layer in figure:
        match layer:
            case Curve(label, x, y, low, high):
                yield from (
                    (f"{label}.{part}", values) for part, values in zip("xylh", (x, y, low, high), strict=True) if values is not None
                )
            case Points(label, x, y, groups):
                yield from ((f"{label}.{part}", values) for part, values in zip("xyg", (x, y, groups), strict=True) if values is not None)
            case Bars(label, x, y):
                yield from ((f"{label}.x", x), (f"{label}.y", y))
            case Matrix(label, values):
                yield label, values
            case Disk(label, x, y):
                yield from ((f"{label}.x", x), (f"{label}.y", y))
            case Rule(label, value):
                yield label, np.array([value])


@pytest.mark.parametrize(("name", "data"), results())
def test_its_figures_are_whole(name: str, data: str) -> None:
    figures = answer(name, data).figures()
    assert len({figure.name for figure in figures}) == len(figures)
    for figure in figures:
        caption = figure.caption
        assert figure.name.startswith(f"{name}-")
        assert figure.title
        assert all(sentence.rstrip().endswith(".") for sentence in (caption.what, caption.how, caption.sure, caption.means))
        assert caption.todo == "" or caption.todo.endswith(".")
        assert figure.x.title
        assert figure.y.title
        assert figure.layers
        for label, values in arrays_of(figure):
            assert np.isfinite(values).all(), f"{figure.name}: {label}"
        for layer in figure:
            if isinstance(layer, Curve | Points | Bars):
                lengths = {
                    len(values)
                    for values in (layer.x, layer.y, getattr(layer, "low", None), getattr(layer, "high", None))
                    if values is not None
                }
                assert len(lengths) == 1, f"{figure.name}: {layer.name} mixes lengths {lengths}"
                assert not figure.x.log or (np.asarray(layer.x) > 0).all()


@pytest.mark.parametrize(("name", "data"), results())
def test_its_findings_are_whole(name: str, data: str) -> None:
    for finding in answer(name, data).findings():
        assert finding.question.endswith("?")
        assert finding.answer
        assert finding.detail.endswith(".")
        assert finding.tone in ("good", "caution", "bad", "neutral")
        assert "nan" not in finding.detail + finding.answer


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    first = dump(result(name, "labelled"))
    result.cache_clear()
    again = dump(result(name, "labelled"))
    assert first[0] == again[0]
    assert to_npz(first[1]) == to_npz(again[1])


@pytest.mark.parametrize("name", [name for name in INSTRUMENTS if name != "classes"])  # without labels there is nothing to say
def test_other_seeds_give_similar_numbers(name: str) -> None:
    ours, others = (dict(result(name, "points", seed).rows()) for seed in (0, 1))
    assert ours.keys() == others.keys()
    for path, item in ours.items():
        other = others[path]
        if isinstance(item, Estimate) and isinstance(other, Estimate) and item.stderr is not None and other.stderr is not None:
            assert abs(item.value - other.value) <= 6 * max(item.stderr, other.stderr) + 1e-9 * abs(item.value), path


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("data", ["points", "distances", "graph"])
def test_it_leaves_its_input_alone(name: str, data: str) -> None:
    extra = {"null_draws": 2} if "null_draws" in instrument(name).accepts else {}
    given = DATA[data]
    inside = given.matrix if isinstance(given, Distances) else given.edges if isinstance(given, Graph) else given
    assert isinstance(inside, np.ndarray)
    copy = inside.copy()
    copy.setflags(write=False)
    fresh = Distances(copy) if isinstance(given, Distances) else Graph(given.nodes, copy) if isinstance(given, Graph) else copy
    try:
        instrument(name).function(fresh, **extra)
    except UnsuitableError:
        return
    np.testing.assert_array_equal(copy, inside)


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("bad", [np.full((10, 2), np.nan), np.ones((10, 2)), np.zeros((3, 2)), np.empty((0, 2)), np.arange(5.0)])
def test_it_refuses_what_cannot_be_measured(name: str, bad: np.ndarray) -> None:
    with pytest.raises(GromovError):
        instrument(name).function(bad)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_rows_and_repr(name: str) -> None:
    pandas = pytest.importorskip("pandas")
    found = result(name, "labelled")
    frame = found.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["name"].tolist() == [path for path, _ in found.rows()]
    assert found._repr_html_().startswith(f"<p><strong>{type(found).__name__}")
