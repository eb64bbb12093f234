"""Graphs over points: neighbours, Laplacians, traces of their functions, spectral embedding and clusters, shortest paths."""

from gromov.graphs.approximate import GOOD_RECALL, NeighborSearch, every_neighbor
from gromov.graphs.lanczos import SpectralSample, enough_steps, spectral_sample
from gromov.graphs.laplacian import Laplacian, Normalisation, neighbor_graph
from gromov.graphs.neighbors import Neighbors, nearest_neighbors
from gromov.graphs.paths import largest_component, path_lengths
from gromov.graphs.spectral_embedding import SpectralClusters, SpectralEmbedding, spectral_clusters, spectral_embedding
from gromov.graphs.spectral_trace import EXACT_UP_TO, SpectralTrace, heat, spectral_trace, wave

__all__ = [
    "EXACT_UP_TO",
    "GOOD_RECALL",
    "Laplacian",
    "NeighborSearch",
    "Neighbors",
    "Normalisation",
    "SpectralClusters",
    "SpectralEmbedding",
    "SpectralSample",
    "SpectralTrace",
    "enough_steps",
    "every_neighbor",
    "heat",
    "largest_component",
    "nearest_neighbors",
    "neighbor_graph",
    "path_lengths",
    "spectral_clusters",
    "spectral_embedding",
    "spectral_sample",
    "spectral_trace",
    "wave",
]
