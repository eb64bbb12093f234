"""Points from the output of a layer: one for each object, or one for each token."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from gromov.core import InputError

if TYPE_CHECKING:
    from torch import Tensor

Pool = Literal["mean", "flatten", "first", "last", "tokens"]
_SEQUENCE, _IMAGE = 3, 4


class Pooled(NamedTuple):
    """What is kept of one output.

    Attributes:
        points: k × d, float32, on the CPU, sharing no memory with the output.
        objects: Place in the batch of the object that each point is of; None where there is one point for each object.
        shape: Shape of the output for one object.
    """

    points: "Tensor"
    objects: "Tensor | None"
    shape: tuple[int, ...]


def first_tensor(output: object) -> "Tensor | None":
    """The first tensor of what a module returned: itself, or within a tuple, a list, a mapping or a dataclass; None where there is none."""
    import torch

    if isinstance(output, torch.Tensor):
        return output
    inner: Iterable[object] = ()
    if isinstance(output, Mapping):
        inner = cast("Mapping[object, object]", output).values()
    elif isinstance(output, list | tuple):
        inner = cast("Iterable[object]", output)
    elif is_dataclass(output) and not isinstance(output, type):
        inner = (getattr(output, field.name) for field in fields(output))
    return next((found for each in inner if (found := first_tensor(each)) is not None), None)


def pooled(output: "Tensor", pool: Pool, mask: "Tensor | None", layer: str) -> Pooled:
    """Points from an output n × … of a layer.

    n × d stays as it is. Of n × t × w, sequences of tokens, `mean`, `first` and `last` are taken over the tokens that the mask leaves, `tokens` are all of
    these. Of n × c × h × w, and of more axes, `mean` is over all places, and `tokens` are the places, c numbers each. `flatten` keeps every number.

    Args:
        output: What the layer gave.
        pool: What to make of it.
        mask: n × t, true where a token counts; None where all do. A sequence of another length (one with a token of the whole before it) is pooled whole.
        layer: Its name, for errors.

    Raises:
        InputError: complex numbers, or a pool that the output has no axes for.
    """
    import torch

    x = output.detach()
    if x.is_complex():
        raise InputError(f"layer {layer} gives complex numbers: choose a layer that gives real ones")
    if x.layout != torch.strided:
        x = x.to_dense()
    if x.dtype is not torch.float64:
        x = x.to(torch.float32)  # before any mean: half precision would lose digits in the sum
    shape, objects = tuple(x.shape[1:]), None
    counted = mask.to(x.device) if mask is not None and x.ndim == _SEQUENCE and mask.shape == x.shape[:2] else None
    if pool == "flatten" or x.ndim < _SEQUENCE:
        points = x.reshape(len(x), -1)
    elif x.ndim > _SEQUENCE:
        if pool in ("first", "last"):
            told = " × ".join(map(str, shape))
            raise InputError(f"layer {layer} gives {told} for each object, which has no {pool} token: pool by mean, flatten or tokens")
        places = x.flatten(2).transpose(1, 2)
        points, objects = (places.mean(dim=1), None) if pool == "mean" else _tokens(places, None)
    elif pool == "mean":
        points = x.mean(dim=1) if counted is None else _mean_counted(x, counted)
    elif pool == "tokens":
        points, objects = _tokens(x, counted)
    else:
        points = x[torch.arange(len(x), device=x.device), _ends(x, counted, last=pool == "last")]
    # a copy: a later layer may work in place on the output, and what is kept must not follow
    return Pooled(points.to("cpu", torch.float32, copy=True), objects, shape)


def _mean_counted(x: "Tensor", counted: "Tensor") -> "Tensor":
    # what is padded may be anything, NaN too, and 0·NaN is NaN
    total = x.masked_fill(~counted[..., None], 0).sum(dim=1)
    return total / counted.sum(dim=1, keepdim=True)


def _tokens(x: "Tensor", counted: "Tensor | None") -> "tuple[Tensor, Tensor]":
    import torch

    count, length = x.shape[:2]
    owners = torch.arange(count).repeat_interleave(length)
    if counted is None:
        return x.reshape(count * length, -1), owners
    return x[counted], owners[counted.flatten().cpu()]


def _ends(x: "Tensor", counted: "Tensor | None", *, last: bool) -> "Tensor":
    """Place of the first or the last token that counts, in each sequence; padding may be on either side."""
    import torch

    count, length = x.shape[:2]
    if counted is None:
        return torch.full((count,), length - 1 if last else 0, device=x.device)
    whole = counted.to(torch.int8)
    return length - 1 - whole.flip(1).argmax(dim=1) if last else whole.argmax(dim=1)
