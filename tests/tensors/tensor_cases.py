"""What several tests of tensors share: tensors with known structure, and a plain TT-SVD in numpy."""

import numpy as np
import torch
from torch import Tensor

PRECISIONS = [(torch.float64, 1e-12), (torch.float32, 2e-5)]


def hilbert(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """1/(i₁ + … + i_d + 1): every unfolding has singular values that fall off like a geometric series."""
    grid = torch.meshgrid(*[torch.arange(n, dtype=torch.float64) for n in shape], indexing="ij")
    return (1 / (1 + torch.stack(grid).sum(dim=0))).to(dtype)


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def relative(found: Tensor, wanted: Tensor) -> float:
    return float(((found - wanted).norm() / wanted.norm()).detach())


def plain_train(tensor: np.ndarray, tolerance: float) -> list[np.ndarray]:
    """TT-SVD as the paper writes it: reshape, SVD, cut, go on."""
    shape = tensor.shape
    delta = tolerance * np.linalg.norm(tensor) / np.sqrt(len(shape) - 1)
    cores, rest, left = [], tensor, 1
    for n in shape[:-1]:
        u, s, v = np.linalg.svd(rest.reshape(left * n, -1), full_matrices=False)
        keep = len(s)
        while keep > 1 and np.sqrt(np.sum(s[keep - 1 :] ** 2)) <= delta:
            keep -= 1
        cores.append(u[:, :keep].reshape(left, n, keep))
        rest, left = s[:keep, None] * v[:keep], keep
    return [*cores, rest.reshape(left, shape[-1], 1)]


def tails(tensor: Tensor, ranks: tuple[int, ...]) -> list[float]:
    """Norm of the singular values that a train of these ranks must lose, at each place: the best possible there."""
    rows = np.cumprod(tensor.shape[:-1])
    values = [torch.linalg.svdvals(tensor.double().reshape(int(m), -1)) for m in rows]
    return [float(each[r:].norm()) for each, r in zip(values, ranks, strict=True)]
