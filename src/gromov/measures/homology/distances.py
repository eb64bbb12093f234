"""How far apart two persistence diagrams are."""

import numpy as np

from gromov.core import InputError
from gromov.measures.homology.diagrams import Diagram
from gromov.measures.homology.parts import hera


def bottleneck(x: Diagram, y: Diagram) -> float:
    """Bottleneck distance, exact: the least c for which features can be matched with births and deaths at most c apart.

    A feature may be matched to the diagonal, at half its life. For Vietoris–Rips diagrams of two clouds it is at most twice their
    Gromov–Hausdorff, and so twice their Hausdorff, distance (edge lengths; Chazal, de Silva, Oudot 2014).

    Cost: about m^1.5·log m.

    Raises:
        InputError: diagrams of different degrees.

    References:
        M. Kerber, D. Morozov, A. Nigmetov, Geometry helps to compare persistence diagrams, ACM J. Exp. Algorithmics 22, 2017.
    """
    _check(x, y)
    if not len(x) or not len(y):  # nothing to match with: all go to the diagonal
        return max((float(each.lives[0]) / 2 for each in (x, y) if len(each)), default=0.0)
    return float(hera()._bottleneck_distance(x.pairs, y.pairs, 0.0))  # pyright: ignore[reportPrivateUsage]


def wasserstein(x: Diagram, y: Diagram, *, order: float = 2.0, error: float = 1e-3) -> float:
    """Wasserstein distance W_p with the Euclidean distance between features: (min over matchings Σ ‖x − y‖₂^p)^(1/p).

    Args:
        x: First diagram.
        y: Second diagram of the same degree.
        order: p ≥ 1.
        error: Relative error allowed; the auction that finds the matching takes longer for a smaller one.

    Raises:
        InputError: diagrams of different degrees, p < 1, or an error that is not positive.

    References:
        M. Kerber, D. Morozov, A. Nigmetov, ACM J. Exp. Algorithmics 22, 2017.
    """
    _check(x, y)
    if order < 1:
        raise InputError(f"order is {order}; the Wasserstein distance needs p ≥ 1")
    if error <= 0:
        raise InputError(f"error is {error}; it is the relative error of the distance and must be positive")
    if not len(x) or not len(y):
        lives = np.concatenate([x.lives, y.lives]) / np.sqrt(2)
        return float((lives**order).sum() ** (1 / order))
    return float(hera()._wasserstein_distance(x.pairs, y.pairs, order, 2.0, error, False))  # pyright: ignore[reportPrivateUsage]


def _check(x: Diagram, y: Diagram) -> None:
    if x.degree != y.degree:
        raise InputError(f"diagrams of one degree are needed, and these are of degrees {x.degree} and {y.degree}")
