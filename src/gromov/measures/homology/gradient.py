"""Births, deaths and divergences as differentiable functions of the points.

Every birth and every death is the length of one pair of points, its critical edge. The diagram is computed once from the numbers alone; the
critical edges are then found by their lengths, and those lengths taken again from the tensor, so that gradients flow to them. Where two
pairs are equally long (never for points in general position) one of them stands for both: a one-sided derivative.
"""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import InputError
from gromov.measures.homology.divergence import QUANTILE, cross_barcode
from gromov.measures.homology.minimum_spanning import spanning_tree_of
from gromov.measures.homology.rips import rips

if TYPE_CHECKING:
    from torch import Tensor


def distances_of(points: "Tensor") -> "Tensor":
    """All distances of the rows, with gradients that are finite, and 0 where two rows coincide.

    Args:
        points: n × d tensor.

    Cost: n²·d operations and numbers: meant for batches of some hundred points.
    """
    import torch

    difference = points[:, None] - points
    squared = difference.square().sum(dim=-1)
    apart = squared > 0
    return torch.where(apart, torch.where(apart, squared, 1.0).sqrt(), 0.0)


def persistence_pairs(distances: "Tensor", *, degree: int = 1) -> "Tensor":
    """Births and deaths of the Vietoris–Rips features of one degree, the longest-lived first, as a tensor m × 2 with gradients.

    Args:
        distances: n × n tensor, symmetric with a zero diagonal, as of `distances_of`.
        degree: 0 (births are 0, and the component that never dies is left out), 1 or 2.

    Cost: that of `rips`, and n²·log n to find the edges.

    Raises:
        InputError: not n × n, fewer than two points, or another degree.

    References:
        R. Brüel-Gabrielsson et al., A topology layer for machine learning, AISTATS 2020, arXiv:1905.12200;
        M. Carrière et al., Optimizing persistent homology based functions, ICML 2021, arXiv:2010.08356.
    """
    import torch

    matrix = _numbers(distances)
    if degree == 0:
        i, j = torch.from_numpy(spanning_tree_of(matrix).edges[::-1].copy()).to(distances.device).T
        deaths = distances[i, j]
        return torch.stack([torch.zeros_like(deaths), deaths], dim=1)
    found = rips(matrix, degree=degree)[degree].pairs
    upper = np.triu_indices(len(matrix), 1)
    place = _edges(matrix[upper], found.ravel())
    i, j = (torch.from_numpy(each[place]).to(distances.device) for each in upper)
    return distances[i, j].reshape(-1, 2)


def rtd_loss(x: "Tensor", y: "Tensor") -> "Tensor":
    """Representation topology divergence of two paired clouds, as a tensor with gradients to both.

    Args:
        x: n × d tensor.
        y: n × e tensor; row i is the same object as row i of x.

    Cost: that of `rips` in degree 1 for 2n + 1 points, twice: meant for batches of up to some hundred.

    Raises:
        InputError: other shapes, or fewer than four points.

    References:
        I. Trofimov et al., Learning topology-preserving data representations, ICLR 2023, arXiv:2302.00136.
    """
    first, second = _units(x, y)
    return 0.5 * (_lives(first, second) + _lives(second, first))


def rtd_lite_loss(x: "Tensor", y: "Tensor") -> "Tensor":
    """RTD-lite of two paired clouds, ½(MST(x) + MST(y)) − MST(min), as a tensor with gradients to both.

    Args:
        x: n × d tensor.
        y: n × e tensor; row i is the same object as row i of x.

    Cost: n²·(d + e).

    Raises:
        InputError: other shapes, or fewer than four points.

    References:
        E. Tulchinskii et al., 2025, arXiv:2503.11910.
    """
    import torch

    first, second = _units(x, y)
    own = 0.5 * (_tree(first) + _tree(second))
    return own - _tree(torch.minimum(first, second))


def _tree(lengths: "Tensor") -> "Tensor":
    import torch

    i, j = torch.from_numpy(spanning_tree_of(_numbers(lengths)).edges.copy()).to(lengths.device).T
    return lengths[i, j].sum()


def _lives(first: "Tensor", second: "Tensor") -> "Tensor":
    """Sum of the lengths of a cross-barcode: births and deaths are lengths of `first` or of the lesser of both, and the apex has none."""
    import torch

    lesser = torch.minimum(first, second)
    numbers = _numbers(first), _numbers(second)
    found = cross_barcode(*numbers).pairs
    upper = np.triu_indices(len(first), 1)
    i, j = (torch.from_numpy(each).to(first.device) for each in upper)
    lengths = torch.cat([lesser[i, j], first[i, j], lesser.new_zeros(1)])
    known = np.concatenate([np.minimum(*numbers)[upper], numbers[0][upper], np.zeros(1)])
    pairs = lengths[torch.from_numpy(_edges(known, found.ravel())).to(first.device)].reshape(-1, 2)
    return (pairs[:, 1] - pairs[:, 0]).sum()


def _units(x: "Tensor", y: "Tensor") -> tuple["Tensor", "Tensor"]:
    """Distances of both in units of their 90 % quantile."""
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < 4:
        raise InputError(f"two paired clouds are needed, n × d and n × e with n ≥ 4; got {tuple(x.shape)} and {tuple(y.shape)}")
    found: list[Tensor] = []
    for points in (x, y):
        distances = distances_of(points)
        i, j = np.triu_indices(len(points), 1)
        found.append(distances / distances[i, j].quantile(QUANTILE))
    return found[0], found[1]


def _edges(lengths: Float[np.ndarray, " e"], wanted: Float[np.ndarray, " w"]) -> Integer[np.ndarray, " w"]:
    """Where each wanted length stands among the lengths; they are the very same numbers."""
    order = np.argsort(lengths, kind="stable")
    return order[np.searchsorted(lengths[order], wanted)]


def _numbers(distances: "Tensor") -> Float[np.ndarray, "n n"]:
    if distances.ndim != 2 or distances.shape[0] != distances.shape[1] or len(distances) < 2:
        raise InputError(f"distances must be n × n with n ≥ 2; got {tuple(distances.shape)}")
    return np.asarray(distances.detach().cpu().double().numpy())
