"""Error of distances in every chart of hyperbolic space, in float32 and float64, against 60-digit arithmetic.

Two errors are told apart. *Computed*: the distance of the points as stored, in the dtype, against mpmath on the same stored numbers.
*Total*: against the distance of the points meant, so the rounding of the coordinates counts too. Curves run over the radius at distance
1 and over the distance at radius 2; each value is the largest of 20 random pairs in five dimensions.
"""

from timing import write

from collections.abc import Callable
from pathlib import Path

import mpmath
import torch
from mpmath import mp, mpf

from gromov.spaces import Hyperbolic, Hyperboloid, PoincareBall, Polar, convert

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
PAIRS, DIM = 20, 5
RADII = (0.01, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 15, 17, 20, 25, 30, 35)
SEPARATIONS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1, 2, 3.9)
CHARTS: dict[str, type[Hyperbolic]] = {"Poincaré ball": PoincareBall, "hyperboloid": Hyperboloid, "polar": Polar}
DTYPES = {"float32": torch.float32, "float64": torch.float64}
COLOURS = {"Poincaré ball": "#4269d0", "hyperboloid": "#ff725c", "polar": "#3ca951"}
mp.dps = 60


def exact(space: Hyperbolic, x: list[float], y: list[float]) -> mpf:
    """Distance of two stored points (K = −1), in 60 digits."""
    a, b = [mpf(value) for value in x], [mpf(value) for value in y]
    if isinstance(space, PoincareBall):
        square = sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
        return 2 * mpmath.asinh(mpmath.sqrt(square / ((1 - sum(p * p for p in a)) * (1 - sum(q * q for q in b)))))
    if isinstance(space, Hyperboloid):  # the time coordinate is what the others make it
        times = [mpmath.sqrt(1 + sum(p * p for p in part[1:])) for part in (a, b)]
        square = sum((p - q) ** 2 for p, q in zip(a[1:], b[1:], strict=True)) - (times[0] - times[1]) ** 2
        return 2 * mpmath.asinh(mpmath.sqrt(square) / 2)
    directions = []
    for part in (a, b):
        u = [hi + lo for hi, lo in zip(part[1 : 1 + DIM], part[1 + DIM :], strict=True)]
        size = mpmath.sqrt(sum(p * p for p in u))
        directions.append([p / size for p in u])
    chord = sum((p - q) ** 2 for p, q in zip(*directions, strict=True))
    t = 2 * mpmath.sinh((a[0] - b[0]) / 2) ** 2 + mpmath.sinh(a[0]) * mpmath.sinh(b[0]) * chord / 2
    return 2 * mpmath.asinh(mpmath.sqrt(t / 2))


def pairs(radius: float, separation: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Points at this radius and this distance from each other, in random directions, as float64 polar points."""
    space = Polar()
    generator = torch.Generator().manual_seed(0)
    x = space.from_polar(
        torch.full((PAIRS,), radius, dtype=torch.float64), torch.randn(PAIRS, DIM, generator=generator, dtype=torch.float64)
    )
    across = torch.randn(PAIRS, DIM, generator=generator, dtype=torch.float64)
    radial = torch.randn(PAIRS, generator=generator, dtype=torch.float64)
    v = space.tangent(x, space.vector(radial, across))
    return x, space.exp(x, separation * v / space.norm(x, v)[:, None])


def to_dtype(x: torch.Tensor, space: Hyperbolic, dtype: torch.dtype) -> torch.Tensor:
    """Polar float64 points in another chart and dtype, the low part of a direction kept."""
    if not isinstance(space, Polar):
        return space.project(convert(x, Polar(), space).to(dtype))
    direction = x[:, 1 : 1 + DIM] + x[:, 1 + DIM :]
    high = direction.to(dtype)
    low = (x[:, 1 : 1 + DIM] - high.double()) + x[:, 1 + DIM :]
    return torch.cat([x[:, :1].to(dtype), high, low.to(dtype)], dim=1)


def errors(space: Hyperbolic, dtype: torch.dtype, radius: float, separation: float) -> dict[str, float | None]:
    """Largest relative error, computed and total; None where a distance is no number, or none is left."""
    x, y = pairs(radius, separation)
    p, q = to_dtype(x, space, dtype), to_dtype(y, space, dtype)
    found = space.distance(p, q).tolist()
    computed, total = [], []
    for i in range(PAIRS):
        stored = exact(space, p[i].tolist(), q[i].tolist())
        meant = exact(Polar(), x[i].tolist(), y[i].tolist())
        computed.append(relative(found[i], stored))
        total.append(relative(found[i], meant))
    largest = {"computed": max(computed), "total": max(total)}
    return {kind: value if value < 10 else None for kind, value in largest.items()}


def relative(found: float, expected: mpf) -> float:
    """Relative error; infinite where there is no number or no distance."""
    return float(abs(found - expected) / expected) if mpmath.isfinite(found) and mpmath.isfinite(expected) and expected else float("inf")


def largest_radius(space: Hyperbolic, dtype: torch.dtype) -> float:
    """Largest whole multiple of 1/4 at which a point is kept to within 1 % of its radius, up to 1,000."""
    reached = 0.0
    for r in torch.arange(0.25, 1000.25, 0.25, dtype=torch.float64):
        meant = Polar().from_polar(r[None], torch.eye(DIM, dtype=torch.float64)[:1])
        stored = to_dtype(meant, space, dtype)
        found = float(space.distance(stored, space.origin(DIM, dtype=dtype)[None]).item())
        if not abs(found / float(r) - 1) < 0.01:
            break
        reached = float(r)
    return reached


def draw(rows: list[dict[str, object]], over: str, title: str, path: Path) -> None:
    """The curves as SVG: relative error, computed and total, on logarithmic axes."""
    width, height, left, bottom, top = 820, 420, 70, 60, 40
    xs = sorted({float(str(row[over])) for row in rows})
    log = over == "separation"

    def across(value: float) -> float:
        low, high = (mpmath.log10(xs[0]), mpmath.log10(xs[-1])) if log else (0, xs[-1])
        return left + float(((mpmath.log10(value) if log else value) - low) / (high - low)) * (width - left - 250)

    def up(value: float) -> float:
        exponent = float(mpmath.log10(min(max(value, 1e-17), 10)))
        return top + (1 - exponent) / 18 * (height - top - bottom)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">']
    parts.append(f'<rect width="{width}" height="{height}" fill="white"/><text x="{left}" y="22" font-size="15">{title}</text>')
    for exponent in range(-16, 2, 2):
        line = f"{up(10.0**exponent):.1f}"
        parts += [f'<path d="M{left} {line}H{width - 250}" stroke="#ddd"/>', f'<text x="{left - 40}" y="{line}">1e{exponent}</text>']
    for value in xs if not log else [x for x in xs if x in (1e-7, 1e-5, 1e-3, 0.1, 1)]:
        if log or value in (0.01, 5, 10, 15, 20, 25, 30, 35):
            parts.append(f'<text x="{across(value):.1f}" y="{height - bottom + 18}" text-anchor="middle">{value:g}</text>')
    label = "distance of the two points (radius 2)" if log else "radius of the points (distance 1)"
    parts.append(f'<text x="{(left + width - 250) / 2}" y="{height - 16}" text-anchor="middle">{label}</text>')
    count = 0
    for chart in CHARTS:
        for dtype in DTYPES:
            for kind, dash in (("computed", ""), ("total", ' stroke-dasharray="5 4"')):
                points = [
                    (across(float(str(row[over]))), up(float(str(row[kind]))))
                    for row in rows
                    if (row["chart"], row["dtype"]) == (chart, dtype) and row[kind] is not None
                ]
                line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                thickness = 2.2 if dtype == "float32" else 1.1
                parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[chart]}" stroke-width="{thickness}"{dash}/>')
                y = top + 14 + 19 * count
                parts.append(f'<path d="M{width - 235} {y}h26" stroke="{COLOURS[chart]}" stroke-width="{thickness}"{dash}/>')
                parts.append(f'<text x="{width - 203}" y="{y + 4}">{chart}, {dtype}, {kind}</text>')
                count += 1
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def main() -> None:
    rows: list[dict[str, object]] = []
    sweeps: dict[str, tuple[tuple[float, ...], Callable[[float], tuple[float, float]]]] = {
        "radius": (RADII, lambda r: (r, min(1.0, r))),
        "separation": (SEPARATIONS, lambda s: (2.0, s)),
    }
    FIGURES.mkdir(exist_ok=True)
    for over, (values, place) in sweeps.items():
        found: list[dict[str, object]] = [
            {"work": f"error over {over}", "chart": chart, "dtype": dtype, over: value, **errors(kind(), torch_dtype, *place(value))}
            for chart, kind in CHARTS.items()
            for dtype, torch_dtype in DTYPES.items()
            for value in values
        ]
        draw(found, over, f"Relative error of a distance against {over}, K = −1", FIGURES / f"chart-error-{over}.svg")
        rows += found
    for chart, kind in CHARTS.items():
        for dtype, torch_dtype in DTYPES.items():
            rows.append({"work": "largest radius", "chart": chart, "dtype": dtype, "radius": largest_radius(kind(), torch_dtype)})
    write("charts", rows)


if __name__ == "__main__":
    main()
