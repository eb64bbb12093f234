"""Changes of chart: isometries, there and back, that keep the origin and its frame."""

import math

import pytest
import torch
from space_cases import DTYPES
from torch import Tensor

from gromov.core import InputError
from gromov.spaces import (
    Euclidean,
    Hyperbolic,
    Hyperboloid,
    Manifold,
    PoincareBall,
    Polar,
    Product,
    Sphere,
    Stereographic,
    convert,
    from_klein,
    from_normal_coordinates,
    named_space,
    normal_coordinates,
    to_klein,
)

N, DIM = 30, 3
at_both_precisions = pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])


def of_curvature(curvature: float) -> list[Manifold]:
    if curvature < 0:
        return [PoincareBall(curvature), Hyperboloid(curvature), Polar(curvature), Stereographic(curvature)]
    return [Sphere(curvature), Stereographic(curvature)] if curvature > 0 else [Euclidean(), Stereographic(0.0)]


def vectors(reach: float, dtype: torch.dtype) -> Tensor:
    normal = torch.randn(N, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    unit = normal / normal.norm(dim=-1, keepdim=True)
    return (torch.linspace(0, reach, N, dtype=torch.float64)[:, None] * unit).to(dtype)


@pytest.mark.parametrize("curvature", [-2.0, -1e-3, 0.0, 1e-6, 1.5])
@at_both_precisions
def test_charts_are_isometric(curvature: float, dtype: torch.dtype) -> None:
    unit = 1 / math.sqrt(abs(curvature)) if curvature else 1.0
    v = vectors(1.5 * unit, dtype)
    tolerance = 256 * torch.finfo(dtype).eps
    spaces = of_curvature(curvature)
    reference = spaces[0].pairwise(*[from_normal_coordinates(v, spaces[0])] * 2)
    for source in spaces:
        x = from_normal_coordinates(v, source)
        torch.testing.assert_close(normal_coordinates(x, source) / unit, v / unit, rtol=tolerance, atol=tolerance)
        at_origin = source.exp(source.origin(DIM, dtype=dtype), source.from_frame(v))
        assert (source.distance(at_origin, x) <= tolerance * unit).all()
        torch.testing.assert_close(source.pairwise(x, x) / unit, reference / unit, rtol=tolerance, atol=4 * tolerance)
        for target in spaces:
            y = convert(x, source, target)
            assert y.dtype == dtype
            assert (target.distance(y, from_normal_coordinates(v, target)) <= 4 * tolerance * unit).all()
            assert (source.distance(convert(y, target, source), x) <= 4 * tolerance * unit).all()


@at_both_precisions
def test_converting_the_deep_keeps_radii(dtype: torch.dtype) -> None:
    """To the depth a chart holds; beyond it the ball brings points to its rim."""
    polar, deepest = Polar(), 10.0 if dtype == torch.float32 else 30.0
    radii = torch.linspace(0.1, deepest, N, dtype=dtype)
    x = polar.from_polar(radii, torch.ones(DIM, dtype=dtype))
    for target in (PoincareBall(), Hyperboloid()):
        y = convert(x, polar, target)
        back = convert(y, target, polar)
        allowed = (
            4 * torch.finfo(dtype).eps * torch.exp(radii)
            if isinstance(target, PoincareBall)
            else 8 * torch.finfo(dtype).eps * radii.clamp_min(1)
        )
        assert ((back[:, 0] - radii).abs() <= allowed).all()
    far = convert(polar.from_polar(torch.tensor(100.0), torch.ones(DIM)), polar, PoincareBall())
    assert torch.isfinite(far).all()
    assert far.norm() < 1


def test_klein_and_the_einstein_midpoint() -> None:
    """In Klein's model the Einstein midpoint is Σγk/Σγ, and on the hyperboloid the centroid scaled back."""
    for curvature in (-1.0, -0.3):
        ball, sheet = PoincareBall(curvature), Hyperboloid(curvature)
        x = from_normal_coordinates(vectors(3.0, torch.float64), ball)
        weights = torch.linspace(0.2, 1, N, dtype=torch.float64)
        k = to_klein(x, ball)
        torch.testing.assert_close(from_klein(k, ball), x)
        gamma = torch.rsqrt(1 + curvature * k.square().sum(-1)) * weights
        expected = from_klein((gamma[:, None] * k).sum(0) / gamma.sum(), ball)
        torch.testing.assert_close(ball.midpoint(x, weights), expected)
        centroid = sheet.midpoint(convert(x, ball, sheet), weights)
        torch.testing.assert_close(convert(centroid, sheet, ball), expected)
        stereographic = Stereographic(curvature).midpoint(x, weights)
        torch.testing.assert_close(stereographic, expected)


def test_klein_geodesics_are_straight() -> None:
    ball = PoincareBall(-2.0)
    x, y = torch.tensor([0.3, 0.4], dtype=torch.float64), torch.tensor([-0.5, 0.1], dtype=torch.float64)
    a, b, middle = (to_klein(p, ball) for p in (x, y, ball.geodesic(x, y, 0.3)))
    across = (b - a)[0] * (middle - a)[1] - (b - a)[1] * (middle - a)[0]
    assert abs(float(across)) < 1e-15


def test_the_midpoint_of_a_stereographic_sphere_is_the_centroid() -> None:
    space, sphere = Stereographic(1.5), Sphere(1.5)
    x = from_normal_coordinates(vectors(0.9, torch.float64), space)
    weights = torch.linspace(0.2, 1, N, dtype=torch.float64)
    centroid = sphere.midpoint(convert(x, space, sphere), weights)
    torch.testing.assert_close(space.midpoint(x, weights), convert(centroid, sphere, space))
    flat = Stereographic(0.0).midpoint(x, weights)
    torch.testing.assert_close(flat, (weights[:, None] * x).sum(0) / weights.sum())


def test_only_charts_of_one_space_convert() -> None:
    with pytest.raises(InputError, match="different curvatures"):
        convert(torch.zeros(2), PoincareBall(-1.0), PoincareBall(-2.0))
    product = Product([(Euclidean(), 2)])
    with pytest.raises(InputError, match="product"):
        convert(torch.zeros(2), product, Euclidean())
    with pytest.raises(InputError, match="product"):
        from_normal_coordinates(torch.zeros(2), product)


def test_spaces_by_name() -> None:
    assert isinstance(named_space("euclidean"), Euclidean)
    assert named_space("sphere").curvature == 1.0
    assert isinstance(named_space("hyperbolic", chart="polar", curvature=-3.0), Polar)
    assert named_space("hyperbolic").curvature == -1.0
    assert named_space("stereographic").curvature == 0.0
    assert [p.requires_grad for p in named_space("stereographic", curvature=0.5, learn_curvature=True).parameters()] == [True]
    for wrong, said in (
        ({"name": "flat"}, "there is no space 'flat'"),
        ({"name": "euclidean", "curvature": 1.0}, "curvature 0"),
        ({"name": "sphere", "curvature": -1.0}, "must be positive"),
        ({"name": "hyperbolic", "curvature": 1.0}, "must be negative"),
        ({"name": "hyperbolic", "chart": "klein"}, "charts of hyperbolic space are"),
        ({"name": "stereographic", "curvature": math.nan}, "finite"),
    ):
        with pytest.raises(InputError, match=said):
            named_space(**wrong)  # pyright: ignore[reportArgumentType]


def test_charts_by_name_and_class() -> None:
    for chart, kind in (("poincare", PoincareBall), ("hyperboloid", Hyperboloid), ("polar", Polar)):
        space = Hyperbolic(-2.0, chart=chart)
        assert type(space) is kind
        assert isinstance(space, Hyperbolic)
        assert kind().chart == chart
        assert repr(space) == f"{kind.__name__}(curvature=-2)"
    with pytest.raises(InputError, match="use Hyperbolic"):
        PoincareBall(chart="polar")
    assert type(Hyperbolic()) is PoincareBall
