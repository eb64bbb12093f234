"""A forward pass that leaves the network as it was."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gromov.core import Device, GromovError, InputError, resolve_device
from gromov.data.recording.feeding import MASK, Batch

if TYPE_CHECKING:
    from torch import nn


@contextmanager
def prepared(model: "nn.Module", device: Device | None, seed: int) -> "Generator[str]":
    """The network in evaluation mode, on its device, without gradients and with a stream of its own; then as it was."""
    import torch

    training = [(module, module.training) for module in model.modules()]
    first = next(iter([*model.parameters(), *model.buffers()]), None)
    home = "cpu" if first is None else str(first.device)
    place = home if device is None else resolve_device(device)
    moved = torch.device(place).type != torch.device(home).type
    try:
        if moved:
            model.to(place)
        model.eval()
        with torch.no_grad(), torch.random.fork_rng(devices=[place] if place.startswith("cuda") else []):
            torch.manual_seed(seed)
            yield place
    finally:
        for module, mode in training:
            module.training = mode
        if moved:
            model.to(home)


def forward(model: "nn.Module", batch: Batch, place: str) -> None:
    """One pass; floating numbers are converted to the type of the weights, and a mask is not given to a network that takes none.

    Raises:
        InputError: the network raises something.
    """
    import torch

    weights = next((each.dtype for each in model.parameters() if each.is_floating_point()), torch.get_default_dtype())

    def ready(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(place, weights) if tensor.is_floating_point() else tensor.to(place)

    named = {name: ready(each) for name, each in batch.kwargs.items() if name != MASK or _takes(model, MASK)}
    try:
        model(*map(ready, batch.args), **named)
    except GromovError:
        raise
    except Exception as error:  # a network may raise anything
        given = {**{f"input {place}": each for place, each in enumerate(batch.args, start=1)}, **batch.kwargs}
        told = ", ".join(
            f"{name} {' × '.join(map(str, each.shape))} {str(each.dtype).removeprefix('torch.')}" for name, each in given.items()
        )
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"the network does not take its inputs ({told}): {said[:300]}") from error


def _takes(model: "nn.Module", name: str) -> bool:
    import inspect

    found = inspect.signature(model.forward).parameters
    return name in found or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in found.values())
