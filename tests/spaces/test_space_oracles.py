"""The spaces against geoopt, which writes the same geometry in other formulas."""

import warnings
from types import ModuleType

import pytest
import torch
from space_cases import CONSTANT, Case
from torch import Tensor

from gromov.spaces import Hyperboloid, PoincareBall, Sphere, Stereographic

DOUBLE = torch.float64
N = 40
CASES = [case for case in CONSTANT if case.name.startswith(("PoincareBall", "Stereographic", "Hyperboloid(-1)", "Sphere(1)"))]


@pytest.fixture(scope="module")
def geoopt() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses parts of torch that are deprecated
        return pytest.importorskip("geoopt", reason="geoopt is an oracle of benchmarks/peers.txt, and no dependency")


def peer(geoopt: ModuleType, case: Case):
    match case.make():
        case PoincareBall() as space:
            return geoopt.PoincareBall(c=torch.tensor(-space.curvature, dtype=DOUBLE))
        case Stereographic() as space:
            return geoopt.Stereographic(k=torch.tensor(space.curvature, dtype=DOUBLE))
        case Hyperboloid():
            return geoopt.Lorentz(k=torch.tensor(1.0, dtype=DOUBLE))
        case Sphere():
            return geoopt.Sphere()
        case space:
            raise AssertionError(f"no peer for {space}")


def close(found: Tensor, expected: Tensor, unit: float = 1.0) -> None:
    torch.testing.assert_close(found / unit, expected / unit, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.filterwarnings("ignore")
def test_the_maps_against_geoopt(geoopt: ModuleType, case: Case) -> None:
    space, other = case.make(), peer(geoopt, case)
    x, y = case.points(N, DOUBLE, 0, depth=1.4), case.points(N, DOUBLE, 10, depth=1.4)
    u, v = case.vectors(x, 1), case.vectors(x, 2)
    close(space.distance(x, y), other.dist(x, y), case.unit)
    close(space.exp(x, u), other.expmap(x, u), case.unit)
    close(space.log(x, y), other.logmap(x, y), case.unit)
    if not isinstance(space, Sphere):  # there geoopt's transport is a projection
        close(space.transport(x, y, u), other.transp(x, y, u), case.unit)
    close(space.inner(x, u, v), other.inner(x, u, v, keepdim=True).reshape(N), case.unit**2)
    derivative = torch.randn(x.shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    close(space.gradient(x, derivative), other.egrad2rgrad(x, derivative))


@pytest.mark.parametrize("case", [case for case in CASES if case.name.startswith(("PoincareBall", "Stereographic"))], ids=str)
@pytest.mark.filterwarnings("ignore")
def test_gyrovectors_against_geoopt(geoopt: ModuleType, case: Case) -> None:
    space, other = case.make(), peer(geoopt, case)
    assert isinstance(space, PoincareBall | Stereographic)
    x, y = case.points(N, DOUBLE, 0, depth=1.0), case.points(N, DOUBLE, 10, depth=1.0)
    matrix = torch.randn(2, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))
    close(space.mobius_add(x, y), other.mobius_add(x, y), case.unit)
    close(space.mobius_scale(0.7, x), other.mobius_scalar_mul(torch.tensor(0.7, dtype=DOUBLE), x), case.unit)
    if case.sign <= 0:  # beyond a quarter turn geoopt clamps
        close(space.mobius_linear(matrix / 2, x), other.mobius_matvec(matrix / 2, x), case.unit)
    close(space.gyration(x, y, x - y), other.gyration(x, y, x - y), case.unit)
    close(space.conformal_factor(x), other.lambda_x(x))


@pytest.mark.filterwarnings("ignore")
def test_hyperplanes_against_geoopt(geoopt: ModuleType) -> None:
    """geoopt's hyperplane goes through a point p at right angles to a vector there: p on the ray of n."""
    case = next(each for each in CASES if each.name == "PoincareBall(-2)")
    space, other, x = case.make(), peer(geoopt, case), case.points(N, DOUBLE, 0)
    n = case.directions(1, DOUBLE, 1)[0]
    offset = torch.tensor(0.3, dtype=DOUBLE)
    p = space.exp(case.origin(DOUBLE), space.from_frame(offset * n))
    close(space.hyperplane_distance(x, n, offset), other.dist2plane(x, p, n, signed=True))


@pytest.mark.filterwarnings("ignore")
def test_the_einstein_midpoint_against_geoopt(geoopt: ModuleType) -> None:
    for case in CASES:
        space = case.make()
        if isinstance(space, PoincareBall | Stereographic) and case.sign < 0:
            x, weights = case.points(N, DOUBLE, 0), torch.linspace(0.1, 1, N, dtype=DOUBLE)
            close(space.midpoint(x, weights), peer(geoopt, case).weighted_midpoint(x, weights=weights, reducedim=[0]), case.unit)
