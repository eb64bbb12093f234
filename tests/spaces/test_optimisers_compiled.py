"""Compiled steps: the same numbers as uncompiled ones, and no need of a compiler."""

import os
import subprocess
import sys

import pytest
import torch
from torch import Tensor

from gromov.core import CostWarning
from gromov.spaces.compiling import Compiled

# Run in processes of their own: the checks of shapes and types that the tests install cannot be compiled.
SAME = """
import warnings
import torch
from gromov.core import CostWarning
from gromov.spaces import Hyperboloid, ManifoldParameter, PoincareBall, Product, RiemannianAdam, RiemannianSGD, Sphere

warnings.simplefilter("error", CostWarning)
torch.manual_seed(0)
for space, dim in ((PoincareBall(-2.0), 5), (PoincareBall(learn_curvature=True), 5), (Hyperboloid(), 4), (Product([(PoincareBall(), 2), (Sphere(), 2)]), 4)):
    start = space.exp(space.origin(dim, dtype=torch.float64), space.from_frame(0.5 * torch.randn(9, dim, dtype=torch.float64)))
    for make, settings in ((RiemannianAdam, {"amsgrad": True}), (RiemannianAdam, {}), (RiemannianSGD, {"momentum": 0.9})):
        found = []
        for compile in (True, False):
            x = ManifoldParameter(start.clone(), space)
            optimiser = make([x], lr=0.01, compile=compile, **settings)
            for step in range(6):
                optimiser.zero_grad()
                (space.distance(x[1:], x[:-1]).square().sum() + x.square().sum()).backward()
                optimiser.param_groups[0]["lr"] = 0.01 / (1 + step)
                optimiser.step()
            found.append(x.detach())
        difference = float((found[0] - found[1]).abs().max())
        assert float((found[0] - start).abs().max()) > 1e-3
        assert difference < 1e-13, (space, make, difference)
print("same")
"""
WITHOUT = """
import warnings
import torch
from gromov.core import CostWarning
from gromov.spaces import ManifoldParameter, PoincareBall, RiemannianAdam

found = []
for compile in (True, False):
    x = ManifoldParameter(torch.full((4, 2), 0.3), PoincareBall())
    optimiser = RiemannianAdam([x], lr=0.1, compile=compile)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(3):
            x.grad = torch.ones(4, 2)
            optimiser.step()
    assert len([w for w in said if w.category is CostWarning]) == compile, [str(w.message) for w in said]
    found.append(x.detach())
assert torch.equal(*found)
print("same")
"""


def in_a_process(code: str, **variables: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@pytest.mark.slow
def test_compiled_steps_are_the_uncompiled_ones() -> None:
    assert in_a_process(SAME) == "same"


@pytest.mark.slow
def test_without_a_compiler_a_warning_says_so_and_steps_go_on() -> None:
    assert in_a_process(WITHOUT, CXX="no-such-compiler", TORCHINDUCTOR_FORCE_DISABLE_CACHES="1") == "same"


def test_what_cannot_be_compiled_is_called_as_it_is() -> None:
    def twice(x: Tensor) -> Tensor:
        torch._dynamo.graph_break()
        return 2 * x

    function = Compiled(twice)
    with pytest.warns(CostWarning, match="run uncompiled, and slower"):
        assert function(torch.ones(2)).tolist() == [2, 2]
    assert function(torch.ones(2)).tolist() == [2, 2]  # and says so once


def test_an_error_of_the_function_itself_is_its_own() -> None:
    def refuse(x: Tensor) -> Tensor:
        raise ValueError(f"not {tuple(x.shape)}")

    with pytest.raises(ValueError, match="not \\(2,\\)"):
        Compiled(refuse)(torch.ones(2))
