"""Clouds whose spectra are known, and checkpoints of them, for the tests of trends."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import gromov
from gromov.verbs import Trend

SAME = ("result.json", "arrays.npz")


def cloud(variances: Sequence[float], n: int = 120, seed: int = 0) -> np.ndarray:
    """Points whose sample covariance has exactly these eigenvalues."""
    x = np.random.default_rng(seed).normal(size=(n, len(variances)))
    q, _ = np.linalg.qr(x - x.mean(axis=0))
    return q * np.sqrt((n - 1) * np.asarray(variances))


def ranks(factor: float, count: int) -> list[list[float]]:
    """Spectra (1, 1, c, c) with c = factor⁰, factor¹, …"""
    return [[1.0, 1.0, factor**k, factor**k] for k in range(count)]


def checkpoints(folder: Path) -> Path:
    """Three checkpoints, the second in name the last in number."""
    for name, factor in (("ckpt-9", 1.0), ("ckpt-10", 0.3), ("ckpt-2", 3.0)):
        np.save(folder / f"{name}.npy", cloud([4, 2, factor, factor / 2], n=60, seed=len(name)))
    return folder


def files(place: Path, suffix: str = ".npy") -> list[Path]:
    return sorted(place.glob(f"ckpt-*{suffix}"))


def measured(place: Path, out: Path | None = None, **options: object) -> Trend:
    return gromov.trend(files(place), out=out, **{"instruments": ["layout", "spectrum"], **options})  # type: ignore[arg-type]
