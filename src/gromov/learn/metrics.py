"""Metrics: numbers of all outputs of a part of the data."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

Metric = Callable[[Tensor, Tensor], float]
"""Outputs and targets of all samples to one number."""
BINS = 15


def accuracy(outputs: Float[Tensor, "n k"], targets: Int[Tensor, " n"]) -> float:
    """Share of the samples whose largest output is that of their class."""
    return float((outputs.argmax(dim=1) == targets).double().mean())


def negative_log_likelihood(outputs: Float[Tensor, "n k"], targets: Int[Tensor, " n"]) -> float:
    """Mean of −log softmax(z)_y, in nats."""
    return float(functional.cross_entropy(outputs.double(), targets))


def calibration_error(outputs: Float[Tensor, "n k"], targets: Int[Tensor, " n"]) -> float:
    """Mean of |accuracy − confidence| over 15 groups of equal size by confidence: expected calibration error.

    Reference: Guo et al. (2017), On calibration of modern neural networks, arXiv:1706.04599; Nguyen, O'Connor (2015) for groups of equal size.
    """
    confidence, found = outputs.double().softmax(dim=1).max(dim=1)
    right = (found == targets).double()
    order = confidence.argsort(stable=True)
    parts = torch.tensor_split(order, min(BINS, len(order)))
    return float(sum((right[part].mean() - confidence[part].mean()).abs() * len(part) for part in parts) / len(order))


def mean_squared_error(outputs: Float[Tensor, "n ..."], targets: Tensor) -> float:
    """Mean of (f − y)²."""
    return float((outputs.double() - targets.double().reshape(outputs.shape)).square().mean())
