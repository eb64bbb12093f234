"""PyTorch files (.pt, .pth): a tensor or a dictionary of tensors, by torch's weights-only loader and never otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np

from gromov.core import InputError, require_memory
from gromov.data.contents import Contents, Request, Values
from gromov.data.readers.arrays import choose_array
from gromov.data.readers.file import File, sentences

if TYPE_CHECKING:
    import torch

SUFFIXES = (".pt", ".pth")
_DEEPEST = 8
WANTED = "save one tensor, or a dictionary of tensors, with torch.save"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a tensor before it is read.

    Attributes:
        dtype: Type it is read as.
        shape: Length of each dimension.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]


def read_checkpoint(file: File, request: Request) -> Contents:
    """The tensor of a PyTorch file, memory-mapped where its type allows.

    Raises:
        InputError: it is compressed from outside, damaged, or holds anything but tensors.
    """
    if not file.stored_plainly():
        raise InputError(f"{file.name} is compressed from outside: extract it first")
    tensors = {name: tensor for name, tensor in _tensors(file).items() if _dense(tensor)}
    if not tensors:
        raise InputError(f"{file.name} holds no dense tensors: {WANTED}")
    entries = {name: Entry(_dtype(tensor), tuple(tensor.shape)) for name, tensor in tensors.items()}
    name = choose_array(entries, request, file.name)
    columns = {other: partial(_array, tensors[other], other) for other, entry in entries.items() if len(entry.shape) == 1}
    notes = (f"array {name}",) if len(tensors) > 1 else ()
    if tensors[name].dtype.itemsize == 2 and entries[name].dtype.itemsize == 4:
        notes = (*notes, "bfloat16 read as float32")
    return Contents(_array(tensors[name], name), columns=columns, sha256=file.sha256(), notes=notes)


def _tensors(file: File) -> "Mapping[str, torch.Tensor]":
    import torch

    with sentences(file.name):
        try:
            held: object = torch.load(file.path, map_location="cpu", weights_only=True, mmap=True)
        except (FileNotFoundError, PermissionError, MemoryError):
            raise
        except Exception as error:  # a damaged file makes the loader fail in any way
            said = str(error)
            if "Weights only load failed" in said or "Unsupported" in said:
                raise InputError(f"{file.name} holds pickled objects, which are never loaded: {WANTED}") from error
            raise InputError(f"{file.name} is damaged, or of a form older than torch 1.6: {WANTED}") from error
    if isinstance(held, torch.Tensor):
        return {"tensor": held}
    if isinstance(held, Mapping):
        return dict(_nested(cast("Mapping[object, object]", held), "", _DEEPEST))
    raise InputError(f"{file.name} holds a {type(held).__name__}: {WANTED}")


def _nested(entries: "Mapping[object, object]", prefix: str, levels: int) -> "Iterator[tuple[str, torch.Tensor]]":
    """The tensors of dictionaries in dictionaries, as checkpoints have them; names are joined by dots."""
    import torch

    for name, value in entries.items():
        if isinstance(value, torch.Tensor):
            yield f"{prefix}{name}", value
        elif isinstance(value, Mapping) and levels > 0:
            yield from _nested(cast("Mapping[object, object]", value), f"{prefix}{name}.", levels - 1)


def _dense(tensor: "torch.Tensor") -> bool:
    import torch

    return tensor.layout == torch.strided and not tensor.is_quantized and tensor.device.type == "cpu"


def _dtype(tensor: "torch.Tensor") -> np.dtype[np.generic]:
    import torch

    if tensor.dtype == torch.bfloat16:
        return np.dtype(np.float32)
    name = str(tensor.dtype).removeprefix("torch.")
    try:
        return np.dtype(name)
    except TypeError:
        return np.dtype("V1")


def _array(tensor: "torch.Tensor", name: str) -> Values:
    import torch

    if 0 in tensor.shape:
        raise InputError(f"array {name} is empty: its shape is {' × '.join(map(str, tensor.shape))}")
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.dtype == torch.bfloat16:
        require_memory(4 * tensor.numel(), step=f"array {name} as float32", remedy="save it as float16 or float32")
        tensor = tensor.to(torch.float32)
    return cast(Values, tensor.numpy())
