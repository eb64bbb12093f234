"""Adam on Riemannian manifolds."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.optimizer import ParamsT

from gromov.core import InputError
from gromov.spaces.manifold import Manifold
from gromov.spaces.moving import move
from gromov.spaces.riemannian import RiemannianOptimizer, Settings
from gromov.spaces.rows import Update, UpdateRule


class RiemannianAdam(RiemannianOptimizer):
    """Adam whose points move along geodesics; a drop-in for `torch.optim.Adam`.

    For a `ManifoldParameter`, each row a point x with Riemannian gradient g (plus weight_decay·(−log_x origin)):

        m ← β₁m + (1 − β₁)g,   v ← β₂v + (1 − β₂)‖g‖²_x,   x' = exp_x(−lr·m̂/(√v̂ + ε)),   m ← transport(x → x'),

    with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ). v is one number a row: coordinates mean nothing in a curved space, lengths do. So in
    Euclidean space it is `torch.optim.Adam` where d = 1 and, where d > 1, Adam with the rows' squared lengths for squares: invariant to
    rotations, which Adam is not. Other parameters are updated exactly as by `torch.optim.Adam`.

    Sparse gradients (`nn.Embedding(sparse=True)`) move the rows they name and leave the others' points and means as they are. Each row
    counts its own steps for the corrections of bias, so a row first seen late starts with a step of lr, as all did.

    Args:
        params: Parameters, or groups of them, as in torch.
        lr: Step length, in units of length.
        betas: β₁ and β₂.
        eps: ε.
        weight_decay: Strength of the pull ½·weight_decay·d(x, origin)², which is L2 for plain parameters; not for positive curvature.
        amsgrad: Whether the largest v so far is used.
        maximize: Whether to climb.
        foreach: False keeps small parameters of one space from being stacked into one update, and is passed on to torch's.
        compile: Whether the update of points is compiled (dense gradients; about 20 seconds at the first step).

    Cost: in the ball, compiled, less than twice torch's fused Adam; not compiled, two to three times torch's plain one. Memory: m and one
    number a row, half of torch's; uncompiled steps hold a few blocks of 256 KB (512 KB in float64) besides.

    Raises:
        InputError: a setting out of range.

    Reference: Bécigneul, Ganea (2019), Riemannian adaptive optimization methods, arXiv:1810.00760; Kingma, Ba (2015), arXiv:1412.6980.

    Example:
        >>> import torch
        >>> from gromov.spaces import ManifoldParameter, PoincareBall, RiemannianAdam
        >>> space = PoincareBall()
        >>> x, goal = ManifoldParameter(torch.zeros(1, 2), space), torch.tensor([[0.6, 0.3]])
        >>> optimiser = RiemannianAdam([x], lr=0.05)
        >>> for _ in range(300):
        ...     optimiser.zero_grad()
        ...     space.distance(x, goal).square().sum().backward()
        ...     optimiser.step()
        >>> space.distance(x, goal).item() < 1e-3
        True
    """

    vectors = ("exp_avg",)

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        amsgrad: bool = False,
        maximize: bool = False,
        foreach: bool | None = None,
        compile: bool = False,  # noqa: A002 - the name of what it does
    ) -> None:
        defaults: dict[str, Any] = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "compile": compile,
        }
        super().__init__(params, defaults)

    def means(self, group: Settings) -> tuple[str, ...]:
        """m and v, and the largest v."""
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def rule(self, group: Settings) -> UpdateRule:
        """The same whatever the group."""
        del group
        return adam_update

    def rates(self, group: Settings, count: Tensor | float) -> tuple[Tensor | float, ...]:
        """β₁, 1 − β₁, β₂, 1 − β₂, lr/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), ε and the weight decay."""
        beta1, beta2 = (float(beta) for beta in group["betas"])
        rate, spread = float(group["lr"]) / (1 - beta1**count), (1 - beta2**count) ** -0.5
        return beta1, 1 - beta1, beta2, 1 - beta2, rate, spread, float(group["eps"]), float(group["weight_decay"])

    def plain_step(self, group: Settings, parameters: list[Tensor]) -> None:
        """torch's own Adam.

        Raises:
            InputError: a sparse gradient, which Adam does not take.
        """
        gradients = [p.grad for p in parameters if p.grad is not None]
        if any(gradient.is_sparse for gradient in gradients):
            raise InputError(
                "Adam takes no sparse gradients for plain parameters; make the parameter a ManifoldParameter in Euclidean() space to update "
                "the touched rows alone"
            )
        states = [self.state[p] for p in parameters]
        for state, parameter in zip(states, parameters, strict=True):
            if not state:
                state["step"] = torch.tensor(0.0)
            for name in self.means(group):
                if name not in state:
                    state[name] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        adam(
            parameters,
            gradients,
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [state["max_exp_avg_sq"] for state in states] if group["amsgrad"] else [],
            [state["step"] for state in states],
            foreach=group["foreach"],
            has_complex=any(p.is_complex() for p in parameters),
            amsgrad=group["amsgrad"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=group["maximize"],
        )


def adam_update(
    space: Manifold,
    x: Float[Tensor, "*batch coordinates"],
    derivative: Float[Tensor, "*batch coordinates"],
    means: tuple[Tensor, ...],
    rates: Float[Tensor, "8 *#batch"],
    decays: bool,
) -> Update:
    """One step of Adam for rows that are points of a space; a pure function."""
    momentum, square, *largest = means
    keep, add, keep_square, add_square, rate, spread, eps, decay = rates.unbind()
    squares: list[Tensor] = []

    def factor(length_square: Tensor) -> Tensor:
        squares.append(keep_square * square + add_square * length_square)
        squares.extend(torch.maximum(old, squares[0]) for old in largest)
        return -rate / (torch.sqrt(squares[-1]) * spread + eps)

    moved = move(space, x, derivative, momentum, keep, add, factor, decay=decay if decays else None)
    return Update(moved, tuple(squares))
