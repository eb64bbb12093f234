"""Stochastic gradient descent on Riemannian manifolds."""

from typing import Any

from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import ParamsT
from torch.optim.sgd import sgd

from gromov.core import InputError
from gromov.spaces.ball_step import Moved
from gromov.spaces.manifold import Manifold
from gromov.spaces.moving import move, riemannian_gradient
from gromov.spaces.riemannian import RiemannianOptimizer, Settings
from gromov.spaces.rows import Update, UpdateRule


class RiemannianSGD(RiemannianOptimizer):
    """Gradient descent with momentum whose points move along geodesics; a drop-in for `torch.optim.SGD`.

    For a `ManifoldParameter`, each row a point x with Riemannian gradient g (plus weight_decay·(−log_x origin)):

        m ← μm + (1 − dampening)g (g itself at the first step),   x' = exp_x(−lr·m),   m ← transport(x → x'),

    and with Nesterov's momentum x' = exp_x(−lr·(g + μm)). In Euclidean space this is `torch.optim.SGD`, and other parameters are updated
    exactly as by it. Sparse gradients move the rows they name and leave the others' points and momentum as they are.

    Args:
        params: Parameters, or groups of them, as in torch.
        lr: Step length per length of gradient.
        momentum: μ.
        dampening: Share of the gradient that does not join the momentum.
        weight_decay: Strength of the pull ½·weight_decay·d(x, origin)², which is L2 for plain parameters; not for positive curvature.
        nesterov: Whether to step from where the momentum leads.
        maximize: Whether to climb.
        foreach: False keeps small parameters of one space from being stacked into one update, and is passed on to torch's.
        compile: Whether the update of points is compiled (dense gradients; about 20 seconds at the first step).

    Raises:
        InputError: a setting out of range; Nesterov's momentum without momentum or with dampening.

    Reference: Bonnabel (2013), Stochastic gradient descent on Riemannian manifolds. arXiv:1111.5280.

    Example:
        >>> import torch
        >>> from gromov.spaces import ManifoldParameter, RiemannianSGD, Sphere
        >>> matrix = torch.diag(torch.tensor([3.0, 2.0, 1.0]))
        >>> x = ManifoldParameter(torch.tensor([0.6, 0.0, 0.8]), Sphere())
        >>> optimiser = RiemannianSGD([x], lr=0.1, momentum=0.5, maximize=True)
        >>> for _ in range(100):
        ...     optimiser.zero_grad()
        ...     (x @ matrix @ x).backward()
        ...     optimiser.step()
        >>> x.detach().round(decimals=4) + 0.0
        tensor([1., 0., 0.])
    """

    vectors = ("momentum_buffer",)

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        *,
        nesterov: bool = False,
        maximize: bool = False,
        foreach: bool | None = None,
        compile: bool = False,  # noqa: A002 - the name of what it does
    ) -> None:
        defaults: dict[str, Any] = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "compile": compile,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, as in torch.

        Raises:
            InputError: a setting out of range; Nesterov's momentum without momentum or with dampening.
        """
        whole = {**self.defaults, **param_group}
        if whole["nesterov"] and (whole["momentum"] <= 0 or whole["dampening"] != 0):
            raise InputError(
                f"nesterov needs momentum above 0 and no dampening; got momentum={whole['momentum']}, dampening={whole['dampening']}"
            )
        super().add_param_group(param_group)

    def means(self, group: Settings) -> tuple[str, ...]:
        """The momentum, where there is one."""
        return ("momentum_buffer",) if group["momentum"] else ()

    def rule(self, group: Settings) -> UpdateRule:
        """By the kind of momentum."""
        if not group["momentum"]:
            return descent_update
        return nesterov_update if group["nesterov"] else momentum_update

    def rates(self, group: Settings, count: Tensor | float) -> tuple[Tensor | float, ...]:
        """μ, the gradient's share, −lr and the weight decay."""
        share = 1 - float(group["dampening"])
        first = (count == 1) if not isinstance(count, Tensor) else (count == 1).to(count.dtype)
        return float(group["momentum"]), share + first * (1 - share), -float(group["lr"]), float(group["weight_decay"])

    def plain_step(self, group: Settings, parameters: list[Tensor]) -> None:
        """torch's own SGD."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        buffers: list[Tensor | None] = [self.state[p].get("momentum_buffer") if group["momentum"] else None for p in parameters]
        sgd(
            parameters,
            gradients,
            buffers,
            has_sparse_grad=any(gradient.is_sparse for gradient in gradients),
            foreach=group["foreach"],
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            lr=group["lr"],
            dampening=group["dampening"],
            nesterov=group["nesterov"],
            maximize=group["maximize"],
        )
        if group["momentum"]:
            for parameter, buffer in zip(parameters, buffers, strict=True):
                self.state[parameter]["momentum_buffer"] = buffer


def descent_update(
    space: Manifold,
    x: Float[Tensor, "*batch coordinates"],
    derivative: Float[Tensor, "*batch coordinates"],
    means: tuple[Tensor, ...],
    rates: Float[Tensor, "4 *#batch"],
    decays: bool,
) -> Update:
    """x' = exp_x(−lr·g); a pure function."""
    del means
    _, _, rate, decay = rates.unbind()
    gradient = riemannian_gradient(space, x, derivative, decay if decays else None)
    return Update(Moved(space.retract(x, rate[..., None] * gradient), gradient, None), ())


def momentum_update(
    space: Manifold,
    x: Float[Tensor, "*batch coordinates"],
    derivative: Float[Tensor, "*batch coordinates"],
    means: tuple[Tensor, ...],
    rates: Float[Tensor, "4 *#batch"],
    decays: bool,
) -> Update:
    """m ← μm + share·g, x' = exp_x(−lr·m); a pure function."""
    keep, add, rate, decay = rates.unbind()
    return Update(move(space, x, derivative, means[0], keep, add, _always(rate), decay=decay if decays else None), ())


def nesterov_update(
    space: Manifold,
    x: Float[Tensor, "*batch coordinates"],
    derivative: Float[Tensor, "*batch coordinates"],
    means: tuple[Tensor, ...],
    rates: Float[Tensor, "4 *#batch"],
    decays: bool,
) -> Update:
    """m ← μm + g, x' = exp_x(−lr·(g + μm)); a pure function."""
    keep, add, rate, decay = rates.unbind()
    moved = move(space, x, derivative, means[0], keep, add, _always(rate), decay=decay if decays else None, lookahead=keep)
    return Update(moved, ())


def _always(rate: Tensor) -> "_Always":
    return _Always(rate)


class _Always:
    """The same factor whatever the gradient's length."""

    def __init__(self, rate: Tensor) -> None:
        self.rate = rate

    def __call__(self, length_square: Tensor) -> Tensor:
        return self.rate.expand_as(length_square)
