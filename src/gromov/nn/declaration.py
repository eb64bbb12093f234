"""Blocks to JSON and back, exactly; only blocks that are known are made, and nothing is executed."""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import cast

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.catalogue import BLOCKS

VERSION = 1
"""Of the form of a declaration; it grows when an old declaration would be read differently."""


def block_to_dict(block: Block) -> dict[str, object]:
    """The declaration: `{"version": 1, "block": "Dense", "units": 10, …}`, every field written out.

    Numbers, words, None, True and False stay what they are, tuples are lists, blocks inside are declarations without a version.

    Example:
        >>> from gromov.nn import Dense
        >>> Dense(10).to_dict()
        {'version': 1, 'block': 'Dense', 'units': 10, 'bias': True, 'initial': 'torch'}
    """
    return {"version": VERSION, **_describe(block)}


def block_from_dict(tree: Mapping[str, object], also: Sequence[type[Block]] = ()) -> Block:
    """The block of a declaration.

    Args:
        tree: What `block_to_dict` gave, perhaps after a way through JSON.
        also: Blocks of your own that may occur.

    Raises:
        InputError: another version, an unknown block or field, a missing field, or a value the block refuses.

    Example:
        >>> from gromov.nn import Dense, block_from_dict
        >>> block_from_dict({"version": 1, "block": "Dense", "units": 10})
        Dense(10)
    """
    version = tree.get("version")
    if version != VERSION or isinstance(version, bool):
        raise InputError(f"the declaration has version {version!r}, and this gromov reads version {VERSION}")
    return _make({name: value for name, value in tree.items() if name != "version"}, {kind.__name__: kind for kind in also})


def block_class(name: str) -> type[Block]:
    """The class of a block that comes with gromov.

    Raises:
        InputError: there is none of this name.
    """
    if name not in BLOCKS:
        near = difflib.get_close_matches(name, BLOCKS, n=1, cutoff=0.5)
        raise InputError(f"there is no block {name!r}" + (f": did you mean {near[0]}?" if near else f"; there are {', '.join(BLOCKS)}"))
    return cast("type[Block]", getattr(import_module(BLOCKS[name]), name))


def _describe(block: Block) -> dict[str, object]:
    fields = dataclasses.fields(block)  # pyright: ignore[reportArgumentType]
    return {"block": type(block).__name__, **{field.name: _plain(getattr(block, field.name)) for field in fields}}


def _plain(value: object) -> object:
    if isinstance(value, Block):
        return _describe(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in cast("tuple[object, ...]", value)]
    return value


def _make(tree: Mapping[str, object], own: Mapping[str, type[Block]]) -> Block:
    name = tree.get("block")
    if not isinstance(name, str):
        raise InputError(f"a declaration names its block, and this one has {name!r} under 'block'")
    kind = own[name] if name in own else block_class(name)
    known = {field.name: field for field in dataclasses.fields(kind)}  # pyright: ignore[reportArgumentType]
    for field in tree:
        if field != "block" and field not in known:
            near = difflib.get_close_matches(field, known, n=1, cutoff=0.5)
            raise InputError(
                f"{name} has no field {field!r}" + (f": did you mean {near[0]!r}?" if near else f"; it has {', '.join(known) or 'none'}")
            )
    for field in known.values():
        if field.name not in tree and field.default is dataclasses.MISSING:
            raise InputError(f"{name} needs the field {field.name!r}, and the declaration has none")
    given = {field: _value(value, own) for field, value in tree.items() if field != "block"}
    if name == "Composition":
        blocks = given["blocks"]
        if not isinstance(blocks, tuple):
            raise InputError(f"blocks of Composition is {tree['blocks']!r}; it must be a list of declarations")
        return kind(*cast("tuple[object, ...]", blocks))
    return kind(**given)


def _value(value: object, own: Mapping[str, type[Block]]) -> object:
    if isinstance(value, Mapping):
        return _make(cast("Mapping[str, object]", value), own)
    if isinstance(value, list | tuple):
        return tuple(_value(part, own) for part in cast("Sequence[object]", value))
    return value
