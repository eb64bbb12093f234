"""Parameters that are points of a space."""

import copy

import torch
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces.manifold import Manifold

_STRAY = 1e-3
"""Entries that `project` moves by more than this share of the point are not rounding: the points are of another space."""


class ManifoldParameter(nn.Parameter):
    """An `nn.Parameter` whose rows are points of a space: what the Riemannian optimisers move along geodesics.

    To everything else it is a parameter like any other. It keeps its space through `copy.deepcopy`, pickling, `Module.to` and
    `load_state_dict` (with `assign=True` torch itself replaces the parameter, and the space is lost). Its `state_dict` entry is a plain
    tensor.

    A parameter cannot own a module, so a learnt curvature is not found through it: make the space a submodule of the module that holds
    the points, and `module.parameters()` yields both.

    Args:
        data: Points (… × coordinates), float32 or float64; they are not copied.
        space: The space they are in.
        requires_grad: Whether gradients are kept.

    Raises:
        InputError: another dtype, no axis of coordinates, a number of coordinates the space does not have, or points that are not in it.

    Example:
        >>> import torch
        >>> from gromov.spaces import ManifoldParameter, PoincareBall
        >>> points = ManifoldParameter(torch.zeros(3, 2), PoincareBall())
        >>> points.space, points.requires_grad
        (PoincareBall(curvature=-1), True)
    """

    space: Manifold

    def __new__(cls, data: Tensor, space: Manifold, requires_grad: bool = True) -> "ManifoldParameter":
        """The parameter, which shares memory with `data`."""
        _check(data, space)
        return cls._of(data, space, requires_grad)

    def __init__(self, data: Tensor, space: Manifold, requires_grad: bool = True) -> None:
        # all is done in __new__, as torch does it; this one shows the signature
        super().__init__()

    @classmethod
    def _of(cls, data: Tensor, space: Manifold, requires_grad: bool) -> "ManifoldParameter":
        made = super().__new__(cls, data.detach(), requires_grad)
        made.space = space
        return made

    def project_(self) -> "ManifoldParameter":
        """Return the points to their space, in place: after its curvature was changed by hand, or after a plain gradient step."""
        with torch.no_grad():
            self.copy_(self.space.project(self.detach()))
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "ManifoldParameter":
        """A copy whose space is the copy of the space: one that is deep-copied with its module stays the module's own."""
        found = memo.get(id(self))
        if isinstance(found, ManifoldParameter):
            return found
        space = copy.deepcopy(self.space, memo)
        made = self._of(self.detach().clone(memory_format=torch.preserve_format), space, self.requires_grad)
        memo[id(self)] = made
        return made

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return _rebuild, (self.detach(), self.space, self.requires_grad)

    def __repr__(self, *, tensor_contents: object = None) -> str:
        del tensor_contents
        return f"ManifoldParameter in {self.space!r} containing:\n{self.detach()!r}"


def _rebuild(data: Tensor, space: Manifold, requires_grad: bool) -> ManifoldParameter:
    return ManifoldParameter._of(data, space, requires_grad)  # pyright: ignore[reportPrivateUsage]


def _check(data: Tensor, space: Manifold) -> None:
    if data.dtype not in (torch.float32, torch.float64):
        raise InputError(f"data is {data.dtype}; points of a space need float32 or float64: convert with .float()")
    if data.ndim == 0:
        raise InputError("data is a single number; points need an axis of coordinates: give them as … × coordinates")
    entries = data.shape[-1]
    wanted = space.coordinates(space.dimension(entries))
    if wanted != entries or entries == 0:
        raise InputError(f"points of {space.name} space cannot have {entries} entries")
    if data.device.type == "meta":
        return
    with torch.no_grad():
        points = data.detach()
        size = points.abs().amax(dim=-1, keepdim=True)
        # written so that a NaN counts as outside
        inside = ((space.project(points) - points).abs() <= _STRAY * size).all(dim=-1)
        outside = int((~inside).sum())
    if outside:
        raise InputError(
            f"{outside} of {inside.numel()} points are not in {space!r}, or not finite: "
            "give space.project(data), or make them with space.exp or space.from_frame"
        )
