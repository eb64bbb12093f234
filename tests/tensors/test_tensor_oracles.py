"""The same numbers from teneva and tntorch, where they are installed."""

import numpy as np
import pytest
import torch
from tensor_cases import hilbert, noise, relative

from gromov.tensors import TensorTrain, canonical, random_tensor_train, tensor_train, tucker


def test_teneva_agrees() -> None:
    teneva = pytest.importorskip("teneva")
    a, b = random_tensor_train((5, 6, 7, 8), 4, seed=1), random_tensor_train((5, 6, 7, 8), 3, seed=2)
    x, y = ([core.numpy() for core in each.cores] for each in (a, b))
    assert np.allclose((a + b).full(), teneva.full(teneva.add(x, y)))
    assert np.allclose((a * b).full(), teneva.full(teneva.mul(x, y)))
    assert np.isclose(a.inner(b), teneva.mul_scalar(x, y))
    assert np.isclose(a.norm(), teneva.norm(x))
    index = np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
    assert np.allclose(a.entries(torch.tensor(index)), teneva.get_many(x, index))
    theirs = teneva.truncate(teneva.mul(x, y), e=1e-6)
    ours = (a * b).round(tolerance=1e-6)
    assert ours.ranks == tuple(teneva.ranks(theirs))
    assert relative(ours.full(), torch.tensor(teneva.full(theirs))) < 1e-6
    tensor = hilbert(6, 7, 5, 8)
    found = tensor_train(tensor, tolerance=1e-6)
    theirs = [torch.tensor(core) for core in teneva.svd(tensor.numpy(), e=1e-6 * float(tensor.norm()))]
    assert relative(found.full(), TensorTrain(tuple(theirs)).full()) < 2e-6


@pytest.mark.filterwarnings("ignore")
def test_tntorch_agrees() -> None:
    tntorch = pytest.importorskip("tntorch")
    tensor = hilbert(6, 7, 5, 8)
    found, theirs = tensor_train(tensor, tolerance=1e-6), tntorch.Tensor(tensor, eps=1e-6)
    assert abs(sum(found.ranks) - int(theirs.ranks_tt.sum())) <= 1
    assert relative(found.full(), theirs.torch()) < 2e-6
    a, b = random_tensor_train((5, 6, 7, 8), 4, seed=1), random_tensor_train((5, 6, 7, 8), 3, seed=2)
    x, y = (tntorch.Tensor(list(each.cores)) for each in (a, b))
    assert relative((a * b).full(), (x * y).torch()) < 1e-12
    assert np.isclose(a.inner(b), tntorch.dot(x, y))
    tucker_of_noise = tucker(noise(6, 7, 8), 3)
    theirs = tntorch.Tensor(noise(6, 7, 8), ranks_tucker=3)
    assert abs(tucker_of_noise.relative_error(noise(6, 7, 8)) - relative(theirs.torch(), noise(6, 7, 8))) < 0.02
    low = noise(6, 2)[:, None, None] * noise(7, 2, seed=1)[:, None] * noise(8, 2, seed=2)
    tensor = low.sum(dim=-1)
    torch.manual_seed(0)
    assert relative(tntorch.Tensor(tensor, ranks_cp=2).torch(), canonical(tensor, 2).full()) < 1e-3
