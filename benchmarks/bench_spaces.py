"""Riemannian optimisers and ball distances against geoopt, HypLL and torch's own Adam; how deep a float32 point can lie.

geoopt and HypLL are peers: put their environment's packages on PYTHONPATH. Rows whose peer is missing are left out, and said to be.
"""

from timing import alternate, cpu_seconds, write

import importlib.util
import math
import warnings
from collections.abc import Callable
from importlib import metadata

import torch
from torch import Tensor, nn

from gromov.spaces import Hyperboloid, Manifold, ManifoldParameter, PoincareBall, Polar, RiemannianAdam, Sphere, from_normal_coordinates

Work = Callable[[], object]
RUNS = 15


def versions() -> dict[str, str]:
    """Peers that can be imported, and which they are."""
    found = {name: metadata.version(name) for name in ("geoopt", "hypll") if importlib.util.find_spec(name)}
    for name in {"geoopt", "hypll"} - found.keys():
        print(f"{name} is not installed: its rows are left out")
    return {"torch": torch.__version__, **found}


def optimiser_of(x: nn.Parameter, gradient: Tensor, make: Callable[[list[nn.Parameter]], torch.optim.Optimizer]) -> torch.optim.Optimizer:
    x.grad = gradient.clone()
    return make([x])


def ours(space: Manifold, x: Tensor, gradient: Tensor, *, compiled: bool) -> tuple[ManifoldParameter, torch.optim.Optimizer]:
    point = ManifoldParameter(x.clone(), space)
    return point, optimiser_of(point, gradient, lambda p: RiemannianAdam(p, compile=compiled))


def adam_steps(n: int, dim: int, peers: dict[str, str]) -> dict[str, object]:
    """One step of Adam in the ball, compiled and not, against torch's in flat space and the peers' in the ball."""
    space = PoincareBall()
    torch.manual_seed(0)
    x, gradient = 0.5 / math.sqrt(dim) * torch.randn(n, dim), torch.randn(n, dim)
    fast, fast_step = ours(space, x, gradient, compiled=True)
    slow, slow_step = ours(space, x, gradient, compiled=False)
    works: dict[str, Work] = {"gromov_compiled": fast_step.step, "gromov": slow_step.step}
    compilation = cpu_seconds(fast_step.step)
    slow_step.step()
    flat = [nn.Parameter(x.clone()) for _ in range(2)]
    works["torch_fused"] = optimiser_of(flat[0], gradient, lambda p: torch.optim.Adam(p, fused=True)).step
    works["torch"] = optimiser_of(flat[1], gradient, torch.optim.Adam).step
    difference = float(space.distance(fast.detach().double(), slow.detach().double()).max())
    assert difference < 1e-5, difference
    row: dict[str, object] = {"work": f"Riemannian Adam step, ball, {n:,} × {dim} float32", "compilation_cpu_s": compilation}
    if "geoopt" in peers and n < 100_000:
        import geoopt

        # the exact variant follows geodesics as we do, so it is the one to agree with; the usual one retracts
        exact = geoopt.ManifoldParameter(x.clone(), manifold=geoopt.PoincareBallExact())
        optimiser_of(exact, gradient, geoopt.optim.RiemannianAdam).step()
        agreement = float(space.distance(exact.detach().double(), after_one(space, x, gradient).double()).max())
        assert agreement < 1e-5, agreement
        row["distance_to_geoopt_after_a_step"] = agreement
        usual = geoopt.ManifoldParameter(x.clone(), manifold=geoopt.PoincareBall())
        works["geoopt"] = optimiser_of(usual, gradient, geoopt.optim.RiemannianAdam).step
    if "hypll" in peers and n < 100_000:
        works["hypll"] = hypll_step(x, gradient)
    return row | compare(works, "torch_fused", 5 if n >= 100_000 else RUNS)


def after_one(space: Manifold, x: Tensor, gradient: Tensor) -> Tensor:
    point, optimiser = ours(space, x, gradient, compiled=False)
    optimiser.step()
    return point.detach()


def hypll_step(x: Tensor, gradient: Tensor) -> Work:
    from hypll.manifolds.poincare_ball import Curvature, PoincareBall as TheirBall
    from hypll.optim import RiemannianAdam as TheirAdam
    from hypll.tensors import ManifoldParameter as TheirParameter

    ball = TheirBall(c=Curvature(1.0, constraining_strategy=lambda c: c))
    point = TheirParameter(data=x.clone(), manifold=ball, man_dim=-1)
    point.tensor.grad = gradient.clone()
    return TheirAdam([point], lr=1e-3).step


def compare(works: dict[str, Work], base: str, runs: int) -> dict[str, object]:
    """Times, and each median over that of `base`."""
    times = alternate(runs, **works)
    return {**times, **{f"{name}_to_{base}": times[name]["median"] / times[base]["median"] for name in times if name != base}}


def other_spaces(n: int, dim: int) -> dict[str, object]:
    """One compiled step in the other charts."""
    torch.manual_seed(0)
    flat, works = 1 / math.sqrt(dim) * torch.randn(n, dim), {}
    for name, space in (("hyperboloid", Hyperboloid()), ("sphere", Sphere()), ("polar", Polar())):
        x = from_normal_coordinates(flat, space)
        for compiled in (True, False):
            works[f"{name}{'_compiled' if compiled else ''}"] = ours(space, x, torch.randn_like(x), compiled=compiled)[1].step
    plain = nn.Parameter(flat.clone())
    works["torch_fused"] = optimiser_of(plain, torch.randn_like(flat), lambda p: torch.optim.Adam(p, fused=True)).step
    return {"work": f"Riemannian Adam step, other charts, {n:,} × {dim} float32", **compare(works, "torch_fused", RUNS)}


def sparse_steps(n: int, dim: int, touched: int) -> dict[str, object]:
    """One step where few rows of a table have a gradient, against torch's SparseAdam."""
    torch.manual_seed(0)
    rows = torch.randint(n, (touched,)).sort().values.unique()
    x, values = 0.1 * torch.randn(n, dim), torch.randn(len(rows), dim)
    gradient = torch.sparse_coo_tensor(rows[None], values, (n, dim), is_coalesced=True, check_invariants=True)
    table, plain = ManifoldParameter(PoincareBall().project(x), PoincareBall()), nn.Parameter(x.clone())
    table.grad, plain.grad = gradient.clone(), gradient.clone()
    works: dict[str, Work] = {"gromov": RiemannianAdam([table]).step, "torch_sparse": torch.optim.SparseAdam([plain]).step}
    before = table.detach().clone()
    works["gromov"]()
    moved = (table.detach() != before).any(dim=1).nonzero()[:, 0]
    assert torch.equal(moved, rows)
    return {"work": f"sparse Adam step, ball, {touched:,} of {n:,} × {dim} float32", **compare(works, "torch_sparse", RUNS)}


def distances(n: int, dim: int, peers: dict[str, str]) -> dict[str, object]:
    """Distance of n pairs and its gradient in both points."""
    torch.manual_seed(0)
    x, y = (nn.Parameter(0.5 / math.sqrt(dim) * torch.randn(n, dim)) for _ in range(2))
    space, right = PoincareBall(), PoincareBall().distance(x.detach().double(), y.detach().double())

    def both(distance: Callable[[Tensor, Tensor], Tensor]) -> Work:
        found = distance(x, y).detach().double()
        assert float((found / right - 1).abs().max()) < 1e-4

        def run() -> None:
            x.grad = y.grad = None
            distance(x, y).sum().backward()

        return run

    works: dict[str, Work] = {
        "gromov": both(space.distance),
        "gromov_compiled": both(torch.compile(space.distance, fullgraph=True)),
        "euclidean_in_plain_torch": lambda: flat_distance(x, y),
    }
    if "geoopt" in peers:
        import geoopt

        works["geoopt"] = both(geoopt.PoincareBall().dist)
    if "hypll" in peers:
        works["hypll"] = both(hypll_distance)
    row: dict[str, object] = {"work": f"ball distance, forward and backward, {n:,} × {dim} float32"}
    return row | compare(works, "geoopt" if "geoopt" in peers else "gromov", RUNS)


def flat_distance(x: Tensor, y: Tensor) -> None:
    """The yardstick: what the distance and its gradient cost where space is flat."""
    x.grad = y.grad = None
    (x - y).square().sum(dim=-1).sqrt().sum().backward()


def hypll_distance(x: Tensor, y: Tensor) -> Tensor:
    from hypll.manifolds.poincare_ball.math.diffgeom import dist

    return dist(x, y, torch.tensor(1.0))


def deepest(peers: dict[str, str]) -> dict[str, object]:
    """How far from the origin a float32 point can lie: each library is asked for a point at distance 100, and what it gives is measured.

    The distance is taken in float64 from the stored coordinates. The polar chart stores any radius, but a point is worth no more than its
    distances: those of two deep neighbours 1.3 apart are held against float64 of the same stored points.
    """
    far = torch.tensor([[100.0, 0.0]])

    def depth(x: Tensor) -> float:
        return 2 * math.atanh(float(x.double().norm()))

    ball = PoincareBall()
    radius = {"gromov_ball": depth(ball.project(ball.exp(torch.zeros(1, 2), far / 2)))}
    if "geoopt" in peers:
        import geoopt

        theirs = geoopt.PoincareBall()
        radius["geoopt_ball"] = depth(theirs.expmap0(far / 2))
    if "hypll" in peers:
        from hypll.manifolds.poincare_ball.math.diffgeom import expmap0

        radius["hypll_ball"] = depth(expmap0(far / 2, torch.tensor(1.0)))
    polar, errors = Polar(), {}
    generator = torch.Generator().manual_seed(0)
    direction, across = torch.linalg.qr(torch.randn(5, 2, generator=generator)).Q.T
    for r in (15.0, 30.0, 45.0):
        x = polar.from_polar(torch.tensor([r]), direction[None])
        y = polar.exp(x, polar.vector(torch.tensor([0.5]), 1.2 * across[None]))
        exact = polar.distance(x.double(), y.double()).item()
        errors[f"{r:g}"] = abs(polar.distance(x, y).item() / exact - 1)
        assert r > 30 or (errors[f"{r:g}"] < 1e-6 and abs(exact - 1.3) < 0.1), (r, exact)
        radius[f"gromov_polar_{r:g}"] = polar.radius(x).item()
    return {"work": "radius of the deepest float32 point", "radius": radius, "polar_relative_error_of_a_distance_at_radius": errors}


def main() -> None:
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="geoopt|hypll")
    peers = versions()
    rows = [
        adam_steps(4096, 128, peers),
        adam_steps(1_000_000, 32, peers),
        other_spaces(4096, 128),
        sparse_steps(1_000_000, 32, 1024),
        distances(4096, 128, peers),
        deepest(peers),
    ]
    write("spaces", [{"peers": peers, **row} for row in rows])


if __name__ == "__main__":
    main()
