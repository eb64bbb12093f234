"""The parts of δ-hyperbolicity: exact search, one base point, sampled quadruples, certified bounds, null."""

from gromov.measures.four_point.base_point import base_point_delta
from gromov.measures.four_point.diameter import diameter_bounds
from gromov.measures.four_point.exact import DeltaBounds, exact_delta
from gromov.measures.four_point.interval import bounded_delta
from gromov.measures.four_point.sampled import SampledDelta, sampled_delta

__all__ = ["DeltaBounds", "SampledDelta", "base_point_delta", "bounded_delta", "diameter_bounds", "exact_delta", "sampled_delta"]
