"""result.schema.json describes real results, and is made of the very types of the instruments.

Run this file to write the schema again after a field was added.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import gromov
from gromov.core import Distances, Estimate, Graph, Representation, Result, field_meanings
from gromov.verbs.catalogue import INSTRUMENTS, instrument
from gromov.verbs.classify_results import ClassControls, Classification, Compression
from gromov.verbs.compare_matrix import Matrices
from gromov.verbs.compare_orders import Orders
from gromov.verbs.comparisons import COMPARISONS, OF_TASKS, comparison
from gromov.verbs.fit_results import Controls, LinkPrediction, Reconstruction
from gromov.verbs.fit_words_results import WordControls, WordGeometry
from gromov.verbs.images_controls import ImageControls, ImageLevels, OneShotResult
from gromov.verbs.images_options import ImageOptions
from gromov.verbs.images_results import ImageEmbedding
from gromov.verbs.measurement import Measurement
from gromov.verbs.record import SCHEMA
from gromov.verbs.trend_series import ChangeTest, Series

SHIPPED = Path(gromov.__file__).parent / "verbs" / "result.schema.json"
OPTIONAL_TEXT = {"type": ["string", "null"]}
ESTIMATE = {
    "description": "A random quantity: 95 % confidence interval `ci`, `n` independent units behind it; null where not known.",
    "type": "object",
    "properties": {
        "value": {"type": ["number", "null"]},
        "stderr": {"type": ["number", "null"], "minimum": 0},
        "ci": {"type": ["array", "null"], "prefixItems": [{"type": ["number", "null"]}] * 2, "items": False, "minItems": 2},
        "n": {"type": "integer", "minimum": 0},
        "seed": {"type": ["integer", "null"]},
        "method": {"type": "string"},
        "reason": {"type": "string", "minLength": 1, "description": "Why `value` is null."},
    },
    "required": ["value", "stderr", "ci", "n", "seed", "method"],
    "additionalProperties": False,
    "if": {"properties": {"value": {"type": "null"}}},
    "then": {"required": ["reason"]},
}
STORED = {
    "description": "A list of at most 64 numbers, or the name and shape of an array of arrays.npz.",
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "array": {"type": "string"},
                "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            },
            "required": ["array", "shape"],
            "additionalProperties": False,
        },
        {"type": "array", "items": {"$ref": "#/$defs/entry"}, "maxItems": 64},
    ],
}
ENTRY = {"anyOf": [{"type": ["number", "boolean", "string", "null"]}, {"type": "array", "items": {"$ref": "#/$defs/entry"}}]}
INPUT = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "kind": {"enum": ["points", "distances", "graph", "text"]},
        "n": {"type": "integer", "minimum": 4},
        "d": {"type": ["integer", "null"], "minimum": 1, "description": "Coordinates; null for distances and graphs."},
        "classes": {"type": ["integer", "null"], "minimum": 1, "description": "Different labels; null without labels."},
        "sha256": {"type": "string", "description": "Of the bytes read; for arrays of the caller, of all that the numbers depend on."},
        "notes": {"type": "array", "items": {"type": "string"}, "description": "What was done on the way in, in order."},
    },
    "required": ["name", "kind", "n", "d", "classes", "sha256", "notes"],
}
CONFIG = {
    "type": "object",
    "properties": {
        "instruments": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        "plugins": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Distribution and version of each instrument that is a plug-in; absent where there is none.",
        },
        "seed": {"type": "integer", "minimum": 0},
        "device": {"enum": ["cpu", "cuda"]},
        "as": {"enum": ["points", "distances", "edges", None]},
        "array": OPTIONAL_TEXT,
        "columns": {"type": ["array", "null"], "items": {"type": "string"}},
        "labels": OPTIONAL_TEXT,
        "names": OPTIONAL_TEXT,
        "where": OPTIONAL_TEXT,
        "normalize": {"enum": ["none", "center", "l2", "center-l2", "standard"]},
        "flatten": {"type": "boolean"},
        "sample": {"type": ["integer", "null"], "minimum": 1},
        "order": {"enum": ["natural", "given"], "description": "Of several inputs; absent where there is one."},
    },
    "required": ["instruments", "seed", "device", "as", "array", "columns", "labels", "names", "where", "normalize", "flatten", "sample"],
}


COMPARE_CONFIG = {
    "type": "object",
    "properties": {
        **{name: CONFIG["properties"][name] for name in CONFIG["properties"] if name not in ("instruments", "order")},
        "measures": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        "paired": {"type": "boolean", "description": "Whether row i of each belongs to row i of the others."},
        "null": {"type": "integer", "minimum": 1, "description": "Number of draws of each null."},
        "reference": {**OPTIONAL_TEXT, "description": "The input that every other was compared with; null for every pair."},
        "task": {"enum": ["generator"], "description": "What was asked beyond how far apart the inputs are; absent where nothing was."},
        "features": {"type": "string", "description": "Of the task: what was judged, `pixels` or a module:function."},
        "image-shape": {**OPTIONAL_TEXT, "description": "Of the task: the shape of the images that was asked for."},
    },
    "required": ["measures", "paired", "null", "reference", *(name for name in CONFIG["required"] if name != "instruments")],
}
FIT_CONFIG = {
    "type": "object",
    "properties": {
        "space": {"enum": ["hyperbolic", "euclidean", "sphere", "product", "auto"]},
        "dim": {"type": "integer", "minimum": 1},
        "seeds": {"type": "integer", "minimum": 1, "description": "Number of fits from different starts."},
        "relation": {"enum": ["ancestors", "neighbors"]},
        "columns": {"type": ["array", "null"], "items": {"type": "string"}},
        "reverse": {"type": "boolean"},
        "reveal": {"type": "array", "items": {"type": "number"}, "description": "Percentages shown in link prediction."},
        "epochs": {"type": ["integer", "null"], "minimum": 1},
        "scales": {"type": "array", "items": {"type": "number"}, "minItems": 1, "description": "Radii of curvature tried at the start."},
        "controls": {"type": "boolean"},
        "export": {"type": "array", "items": {"enum": ["npz", "parquet", "word2vec"]}},
        "seed": {"type": "integer", "minimum": 0},
    },
    "required": ["space", "dim", "seeds", "relation", "columns", "reverse", "reveal", "epochs", "scales", "controls", "export", "seed"],
}
WORDS_CONFIG = {
    "type": "object",
    "properties": {
        **{name: FIT_CONFIG["properties"][name] for name in ("dim", "seeds", "controls", "export", "seed")},
        "space": {"enum": ["hyperbolic", "euclidean"]},
        "vocabulary": {"type": "integer", "minimum": 20, "description": "Most words to embed."},
        "min_count": {"type": "integer", "minimum": 1, "description": "Rarer words are left out."},
        "window": {"type": "integer", "minimum": 1, "description": "Words on either side that count as near."},
        "epochs": {"type": "integer", "minimum": 1},
        "hypernyms": {"type": "string", "description": "`auto`, `none`, or a file of pairs."},
        "similarity": {**OPTIONAL_TEXT, "description": "A file of judgements."},
    },
}
WORDS_CONFIG["required"] = list(WORDS_CONFIG["properties"])
CLASSIFY_CONFIG = {
    "type": "object",
    "properties": {
        **{name: FIT_CONFIG["properties"][name] for name in ("seeds", "controls", "seed", "columns")},
        "test": {**OPTIONAL_TEXT, "description": "What was tested on, where it was named."},
        "labels": {**OPTIONAL_TEXT, "description": "Where the classes were found, where that was named."},
        "image_shape": OPTIONAL_TEXT,
        "network": {"type": "string", "description": "A preset, or `auto`."},
        "width": {"type": ["integer", "null"], "minimum": 1},
        "linear": {"type": "string", "description": "Format of the dense layers."},
        "epochs": {"type": "integer", "minimum": 1},
        "batch": {"type": "integer", "minimum": 1},
        "rate": {"type": "number", "exclusiveMinimum": 0},
        "test_share": {"type": "number"},
        "validation": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "augment": {"type": "boolean"},
        "precision": {"enum": ["float32", "bf16"]},
        "compress": {"type": "array", "items": {"type": "string"}},
    },
}
CLASSIFY_CONFIG["required"] = list(CLASSIFY_CONFIG["properties"])


def _option(kind: object) -> dict[str, object]:
    """The type of an option, from its annotation."""
    names = {int: "integer", float: "number", str: "string", bool: "boolean", type(None): "null"}
    parts = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    found = ["array" if typing.get_origin(part) is tuple else names[part] for part in parts]
    return {"type": found if len(found) > 1 else found[0]}


IMAGES_CONFIG: dict[str, object] = {
    "description": "The options of fit images that the numbers depend on.",
    "type": "object",
    "properties": {name: _option(kind) for name, kind in typing.get_type_hints(ImageOptions).items()},
    "required": [each.name for each in dataclasses.fields(ImageOptions)],
}
FITTED: dict[str, tuple[type[Result], ...]] = {
    "test": (Reconstruction, WordGeometry, Classification, ImageEmbedding),
    "controls": (Controls, WordControls, ClassControls, ImageControls),
    "link_prediction": (LinkPrediction,),
    "compression": (Compression,),
    "levels": (ImageLevels,),
    "one_shot": (OneShotResult,),
}
P_VALUES = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}


NAMESAKES = {comparison(name).result for name in COMPARISONS if name in INSTRUMENTS}  # of an instrument, whose result has the same name


EACH_INPUT = {
    **INPUT,
    "properties": {
        **INPUT["properties"],
        "step": {"type": ["number", "null"], "description": "The number in its name, where that tells the inputs apart."},
        "skipped": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
    },
    "required": [*INPUT["required"], "step", "skipped"],
}


def schema() -> dict[str, object]:
    """The schema of result.json: the top by hand, the instruments from their types."""
    defs: dict[str, object] = {"estimate": ESTIMATE, "array": STORED, "entry": ENTRY}
    defs["trend"] = {"anyOf": [described(Series, defs), {"type": "object", "additionalProperties": {"$ref": "#/$defs/trend"}}]}
    results = {name: described(instrument(name).result, defs) for name in INSTRUMENTS}
    matrices = described(Matrices, defs)
    for name in (*COMPARISONS, *OF_TASKS):
        kinds = [described(comparison(name).result, defs), matrices]
        results[name] = {"anyOf": [results[name], *kinds] if name in results else kinds}
    results |= {name: {"anyOf": [described(kind, defs) for kind in kinds]} for name, kinds in FITTED.items()}
    inputs = {"type": "array", "minItems": 2}
    sentences = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:gromov:result:1",
        "title": "result.json of gromov, schema 1",
        "description": "Within schema 1 fields are only added, so unknown fields are allowed everywhere but in an estimate.",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "gromov": {"type": "string", "pattern": r"^\d+\.\d+"},
            "verb": {"enum": ["measure", "compare", "fit"]},
            "task": {
                "enum": ["hierarchy", "words", "classify", "images"],
                "description": "What was fitted; absent where the verb is another.",
            },
            "input": {**INPUT, "description": "What was measured; of several inputs the last."},
            "inputs": {**inputs, "description": "Several inputs in order; absent where there is one, as are trend and trend_test."},
            "config": {"type": "object"},
            "results": {"type": "object", "properties": results, "additionalProperties": {"type": "object"}, "minProperties": 1},
            "trend": {
                "description": "Each number over the inputs, under the path it has in results.",
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/trend"},
            },
            "trend_test": described(ChangeTest, defs),
            "layers": {
                "description": "Of a network measured layer by layer: what it is, and what it was fed; absent elsewhere.",
                "type": "object",
                "properties": {
                    "network": {"type": "string"},
                    "sha256": {"type": "string", "description": "Hash of how the network is built and of its weights."},
                    "pattern": {"type": "string", "description": "Which layers were asked for."},
                    "pool": {"enum": ["mean", "flatten", "first", "last", "tokens"]},
                    "reference": {"type": "string", "description": "What the layers are compared with: `input`, or the first layer."},
                    "input": {"type": "object"},
                    "left_out": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
                },
                "required": ["network", "sha256", "pattern", "pool", "reference", "input", "left_out"],
            },
            "p_holm": {**P_VALUES, "description": "Of two inputs compared: p-values after Holm's correction, by measure."},
            "pairs": {
                "description": "Every pair of more than two inputs compared.",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "first": {"type": "integer", "minimum": 0},
                        "second": {"type": "integer", "minimum": 0},
                        "results": {"type": "object"},
                        "p_holm": P_VALUES,
                        "skipped": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
                    },
                    "required": ["first", "second", "results", "p_holm", "skipped"],
                },
            },
            "orders": described(Orders, defs),
            "skipped": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
            "warnings": sentences,
        },
        "if": {"properties": {"verb": {"const": "measure"}}},
        "then": {
            "properties": {"config": CONFIG, "inputs": {"items": EACH_INPUT}},
            "dependentRequired": {"inputs": ["trend", "trend_test"], "trend": ["inputs"], "trend_test": ["inputs"]},
        },
        "else": {
            "if": {"properties": {"verb": {"const": "fit"}}},
            "then": {"properties": {"config": {"anyOf": [FIT_CONFIG, WORDS_CONFIG, CLASSIFY_CONFIG, IMAGES_CONFIG]}}, "required": ["task"]},
            "else": {"properties": {"config": {"anyOf": [COMPARE_CONFIG, CONFIG]}, "inputs": {"items": INPUT}}, "required": ["inputs"]},
        },
        "required": ["schema", "gromov", "verb", "input", "config", "results", "skipped", "warnings"],
        "$defs": defs,
    }


def described(kind: object, defs: dict[str, object]) -> dict[str, object]:
    """The schema of what `encode` makes of a value of this type; dataclasses are put into `defs`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    plain = {float: ["number", "null"], int: "integer", bool: "boolean", str: "string", type(None): "null"}
    if isinstance(kind, type) and kind in plain:
        return {"type": plain[kind]}
    if kind is Estimate:
        return {"$ref": "#/$defs/estimate"}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        key = kind.__name__ if kind not in NAMESAKES else f"{kind.__name__}Comparison"
        if key not in defs:
            hints, meanings = typing.get_type_hints(kind), field_meanings(kind)
            names = [f.name for f in dataclasses.fields(kind)]
            defs[key] = {
                "description": (kind.__doc__ or "").partition("\n")[0],
                "type": "object",
                "properties": {name: {"description": meanings[name], **described(hints[name], defs)} for name in names},
                "required": names,
            }
        return {"$ref": f"#/$defs/{key}"}
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [described(part, defs) for part in arguments]}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": described(arguments[0], defs)}
    if origin is tuple:
        items = [described(part, defs) for part in arguments]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": described(arguments[1], defs)}
    return {"$ref": "#/$defs/array"}


def shipped() -> dict[str, object]:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


def validate(tree: object) -> None:
    jsonschema.validate(tree, shipped(), cls=jsonschema.Draft202012Validator)


def points(n: int = 30, d: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, d))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(shipped())


def test_the_schema_has_the_fields_of_the_code() -> None:
    assert shipped() == json.loads(json.dumps(schema())), (
        f"a field has changed: run python {Path(__file__).name}, and mind the number of the schema"
    )


SQUARE = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]], dtype=np.float64)
LINE = np.arange(12, dtype=np.float64)[:, None]
INPUTS = {
    "points": points(),
    "few": points(4, 2),
    "many": points(90, 70),
    "flat": np.column_stack([points(20, 2), np.zeros(20), points(20, 2)]),
    "line": LINE,
    "repeated": np.repeat(points(5, 2), 3, axis=0),
    "float32": points().astype(np.float32),
    "integers": np.random.default_rng(1).integers(0, 9, size=(25, 4)),
    "labelled": Representation(points(), labels=np.arange(30) % 3, names=tuple(f"name {i}" for i in range(30))),
    "distances": Distances(np.abs(LINE - LINE.T)),
    "square": Distances(SQUARE),
    "tree": Graph(7, np.array([[0, 1], [0, 2], [1, 3], [1, 4], [2, 5], [2, 6]])),
    "pieces": Graph(9, np.array([[0, 1], [1, 2], [2, 3], [3, 0], [3, 4], [5, 6], [7, 8]]), np.arange(1, 8) / 3),
}


@pytest.fixture(scope="module", params=sorted(INPUTS))
def measured(request: pytest.FixtureRequest) -> Measurement:
    return gromov.measure(INPUTS[request.param])


def test_real_results_fit_the_schema(measured: Measurement) -> None:
    validate(json.loads(measured.to_json()))


def test_arrays_are_where_the_result_says(measured: Measurement) -> None:
    arrays: dict[str, np.ndarray] = {}
    tree = measured.to_dict(arrays)
    referred: dict[str, list[int]] = {}

    def visit(node: object) -> None:
        match node:
            case {"array": str(name), "shape": list(shape), **rest} if not rest:
                referred[name] = shape
            case dict():
                for item in node.values():
                    visit(item)
            case list():
                for item in node:
                    visit(item)
            case _:
                pass

    visit(tree["results"])
    assert referred == {name: list(array.shape) for name, array in arrays.items()}
    assert all(array.size > 64 for array in arrays.values())


def test_results_survive_being_stored(measured: Measurement) -> None:
    from gromov.core import decode
    from gromov.core.runs import to_json

    for name, result in measured.results.items():
        before: dict[str, np.ndarray] = {}
        after: dict[str, np.ndarray] = {}
        tree = result.to_dict(before, prefix=name)
        again = decode(type(result), json.loads(to_json(tree)), before).to_dict(after, prefix=name)
        assert to_json(again) == to_json(tree)
        assert list(before) == list(after)
        assert all(np.array_equal(before[key], after[key], equal_nan=before[key].dtype.kind == "f") for key in before)


@pytest.mark.parametrize("name", ["points", "labelled", "distances", "pieces"])
def test_real_trends_fit_the_schema(name: str) -> None:
    trend = gromov.trend([INPUTS[name]] * 2)
    tree = json.loads(trend.to_json())
    validate(tree)
    for field in ("inputs", "trend", "trend_test"):
        with pytest.raises(jsonschema.ValidationError):
            validate({key: value for key, value in tree.items() if key != field})
    leaf = tree["trend"][next(iter(tree["trend"]))]
    path = next(iter(leaf))
    with pytest.raises(jsonschema.ValidationError):
        validate({**tree, "trend": {"spectrum": {path: {**next(iter(leaf.values())), "change": 1.0}}}})


@pytest.mark.parametrize("count", [2, 3])
def test_real_comparisons_fit_the_schema(count: int) -> None:
    clouds = [points(40) + place for place in range(count)]
    tree = json.loads(gromov.compare(*clouds, paired=True, null=3, bootstrap=2).to_json())
    validate(tree)
    assert set(tree["results"]) == set(COMPARISONS)
    for field in ("inputs", "results", "config"):
        with pytest.raises(jsonschema.ValidationError):
            validate({key: value for key, value in tree.items() if key != field})
    broken = {**tree["results"]["kid"], "matrix" if count > 2 else "value": "one"}
    with pytest.raises(jsonschema.ValidationError):
        validate({**tree, "results": {"kid": broken}})


def test_a_real_fit_fits_the_schema() -> None:
    pairs = [(f"{i}", f"{(i - 1) // 2}") for i in range(1, 31)]
    run = gromov.fit_hierarchy(pairs, relation="ancestors", dim=2, seeds=1, epochs=4, scales=[5.0], reveal=[10])
    tree = json.loads(run.to_json())
    validate(tree)
    assert set(tree["results"]) == {"test", "controls", "link_prediction"}
    text = "the cat sat on a mat while the dog lay by its door and some old bird sang in that tall tree near our red house today " * 30
    words = gromov.fit_words([text], dim=2, seeds=1, epochs=2, hypernyms="none")
    validate(json.loads(words.to_json()))
    validate(json.loads(gromov.fit_classify("iris", epochs=2, compress=["prune:0.5"]).to_json()))
    images = gromov.fit_images("digits", image_shape=(8, 8), size=16, width=4, dim=2, steps=10, temperature=0.2, episodes=10)
    validate(json.loads(images.to_json()))
    for field in ("task", "results", "config"):
        with pytest.raises(jsonschema.ValidationError):
            validate({key: value for key, value in tree.items() if key != field})


BROKEN = {
    "schema": 2,
    "verb": "judge",
    "gromov": None,
    "results": {},
    "warnings": "none",
    "skipped": {"spectrum": 1},
    "config": {},
    "input": {"name": "x"},
}


@pytest.mark.parametrize("field", sorted(BROKEN))
def test_the_schema_refuses(field: str) -> None:
    tree = json.loads(gromov.measure(points(), instruments=["spectrum"]).to_json())
    validate(tree)
    with pytest.raises(jsonschema.ValidationError):
        validate({**tree, field: BROKEN[field]})
    with pytest.raises(jsonschema.ValidationError):
        validate({name: value for name, value in tree.items() if name != field})


@pytest.mark.parametrize(
    "estimate",
    [
        {"value": None},
        {"value": 1.0, "n": -1},
        {"value": 1.0, "ci": [0.0]},
        {"value": 1.0, "ci": [0.0, 1.0, 2.0]},
        {"value": 1.0, "stderr": -1.0},
        {"value": 1.0, "extra": 1},
        {"value": "one"},
    ],
)
def test_the_schema_refuses_an_estimate(estimate: dict[str, object]) -> None:
    tree = json.loads(gromov.measure(points(), instruments=["spectrum"]).to_json())
    whole = {"value": 1.0, "stderr": None, "ci": None, "n": 3, "seed": None, "method": "counted"}
    tree["results"]["spectrum"]["effective_rank"] = whole
    validate(tree)
    tree["results"]["spectrum"]["effective_rank"] = {**whole, **estimate}
    with pytest.raises(jsonschema.ValidationError):
        validate(tree)


def test_a_value_that_is_null_has_a_reason() -> None:
    tree = json.loads(gromov.measure(points(), instruments=["spectrum"]).to_json())
    tree["results"]["spectrum"]["effective_rank"] = {
        "value": None,
        "stderr": None,
        "ci": None,
        "n": 0,
        "seed": None,
        "method": "",
        "reason": "too few",
    }
    validate(tree)


if __name__ == "__main__":
    SHIPPED.write_text(json.dumps(schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
