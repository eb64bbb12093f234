"""Dataclasses to JSON and arrays, and back: no pickles, nothing executed.

JSON holds numbers, strings, lists and objects; NaN is null; arrays of more than 64 numbers go to a separate dictionary (an npz
file) and are referred to as {"array": key, "shape": […]}.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

INLINE = 64
Arrays = dict[str, NDArray[np.generic]]
Tree = dict[str, object]
Kind = TypeVar("Kind")


def encode(value: object, path: str, arrays: Arrays) -> object:
    """JSON-ready form of `value`; arrays too large for JSON are put into `arrays` under `path`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: encode(item, f"{path}.{name}", arrays) for name, item in pairs if not (name == "reason" and item == "")}
    if isinstance(value, np.ndarray):
        if value.size > INLINE:
            arrays[path] = value
            return {"array": path, "shape": list(value.shape)}
        return encode(value.tolist(), path, arrays)
    if isinstance(value, Mapping):
        return {str(key): encode(item, f"{path}.{key}", arrays) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return [encode(item, f"{path}.{index}", arrays) for index, item in enumerate(items)]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{path} is a {type(value).__name__}, which has no JSON form")


def decode(kind: type[Kind], tree: object, arrays: Mapping[str, NDArray[np.generic]]) -> Kind:
    """The value of type `kind` that `encode` turned into `tree` and `arrays`."""
    return cast(Kind, _decode(kind, tree, arrays))


def _decode(kind: Any, tree: Any, arrays: Mapping[str, NDArray[np.generic]]) -> object:
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        given = {name: _decode(hints[name], item, arrays) for name, item in tree.items()}
        return cast(Any, kind)(**given)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if tree is None:
            return None
        return _decode(next(a for a in arguments if a is not type(None)), tree, arrays)
    if origin is typing.Literal:
        return tree
    if origin is tuple:
        each = [arguments[0]] * len(tree) if arguments[-1] is Ellipsis else list(arguments)
        return tuple(_decode(k, item, arrays) for k, item in zip(each, tree, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _decode(arguments[1], item, arrays) for key, item in tree.items()}
    if kind is float:
        return math.nan if tree is None else float(tree)
    if kind in (int, str, bool):
        return tree
    if isinstance(tree, dict):
        return arrays[cast(str, cast(Tree, tree)["array"])]
    names = getattr(kind, "dtypes", ())  # of a jaxtyping hint
    dtype = next((name for name in ("float64", "int64", "bool") if isinstance(names, list | tuple) and name in names), None)
    if origin is np.ndarray and np.integer in typing.get_args(arguments[1]):  # of NDArray[np.integer]
        dtype = "int64"
    return np.array(tree, dtype=dtype)  # in an array of floats None becomes NaN
