"""`module:factory`, and the order in which a source is looked up."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gromov.core import Distances, Graph, InputError
from gromov.data import load
from gromov.data.factory import is_factory

MODULE = """
import sys
import numpy as np
from gromov.core import Distances, Graph, Representation, Source

def points(): return np.arange(20.0).reshape(10, 2)
def nested(): return [[0, 1], [1, 2], [2, 3], [3, 5]]
def images(): return np.arange(40).reshape(5, 4, 2)
def distances(): return Distances(np.abs(np.arange(5.0)[:, None] - np.arange(5.0)))
def graph(): return Graph(4, np.array([[0, 1], [1, 2], [2, 3]]))
def labelled(): return Representation(points(), labels=np.arange(10), names=tuple("abcdefghij"), source=Source("mine", "", ("made up",)))
def broken(): raise KeyError("layer 3\\nis missing")
def leaving(): sys.exit(3)
def words(): return ["a", "b"]
def nothing(): return None
def ragged(): return [[1], [1, 2]]
def needing(argument): return argument
number = 3

class Reluctant:
    def __array__(self, *_, **__): raise OSError("no")

def reluctant(): return Reluctant()
"""


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_factories.py").write_text(MODULE)
    (tmp_path / "my_broken.py").write_text("raise ValueError('not today')\n")
    (tmp_path / "my_needy.py").write_text("import a_package_nobody_has\n")
    monkeypatch.chdir(tmp_path)
    for name in ("my_factories", "my_broken", "my_needy"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_factories_may_return_anything_that_flows() -> None:
    before = list(sys.path)
    assert load("my_factories:points").points.shape == (10, 2)
    assert sys.path == before
    assert load("my_factories:nested").n == 4
    assert load("my_factories:images", flatten=True).points.shape == (5, 8)
    assert isinstance(load("my_factories:distances").data, Distances)
    assert isinstance(load("my_factories:distances", kind="distances", sample=4).data, Distances)
    assert isinstance(load("my_factories:graph").data, Graph)
    labelled = load("my_factories:labelled", where="label>=4", normalize="center")
    assert labelled.names == tuple("efghij")
    assert labelled.source.name == "my_factories:labelled"
    assert labelled.source.notes == ("made up", "6 of 10 rows where label>=4", "centred")
    assert load("my_factories:points").source.sha256 == load("my_factories:points").source.sha256 != ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("my_factories:broken", ["did not return", "KeyError", "layer 3"]),
        ("my_factories:leaving", ["did not return", "SystemExit"]),
        ("my_factories:needing", ["did not return", "TypeError", "argument"]),
        ("my_factories:words", ["my_factories:words returned a list", "text"]),
        ("my_factories:nothing", ["NoneType", "not all numbers"]),
        ("my_factories:ragged", ["does not become an array"]),
        ("my_factories:reluctant", ["does not become an array", "OSError"]),
        ("my_factories:number", ["has no function number"]),
        ("my_factories:absent", ["has no function absent"]),
        ("my_factories:images", ["5 × 4 × 2", "--flatten"]),
        ("my_broken:points", ["my_broken cannot be imported", "not today"]),
        ("my_needy:points", ["a_package_nobody_has", "not installed"]),
        ("no_such_module:points", ["there is no module no_such_module", "nor a file"]),
        ("my_factories.inner:points", ["there is no module my_factories.inner"]),
    ],
)
def test_factories_that_fail_become_one_sentence(source: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        load(source)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a:b", True),
        ("a.b.c:d", True),
        ("a:", False),
        ("a:b.c", False),
        ("1a:b", False),
        ("a/b:c", False),
        ("a:b=1", False),
        ("a::b", False),
    ],
)
def test_what_reads_as_a_factory(source: str, expected: bool) -> None:
    assert is_factory(source) is expected


def test_files_come_first_then_names() -> None:
    np.save("digits", np.arange(20.0).reshape(5, 4))
    Path("digits.npy").rename("digits")
    assert load("digits").n == 5
    Path("digits").rename("other")
    assert load("digits").n == 1797
    Path("other").rename("my_factories:points")
    assert load("my_factories:points").n == 5
    Path("iris").mkdir()
    assert load("iris").n == 150
    with pytest.raises(InputError, match="is a folder"):
        load(Path("iris"))


def test_tensors_are_welcome() -> None:
    torch = pytest.importorskip("torch")
    code = "import torch\ndef points(): return torch.arange(20.0, requires_grad=True).reshape(5, 4)\n"
    Path("my_tensors.py").write_text(code + "def narrow(): return points().bfloat16()\n")
    assert load("my_tensors:points").points.dtype == np.float32
    with pytest.raises(InputError, match="BFloat16"):
        load("my_tensors:narrow")
    del torch, sys.modules["my_tensors"]
