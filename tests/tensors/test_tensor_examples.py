"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import gromov.tensors

MODULES = [f"gromov.tensors.{each.name}" for each in pkgutil.iter_modules(gromov.tensors.__path__)] + ["gromov.nn.tensor_linear"]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 40


def test_the_face_has_every_name() -> None:
    assert dir(gromov.tensors) == gromov.tensors.__all__
    for name in gromov.tensors.__all__:
        assert getattr(gromov.tensors, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'tensor'"):
        gromov.tensors.tensor  # noqa: B018
