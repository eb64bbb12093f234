"""The state of training as numbers: nested dictionaries of tensors as a tree and arrays, and back, so that nothing is pickled."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gromov.core import Arrays, Tree

_TENSOR, _NUMBER, _KEYS = "tensor:", "number:", "keys"


def flatten(state: object, prefix: str, arrays: Arrays) -> object:
    """The tree of a state; its tensors go into `arrays` under names that the tree refers to.

    Keys of dictionaries that are no text (the numbers of optimisers' parameters) are kept beside.
    """
    match state:
        case Tensor():
            arrays[prefix] = state.detach().cpu().numpy().copy()
            # archives give a single number back as an array of one
            return f"{_TENSOR if state.ndim else _NUMBER}{prefix}"
        case Mapping():
            items = cast("Mapping[object, object]", state)
            numbered = [isinstance(key, int) for key in items]
            return {
                _KEYS: "numbers" if any(numbered) else "words",
                "items": {str(key): flatten(value, f"{prefix}.{key}", arrays) for key, value in items.items()},
            }
        case list() | tuple():
            return [flatten(value, f"{prefix}.{i}", arrays) for i, value in enumerate(cast("list[object]", state))]
        case str():
            return f"text:{state}"
        case _:
            return state


def unflatten(tree: object, arrays: Arrays) -> object:
    """What `flatten` was given; tensors lie on the CPU."""
    if isinstance(tree, str):
        if tree.startswith(_NUMBER):
            return torch.from_numpy(np.array(arrays[tree.removeprefix(_NUMBER)]).reshape(()))
        if tree.startswith(_TENSOR):
            return torch.from_numpy(np.array(arrays[tree.removeprefix(_TENSOR)]))
        return tree.removeprefix("text:")
    if isinstance(tree, dict):
        items = cast("dict[str, object]", cast(Tree, tree)["items"])
        number = cast(Tree, tree)[_KEYS] == "numbers"
        return {(int(key) if number else key): unflatten(value, arrays) for key, value in items.items()}
    return [unflatten(value, arrays) for value in cast("list[object]", tree)] if isinstance(tree, list) else tree
