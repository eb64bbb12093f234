"""Batches as they come: numpy arrays, or torch tensors that stay on their device.

Only what numpy and torch spell alike is used on them, so one formula serves both and torch is never imported here.
"""

import math
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gromov.core import InputError
from gromov.core.representation import TensorLike

Batch: TypeAlias = ArrayLike | TensorLike
Array: TypeAlias = NDArray[np.float64]
"""A numpy array, or a torch tensor that is used as one."""
_LARGEST = 1e100


@runtime_checkable
class _Tensor(TensorLike, Protocol):
    """What of a torch tensor numpy has not."""

    device: Any

    def new_tensor(self, data: object) -> Any: ...
    def double(self) -> Any: ...
    def cpu(self) -> Any: ...
    def to(self, device: object) -> Any: ...


def rows_of(batch: Batch, columns: int | None = None) -> Array:
    """A batch as rows × columns without its gradient, on its own device and in its own precision.

    Raises:
        InputError: not real numbers, not two-dimensional, other columns than before, or a value that is NaN, infinite or above 1e100.
    """
    rows: Any = batch.detach() if isinstance(batch, _Tensor) else _as_array(batch)
    if isinstance(rows, np.ndarray) and rows.dtype.kind not in "fiub":
        raise InputError(f"a batch must hold real numbers; this one is of type {rows.dtype}")
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise InputError(f"a batch must be rows × columns; this one is {' × '.join(map(str, rows.shape)) or 'a single number'}")
    if columns is not None and rows.shape[1] != columns:
        raise InputError(f"the batches before had {columns} columns and this one has {rows.shape[1]}: reset(), or use another metric")
    if not isinstance(rows, np.ndarray) and rows.is_complex():
        raise InputError(f"a batch must hold real numbers; this one is of type {rows.dtype}")
    most = _LARGEST if str(rows.dtype).endswith("float64") else math.inf  # nothing smaller than float64 reaches 1e100
    if not bool((abs(rows) < most).all()):
        raise InputError("the batch holds NaN, an infinite value or one above 1e100: it was not counted")
    return cast(Array, rows)


def _as_array(batch: Batch) -> NDArray[np.generic]:
    try:
        return np.asarray(batch)
    except (ValueError, TypeError) as error:
        raise InputError(f"the batch cannot be made an array: {error}") from error


def in_double(rows: Array) -> Array:
    """The rows in float64, on their device where it has float64 (Apple's has not)."""
    if isinstance(rows, _Tensor):
        return rows.cpu().double() if str(rows.device).startswith("mps") else rows.double()
    return np.asarray(rows, dtype=np.float64)


def like(kept: Array, values: Array) -> Array:
    """`values` as the kind of array that `kept` is, on its device."""
    if not isinstance(kept, _Tensor):
        return to_numpy(values)
    return values.to(kept.device) if isinstance(values, _Tensor) else kept.new_tensor(values)


def to_numpy(values: Array) -> NDArray[np.float64]:
    """The values in the memory of the host."""
    return values.cpu().numpy() if isinstance(values, _Tensor) else np.asarray(values)
