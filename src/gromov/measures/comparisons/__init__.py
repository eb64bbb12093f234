"""Comparisons of two representations: one file each, named after itself."""

from gromov.measures.comparisons.cka import Cka, cka
from gromov.measures.comparisons.frechet import Frechet, frechet
from gromov.measures.comparisons.geometry_score import GeometryScore, geometry_score
from gromov.measures.comparisons.gromov_wasserstein import GromovWasserstein, gromov_wasserstein
from gromov.measures.comparisons.imd import Imd, imd
from gromov.measures.comparisons.kid import Kid, kid
from gromov.measures.comparisons.memorisation import Memorisation, memorisation
from gromov.measures.comparisons.neighbor_overlap import NeighborOverlap, neighbor_overlap
from gromov.measures.comparisons.precision_recall import PrecisionRecall, precision_recall
from gromov.measures.comparisons.procrustes import Procrustes, procrustes
from gromov.measures.comparisons.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein
from gromov.measures.comparisons.topology_divergence import TopologyDivergence, topology_divergence

__all__ = [
    "Cka",
    "Frechet",
    "GeometryScore",
    "GromovWasserstein",
    "Imd",
    "Kid",
    "Memorisation",
    "NeighborOverlap",
    "PrecisionRecall",
    "Procrustes",
    "SlicedWasserstein",
    "TopologyDivergence",
    "cka",
    "frechet",
    "geometry_score",
    "gromov_wasserstein",
    "imd",
    "kid",
    "memorisation",
    "neighbor_overlap",
    "precision_recall",
    "procrustes",
    "sliced_wasserstein",
    "topology_divergence",
]
