"""Spaces where they are used: by the instruments, in copies, files and other precisions, and by their face."""

import copy
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from space_cases import CASES, CONSTANT, ONE_OF_EACH, Case
from torch import nn

import gromov
from gromov import spaces
from gromov.core import InputError, Representation, Space
from gromov.spaces import Hyperbolic, Hyperboloid, Manifold, PoincareBall, Polar, Product, Sphere, Stereographic

on_every_space = pytest.mark.parametrize("case", CASES, ids=str)


@on_every_space
def test_every_manifold_is_a_space_of_the_core(case: Case) -> None:
    space = case.make()
    assert isinstance(space, Space)
    assert isinstance(space.name, str)
    assert isinstance(space.curvature, float)
    x = case.points(7, torch.float64, 0).numpy()
    x.setflags(write=False)
    table = space.pairwise(x, x)
    assert table.shape == (7, 7)
    assert table.dtype == np.float64
    assert (np.diagonal(table) <= 1e-14 * case.unit).all()
    np.testing.assert_allclose(space.distance(x, x[::-1]), table[np.arange(7), np.arange(7)[::-1]], rtol=1e-9, atol=1e-12 * case.unit)
    np.testing.assert_allclose(space.distance(x.astype(np.float32), x[::-1].astype(np.float32)), space.distance(x, x[::-1]), rtol=1e-4)


def test_tensors_and_arrays_do_not_mix() -> None:
    with pytest.raises(InputError, match="one of each"):
        PoincareBall().distance(torch.zeros(1, 2), np.zeros((1, 2)))  # pyright: ignore[reportArgumentType, reportCallIssue]


@pytest.mark.parametrize("make", [PoincareBall, Hyperboloid, Polar])
def test_the_delta_of_hyperbolic_space_is_ln_2(make: type[Hyperbolic]) -> None:
    """Four points at right angles at radius R have δ → ln 2 as R grows; so have more points spread around, and a scaled space scales it."""
    angles = torch.arange(4, dtype=torch.float64) * math.pi / 2
    ring = torch.stack([angles.cos(), angles.sin()], dim=-1)
    for curvature, radius in ((-1.0, 12.0), (-4.0, 6.0)):
        space = make(curvature)
        points = space.exp(space.origin(2, dtype=torch.float64).expand(4, -1), space.from_frame(radius * ring)).numpy()
        found = gromov.hyperbolicity(Representation(points, space=space))
        assert math.isclose(found.delta_lower, math.log(2) / math.sqrt(-curvature), rel_tol=1e-6)
        assert found.exact


def test_the_delta_of_a_polar_cloud_is_at_most_ln_2() -> None:
    x = spaces.uniform_ball(Polar(), 60, 2, 20.0, generator=torch.Generator().manual_seed(0)).numpy()
    found = gromov.hyperbolicity(Representation(x, space=Polar()))
    assert 0.3 < found.delta_lower <= math.log(2) + 1e-9
    same = gromov.hyperbolicity(gromov.Distances(Polar().pairwise(x, x)))
    assert math.isclose(found.delta_lower, same.delta_lower, rel_tol=1e-9)


@on_every_space
def test_copies_and_files(case: Case) -> None:
    space, x, y = case.make(), case.points(5, torch.float64, 0), case.points(5, torch.float64, 10)
    expected = space.distance(x, y)
    for twin in (copy.deepcopy(space), pickle.loads(pickle.dumps(space))):
        assert type(twin) is type(space)
        assert repr(twin) == repr(space)
        assert torch.equal(twin.distance(x, y), expected)
    fresh = case.make()
    fresh.load_state_dict(space.state_dict())
    assert torch.equal(fresh.distance(x, y), expected)


def test_the_state_holds_the_curvature() -> None:
    for made, other in ((PoincareBall(-2.0), PoincareBall()), (Sphere(3.0), Sphere()), (Stereographic(-0.5), Stereographic(1.0))):
        other.load_state_dict(made.state_dict())
        assert other.curvature == made.curvature
    learnt = Hyperbolic(-2.0, chart="polar", learn_curvature=True)
    assert [name for name, _ in learnt.named_parameters()] == ["log_curvature"]
    holder = nn.ModuleDict({"space": Product([(learnt, 2), (Stereographic(0.1, learn_curvature=True), 1)])})
    assert len(list(holder.parameters())) == 2


@on_every_space
def test_spaces_move_to_other_precisions(case: Case) -> None:
    single, x = case.make().to(torch.float32), case.points(5, torch.float32, 0)
    assert isinstance(single, Manifold)
    found = single.distance(x, case.points(5, torch.float32, 10))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, case.make().distance(x, case.points(5, torch.float32, 10)), rtol=1e-5, atol=1e-5 * case.unit)


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=str)
def test_spaces_print_their_curvature(case: Case) -> None:
    space = case.make()
    assert repr(space).startswith(type(space).__name__)
    if case in CONSTANT:
        assert f"curvature={space.curvature:g}" in repr(space)


def test_curvature_as_given_and_as_kept() -> None:
    for curvature in (-1.0, -2.0, -1e-3, -1e3):
        assert math.isclose(PoincareBall(curvature).curvature, curvature, rel_tol=1e-15)
    assert spaces.Euclidean().curvature == 0
    assert Stereographic(0.0).curvature == 0
    mixed = Product([(PoincareBall(-2.0), 2), (Sphere(1.5), 2)])
    assert math.isclose(mixed.curvature, 1.5)
    assert Product([(PoincareBall(-2.0), 2), (PoincareBall(-1.0), 2)]).curvature == 0
    assert math.isclose(Product([(PoincareBall(-2.0), 2)]).curvature, -2)


def test_products_refuse_what_does_not_fit() -> None:
    for factors in ([], [(PoincareBall(), 0)]):
        with pytest.raises(InputError, match=r"product|factors"):
            Product(factors)
    space = Product([(PoincareBall(), 2), (Hyperboloid(), 1)])
    with pytest.raises(InputError, match="2 \\+ 1 = 3"):
        space.origin(4)
    with pytest.raises(InputError, match="4 entries"):
        space.dimension(5)
    with pytest.raises(InputError, match="1 \\+ 2d"):
        Polar().dimension(4)


def test_neighbours_are_asked_for_within_reason() -> None:
    for k in (0, 4):
        with pytest.raises(InputError, match="between 1 and the 3"):
            PoincareBall().nearest(torch.zeros(2, 2), torch.zeros(3, 2), k)


def test_many_blocks_give_what_one_gives() -> None:
    """A table that is cut into blocks of rows is the table."""
    generator = torch.Generator().manual_seed(0)
    x = spaces.uniform_ball(Hyperboloid(), 1500, 30, 2.0, generator=generator, dtype=torch.float32)
    y = spaces.uniform_ball(Hyperboloid(), 700, 30, 2.0, generator=generator, dtype=torch.float32)
    table = Hyperboloid().pairwise(x, y)
    rows = torch.tensor([0, 190, 750, 1499])
    torch.testing.assert_close(table[rows], Hyperboloid().distance(x[rows][:, None], y[None]))
    distances, indices = Hyperboloid().nearest(x, y, 5)
    torch.testing.assert_close(distances, table.topk(5, largest=False).values)
    torch.testing.assert_close(table.gather(1, indices), distances)


def test_the_face_is_lazy_and_complete() -> None:
    assert set(spaces.__all__) <= set(dir(spaces))
    for name in spaces.__all__:
        thing = getattr(spaces, name)
        assert type(thing).__doc__ if name == "EUCLIDEAN" else thing.__doc__, f"{name} has no documentation"
    with pytest.raises(AttributeError, match="no attribute 'Klein'"):
        spaces.Klein  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]
    code = "import sys, gromov.spaces; gromov.spaces.EUCLIDEAN; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
