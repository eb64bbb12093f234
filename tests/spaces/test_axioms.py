"""One axiom suite for every space: what a Riemannian manifold promises, in each chart, at both precisions."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from space_cases import CASES, CONSTANT, DTYPES, HYPERBOLIC, ONE_OF_EACH, PRODUCT, SPHERES, STEREOGRAPHIC, Case, illegality
from torch import Tensor

from gromov.core import UnsuitableError
from gromov.spaces import Euclidean, Manifold, PoincareBall, Polar, Sphere, Stereographic

N = 24
on_every_space = pytest.mark.parametrize("case", CASES, ids=str)
at_both_precisions = pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])


def same_points(case: Case, a: Tensor, b: Tensor, tolerance: float | None = None) -> None:
    apart = case.make().distance(a, b) / case.unit
    allowed = case.tolerance(a.dtype) if tolerance is None else tolerance
    assert (apart <= allowed).all(), f"points are {float(apart.max()):.2e} units apart, allowed {allowed:.2e}"


def same_vectors(case: Case, x: Tensor, u: Tensor, v: Tensor, tolerance: float | None = None) -> None:
    apart = case.make().norm(x, u - v) / case.unit
    allowed = case.tolerance(x.dtype) if tolerance is None else tolerance
    assert (apart <= allowed).all(), f"vectors are {float(apart.max()):.2e} units apart, allowed {allowed:.2e}"


def same_numbers(case: Case, a: Tensor, b: Tensor, tolerance: float | None = None) -> None:
    """Lengths agree, in units."""
    allowed = case.tolerance(a.dtype) if tolerance is None else tolerance
    torch.testing.assert_close(a / case.unit, b / case.unit, rtol=allowed, atol=allowed)


# ---- distances


@on_every_space
@at_both_precisions
def test_distance_is_a_metric(case: Case, dtype: torch.dtype) -> None:
    space, x, y, z = case.make(), *(case.points(N, dtype, seed) for seed in (0, 10, 20))
    assert (space.distance(x, x) == 0).all()
    assert (space.distance(x, y) > 0).all()
    torch.testing.assert_close(space.distance(x, y), space.distance(y, x), rtol=4 * torch.finfo(dtype).eps, atol=0)
    slack = case.tolerance(dtype) * case.unit
    assert (space.distance(x, z) <= space.distance(x, y) + space.distance(y, z) + slack).all()


@on_every_space
@at_both_precisions
def test_all_pairs_are_the_distances(case: Case, dtype: torch.dtype) -> None:
    space, x, y = case.make(), case.points(N, dtype, 0), case.points(N - 5, dtype, 10)
    table = space.pairwise(x, y)
    same_numbers(case, table, space.distance(x[:, None], y[None]))
    distances, indices = space.nearest(x, y, 3)
    torch.testing.assert_close(distances, table.sort(dim=1).values[:, :3])
    torch.testing.assert_close(table.gather(1, indices), distances)
    arrays = space.pairwise(x.numpy(), y.numpy())
    assert arrays.dtype == np.float64
    same_numbers(case, torch.from_numpy(arrays).to(dtype), table)
    np.testing.assert_allclose(space.distance(x.numpy()[:5], y.numpy()[:5]), np.diagonal(arrays)[:5], rtol=1e-7, atol=1e-7 * case.unit)


@on_every_space
@at_both_precisions
def test_nearly_equal_points_keep_their_distance(case: Case, dtype: torch.dtype) -> None:
    """Near the origin, where the chart resolves them, points 1e-4 and 1e-6 units apart have that distance to a few digits of rounding."""
    space = case.make()
    for apart in (1e-4, 1e-6):
        x = case.points(N, dtype, 0, depth=0.01)
        v = case.vectors(x, 1)
        v = v * (apart * case.unit / space.norm(x, v))[:, None]
        found = space.distance(x, space.exp(x, v)) / case.unit
        rounding = 64 * torch.finfo(dtype).eps * (1.0 if case.sign > 0 or case.name.startswith("Product") else 0.1)
        assert ((found - apart).abs() <= rounding + 1e-5 * apart).all()


# ---- the exponential map and its inverse


@on_every_space
@at_both_precisions
def test_exp_undoes_log(case: Case, dtype: torch.dtype) -> None:
    space, x, y = case.make(), case.points(N, dtype, 0), case.points(N, dtype, 10)
    same_points(case, space.exp(x, space.log(x, y)), y)
    same_numbers(case, space.norm(x, space.log(x, y)), space.distance(x, y))
    origin = case.origin(dtype)
    same_points(case, space.exp(origin, space.log(origin, y)), y)
    same_points(case, space.exp(x, space.log(x, origin)), origin.expand_as(x))


@on_every_space
@at_both_precisions
def test_log_undoes_exp(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), case.points(N, dtype, 0)
    v = case.vectors(x, 1)
    y = space.exp(x, v)
    same_vectors(case, x, space.log(x, y), v)
    same_numbers(case, space.distance(x, y), space.norm(x, v))
    assert (illegality(space, y) <= case.tolerance(dtype)).all()


@on_every_space
@at_both_precisions
def test_nothing_moves_at_zero(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), torch.cat([case.points(N, dtype, 0), case.origin(dtype)[None]])
    still, v = torch.zeros_like(x), case.vectors(x, 1)
    same_points(case, space.exp(x, still), x)
    same_vectors(case, x, space.log(x, x), still)
    same_vectors(case, x, space.transport(x, x, v), v)
    assert (space.norm(x, still) == 0).all()


@on_every_space
@at_both_precisions
def test_geodesics_have_constant_speed(case: Case, dtype: torch.dtype) -> None:
    space, x, y = case.make(), case.points(N, dtype, 0), case.points(N, dtype, 10)
    whole, middle = space.distance(x, y), space.geodesic(x, y, 0.5)
    same_numbers(case, space.distance(x, middle), whole / 2)
    same_numbers(case, space.distance(middle, y), whole / 2)
    same_points(case, space.geodesic(x, y, 1.0), y)
    shares = torch.linspace(0, 1, N, dtype=dtype)
    same_numbers(case, space.distance(x, space.geodesic(x, y, shares)), shares * whole)


# ---- the metric


@on_every_space
@at_both_precisions
def test_inner_is_a_scalar_product(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), case.points(N, dtype, 0)
    u, v = case.vectors(x, 1), case.vectors(x, 2)
    close = {"rtol": case.tolerance(dtype), "atol": case.tolerance(dtype) * case.unit**2}
    assert (space.inner(x, u, u) > 0).all()
    torch.testing.assert_close(space.inner(x, u, v), space.inner(x, v, u), **close)
    torch.testing.assert_close(space.inner(x, 2 * u - v, v), 2 * space.inner(x, u, v) - space.inner(x, v, v), **close)
    assert (space.inner(x, u, v).abs() <= space.norm(x, u) * space.norm(x, v) * (1 + case.tolerance(dtype))).all()


@on_every_space
@at_both_precisions
def test_the_frame_is_orthonormal(case: Case, dtype: torch.dtype) -> None:
    space, origin = case.make(), case.origin(dtype)
    frame = space.from_frame(torch.eye(case.dim, dtype=dtype))
    products = space.inner(origin, frame[:, None], frame[None])
    torch.testing.assert_close(products, torch.eye(case.dim, dtype=dtype), rtol=0, atol=1e-6)
    components = case.directions(N, dtype, 3)
    torch.testing.assert_close(space.to_frame(space.from_frame(components)), components)
    torch.testing.assert_close(space.tangent(origin.expand(N, -1), space.from_frame(components)), space.from_frame(components))


@on_every_space
@at_both_precisions
def test_coordinates_and_origin(case: Case, dtype: torch.dtype) -> None:
    space, origin = case.make(), case.origin(dtype)
    assert origin.shape == (space.coordinates(case.dim),)
    assert origin.dtype == dtype
    assert space.dimension(space.coordinates(case.dim)) == case.dim
    torch.testing.assert_close(space.project(origin), origin, rtol=0, atol=0)
    assert float(illegality(space, origin)) <= 4 * torch.finfo(dtype).eps


@on_every_space
@at_both_precisions
def test_project_is_legal_idempotent_and_leaves_legal_points(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), case.points(N, dtype, 0)
    same_points(case, space.project(x), x)
    normal = torch.randn(200, x.shape[1], generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    sizes = torch.logspace(-12, 6, 200, dtype=torch.float64)[:, None]
    wild = torch.cat([(normal * sizes * case.unit).to(dtype), torch.zeros(1, x.shape[1], dtype=dtype)])
    once = space.project(wild)
    assert torch.isfinite(once).all()
    assert (illegality(space, once) <= 16 * torch.finfo(dtype).eps).all()
    torch.testing.assert_close(space.project(once), once, rtol=4 * torch.finfo(dtype).eps, atol=0)
    assert (illegality(space, space.retract(x, 100 * case.vectors(x, 1))) <= 16 * torch.finfo(dtype).eps).all()


@on_every_space
@at_both_precisions
def test_tangent_is_a_projection(case: Case, dtype: torch.dtype) -> None:
    space, x = case.make(), case.points(N, dtype, 0)
    ambient = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(dtype) * case.unit
    once = space.tangent(x, ambient)
    scale = space.norm(x, once)[:, None].clamp_min(case.unit)
    same_vectors(case, x, space.tangent(x, once) / scale, once / scale)
    v = case.vectors(x, 2)
    same_vectors(case, x, space.tangent(x, v), v)


@on_every_space
def test_gradient_is_the_metric_dual(case: Case) -> None:
    """⟨grad f, v⟩ is the derivative of f along v, for f = d(·, a) + d(·, b)²; and grad d(·, b)² = −2 log b (the lemma of Gauss)."""
    space, x, v = case.make(), case.points(N, torch.float64, 0), case.vectors(case.points(N, torch.float64, 0), 1)
    a, b = case.points(N, torch.float64, 10), case.points(N, torch.float64, 20)

    def f(points: Tensor) -> Tensor:
        return space.distance(points, a) * case.unit + space.distance(points, b).square()

    start = x.clone().requires_grad_()
    (derivative,) = torch.autograd.grad(f(start).sum(), start)
    along = space.inner(x, space.gradient(x, derivative), v)
    h = 1e-4
    slope = (f(space.exp(x, h * v)) - f(space.exp(x, -h * v))) / (2 * h)
    torch.testing.assert_close(along / case.unit**2, slope / case.unit**2, rtol=1e-6, atol=2e-7)
    (derivative,) = torch.autograd.grad(space.distance(start, b).square().sum(), start)
    gradient = space.gradient(x, derivative)
    same_vectors(case, x, gradient, -2 * space.log(x, b), 1e-9)
    same_vectors(case, x, space.tangent(x, gradient), gradient, 1e-9)


# ---- parallel transport


@on_every_space
@at_both_precisions
def test_transport_is_an_isometry(case: Case, dtype: torch.dtype) -> None:
    space, x, y = case.make(), case.points(N, dtype, 0), case.points(N, dtype, 10)
    u, v = case.vectors(x, 1), case.vectors(x, 2)
    moved_u, moved_v = space.transport(x, y, u), space.transport(x, y, v)
    close = {"rtol": case.tolerance(dtype), "atol": case.tolerance(dtype) * case.unit**2}
    torch.testing.assert_close(space.inner(y, moved_u, moved_v), space.inner(x, u, v), **close)
    same_vectors(case, y, space.tangent(y, moved_u), moved_u)
    same_vectors(case, x, space.transport(y, x, moved_u), u)


@on_every_space
@at_both_precisions
def test_transport_keeps_the_velocity_of_a_geodesic(case: Case, dtype: torch.dtype) -> None:
    space, x, y = case.make(), case.points(N, dtype, 0), case.points(N, dtype, 10)
    same_vectors(case, y, space.transport(x, y, space.log(x, y)), -space.log(y, x))


@on_every_space
def test_transport_is_the_product_of_two_point_reflections(case: Case) -> None:
    """In a symmetric space the reflection at the middle m of x and y maps exp_x v to exp_y(−transport v): no other isometry does."""
    space, x, y = case.make(), case.points(N, torch.float64, 0, depth=0.7), case.points(N, torch.float64, 10, depth=0.7)
    v = case.vectors(x, 1, length=0.7)
    middle = space.geodesic(x, y, 0.5)
    reflected = space.exp(middle, -space.log(middle, space.exp(x, v)))
    same_points(case, space.exp(y, -space.transport(x, y, v)), reflected)


@on_every_space
@at_both_precisions
def test_recenter_is_an_isometry_that_moves_the_center_to_the_origin(case: Case, dtype: torch.dtype) -> None:
    depth = min(1.0, case.deepest)
    space, center = case.make(), case.points(N, dtype, 10, depth=depth)
    x, y, origin = case.points(N, dtype, 0, depth=depth / 2), case.points(N, dtype, 20, depth=depth / 2), case.origin(dtype)
    same_points(case, space.recenter(center, center), origin.expand_as(center))
    same_numbers(case, space.distance(space.recenter(x, center), space.recenter(y, center)), space.distance(x, y))
    v = case.vectors(center, 1)
    moved = space.recenter(space.exp(center, v), center)
    same_points(case, moved, space.exp(origin, space.transport(center, origin, v)))


# ---- hyperplanes and points at infinity


@pytest.mark.parametrize("case", CONSTANT, ids=str)
@at_both_precisions
@pytest.mark.parametrize("offset", [0.0, 0.4, -0.7])
def test_hyperplanes(case: Case, dtype: torch.dtype, offset: float) -> None:
    """0 on the hyperplane, ±s at the ends of the perpendiculars of length s, on the side where the direction points."""
    space, n = case.make(), case.directions(1, dtype, 5)[0]
    stands = torch.tensor(offset * case.unit, dtype=dtype)
    origin = case.origin(dtype)
    base = space.exp(origin, space.from_frame(stands * n))
    normal = space.transport(origin, base, space.from_frame(n))
    flat = case.directions(N, dtype, 6)
    within = space.from_frame((flat - (flat @ n)[:, None] * n) * case.unit)
    on = space.exp(base.expand(N, -1), space.transport(origin, base, within))
    same_numbers(case, space.hyperplane_distance(on, n, stands), torch.zeros(N, dtype=dtype))
    reach = torch.linspace(-1, 1, N, dtype=dtype) * case.unit
    off = space.exp(on, reach[:, None] * space.transport(base, on, normal))
    same_numbers(case, space.hyperplane_distance(off, n, stands), reach)
    logits = space.hyperplane_logits(off, 3 * n / case.unit, stands / 2)
    torch.testing.assert_close(logits, 6 * reach / case.unit, rtol=case.tolerance(dtype), atol=6 * case.tolerance(dtype))


@pytest.mark.parametrize("case", [case for case in ONE_OF_EACH if case in CONSTANT], ids=str)
def test_the_distance_to_a_hyperplane_is_the_least(case: Case) -> None:
    space, n = case.make(), case.directions(1, torch.float64, 5)[0]
    origin = case.origin(torch.float64)
    base = space.exp(origin, space.from_frame(0.3 * case.unit * n))
    basis = torch.linalg.qr(torch.cat([n[:, None], torch.eye(case.dim, dtype=torch.float64)[:, :2]], dim=1)).Q[:, 1:]
    for x in case.points(4, torch.float64, 0, depth=1.0):

        def apart(w: np.ndarray, x: Tensor = x) -> float:
            inside = space.transport(origin, base, space.from_frame(case.unit * (basis @ torch.from_numpy(w))))
            return float(space.distance(x, space.exp(base, inside)))

        least = minimize(apart, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14 * case.unit, "maxiter": 2000}).fun
        stands = torch.tensor(0.3 * case.unit, dtype=torch.float64)
        assert math.isclose(abs(float(space.hyperplane_distance(x, n, stands))), least, rel_tol=1e-7, abs_tol=1e-7 * case.unit)


def test_logits_of_a_weight_of_zero_are_zero() -> None:
    for case in CONSTANT:
        x, weight = case.points(N, torch.float32, 0), torch.zeros(case.dim, requires_grad=True)
        logits = case.make().hyperplane_logits(x, weight, torch.tensor(0.1))
        (slope,) = torch.autograd.grad(logits.sum(), weight)
        assert (logits == 0).all()
        assert torch.isfinite(slope).all()


def test_the_flat_limit_of_the_logits() -> None:
    """4‖w‖(⟨x, ŵ⟩ − r) where the ball flattens."""
    x, w, r = torch.tensor([[0.3, -0.2], [0.0, 0.5]], dtype=torch.float64), torch.tensor([0.6, 1.1], dtype=torch.float64), torch.tensor(0.2)
    size = w.norm()
    expected = 4 * size * (x @ w / size - r)
    for curvature, tolerance in ((-1e-8, 1e-7), (0.0, 1e-14), (1e-8, 1e-7)):
        torch.testing.assert_close(Stereographic(curvature).hyperplane_logits(x, w, r.double()), expected, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(PoincareBall(-1e-8).hyperplane_logits(x, w, r.double()), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("case", [CONSTANT[0], *HYPERBOLIC], ids=str)
@at_both_precisions
def test_busemann_functions(case: Case, dtype: torch.dtype) -> None:
    """The definition: d(x, γ(t)) − t for large t; along the ray itself −t."""
    space, omega = case.make(), case.directions(N, dtype, 7)
    x = case.points(N, dtype, 0)
    heights = space.busemann(x, omega)
    # the limit is reached as e^−2t in hyperbolic space, as 1/t in flat space
    t = (1e6 if case.sign == 0 else 13.0) * case.unit
    ray = omega.double() / omega.double().norm(dim=-1, keepdim=True)
    far = space.exp(case.origin(torch.float64), space.from_frame(t * ray))
    definition = space.distance(x.double(), far) - t
    same_numbers(case, heights, definition.to(dtype), max(case.tolerance(dtype), 1e-5))
    reach = torch.linspace(0, case.deepest, N, dtype=dtype) * case.unit
    along = space.exp(case.origin(dtype), space.from_frame(reach[:, None] * omega))
    same_numbers(case, space.busemann(along, omega), -reach)


@pytest.mark.parametrize("case", [*SPHERES, PRODUCT], ids=str)
def test_where_there_is_no_infinity_it_is_refused(case: Case) -> None:
    with pytest.raises(UnsuitableError, match="Busemann"):
        case.make().busemann(case.points(2, torch.float32, 0), case.directions(2, torch.float32, 1))


def test_products_have_no_hyperplanes() -> None:
    with pytest.raises(UnsuitableError, match="hyperplanes"):
        PRODUCT.make().hyperplane_distance(
            PRODUCT.points(2, torch.float32, 0), PRODUCT.directions(1, torch.float32, 1)[0], torch.tensor(0.0)
        )


# ---- special places


@pytest.mark.parametrize("case", [*SPHERES, STEREOGRAPHIC[-1]], ids=str)
@at_both_precisions
def test_antipodes(case: Case, dtype: torch.dtype) -> None:
    """Half a great circle apart, to rounding; just before it, log and exp are still inverse to each other."""
    space, half = case.make(), math.pi * case.unit
    x = case.points(N, dtype, 0, depth=0.5)
    opposite = -x if isinstance(space, Sphere) else -x / (case.make().curvature * x.square().sum(-1, keepdim=True))
    same_numbers(case, space.distance(x, opposite), torch.full((N,), half, dtype=dtype))
    assert torch.isfinite(space.log(x, opposite)).all()
    assert torch.isfinite(space.transport(x, opposite, case.vectors(x, 1))).all()
    v = case.vectors(x, 1)
    v = v * ((math.pi - 1e-2) * case.unit / space.norm(x, v))[:, None]
    near = space.exp(x, v)
    same_numbers(case, space.norm(x, space.log(x, near)), space.distance(x, near))
    same_points(case, space.exp(x, space.log(x, near)), near, 4 * case.tolerance(dtype))


@pytest.mark.parametrize("curvature", [-1e-6, -1e-12, 0.0, 1e-12, 1e-6])
@at_both_precisions
def test_flat_limits(curvature: float, dtype: torch.dtype) -> None:
    """As K → 0 every operation tends to the Euclidean one; the κ-model doubles lengths (its metric at 0 is 4‖dx‖²)."""
    flat, v, w = (
        Euclidean(),
        *(torch.randn(N, 3, generator=torch.Generator().manual_seed(s), dtype=torch.float64).to(dtype) for s in (0, 1)),
    )
    x, y = torch.roll(v, 1, 0), torch.roll(w, 1, 0)
    space = Stereographic(curvature)
    near = {
        "rtol": 1e-4 if abs(curvature) == 1e-6 else 1e-5 if dtype == torch.float32 else 1e-10,
        "atol": 1e-4 if abs(curvature) == 1e-6 else 1e-6,
    }
    torch.testing.assert_close(space.distance(x, y), 2 * flat.distance(x, y), **near)
    torch.testing.assert_close(space.exp(x, v), flat.exp(x, v), **near)
    torch.testing.assert_close(space.log(x, y), flat.log(x, y), **near)
    torch.testing.assert_close(space.transport(x, y, v), v, **near)
    torch.testing.assert_close(space.inner(x, v, w), 4 * flat.inner(x, v, w), **near)
    torch.testing.assert_close(space.recenter(x, y), x - y, **near)
    same = torch.testing.assert_close
    same(space.hyperplane_distance(x, y[0] / y[0].norm(), torch.tensor(0.3, dtype=dtype)), 2 * (x @ y[0] / y[0].norm()) - 0.3, **near)


# ---- shapes


@on_every_space
def test_batches_broadcast(case: Case) -> None:
    """A row against many, and any leading axes, give what the rows give one by one."""
    space, dtype = case.make(), torch.float64
    x, y = case.points(5, dtype, 0), case.points(4, dtype, 10)
    u, v = case.vectors(x, 1), case.vectors(x, 2)
    for left, right, first, second in ((x[:, None], y, u[:, None], v[:, None]), (x[:1], y, u[:1], v[:1]), (x[0], y, u[0], v[0])):
        shape = torch.broadcast_shapes(left.shape, right.shape)
        full_left, full_right = left.expand(shape), right.expand(shape)
        full_first, full_second = first.expand(shape), second.expand(shape)
        for found, expected in (
            (space.distance(left, right), space.distance(full_left, full_right)),
            (space.distance(right, left), space.distance(full_right, full_left)),
            (space.log(left, right), space.log(full_left, full_right)),
            (space.transport(left, right, first), space.transport(full_left, full_right, full_first)),
            (space.recenter(right, left), space.recenter(full_right, full_left)),
            (space.geodesic(left, right, 0.3), space.geodesic(full_left, full_right, 0.3)),
            (space.inner(full_left, first, second), space.inner(full_left, full_first, full_second)),
            (space.exp(full_left, first), space.exp(full_left, full_first)),
            (space.tangent(full_left, first), space.tangent(full_left, full_first)),
            (space.gradient(full_left, first), space.gradient(full_left, full_first)),
            (space.exp(left, torch.zeros(shape, dtype=dtype)), space.exp(full_left, torch.zeros(shape, dtype=dtype))),
            (space.norm(left, full_first), space.norm(full_left, full_first)),
        ):
            assert found.shape == expected.shape
            torch.testing.assert_close(found, expected)


@on_every_space
def test_empty_batches(case: Case) -> None:
    space, none = case.make(), torch.empty(0, case.make().coordinates(case.dim))
    x = case.points(3, torch.float32, 0)
    assert space.distance(none, none).shape == (0,)
    assert space.distance(none, x[:1]).shape == (0,)
    assert space.pairwise(none, x).shape == (0, 3)
    assert space.pairwise(x, none).shape == (3, 0)
    for empty in (
        space.exp(none, none),
        space.log(none, none),
        space.transport(none, none, none),
        space.project(none),
        space.recenter(none, none),
    ):
        assert empty.shape == none.shape
    assert space.nearest(none, x, 2)[0].shape == (0, 2)
    assert space.pairwise(none.numpy(), x.numpy()).shape == (0, 3)


def test_the_suite_sees_a_wrong_transport() -> None:
    """A rotation about the geodesic is an isometry and keeps its velocity; the reflections tell it from the transport."""

    class Turned(Stereographic):
        def transport(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
            moved = super().transport(x, y, v)
            axis = super().transport(x, y, self.log(x, y))
            return 2 * (moved * axis).sum(-1, keepdim=True) * axis / axis.square().sum(-1, keepdim=True) - moved

    case = Case("turned", lambda: Turned(-1.0), 3, 1.0, -1)
    honest = next(each for each in STEREOGRAPHIC if each.name == "Stereographic(-2)")
    test_transport_keeps_the_velocity_of_a_geodesic(case, torch.float64)
    test_transport_is_the_product_of_two_point_reflections(honest)
    with pytest.raises(AssertionError):
        test_transport_is_the_product_of_two_point_reflections(case)


def test_every_public_manifold_is_tried() -> None:
    tried = {type(case.make()) for case in CASES}
    leaves = {Euclidean, Sphere, PoincareBall, Polar, Stereographic} | tried

    def concrete(kind: type[Manifold]) -> set[type[Manifold]]:
        below = {leaf for child in kind.__subclasses__() for leaf in concrete(child)}
        return below or {kind}

    assert {kind for kind in concrete(Manifold) if kind.__module__.startswith("gromov.")} <= leaves
