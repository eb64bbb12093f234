"""Batches for a network: from an array, from arrays by name, or from whatever gives batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gromov.core import InputError

if TYPE_CHECKING:
    from torch import Tensor

MASK = "attention_mask"


@runtime_checkable
class ArrayLike(Protocol):
    """An array or a tensor: it has a shape, and rows."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        ...

    def __getitem__(self, rows: slice, /) -> object:
        """Some of the rows."""
        ...


Inputs: TypeAlias = "ArrayLike | Mapping[str, ArrayLike] | Iterable[object]"
Preprocess: TypeAlias = Callable[..., object]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one forward pass takes.

    Attributes:
        args: Positional arguments.
        kwargs: Arguments by name.
        mask: n × t, true where a token counts; None where all do.
        count: Number of objects.
    """

    args: "tuple[Tensor, ...]"
    kwargs: "dict[str, Tensor]"
    mask: "Tensor | None"
    count: int


def length(inputs: Inputs) -> int | None:
    """Number of objects; None where only going through them would tell.

    Raises:
        InputError: arrays by name of different lengths, or no array.
    """
    if isinstance(inputs, Mapping):
        arrays = cast("Mapping[str, ArrayLike]", inputs)
        lengths = {str(name): _rows(each, f"inputs[{name!r}]") for name, each in arrays.items()}
        if len(set(lengths.values())) != 1:
            told = ", ".join(f"{name} {count:,}" for name, count in lengths.items()) or "none"
            raise InputError(f"the arrays of inputs must have one row for each object, and their numbers of rows are {told}")
        return next(iter(lengths.values()))
    return _rows(inputs, "inputs") if isinstance(inputs, ArrayLike) else None


def rows_of(inputs: Inputs, rows: NDArray[np.integer]) -> Inputs:
    """The inputs of some objects, for arrays."""
    if isinstance(inputs, Mapping):
        return {name: cast(ArrayLike, each[rows]) for name, each in cast("Mapping[str, NDArray[np.generic]]", inputs).items()}
    return cast(ArrayLike, cast("NDArray[np.generic]", inputs)[rows])


def batches(inputs: Inputs, size: int, mask: ArrayLike | None, preprocess: Preprocess | None) -> Iterator[Batch]:
    """The batches, in order.

    Args:
        inputs: As `activations` takes them.
        size: Number of objects in a batch, for arrays.
        mask: For arrays, n × t.
        preprocess: What makes the network's input of a batch.

    Raises:
        InputError: a batch holds no array.
    """
    count = length(inputs)
    if count is None:
        for given in cast("Iterable[object]", inputs):
            yield _batch(given, None, preprocess)
        return
    for start in range(0, count, size):
        rows = slice(start, min(start + size, count))
        whole: object = (
            {name: each[rows] for name, each in inputs.items()} if isinstance(inputs, Mapping) else cast(ArrayLike, inputs)[rows]
        )  # pyright: ignore[reportArgumentType]
        yield _batch(whole, None if mask is None else mask[rows], preprocess)


def tensor_of(given: object, what: str) -> "Tensor":
    """An array as a tensor that may be written to; float64 stays so.

    Raises:
        InputError: it is no array of numbers.
    """
    import torch

    if isinstance(given, torch.Tensor):
        return given
    try:
        return torch.from_numpy(np.array(given, order="C"))  # a copy: maps of files may not be written to
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} is a {type(given).__name__} that does not become a tensor: {error}") from error


def _batch(given: object, mask: object, preprocess: Preprocess | None) -> Batch:
    if preprocess is not None:
        try:
            given = preprocess(given)
        except Exception as error:  # a user's function may raise anything
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise InputError(f"preprocess did not return: {said}") from error
    if isinstance(given, list | tuple):  # as (image, label) of a loader
        given = cast("list[object]", given)[0] if given else None
    if isinstance(given, Mapping):
        kwargs = {str(name): tensor_of(each, str(name)) for name, each in cast("Mapping[object, object]", given).items()}
        counts = {len(each) for each in kwargs.values() if each.ndim}
        if len(counts) != 1:
            raise InputError(f"a batch of arrays by name must have one row for each object, and its numbers of rows are {sorted(counts)}")
        return Batch((), kwargs, _mask(kwargs.get(MASK) if mask is None else mask), counts.pop())
    tensor = tensor_of(given, "a batch of inputs")
    if tensor.ndim == 0:
        raise InputError("a batch of inputs is a single number: give arrays with one row for each object")
    return Batch((tensor,), {}, _mask(mask), len(tensor))


def _mask(given: object) -> "Tensor | None":
    if given is None:
        return None
    mask = tensor_of(given, "mask") != 0
    if mask.ndim != 2:
        raise InputError(f"the mask is {' × '.join(map(str, mask.shape))}; it must be n × t, with a number for each token")
    empty = (~mask.any(dim=1)).nonzero()
    if len(empty):
        raise InputError(f"the mask leaves no token of object {int(empty[0])} of its batch: remove such objects")
    return mask


def _rows(given: object, what: str) -> int:
    if not isinstance(given, ArrayLike) or len(given.shape) == 0:
        raise InputError(f"{what} is a {type(given).__name__}; it must be an array with one row for each object")
    return int(given.shape[0])
