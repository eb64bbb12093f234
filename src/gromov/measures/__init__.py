"""Instruments on point clouds, distances and graphs: one file each, named after itself."""

from gromov.measures.dimension import Dimension, dimension
from gromov.measures.four_point import base_point_delta, exact_delta
from gromov.measures.hyperbolicity import Hyperbolicity, hyperbolicity
from gromov.measures.layout import Layout, layout
from gromov.measures.smooth_delta import smooth_delta
from gromov.measures.spectrum import Spectrum, spectrum

__all__ = [
    "Dimension",
    "Hyperbolicity",
    "Layout",
    "Spectrum",
    "base_point_delta",
    "dimension",
    "exact_delta",
    "hyperbolicity",
    "layout",
    "smooth_delta",
    "spectrum",
]
