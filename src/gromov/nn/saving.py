"""A network on disk: weights in safetensors, the declaration in its header; no pickle, and nothing in the file is executed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from torch import Tensor, nn

from gromov.core import InputError
from gromov.core.runs import write_atomically
from gromov.nn.block import Block
from gromov.nn.declaration import block_from_dict
from gromov.nn.shapes import Shape, as_shape

FORMAT = "gromov.network"
"""Key of the file's metadata under which the declaration stands."""


class SavedNetwork(NamedTuple):
    """What a file holds.

    Attributes:
        network: The declaration.
        shape: Input of one sample.
        module: The module with its weights, on the CPU, in training mode.
    """

    network: Block
    shape: Shape
    module: nn.Module


def save_network(path: str | Path, network: Block, shape: Sequence[int], module: nn.Module) -> None:
    """Write a declaration and the weights of the module that was built from it, whole or not at all.

    Args:
        path: File, by custom `….safetensors`; what was there is replaced.
        network: The declaration.
        shape: Shape of one sample.
        module: What `network.build(shape)` gave, trained or not, on any device and in any dtype.

    Raises:
        InputError: the module is not one of this declaration.
        RunFolderError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> from gromov.nn import load_network, mlp, save_network
        >>> network = mlp(width=8, depth=1, classes=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_network(f"{folder}/small.safetensors", network, (3,), network.build((3,)))
        ...     load_network(f"{folder}/small.safetensors").network == network
        True
    """
    write_atomically(Path(path), network_bytes(network, shape, module))


def network_bytes(network: Block, shape: Sequence[int], module: nn.Module) -> bytes:
    """What `save_network` writes.

    Raises:
        InputError: the module is not one of this declaration.
    """
    from safetensors.torch import save

    # a copy of each: the format refuses tensors that share memory, as tied weights do
    state = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in module.state_dict().items()}
    if complaint := _difference(network, as_shape(shape), state):
        raise InputError(f"module is not one that {type(network).__name__}.build({tuple(shape)}) gives: {complaint}")
    tree = {"shape": list(as_shape(shape)), "network": network.to_dict()}
    return save(state, metadata={FORMAT: json.dumps(tree)})


def load_network(path: str | Path, also: Sequence[type[Block]] = ()) -> SavedNetwork:
    """Read what `save_network` wrote.

    Args:
        path: The file.
        also: Blocks of your own that may occur.

    Raises:
        InputError: there is no such file; it is damaged, truncated or not of this kind; or its weights are not those of its network.
    """
    network, shape, state = _read(Path(path), also)
    if complaint := _difference(network, shape, state):
        raise InputError(f"{path} holds weights that are not those of its network: {complaint}")
    module = network.build(shape)
    module.load_state_dict(state, assign=True)  # in the dtype they were saved in
    return SavedNetwork(network, shape, module)


def _read(path: Path, also: Sequence[type[Block]]) -> tuple[Block, Shape, dict[str, Tensor]]:
    from safetensors import SafetensorError, safe_open

    damaged = f"{path} is no safetensors file, or is damaged or truncated: save the network again"
    try:
        with safe_open(path, "pt") as file:
            about: Mapping[str, str] = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (SafetensorError, OSError) as error:
        raise InputError(damaged) from error
    if FORMAT not in about:
        raise InputError(f"{path} holds tensors but no network of gromov: load_network reads what save_network wrote")
    try:
        tree = json.loads(about[FORMAT])
        shape, declared = as_shape(tree["shape"]), cast("Mapping[str, object]", dict(tree["network"]))
        return block_from_dict(declared, also), shape, state
    except InputError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path} has a damaged declaration: save the network again") from error


def _difference(network: Block, shape: Shape, state: Mapping[str, Tensor]) -> str:
    """What is wrong with weights, against the shapes of the declaration; no memory is taken for what is merely declared."""
    wanted = network.build(shape, device="meta").state_dict()
    for name in sorted(wanted.keys() | state.keys()):
        if name not in state:
            return f"{name} is missing"
        if name not in wanted:
            return f"{name} is in no block"
        if wanted[name].shape != state[name].shape:
            return f"{name} has the shape {tuple(state[name].shape)}, not {tuple(wanted[name].shape)}"
    return ""
