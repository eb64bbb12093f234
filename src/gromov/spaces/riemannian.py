"""What the Riemannian optimisers share: which parameters are points, how their rows reach the update, what follows a step.

A step takes this order: every point moves, at the curvature it was measured with; then plain parameters, learnt curvatures among them, are
updated as torch does; then the points of spaces with a learnt curvature are projected, and their momentum made tangent again. So after
`step` every point is legal at the curvature of the next forward pass.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, ParamsT

from gromov.core import InputError
from gromov.spaces.compiling import Compiled
from gromov.spaces.manifold import Manifold
from gromov.spaces.parameter import ManifoldParameter
from gromov.spaces.rows import BLOCK, Rows, UpdateInPlace, UpdateRule, update_in_place

Settings = Mapping[str, Any]
"""A parameter group: what torch hands out untyped."""


class RiemannianOptimizer(Optimizer, ABC):
    """Base of the optimisers: a `torch.optim.Optimizer` that moves each `ManifoldParameter` in its own space."""

    vectors: tuple[str, ...]
    """Names of the running means that are tangent vectors (at most one); the others are one number a row."""

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        super().__init__(params, defaults)

    # ---- what an optimiser says

    @abstractmethod
    def means(self, group: Settings) -> tuple[str, ...]:
        """Names of the running means it keeps of points, in the order the update takes them."""

    @abstractmethod
    def rule(self, group: Settings) -> UpdateRule:
        """The update of points."""

    @abstractmethod
    def rates(self, group: Settings, count: Tensor | float) -> tuple[Tensor | float, ...]:
        """The numbers the update needs at step `count`, one of them or one a row."""

    @abstractmethod
    def plain_step(self, group: Settings, parameters: list[Tensor]) -> None:
        """Update parameters that are no points as torch does."""

    # ---- torch's interface

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, as in torch.

        Raises:
            InputError: a setting out of range, or weight decay on points of a space that has no middle to decay to.
        """
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        try:
            _check(group)
        except InputError:
            self.param_groups.pop()
            raise

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step for every parameter that has a gradient.

        Args:
            closure: Computes the loss again and its gradients; it is called first.

        Raises:
            InputError: gradients of a kind the parameter cannot take.

        Warns:
            CostWarning: `compile` was asked for and there is no compiler.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            self._move_points(group)
        for group in self.param_groups:
            plain = [p for p in group["params"] if p.grad is not None and not isinstance(p, ManifoldParameter)]
            if plain:
                self.plain_step(group, plain)
        self._return_to_spaces()
        return loss

    # ---- points

    def _move_points(self, group: Settings) -> None:
        few: dict[tuple[object, ...], list[ManifoldParameter]] = {}
        for parameter in group["params"]:
            if parameter.grad is None or not isinstance(parameter, ManifoldParameter):
                continue
            self._prepare(group, parameter)
            if parameter.grad.is_sparse:
                self._move_touched(group, parameter)
            elif group["foreach"] is False or parameter.numel() > BLOCK or self.state[parameter]["step"].ndim:
                self._move_all(group, parameter)
            else:
                step = float(self.state[parameter]["step"])
                key = (id(parameter.space), parameter.shape[-1], parameter.dtype, parameter.device, step)
                few.setdefault(key, []).append(parameter)
        for alike in few.values():
            if len(alike) == 1:
                self._move_all(group, alike[0])
            else:
                self._move_together(group, alike)

    def _prepare(self, group: Settings, parameter: ManifoldParameter) -> None:
        """The running means, at 0."""
        if parameter.dtype not in (torch.float32, torch.float64):
            raise InputError(f"a ManifoldParameter has become {parameter.dtype}; points need float32 or float64: convert it back")
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)
        for name in self.means(group):
            if name not in state:
                like = parameter if name in self.vectors else parameter[..., 0]
                state[name] = torch.zeros_like(like, memory_format=torch.preserve_format, requires_grad=False)

    def _derivative(self, group: Settings, gradient: Tensor) -> Tensor:
        return -gradient if group["maximize"] else gradient

    def _rates(self, group: Settings, count: Tensor, x: Tensor) -> Tensor:
        """The rates in the dtype of x, computed in float64: numbers where all rows are at one count, columns otherwise."""
        if count.ndim == 0:
            return torch.tensor(self.rates(group, float(count)), dtype=x.dtype, device=x.device)
        found = self.rates(group, count.to(torch.float64))
        columns = [torch.as_tensor(rate, dtype=torch.float64, device=x.device).expand(count.shape) for rate in found]
        return torch.stack(columns).to(x.dtype)

    def _move_all(self, group: Settings, parameter: ManifoldParameter) -> None:
        """A dense gradient: compiled, or a block of rows at a time."""
        assert parameter.grad is not None
        state = self.state[parameter]
        state["step"] += 1
        derivative = self._derivative(group, parameter.grad)
        rows = Rows(parameter.detach(), derivative, tuple(state[name] for name in self.means(group)))
        rates = self._rates(group, state["step"], rows.x)
        whole = group["compile"] or rates.ndim > 1 or not rows.can_be_cut()
        for part in (rows,) if whole else rows.blocks():
            self._update(group, parameter.space, part, rates, compiled=bool(group["compile"]))

    def _move_touched(self, group: Settings, parameter: ManifoldParameter) -> None:
        """A sparse gradient: the rows it names, and no others. Each row counts its own steps, so that its first is as long as any first."""
        assert parameter.grad is not None
        if parameter.grad.sparse_dim() != 1 or parameter.ndim != 2:
            raise InputError(
                f"a sparse gradient must leave out rows of an n × coordinates parameter; this one has shape {tuple(parameter.shape)} "
                f"and {parameter.grad.sparse_dim()} sparse axes"
            )
        gradient = parameter.grad.coalesce()
        touched, state, x = gradient.indices()[0], self.state[parameter], parameter.detach()
        state["step"] = _by_row(state["step"], parameter)
        state["step"][touched] += 1
        names = self.means(group)
        rows = Rows(x[touched], self._derivative(group, gradient.values()), tuple(state[name][touched] for name in names))
        self._update(group, parameter.space, rows, self._rates(group, state["step"][touched], x))
        x.index_copy_(0, touched, rows.x)
        for name, mean in zip(names, rows.means, strict=True):
            state[name].index_copy_(0, touched, mean)

    def _move_together(self, group: Settings, parameters: list[ManifoldParameter]) -> None:
        """Many small parameters of one space, all at the same step: as the rows of one tensor."""
        states = [self.state[p] for p in parameters]
        for state in states:
            state["step"] += 1
        names = self.means(group)
        gradients = [self._derivative(group, p.grad) for p in parameters if p.grad is not None]
        rows = Rows.stack([Rows(p.detach(), g, tuple(s[n] for n in names)) for p, g, s in zip(parameters, gradients, states, strict=True)])
        self._update(group, parameters[0].space, rows, self._rates(group, states[0]["step"], rows.x))
        counts = [p.numel() // p.shape[-1] for p in parameters]
        for parameter, part in zip(parameters, rows.x.split(counts), strict=True):
            parameter.detach().copy_(part.view(parameter.shape))
        for name, mean in zip(names, rows.means, strict=True):
            for state, part in zip(states, mean.split(counts), strict=True):
                state[name].copy_(part.view(state[name].shape))

    def _update(self, group: Settings, space: Manifold, rows: Rows, rates: Tensor, *, compiled: bool = False) -> None:
        rule = self.rule(group)
        update = _compiled(rule, type(space)) if compiled else update_in_place
        doubtful = update(rule, space, *rows, rates, bool(group["weight_decay"]))
        # on a GPU to ask costs more than to do
        if doubtful is not None and (rows.x.device.type != "cpu" or bool(doubtful)):
            rows.x.copy_(space.project(rows.x))

    def _return_to_spaces(self) -> None:
        """Points are legal again where the curvature may have changed."""
        for parameter in self.points():
            if any(p.requires_grad for p in parameter.space.parameters()):
                parameter.project_()
                for name in self.vectors:
                    if name in self.state.get(parameter, {}):
                        vector = self.state[parameter][name]
                        vector.copy_(parameter.space.tangent(parameter.detach(), vector))

    def points(self) -> Iterator[ManifoldParameter]:
        """The parameters that are points."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if isinstance(parameter, ManifoldParameter):
                    yield parameter


@functools.cache
def _compiled(rule: UpdateRule, kind: type[Manifold]) -> UpdateInPlace:
    """The compiled update, one for each rule and kind of space."""
    del rule, kind
    return Compiled(update_in_place)


def _by_row(count: Tensor, parameter: Tensor) -> Tensor:
    """Steps taken by each row."""
    if count.ndim:
        return count.to(parameter.device)
    return torch.full((parameter.shape[0],), float(count), device=parameter.device)


def _check(group: Settings) -> None:
    for name in ("lr", "weight_decay", "eps", "momentum"):
        if name in group and not float(group[name]) >= 0:
            raise InputError(f"{name} is {group[name]}; it must not be negative")
    for beta in group.get("betas", ()):
        if not 0 <= float(beta) < 1:
            raise InputError(f"betas are {group['betas']}; both must be at least 0 and below 1")
    for parameter in group["params"]:
        if group["weight_decay"] and isinstance(parameter, ManifoldParameter) and parameter.space.curvature > 0:
            raise InputError(
                f"weight_decay pulls points towards the origin, which means nothing in {parameter.space!r}: "
                "put them in a group of their own with weight_decay=0"
            )
