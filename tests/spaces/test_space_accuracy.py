"""How many digits a distance has: each chart against 50-digit arithmetic, over radius and separation, at both precisions.

The exact answer is for the very numbers that are stored: what is measured is the formula, not the rounding of the points.
"""

import math

import mpmath
import pytest
import torch
from torch import Tensor

from gromov.spaces import Hyperbolic, Hyperboloid, PoincareBall, Polar, Sphere, Stereographic, convert

mpmath.mp.dps = 50
DIM = 3
PAIRS = 12
Number = mpmath.mpf


def exact_ball(x: Tensor, y: Tensor) -> Number:
    a, b = [mpmath.mpf(t) for t in x.tolist()], [mpmath.mpf(t) for t in y.tolist()]
    gap = sum((s - t) ** 2 for s, t in zip(a, b, strict=True))
    alpha, beta = (1 - sum(t * t for t in p) for p in (a, b))
    return 2 * mpmath.asinh(mpmath.sqrt(gap / (alpha * beta)))


def exact_hyperboloid(x: Tensor, y: Tensor) -> Number:
    """From the last d coordinates, the first being what they say."""
    a, b = [mpmath.mpf(t) for t in x.tolist()[1:]], [mpmath.mpf(t) for t in y.tolist()[1:]]
    first, second = (mpmath.sqrt(1 + sum(t * t for t in p)) for p in (a, b))
    return mpmath.acosh(first * second - sum(s * t for s, t in zip(a, b, strict=True)))


def exact_polar(x: Tensor, y: Tensor) -> Number:
    """From the radii and the directions hi + lo, brought to length 1."""

    def parts(row: Tensor) -> tuple[Number, list[Number]]:
        numbers = [mpmath.mpf(t) for t in row.tolist()]
        u = [hi + lo for hi, lo in zip(numbers[1 : 1 + DIM], numbers[1 + DIM :], strict=True)]
        size = mpmath.sqrt(sum(t * t for t in u))
        return numbers[0], [t / size for t in u]

    (a, u), (b, v) = parts(x), parts(y)
    versine = sum((s - t) ** 2 for s, t in zip(u, v, strict=True)) / 2
    return 2 * mpmath.asinh(mpmath.sqrt(mpmath.sinh((a - b) / 2) ** 2 + mpmath.sinh(a) * mpmath.sinh(b) * versine / 2))


EXACT = {PoincareBall: exact_ball, Hyperboloid: exact_hyperboloid, Polar: exact_polar}


def unit_vectors(n: int, seed: int) -> Tensor:
    normal = torch.randn(n, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return normal / normal.norm(dim=-1, keepdim=True)


def pairs(space: Hyperbolic, radius: float, separation: float | None, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Points at that radius, and others at that distance from them, or anywhere as deep (None), made in float64 and then stored."""
    polar = Polar()
    x = polar.from_polar(torch.full((PAIRS,), radius, dtype=torch.float64), unit_vectors(PAIRS, 0))
    if separation is None:
        y = polar.from_polar(torch.linspace(0.2, 1, PAIRS, dtype=torch.float64) * radius, unit_vectors(PAIRS, 1))
    else:
        v = polar.tangent(x, polar.vector(torch.linspace(-0.7, 0.7, PAIRS, dtype=torch.float64), unit_vectors(PAIRS, 2)))
        y = polar.exp(x, v * (separation / polar.norm(x, v))[:, None])
    if isinstance(space, Polar):
        return tuple(stored(point, dtype) for point in (x, y))  # pyright: ignore[reportReturnType]
    return convert(x, polar, space).to(dtype), convert(y, polar, space).to(dtype)


def stored(row: Tensor, dtype: torch.dtype) -> Tensor:
    """A polar point of float64 in double-float."""
    radius, u = row[..., :1].to(dtype), row[..., 1 : 1 + DIM] + row[..., 1 + DIM :]
    hi = u.to(dtype)
    return torch.cat([radius, hi, (u - hi.double()).to(dtype)], dim=-1)


def worst(space: Hyperbolic, radius: float, separation: float | None, dtype: torch.dtype) -> float:
    """Largest relative error of the distances, in units of rounding."""
    x, y = pairs(space, radius, separation, dtype)
    found = space.distance(x, y).tolist()
    exact = [EXACT[type(space)](a, b) for a, b in zip(x, y, strict=True)]
    errors = [abs((mpmath.mpf(d) - e) / e) for d, e in zip(found, exact, strict=True) if e > 0]
    assert len(errors) > PAIRS / 2
    return float(max(errors)) / torch.finfo(dtype).eps


SEPARATIONS = [1e-3, 1e-1, 1.0, None]
at_both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])


@at_both_precisions
@pytest.mark.parametrize("separation", SEPARATIONS)
@pytest.mark.parametrize("radius", [0.1, 1.0, 4.0, 10.0, 17.0, 30.0])
def test_polar_is_accurate_at_any_depth(radius: float, separation: float | None, dtype: torch.dtype) -> None:
    """1e-6 in float32 up to radius 30, where siblings at distance 1 differ by 1e-13 in direction: 8 units of rounding."""
    if separation is not None and separation * math.exp(-radius) < 1e-14 and dtype == torch.float32:
        pytest.skip("double-float directions of float32 end at 1e-14")
    assert worst(Polar(), radius, separation, dtype) <= 8


@at_both_precisions
@pytest.mark.parametrize("separation", SEPARATIONS)
@pytest.mark.parametrize("radius", [0.1, 1.0, 2.0, 4.0, 6.0, 10.0])
def test_ball_loses_as_the_exponential_of_the_radius(radius: float, separation: float | None, dtype: torch.dtype) -> None:
    """Up to e^r/4 units of rounding beyond radius 4; in float32 1e-6 to there."""
    found = worst(PoincareBall(), radius, separation, dtype)
    assert found <= max(8, math.exp(radius) / 4)
    assert dtype == torch.float64 or radius > 4 or found * torch.finfo(dtype).eps <= 1e-6


@at_both_precisions
@pytest.mark.parametrize("separation", SEPARATIONS)
@pytest.mark.parametrize("radius", [0.1, 1.0, 2.0, 4.0, 6.0, 10.0])
def test_hyperboloid_loses_as_the_exponential_of_the_radius(radius: float, separation: float | None, dtype: torch.dtype) -> None:
    """8 units of rounding at radius 3 (1e-6 in float32), e^r/2 of them beyond."""
    assert worst(Hyperboloid(), radius, separation, dtype) <= max(8, math.exp(radius) / 2)


def test_siblings_at_radius_thirty() -> None:
    """In float32: at distance 1, at radius 30, by exp and by log."""
    space = Polar()
    x = space.from_polar(torch.full((PAIRS,), 30.0), unit_vectors(PAIRS, 0).float())
    v = space.tangent(x, space.vector(torch.linspace(-0.9, 0.9, PAIRS), unit_vectors(PAIRS, 2).float()))
    v = v / space.norm(x, v)[:, None]
    y = space.exp(x, v)
    torch.testing.assert_close(space.distance(x, y), torch.ones(PAIRS), rtol=1e-5, atol=0)
    torch.testing.assert_close(space.log(x, y), v, rtol=1e-4, atol=1e-5)
    back = space.transport(y, x, space.transport(x, y, v))
    torch.testing.assert_close(back, v, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("dtype", "depth"), [(torch.float32, 50.0), (torch.float32, 80.0), (torch.float64, 80.0), (torch.float64, 400.0)])
def test_siblings_on_an_axis_keep_distance_gradient_and_direction(dtype: torch.dtype, depth: float) -> None:
    """Chords whose squares are no numbers of the dtype any more; the gradient of a distance is a unit vector."""
    space = Polar()
    x = space.from_polar(torch.tensor(depth, dtype=dtype), torch.tensor([1.0, 0, 0], dtype=dtype)).requires_grad_()
    v = space.vector(torch.tensor(0.0, dtype=dtype), torch.tensor([0.0, 0.6, 0.8], dtype=dtype))
    y = space.exp(x.detach(), v)
    found = space.distance(x, y)
    found.backward()
    assert x.grad is not None
    torch.testing.assert_close(found.detach(), torch.ones_like(found), rtol=1e-5, atol=0)
    torch.testing.assert_close(space.gradient(x.detach(), x.grad), -v, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(space.log(x.detach(), y), v, rtol=1e-4, atol=1e-4)


@at_both_precisions
def test_the_way_back_from_the_deep_passes_the_origin(dtype: torch.dtype) -> None:
    """From radius 30 to points near the origin and beyond it: the angle seen from so far is tiny, and it counts."""
    space = Polar()
    x = space.from_polar(torch.full((PAIRS,), 30.0, dtype=dtype), unit_vectors(PAIRS, 0).to(dtype))
    y = space.from_polar(torch.linspace(0.0, 10.0, PAIRS, dtype=dtype), unit_vectors(PAIRS, 1).to(dtype))
    length = space.norm(x, space.log(x, y))
    torch.testing.assert_close(length, space.distance(x, y), rtol=1e-6, atol=0)
    away = space.transport(x, y, space.log(x, y))
    same = space.norm(y, away + space.log(y, x)) / length
    assert (same <= 64 * torch.finfo(dtype).eps).all()


@at_both_precisions
@pytest.mark.parametrize("angle", [1e-3, 0.1, 1.0, 3.0, 3.1415])
def test_sphere_and_its_stereographic_map(angle: float, dtype: torch.dtype) -> None:
    """Against 50 digits for the stored points: absolute error of a few roundings, for close and for nearly opposite points."""
    space = Sphere()
    x = space.exp(space.origin(DIM, dtype=torch.float64), space.from_frame(1.1 * unit_vectors(PAIRS, 0)))
    v = space.tangent(x, torch.nn.functional.pad(unit_vectors(PAIRS, 1), (1, 0)))
    y = space.exp(x, v * (angle / space.norm(x, v))[:, None])
    for chart, rows in ((space, (x, y)), (Stereographic(1.0), tuple(p[:, 1:] / (1 + p[:, :1]) for p in (x, y)))):
        a, b = (row.to(dtype) for row in rows)
        for found, s, t in zip(chart.distance(a, b).tolist(), a, b, strict=True):
            p, q = [mpmath.mpf(z) for z in s.tolist()], [mpmath.mpf(z) for z in t.tolist()]
            gap = sum((m - n) ** 2 for m, n in zip(p, q, strict=True))
            if chart is space:
                total = sum((m + n) ** 2 for m, n in zip(p, q, strict=True))
                exact = 2 * mpmath.atan2(mpmath.sqrt(gap), mpmath.sqrt(total))
            else:
                product = (1 + sum(m * m for m in p)) * (1 + sum(n * n for n in q))
                exact = 2 * mpmath.asin(mpmath.sqrt(gap / product))
            assert abs(found - exact) <= 8 * torch.finfo(dtype).eps * max(angle, 0.3)


def test_how_deep_a_chart_goes() -> None:
    """The ball ends: `project` keeps points within 15.2 (float32) and 35.4 (float64) of the origin, K = −1."""
    for dtype, deepest in ((torch.float32, 15.2), (torch.float64, 35.4)):
        rim = PoincareBall().project(torch.tensor([2.0, 0.0], dtype=dtype))
        assert abs(PoincareBall().distance(torch.zeros(2, dtype=dtype), rim).item() - deepest) < 0.3
    deep = Polar().from_polar(torch.tensor([1e4, 1e4]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    assert math.isclose(Polar().distance(deep[0], deep[1]).item(), 2e4 - math.log(2), rel_tol=1e-6)
