"""A network comes back from disk as it went; anything else is refused in a sentence."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gromov.core import InputError, RunFolderError
from gromov.nn import (
    RELU,
    Block,
    Composition,
    Dense,
    HyperbolicAttention,
    HyperbolicLogits,
    TokenEmbedding,
    TokenPool,
    load_network,
    preset,
    save_network,
)
from gromov.nn.saving import FORMAT

TOKENS = TokenEmbedding(11, 8) >> HyperbolicAttention(2, learn_curvature=True) >> TokenPool() >> HyperbolicLogits(3, learn_curvature=True)
IMAGES = preset("resnet_cifar", depth=8, width=4)


@pytest.mark.parametrize(
    ("network", "shape", "kind"), [(TOKENS, (5,), torch.float32), (IMAGES, (3, 8, 8), torch.float64)], ids=["tokens", "images"]
)
def test_there_and_back(tmp_path: Path, network: Block, shape: tuple[int, ...], kind: torch.dtype) -> None:
    module = network.build(shape, seed=3).to(kind)
    x = torch.randint(11, (4, 5)) if shape == (5,) else torch.randn(4, *shape, dtype=kind)
    module(x)  # moves the running means
    module.eval()
    save_network(tmp_path / "net.safetensors", network, shape, module)
    found = load_network(tmp_path / "net.safetensors")
    assert (found.network, found.shape) == (network, shape)
    assert torch.equal(found.module.eval()(x), module(x))
    assert [p.dtype for p in found.module.parameters()] == [p.dtype for p in module.parameters()]
    assert all(p.requires_grad for p in found.module.parameters())
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.safetensors"]


def test_the_file_is_plain_safetensors(tmp_path: Path) -> None:
    network = Dense(2) >> RELU
    module = network.build((3,))
    save_network(tmp_path / "a", network, (3,), module)
    assert load_file(tmp_path / "a").keys() == module.state_dict().keys()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    network = Dense(4) >> RELU >> Dense(2)
    save_network(tmp_path / "net", network, (3,), network.build((3,)))
    return tmp_path / "net"


def test_every_truncation_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in range(0, len(whole), 7):
        saved.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"damaged or truncated|damaged declaration"):
            load_network(saved)


def rewrite(path: Path, text: str | None, **changes: torch.Tensor | None) -> None:
    state = {**load_file(path), **changes}
    save_file({name: t for name, t in state.items() if t is not None}, path, metadata=None if text is None else {FORMAT: text})


TREE = {"shape": [3], "network": (Dense(4) >> RELU >> Dense(2)).to_dict()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no network of gromov"),
        ("", "damaged declaration"),
        ("[" * 100_000, "damaged declaration"),
        ("{}", "damaged declaration"),
        ('{"shape": 3, "network": {}}', "damaged declaration"),
        (json.dumps({**TREE, "shape": [0]}), "positive whole numbers"),
        (json.dumps({**TREE, "network": {"version": 9}}), "version 9"),
        (json.dumps({**TREE, "network": Dense(10**9).to_dict()}), "weights that are not those of its network"),
        (json.dumps({**TREE, "network": Composition(Dense(4), Dense(2)).to_dict()}), "is missing|is in no block"),
        (json.dumps({**TREE, "shape": [3, 2, 2]}), r"layer1_dense got the shape \(3, 2, 2\)"),
    ],
    ids=range(10),
)
def test_what_is_not_ours_is_refused(saved: Path, text: str | None, words: str) -> None:
    rewrite(saved, text)
    with pytest.raises(InputError, match=words) as caught:
        load_network(saved)
    assert "\n" not in str(caught.value)


def test_weights_must_be_those_of_the_network(saved: Path, tmp_path: Path) -> None:
    rewrite(saved, json.dumps(TREE), **{"layer1_dense.weight": torch.zeros(4, 5)})
    with pytest.raises(InputError, match=r"layer1_dense\.weight has the shape \(4, 5\), not \(4, 3\)"):
        load_network(saved)
    rewrite(saved, json.dumps(TREE), **{"layer1_dense.weight": None})
    with pytest.raises(InputError, match=r"layer1_dense\.weight is missing"):
        load_network(saved)
    with pytest.raises(InputError, match=r"module is not one .* is missing"):
        save_network(tmp_path / "other", Dense(2), (3,), torch.nn.ReLU())
    assert not (tmp_path / "other").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        load_network(tmp_path / "nothing")
    with pytest.raises(InputError, match="damaged or truncated"):
        load_network(tmp_path)
    with pytest.raises(RunFolderError, match="cannot be written"):
        save_network(tmp_path / "no" / "folder", Dense(2), (3,), Dense(2).build((3,)))


def test_tied_weights_are_saved_twice(tmp_path: Path) -> None:
    network = Dense(3, bias=False) >> Dense(3, bias=False)
    module = network.build((3,))
    module.layer2_dense.weight = module.layer1_dense.weight  # type: ignore[union-attr]
    save_network(tmp_path / "tied", network, (3,), module)
    state = load_network(tmp_path / "tied").module.state_dict()
    assert torch.equal(state["layer1_dense.weight"], state["layer2_dense.weight"])
