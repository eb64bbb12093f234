"""Graphs over points: neighbours and shortest paths."""

from gromov.graphs.neighbors import Neighbors, nearest_neighbors
from gromov.graphs.paths import largest_component, path_lengths

__all__ = ["Neighbors", "largest_component", "nearest_neighbors", "path_lengths"]
