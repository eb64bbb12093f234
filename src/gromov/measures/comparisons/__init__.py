"""Comparisons of two representations: one file each, named after itself."""

from gromov.measures.comparisons.cka import Cka, cka
from gromov.measures.comparisons.frechet import Frechet, frechet
from gromov.measures.comparisons.gromov_wasserstein import GromovWasserstein, gromov_wasserstein
from gromov.measures.comparisons.imd import Imd, imd
from gromov.measures.comparisons.kid import Kid, kid
from gromov.measures.comparisons.neighbor_overlap import NeighborOverlap, neighbor_overlap
from gromov.measures.comparisons.procrustes import Procrustes, procrustes
from gromov.measures.comparisons.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein

__all__ = [
    "Cka",
    "Frechet",
    "GromovWasserstein",
    "Imd",
    "Kid",
    "NeighborOverlap",
    "Procrustes",
    "SlicedWasserstein",
    "cka",
    "frechet",
    "gromov_wasserstein",
    "imd",
    "kid",
    "neighbor_overlap",
    "procrustes",
    "sliced_wasserstein",
]
