"""One space at one dimension, and what it gains: the parts of the answer of `curvature`."""

from dataclasses import dataclass

from gromov.core import Estimate


@dataclass(frozen=True, slots=True)
class SpaceFit:
    """One space of one dimension.

    Attributes:
        space: `euclidean`, `hyperbolic`, `spherical` or `product` (Hᵃ × Sᵇ, a = ⌈d/2⌉).
        dimension: Its dimension.
        log_likelihood: Mean log-likelihood of a held-out distance in nats, distances in units of their mean; larger is better.
        gain: The same less that of Euclidean space of equal dimension.
        noise: σ of the error model, as a share of the mean distance.
        distortion: Mean of |d̂/d − 1| after the best scale; 0 is perfect.
        worst_distortion: max(d̂/d)/min(d̂/d); 1 is perfect.
        average_precision: How well true neighbours are found again (MAP); 1 is perfect.
        curvatures: K of each curved factor, in 1/length² of the data's unit; mean over the repeats.
    """

    space: str
    dimension: int
    log_likelihood: Estimate
    gain: Estimate
    noise: float
    distortion: float
    worst_distortion: float
    average_precision: float
    curvatures: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SpaceGain:
    """What a space gains over Euclidean space of the same dimension.

    Attributes:
        gain: Mean gain in log-likelihood of a held-out distance, in nats.
        null_gain: The same gain under the null; its standard error is that of this mean.
        excess: gain less null_gain: what dimension (or degrees) alone does not explain.
        p_value: Two-sided p-value of that difference.
        worth: How many more dimensions Euclidean space needs to fit as well.
        worth_beyond: The same for the excess alone: worth of the gain less worth of the null's gain.
        curvature: Sectional curvature K fitted to all pairs, in 1/length² of the data's unit.
        scaled_curvature: K times the squared mean distance: free of units.
    """

    gain: Estimate
    null_gain: Estimate
    excess: Estimate
    p_value: float
    worth: Estimate
    worth_beyond: Estimate
    curvature: Estimate
    scaled_curvature: Estimate
