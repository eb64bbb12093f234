"""A declaration survives JSON exactly, and one that is not understood is refused in a sentence."""

import json
from typing import Any

import pytest
from nn_cases import CASES, FACTORED, name_of

from gromov.core import InputError
from gromov.nn import BLOCKS, PRESETS, Block, Composition, Convolution, Dense, Residual, block_class, block_from_dict, block_to_dict, preset


@pytest.mark.parametrize(("block", "shape"), CASES + FACTORED, ids=name_of)
def test_there_and_back(block: Block, shape: tuple[int, ...]) -> None:
    tree = json.loads(json.dumps(block.to_dict(), allow_nan=False))
    found = block_from_dict(tree)
    assert found == block
    assert hash(found) == hash(block)
    assert repr(found) == repr(block)
    assert found.parameters(shape) == block.parameters(shape)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_there_and_back(name: str) -> None:
    network = preset(name)
    assert Block.from_dict(json.loads(json.dumps(network.to_dict()))) == network


def test_the_form_on_paper() -> None:
    assert block_to_dict(Residual(Dense(3, bias=False))) == {
        "version": 1,
        "block": "Residual",
        "inner": {"block": "Dense", "units": 3, "bias": False, "initial": "torch"},
        "shortcut": None,
    }
    assert Composition(Dense(2)).to_dict()["blocks"] == [{"block": "Dense", "units": 2, "bias": True, "initial": "torch"}]


def test_fields_left_out_take_their_default() -> None:
    tree = {"version": 1, "block": "Convolution", "channels": 4}
    assert block_from_dict(tree) == Convolution(4)


def test_every_block_is_registered_and_cased() -> None:
    def inside(block: Block) -> set[str]:
        parts = block.blocks if isinstance(block, Composition) else (block.inner, block.shortcut) if isinstance(block, Residual) else ()
        return {type(block).__name__}.union(*(inside(part) for part in parts if part is not None))

    cased = set().union(*(inside(block) for block, _ in CASES + FACTORED))
    assert cased == set(BLOCKS)
    assert all(block_class(name).__name__ == name for name in BLOCKS)


def dense(**more: object) -> dict[str, Any]:
    return {"version": 1, "block": "Dense", "units": 3, **more}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (dense(version=2), "version 2, and this gromov reads version 1"),
        (dense(version=True), "version True"),
        ({"block": "Dense", "units": 3}, "version None"),
        (dense(block="Dnse"), "no block 'Dnse': did you mean Dense"),
        (dense(block="xyzzy"), "no block 'xyzzy'; there are Composition, Dense"),
        (dense(block="os.system"), "no block 'os.system'"),
        (dense(block=["Dense"]), "names its block"),
        ({"version": 1, "units": 3}, "names its block, and this one has None"),
        (dense(unit=4), "Dense has no field 'unit': did you mean 'units'"),
        ({"version": 1, "block": "Dense"}, "Dense needs the field 'units'"),
        (dense(units="three"), "units of Dense is 'three'"),
        (dense(units=3.0), "units of Dense is 3.0"),
        (dense(units={"block": "Dense", "units": 2}), "units of Dense is Dense"),
        ({"version": 1, "block": "Composition", "blocks": 3}, "blocks of Composition is 3"),
        ({"version": 1, "block": "Composition", "blocks": [3]}, "part 1 of the composition is 3"),
        ({"version": 1, "block": "Composition"}, "Composition needs the field 'blocks'"),
        ({"version": 1, "block": "Residual", "inner": 5}, "inner of Residual is 5"),
        ({"version": 1, "block": "BatchNorm", "units": 3}, "BatchNorm has no field 'units'; it has none"),
    ],
)
def test_what_is_not_understood_is_refused(tree: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        block_from_dict(tree)
    assert "\n" not in str(caught.value)
