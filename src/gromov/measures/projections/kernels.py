"""Compiled loops of the hyperbolic t-SNE: forces between points of the disk, in the frame at the point they act on.

With u = (y − x)/(1 − x̄y), |u| = tanh(d/2), the velocity at x of the geodesic to y is G(|u|²)·u, G(s) = 2·artanh(√s)/√s, and d² = s·G². Points are
given by their real and imaginary parts and their room 1 − |z|², so that 1 − |u|² = room·room'/|1 − x̄y|² is exact near the rim.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@njit(cache=True, fastmath=True, error_model="numpy")
def repulsion(x: Singles, y: Singles, room: Singles, sources: NDArray[np.int64], scale: np.float32, force: Singles, total: Singles) -> None:
    """For each point the sums over the sources j of w² log(z, z_j) and of w, w = 1/(1 + d²/scale²); a point meets itself with w = 1."""
    one, two, half = np.float32(1), np.float32(2), np.float32(0.5)
    sx, sy, sr = x[sources], y[sources], room[sources]
    inverse = one / (scale * scale)
    ln2 = np.float32(0.6931471805599453)
    for i in range(x.shape[0]):
        xi, yi, ri = x[i], y[i], room[i]
        fx = fy = weight = np.float32(0)
        for j in range(sx.shape[0]):
            # 1 − x̄y and y − x, then u = (y − x)/(1 − x̄y)
            cr = one - xi * sx[j] - yi * sy[j]
            ci = yi * sx[j] - xi * sy[j]
            size = one / (cr * cr + ci * ci)
            dx, dy = sx[j] - xi, sy[j] - yi
            ux = (dx * cr + dy * ci) * size
            uy = (dy * cr - dx * ci) * size
            s = ux * ux + uy * uy + np.float32(1e-12)
            t = np.sqrt(s)
            # artanh t = log((1 + t)/√(1 − t²)), by the mantissa and exponent of its argument
            q = (one + t) * (one + t) / max(ri * sr[j] * size, np.float32(1e-30))
            bits = np.float32(q).view(np.int32)
            exponent = np.float32((bits >> 23) - 127)
            m = np.int32((bits & 0x007FFFFF) | 0x3F800000).view(np.float32)
            big = m > np.float32(1.4142135)
            m = m * half if big else m
            exponent = exponent + one if big else exponent
            r = (m - one) / (m + one)
            r2 = r * r
            logarithm = (
                two * r * (one + r2 * (np.float32(0.33333333) + r2 * (np.float32(0.2) + r2 * np.float32(0.14285714)))) + exponent * ln2
            )
            d = logarithm  # 2 artanh t
            w = one / (one + d * d * inverse)
            pull = w * w * d / t
            fx += pull * ux
            fy += pull * uy
            weight += w
        force[i, 0] += fx
        force[i, 1] += fy
        total[i] += weight


@njit(cache=True, fastmath=True, error_model="numpy")
def attraction(
    x: Floats,
    y: Floats,
    room: Floats,
    starts: NDArray[np.int64],
    neighbors: NDArray[np.int32],
    shares: Singles,
    scale: float,
    force: Floats,
) -> None:
    """For each point the sum over its neighbours j (compressed rows) of p_ij w log(z, z_j), w = 1/(1 + d²/scale²)."""
    inverse = 1 / (scale * scale)
    for i in range(x.shape[0]):
        xi, yi, ri = x[i], y[i], room[i]
        fx = fy = 0.0
        for place in range(starts[i], starts[i + 1]):
            j = neighbors[place]
            cr = 1 - xi * x[j] - yi * y[j]
            ci = yi * x[j] - xi * y[j]
            size = 1 / (cr * cr + ci * ci)
            dx, dy = x[j] - xi, y[j] - yi
            ux = (dx * cr + dy * ci) * size
            uy = (dy * cr - dx * ci) * size
            t = np.sqrt(ux * ux + uy * uy + 1e-24)
            d = np.log((1 + t) * (1 + t) / (ri * room[j] * size))
            pull = shares[place] * d / (t * (1 + d * d * inverse))
            fx += pull * ux
            fy += pull * uy
        force[i, 0] = fx
        force[i, 1] = fy


@njit(cache=True)
def calibrate(squares: Floats, entropy: float, shares: Floats) -> None:
    """Rows p_j ∝ exp(−β squares_j) with β, found by bisection, such that the entropy of each row is `entropy` nats."""
    for i in range(squares.shape[0]):
        least = squares[i].min()
        gaps = squares[i] - least
        spread = gaps.mean()
        beta = 1.0 / spread if spread > 0 else 1.0
        low, high = 0.0, np.inf
        for _ in range(64):
            weights = np.exp(-beta * gaps)
            total = weights.sum()
            found = np.log(total) + beta * (weights * gaps).sum() / total
            if abs(found - entropy) < 1e-5:
                break
            if found > entropy:
                low = beta
                beta = 2 * beta if high == np.inf else (low + high) / 2
            else:
                high = beta
                beta = (low + high) / 2
        weights = np.exp(-beta * gaps)
        shares[i] = weights / weights.sum()
