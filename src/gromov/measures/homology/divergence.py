"""Representation topology divergence of two paired clouds: which features of one the other does not share."""

import numpy as np
from jaxtyping import Float

from gromov.core import InputError
from gromov.measures.homology.diagrams import Diagram
from gromov.measures.homology.minimum_spanning import spanning_tree_of
from gromov.measures.homology.rips import rips

QUANTILE = 0.9


def normalised(distances: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Distances in units of their 90 % quantile over all pairs, so that the unit of either cloud does not matter.

    Raises:
        InputError: more than nine pairs in ten coincide.
    """
    unit = float(np.quantile(distances[np.triu_indices(len(distances), 1)], QUANTILE))
    if unit == 0:
        raise InputError("nine in ten pairs of points coincide: there is no unit of length; remove the repeats first")
    return distances / unit


def cross_matrix(first: Float[np.ndarray, "n n"], both: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "p p"]:
    """Lengths between 2n + 1 vertices whose Vietoris–Rips complex is VR(both), with VR(first) inside it filled by a cone.

    The vertices are n copies aᵢ with the lengths of `first`, n copies a′ᵢ with those of `both` ≤ `first`, and an apex; aᵢ and a′ᵢ are 0
    apart, aᵢ and a′ⱼ by `first` for i < j and never joined for i > j, the apex is 0 from every aᵢ and never joined to a′ᵢ.
    """
    n = len(first)
    upper = np.where(np.arange(n)[:, None] > np.arange(n), np.inf, first)
    matrix = np.full((2 * n + 1, 2 * n + 1), np.inf)
    matrix[:n, :n], matrix[:n, n:-1], matrix[n:-1, :n], matrix[n:-1, n:-1] = first, upper, upper.T, both
    matrix[-1, :n] = matrix[:n, -1] = 0.0
    np.fill_diagonal(matrix, 0.0)
    return matrix


def cross_barcode(first: Float[np.ndarray, "n n"], second: Float[np.ndarray, "n n"]) -> Diagram:
    """The cross-barcode of degree 1: components and loops of the first that are gone, or filled, in the union with the second.

    It is the homology of the inclusion of VR(first) into VR(min(first, second)): a bar from α to β for two pieces that are joined at α in
    the union and at β in the first, and for a loop of the union that the first never has. Empty where second ≥ first throughout.

    Cost: that of `rips` in degree 1 for 2n + 1 points.

    References:
        S. Barannikov, I. Trofimov, N. Balabin, E. Burnaev, Representation topology divergence, ICML 2022, arXiv:2201.00058.
    """
    return rips(cross_matrix(first, np.minimum(first, second)), degree=1)[1]


def rtd(first: Float[np.ndarray, "n n"], second: Float[np.ndarray, "n n"]) -> float:
    """Representation topology divergence: half the sum of the lengths of both cross-barcodes; 0 for equal distances.

    Distances are taken as they are: see `normalised`.
    """
    return 0.5 * float(cross_barcode(first, second).lives.sum() + cross_barcode(second, first).lives.sum())


def rtd_lite(first: Float[np.ndarray, "n n"], second: Float[np.ndarray, "n n"]) -> float:
    """The part of `rtd` that components make: ½(MST(first) + MST(second)) − MST(min(first, second)), MST the length of a spanning tree.

    The number of components of the first that the union joins, integrated over all scales, is MST(first) − MST(min). So it is at most `rtd`.
    Cost: n² steps.

    References:
        E. Tulchinskii et al., RTD-Lite: scalable topological analysis for comparing weighted graphs in learning tasks, 2025, arXiv:2503.11910.
    """
    own = float(spanning_tree_of(first).lengths.sum() + spanning_tree_of(second).lengths.sum())
    return 0.5 * own - float(spanning_tree_of(np.minimum(first, second)).lengths.sum())
