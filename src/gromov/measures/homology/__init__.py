"""Persistent homology: components, loops and voids of clouds over all scales."""

from gromov.measures.homology.confidence import Band, confidence_band
from gromov.measures.homology.diagrams import Diagram, betti_curve, landscapes, persistence_entropy, persistence_image
from gromov.measures.homology.distances import bottleneck, wasserstein
from gromov.measures.homology.divergence import cross_barcode, rtd, rtd_lite
from gromov.measures.homology.gradient import distances_of, persistence_pairs, rtd_lite_loss, rtd_loss
from gromov.measures.homology.landmarks import Landmarks, farthest_points
from gromov.measures.homology.minimum_spanning import SpanningTree, minimum_spanning_tree
from gromov.measures.homology.rips import expected_memory, rips

__all__ = [
    "Band",
    "Diagram",
    "Landmarks",
    "SpanningTree",
    "betti_curve",
    "bottleneck",
    "confidence_band",
    "cross_barcode",
    "distances_of",
    "expected_memory",
    "farthest_points",
    "landscapes",
    "minimum_spanning_tree",
    "persistence_entropy",
    "persistence_image",
    "persistence_pairs",
    "rips",
    "rtd",
    "rtd_lite",
    "rtd_lite_loss",
    "rtd_loss",
    "wasserstein",
]
