"""Instruments on point clouds, distances and graphs: one file each, named after itself."""

from gromov.measures.classes import Classes, classes
from gromov.measures.curvature import Curvature, curvature
from gromov.measures.dimension import Dimension, dimension
from gromov.measures.four_point import base_point_delta, exact_delta
from gromov.measures.geometry_score import GeometryScore, geometry_score
from gromov.measures.heat_trace import HeatTrace, heat_trace
from gromov.measures.hyperbolicity import Hyperbolicity, hyperbolicity
from gromov.measures.incoherence import Incoherence, incoherence
from gromov.measures.layout import Layout, layout
from gromov.measures.neighborhood import Neighborhood, neighborhood
from gromov.measures.persistence import Persistence, persistence
from gromov.measures.smooth_delta import smooth_delta
from gromov.measures.spectrum import Spectrum, spectrum

__all__ = [
    "Classes",
    "Curvature",
    "Dimension",
    "GeometryScore",
    "HeatTrace",
    "Hyperbolicity",
    "Incoherence",
    "Layout",
    "Neighborhood",
    "Persistence",
    "Spectrum",
    "base_point_delta",
    "classes",
    "curvature",
    "dimension",
    "exact_delta",
    "geometry_score",
    "heat_trace",
    "hyperbolicity",
    "incoherence",
    "layout",
    "neighborhood",
    "persistence",
    "smooth_delta",
    "spectrum",
]
