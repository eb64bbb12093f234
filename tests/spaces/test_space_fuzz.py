"""No NaN and no infinity for legal inputs of any magnitude, up to the limits each chart states."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from space_cases import CASES as ALL
from space_cases import DTYPES, Case, illegality
from torch import Tensor

from gromov.spaces import ConstantCurvature, Polar, Sphere, Stereographic

seeds = st.integers(0, 2**31)
dtypes = st.sampled_from(DTYPES)
on_every_space = pytest.mark.parametrize("case", ALL, ids=str)


def depth_limit(case: Case, dtype: torch.dtype) -> float:
    """How deep points may be, in units: to the rim of the ball, to half of what squares allow on the hyperboloid; polar 80, and more."""
    single = dtype == torch.float32
    if case.sign > 0:
        return 1.5
    if case.sign == 0:
        return 1e6
    if case.name.startswith("Polar"):
        return 80.0
    return 14.0 if single else 30.0


def spread(case: Case, dtype: torch.dtype, seed: int, deepest: float) -> Tensor:
    """Points of all magnitudes: depths from 1e-12 to the limit, a few at the origin and a few equal."""
    generator = torch.Generator().manual_seed(seed)
    exponent = torch.rand(24, generator=generator, dtype=torch.float64)
    depth = 10 ** (-12 + (12 + math.log10(deepest)) * exponent) * case.unit
    depth[:2] = 0
    space = case.make()
    x = space.exp(case.origin(dtype), space.from_frame(depth[:, None].to(dtype) * case.directions(24, dtype, seed)))
    x[3] = x[2]
    return space.project(x)


@on_every_space
@settings(max_examples=12)
@given(seed=seeds, dtype=dtypes)
def test_no_nan_and_no_infinity(case: Case, seed: int, dtype: torch.dtype) -> None:
    space, deepest = case.make(), depth_limit(case, dtype)
    if case.name == "Product":
        deepest = 1.5
    x = spread(case, dtype, seed, deepest).requires_grad_()
    y = spread(case, dtype, seed + 1, deepest)
    y[4:8] = x.detach()[4:8]
    v = 0.5 * case.vectors(x.detach(), seed)
    found = {
        "distance": space.distance(x, y),
        "pairwise": space.pairwise(x, y),
        "log": space.log(x, y),
        "exp": space.exp(x, v),
        "retract": space.retract(x, v),
        "transport": space.transport(x, y, v),
        "inner": space.inner(x, v, v),
        "gradient": space.gradient(x, v),
        "recenter": space.recenter(y, x),
        "tangent": space.tangent(x, v),
    }
    if isinstance(space, ConstantCurvature):
        n = case.directions(1, dtype, seed)[0]
        found["hyperplane_distance"] = space.hyperplane_distance(x, n, torch.tensor(0.2 * case.unit, dtype=dtype))
        found["hyperplane_logits"] = space.hyperplane_logits(x, 3 * n, torch.tensor(-0.2 * case.unit, dtype=dtype))
        if case.sign <= 0 and not isinstance(space, Stereographic):
            found["busemann"] = space.busemann(x, n)
    bad = {name for name, value in found.items() if not torch.isfinite(value).all()}
    assert not bad
    assert (found["distance"] >= 0).all()
    assert (illegality(space, found["retract"].detach()) <= 64 * torch.finfo(dtype).eps).all()
    for name, value in found.items():
        if name in ("distance", "pairwise", "hyperplane_distance", "busemann"):
            (gradient,) = torch.autograd.grad(value.sum(), x, retain_graph=True)
            assert torch.isfinite(gradient).all(), f"gradient of {name}"


@given(seed=seeds, dtype=dtypes, depth=st.floats(0, 1e4), other=st.floats(0, 1e4))
def test_polar_distances_have_no_limit(seed: int, dtype: torch.dtype, depth: float, other: float) -> None:
    """Distances, hyperplanes and heights of points at any depth, and their gradients."""
    space, normal = Polar(), torch.randn(2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)
    x = space.from_polar(torch.tensor(depth, dtype=dtype), normal[0]).requires_grad_()
    y = space.from_polar(torch.tensor(other, dtype=dtype), normal[1])
    n = normal[1] / normal[1].norm()
    for value in (
        space.distance(x, y),
        space.distance(x, x.detach()),
        space.busemann(x, n),
        space.hyperplane_distance(x, n, torch.tensor(0.3, dtype=dtype)),
    ):
        assert torch.isfinite(value)
        (gradient,) = torch.autograd.grad(value, x)
        assert torch.isfinite(gradient).all()
    assert abs(depth - other) * (1 - 1e-5) - 1e-5 <= space.distance(x, y).item() <= (depth + other) * (1 + 1e-5) + 1e-5


@given(seed=seeds, dtype=dtypes, power=st.integers(-30, 30), kappa=st.sampled_from([-1.0, -1e-6, 0.0, 1e-6, 1.0]))
def test_projected_points_of_any_size(seed: int, dtype: torch.dtype, power: int, kappa: float) -> None:
    """Whatever a plain optimiser makes of a point of the κ-model, `project` makes it one whose distances are finite."""
    space = Stereographic(kappa)
    wild = torch.randn(9, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x = space.project((wild * 10.0 ** (min(power, 8) if kappa >= 0 else min(power, 18))).to(dtype)).requires_grad_()
    distances = space.pairwise(x, x)
    assert torch.isfinite(distances).all()
    assert (distances.diagonal() == 0).all()
    (gradient,) = torch.autograd.grad(distances.sum(), x)
    assert torch.isfinite(gradient).all()


@given(seed=seeds, dtype=dtypes, angle=st.floats(1e-9, math.pi))
def test_steps_of_any_length_on_the_sphere(seed: int, dtype: torch.dtype, angle: float) -> None:
    """log inverts exp up to half a great circle; beyond it exp comes round, and distances never exceed it."""
    space = Sphere(2.0)
    case = Case("Sphere", lambda: space, 3, 1 / math.sqrt(2.0), 1)
    x = case.points(5, dtype, seed % 1000)
    v = case.vectors(x, seed % 997)
    v = v * (angle * case.unit / space.norm(x, v))[:, None]
    reached = space.distance(x, space.exp(x, v)) / case.unit
    assert ((reached - angle).abs() <= 16 * torch.finfo(dtype).eps * math.pi).all()
    assert (space.distance(x, space.retract(x, 37 * v)) <= math.pi * case.unit * (1 + 4 * torch.finfo(dtype).eps)).all()
