"""Graphs over points: neighbours, Laplacians, traces of their functions, shortest paths."""

from gromov.graphs.approximate import NeighborSearch, every_neighbor
from gromov.graphs.lanczos import SpectralSample, spectral_sample
from gromov.graphs.laplacian import Laplacian, Normalisation, neighbor_graph
from gromov.graphs.neighbors import Neighbors, nearest_neighbors
from gromov.graphs.paths import largest_component, path_lengths

__all__ = [
    "Laplacian",
    "NeighborSearch",
    "Neighbors",
    "Normalisation",
    "SpectralSample",
    "every_neighbor",
    "largest_component",
    "nearest_neighbors",
    "neighbor_graph",
    "path_lengths",
    "spectral_sample",
]
