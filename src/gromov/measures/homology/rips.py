"""Vietoris–Rips persistence of a matrix of distances: what it will take, and the diagrams."""

import warnings

import numpy as np
import psutil
from jaxtyping import Float

from gromov.core import CostWarning, InputError, readable_bytes, require_memory
from gromov.measures.homology.diagrams import Diagram
from gromov.measures.homology.minimum_spanning import spanning_tree_of
from gromov.measures.homology.parts import collapse, ripser

LARGEST_DEGREE = 2
_EDGE_BYTES = 80
_HARD = {1: (1.0, 3), 2: (0.05, 4)}
"""Bytes that evenly covered circles (degree 1) and spheres (degree 2) were measured to take, as c·n^p: the worst of the clouds tried."""


def expected_memory(n: int, degree: int) -> tuple[int, int]:
    """Peak memory of `rips` in bytes: usually, and for evenly covered circles and spheres, the worst clouds known to us."""
    matrix = 16 * n * n
    if degree == 0:
        return matrix, matrix
    usual = matrix + _EDGE_BYTES * n * (n - 1) // 2
    factor, power = _HARD[degree]
    return usual, max(usual, int(factor * float(n) ** power))


def rips(distances: Float[np.ndarray, "rows columns"], *, degree: int = 1) -> tuple[Diagram, ...]:
    """Persistence diagrams of the Vietoris–Rips filtration in degrees 0 to `degree`, with coefficients in the field of two elements.

    At edge length t all sets of points at most t apart are filled. By minimum spanning tree in degree 0, and by Ripser (in gudhi's copy, in
    float64) above; nothing is computed beyond the length at which one point reaches all others, because from there on no hole is left. In
    degree 2 edges that change no hole are taken out first (Glisse, Pritam 2022), which costs more than it saves below.

    Args:
        distances: n × n; what lies above the diagonal is read; infinite where two points are never joined.
        degree: 0, 1 or 2.

    Cost: n² steps in degree 0. Above, it depends on the data, between n² and n³ (degree 1) or n³ and n⁵ (degree 2) steps; the memory is
    that of `expected_memory`.

    Raises:
        InputError: another degree, or a matrix that is not square.
        MemoryEstimateError: it will not fit.
        MissingDependencyError: no gudhi.

    References:
        U. Bauer, Ripser: efficient computation of Vietoris–Rips persistence barcodes, J. Appl. Comput. Topol. 5, 2021, arXiv:1908.02518;
        M. Glisse, S. Pritam, Swap, shift and trim to edge collapse a filtration, SoCG 2022, arXiv:2203.07022.
    """
    if degree not in range(LARGEST_DEGREE + 1):
        raise InputError(f"degree is {degree}; components (0), loops (1) and voids (2) can be computed")
    if distances.ndim != 2 or distances.shape[0] != distances.shape[1]:
        raise InputError(f"distances must be n × n; these are {' × '.join(map(str, distances.shape))}")
    n = len(distances)
    _announce(n, degree)
    if degree == 0:
        lengths = spanning_tree_of(distances).lengths
        return (Diagram.of(0, np.stack([np.zeros_like(lengths), lengths], axis=1)),)
    # Ripser reads either half: where the two differ, be it by rounding, its orders of simplices disagree and it may never end
    matrix = np.triu(np.asarray(distances, dtype=np.float64), 1)
    matrix += matrix.T
    radius = float(matrix.max(axis=1).min())
    if np.isinf(radius):  # no point reaches all others: everything happens by the largest finite length
        radius = float(matrix[np.isfinite(matrix)].max())
    highest = min(degree, max(0, n - 2))
    if highest < LARGEST_DEGREE:
        found = ripser()._full(matrix, max_dimension=highest, max_edge_length=radius, homology_coeff_field=2)  # pyright: ignore[reportPrivateUsage]
    else:
        # voids are sought among what edges are left when those that change no hole are taken out
        (i, j), lengths = collapse()._collapse_edges(*ripser()._lower_to_coo(matrix, radius), 1)  # pyright: ignore[reportPrivateUsage]
        found = ripser()._sparse(i, j, lengths, n, max_dimension=highest, max_edge_length=radius, homology_coeff_field=2)  # pyright: ignore[reportPrivateUsage]
    none = np.empty((0, 2))
    return tuple(Diagram.of(each, np.asarray(found[each]) if each < len(found) else none) for each in range(degree + 1))


def _announce(n: int, degree: int) -> None:
    """Refuse what cannot fit, and warn of what may not."""
    usual, hard = expected_memory(n, degree)
    what = f"persistent homology of {n:,} points in degree {degree}"
    require_memory(usual, step=what, remedy="take fewer landmarks, or a lower degree")
    free = psutil.virtual_memory().available
    if hard > free:
        warnings.warn(
            f"{what} usually needs {readable_bytes(usual)}, but may need {readable_bytes(hard)} where the points cover a surface evenly, and "
            f"{readable_bytes(free)} are free: take fewer landmarks",
            CostWarning,
            stacklevel=3,
        )
