"""Tensors in few parameters: canonical polyadic, Tucker and tensor train, in torch.

The names are imported when they are first used, because all of them need torch.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.tensors.higher_order_svd import Tucker, tucker
    from gromov.tensors.modes import factorise_modes, layer_modes
    from gromov.tensors.polyadic import Canonical, canonical
    from gromov.tensors.tensor_train_svd import random_tensor_train, tensor_train
    from gromov.tensors.train_matrices import TensorTrainMatrix, tensor_train_matrix
    from gromov.tensors.trains import TensorTrain

__all__ = [
    "Canonical",
    "TensorTrain",
    "TensorTrainMatrix",
    "Tucker",
    "canonical",
    "factorise_modes",
    "layer_modes",
    "random_tensor_train",
    "tensor_train",
    "tensor_train_matrix",
    "tucker",
]

_HOMES = {
    "gromov.tensors.polyadic": ("Canonical", "canonical"),
    "gromov.tensors.modes": ("factorise_modes", "layer_modes"),
    "gromov.tensors.trains": ("TensorTrain",),
    "gromov.tensors.train_matrices": ("TensorTrainMatrix", "tensor_train_matrix"),
    "gromov.tensors.tensor_train_svd": ("random_tensor_train", "tensor_train"),
    "gromov.tensors.higher_order_svd": ("Tucker", "tucker"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'gromov.tensors' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
