"""Every streaming metric of one batch, ready to run, and streams to run it on."""

from collections.abc import Callable, Iterable

import numpy as np

from gromov.integrations.streaming import (
    EffectiveRank,
    IntrinsicDimension,
    MeanDelta,
    ParticipationRatio,
    RelativeDelta,
    Uniformity,
)

EXACT = (EffectiveRank, ParticipationRatio)
SAMPLED = (
    lambda **options: IntrinsicDimension("twonn", **options),
    lambda **options: IntrinsicDimension("correlation", **options),
    MeanDelta,
    RelativeDelta,
    Uniformity,
)
Metric = EffectiveRank | ParticipationRatio | IntrinsicDimension | MeanDelta | RelativeDelta | Uniformity
EVERY: tuple[Callable[..., Metric], ...] = (*EXACT, *SAMPLED)


def stream(n: int = 600, d: int = 8, seed: int = 0) -> np.ndarray:
    """Correlated rows about a mean that is not zero."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3


def fed(metric: Metric, batches: Iterable[np.ndarray]) -> Metric:
    """The metric after all batches."""
    for batch in batches:
        metric.update(batch)
    return metric


def cut(x: np.ndarray, *places: int) -> list[np.ndarray]:
    """The rows in batches that begin at `places`."""
    return np.split(x, places)
