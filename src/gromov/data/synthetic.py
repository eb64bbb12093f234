"""Shapes whose geometry is known, to hold an instrument against."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import Graph, InputError, generator, require_memory


def sphere(*, n: int = 1000, d: int = 2, seed: int = 0) -> Float[np.ndarray, "n d_plus_1"]:
    """Draw n points uniform on the unit sphere S^d in R^(d+1): x = g / |g| with g standard normal. Intrinsic dimension d."""
    _require(n, d + 1)
    normal = generator(seed, "data", "sphere").standard_normal((n, d + 1))
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def torus(*, n: int = 1000, major: float = 2.0, minor: float = 1.0, seed: int = 0) -> Float[np.ndarray, "n 3"]:
    """Draw n points uniform by area on the torus (√(x² + y²) − R)² + z² = r² in R³, with R = `major` > r = `minor`.

    The area element is r (R + r cos v) du dv, so the angle v is drawn by rejection with probability (R + r cos v) / (R + r).
    Intrinsic dimension 2, Betti numbers 1, 2, 1.
    """
    if not 0 < minor < major:
        raise InputError(f"torus: minor={minor:g} and major={major:g}: the torus needs 0 < minor < major")
    _require(n, 3)
    random = generator(seed, "data", "torus")
    u = random.uniform(0, 2 * np.pi, n)
    v = _reject(n, lambda size: random.uniform(0, 2 * np.pi, size), lambda v: (major + minor * np.cos(v)) / (major + minor), random)
    ring = major + minor * np.cos(v)
    return np.column_stack([ring * np.cos(u), ring * np.sin(u), minor * np.sin(v)])


def swiss_roll(*, n: int = 1000, height: float = 21.0, seed: int = 0) -> Float[np.ndarray, "n 3"]:
    """Draw n points uniform by area on the roll (t cos t, y, t sin t), 3π/2 ≤ t ≤ 9π/2, 0 ≤ y ≤ `height`.

    The area element is √(1 + t²) dt dy, so t is drawn by rejection. Flat, intrinsic dimension 2.
    """
    if height <= 0:
        raise InputError(f"swiss-roll: height={height:g}: it must be positive")
    _require(n, 3)
    random = generator(seed, "data", "swiss-roll")
    low, high = 1.5 * np.pi, 4.5 * np.pi
    t = _reject(n, lambda size: random.uniform(low, high, size), lambda t: np.sqrt((1 + t * t) / (1 + high * high)), random)
    return np.column_stack([t * np.cos(t), random.uniform(0, height, n), t * np.sin(t)])


def hypercube(*, n: int = 1000, d: int = 3, seed: int = 0) -> Float[np.ndarray, "n d"]:
    """Draw n points uniform in [0, 1]^d. Intrinsic dimension d."""
    _require(n, d)
    return generator(seed, "data", "hypercube").uniform(size=(n, d))


def gaussian(*, n: int = 1000, d: int = 16, seed: int = 0) -> Float[np.ndarray, "n d"]:
    """Draw n points of the standard normal distribution in R^d. Intrinsic dimension d, every eigenvalue of the covariance 1."""
    _require(n, d)
    return generator(seed, "data", "gaussian").standard_normal((n, d))


def tree(*, branching: int = 2, depth: int = 7) -> Graph:
    """The balanced tree: each node down to level `depth` − 1 has `branching` children.

    (b^(depth+1) − 1) / (b − 1) nodes (depth + 1 for b = 1), the parent of node i > 0 is ⌊(i − 1) / b⌋. A tree is 0-hyperbolic: δ = 0.
    """
    nodes = sum(branching**level for level in range(depth + 1))
    require_memory(32 * nodes, step=f"a tree of {nodes} nodes", remedy="use a smaller depth")
    children = np.arange(1, nodes)
    return Graph(nodes, np.column_stack([(children - 1) // branching, children]))


def _reject(
    n: int,
    propose: Callable[[int], NDArray[np.float64]],
    accept: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    kept: list[NDArray[np.float64]] = []
    missing = n
    while missing > 0:
        proposals = propose(2 * n)
        kept.append(proposals[random.uniform(size=2 * n) < accept(proposals)])
        missing -= len(kept[-1])
    return np.concatenate(kept)[:n]


def _require(n: int, d: int) -> None:
    require_memory(24 * n * d, step=f"{n} × {d} points", remedy="use a smaller n or d")
