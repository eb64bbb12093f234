"""The Riemannian optimisers as torch optimisers: equal to torch's own where space is flat, resumable, schedulable."""

import copy
import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces import (
    Euclidean,
    Manifold,
    ManifoldParameter,
    PoincareBall,
    Product,
    RiemannianAdam,
    RiemannianSGD,
    Sphere,
    Stereographic,
)

Make = Callable[..., torch.optim.Optimizer]
ADAM_SETTINGS: list[dict[str, Any]] = [
    {},
    {"lr": 0.05, "betas": (0.5, 0.8), "eps": 1e-3},
    {"amsgrad": True, "lr": 0.1},
    {"weight_decay": 0.3, "lr": 0.1},
    {"maximize": True, "foreach": True},
    {"maximize": True, "weight_decay": 0.1, "foreach": False},
]
SGD_SETTINGS: list[dict[str, Any]] = [
    {"lr": 0.1},
    {"lr": 0.05, "momentum": 0.9},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.5, "dampening": 0.3},
    {"lr": 0.05, "momentum": 0.5, "maximize": True, "weight_decay": 0.1, "foreach": True},
]


def start(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


def sparse(rows: list[int], values: Tensor, shape: tuple[int, ...]) -> Tensor:
    index = torch.tensor(rows, dtype=torch.int64)[None]
    return torch.sparse_coo_tensor(index, values, shape, check_invariants=True)


def loss_of(parameters: list[nn.Parameter]) -> Tensor:
    return torch.stack([(torch.cos(3 * p) + (p - 1).square()).sum() for p in parameters]).sum()


def run(make: Make, parameters: list[nn.Parameter], steps: int = 25, **settings: Any) -> list[Tensor]:
    optimiser = make(parameters, **settings)
    for _ in range(steps):
        optimiser.zero_grad()
        loss_of(parameters).backward()
        optimiser.step()
    return [p.detach() for p in parameters]


def plain(shapes: list[tuple[int, ...]]) -> list[nn.Parameter]:
    return [nn.Parameter(start(*shape, seed=i)) for i, shape in enumerate(shapes)]


def flat(shapes: list[tuple[int, ...]]) -> list[nn.Parameter]:
    return [ManifoldParameter(start(*shape, seed=i), Euclidean()) for i, shape in enumerate(shapes)]


def differ(a: list[Tensor], b: list[Tensor]) -> float:
    return max(float((p - q).abs().max()) for p, q in zip(a, b, strict=True))


# ---- closed forms and torch as the reference


@pytest.mark.parametrize("settings", ADAM_SETTINGS, ids=str)
def test_adam_of_plain_parameters_is_torch_s(settings: dict[str, Any]) -> None:
    shapes: list[tuple[int, ...]] = [(4, 3), (), (7,)]
    assert differ(run(RiemannianAdam, plain(shapes), **settings), run(torch.optim.Adam, plain(shapes), **settings)) == 0


@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_sgd_of_plain_parameters_is_torch_s(settings: dict[str, Any]) -> None:
    shapes: list[tuple[int, ...]] = [(4, 3), (), (7,)]
    assert differ(run(RiemannianSGD, plain(shapes), **settings), run(torch.optim.SGD, plain(shapes), **settings)) == 0


@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_sgd_in_euclidean_space_is_torch_s(settings: dict[str, Any]) -> None:
    shapes: list[tuple[int, ...]] = [(4, 3), (7,), (2, 3, 2), (5, 3)]
    assert differ(run(RiemannianSGD, flat(shapes), **settings), run(torch.optim.SGD, plain(shapes), **settings)) < 1e-12


@pytest.mark.parametrize("settings", ADAM_SETTINGS, ids=str)
def test_adam_on_the_line_is_torch_s(settings: dict[str, Any]) -> None:
    shapes: list[tuple[int, ...]] = [(4, 1), (1,), (2, 3, 1)]
    assert differ(run(RiemannianAdam, flat(shapes), **settings), run(torch.optim.Adam, plain(shapes), **settings)) < 1e-12


def test_adam_in_euclidean_space_divides_by_the_mean_length_of_the_row() -> None:
    (x,), lr, eps = flat([(6, 3)]), 0.1, 1e-8
    optimiser = RiemannianAdam([x], lr=lr, eps=eps)
    y, m, v = x.detach().clone(), torch.zeros(6, 3, dtype=torch.float64), torch.zeros(6, 1, dtype=torch.float64)
    for t in range(1, 20):
        optimiser.zero_grad()
        loss_of([x]).backward()
        assert x.grad is not None
        m = 0.9 * m + 0.1 * x.grad
        v = 0.999 * v + 0.001 * x.grad.square().sum(dim=1, keepdim=True)
        y = y - lr * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)).sqrt() + eps)
        optimiser.step()
        assert torch.allclose(x.detach(), y, rtol=0, atol=1e-12)


def test_adam_in_euclidean_space_turns_with_the_coordinates_and_torch_s_does_not() -> None:
    turn = torch.linalg.qr(start(3, 3, seed=9)).Q
    matrix, begin = torch.diag(torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)), start(5, 3)

    def descend(make: Make, parameter: nn.Parameter, form: Tensor) -> Tensor:
        optimiser = make([parameter], lr=0.05)
        for _ in range(30):
            optimiser.zero_grad()
            ((parameter @ form) * parameter).sum().backward()
            optimiser.step()
        return parameter.detach()

    def both(make: Make, kind: Callable[[Tensor], nn.Parameter]) -> float:
        straight = descend(make, kind(begin.clone()), matrix)
        turned = descend(make, kind(begin @ turn), turn.T @ matrix @ turn)
        return float((straight @ turn - turned).abs().max())

    assert both(RiemannianAdam, lambda data: ManifoldParameter(data, Euclidean())) < 1e-10
    assert both(torch.optim.Adam, nn.Parameter) > 1e-2


@pytest.mark.parametrize("lr", [1e-3, 0.2])
def test_adam_s_first_step_has_length_lr(lr: float) -> None:
    space = PoincareBall(-2.0)
    x = ManifoldParameter(0.3 * unit(start(8, 4)), space)
    before = x.detach().clone()
    optimiser = RiemannianAdam([x], lr=lr)
    loss_of([x]).backward()
    optimiser.step()
    assert torch.allclose(space.distance(before, x.detach()), torch.full((8,), lr, dtype=torch.float64), rtol=1e-7)


# ---- state


def everything() -> tuple[list[nn.Parameter], list[Manifold]]:
    """Plain, ball, sphere and product points, several small ones of one space, and a learnt curvature."""
    ball, sphere, mixed = PoincareBall(learn_curvature=True), Sphere(), Product([(PoincareBall(), 2), (Sphere(), 1)])
    parameters: list[nn.Parameter] = [
        nn.Parameter(start(3, 2)),
        ManifoldParameter(0.3 * unit(start(4, 3)), ball),
        ManifoldParameter(0.2 * unit(start(3)), ball),
        ManifoldParameter(0.2 * unit(start(2, 2, 3)), ball),
        ManifoldParameter(unit(start(5, 3)), sphere),
        ManifoldParameter(mixed.project(0.1 + torch.zeros(3, 4, dtype=torch.float64)), mixed),
        *ball.parameters(),  # pyright: ignore[reportArgumentType]
    ]
    return parameters, [ball, sphere, mixed]


def with_curvature(parameters: list[nn.Parameter]) -> Tensor:
    ball = parameters[1]
    assert isinstance(ball, ManifoldParameter)
    return loss_of(parameters[:-1]) + ball.space.distance(ball[:1], ball[1:]).square().sum()


@pytest.mark.parametrize("make", [RiemannianAdam, RiemannianSGD])
@pytest.mark.parametrize("through_file", [False, True])
def test_a_resumed_run_goes_on_to_the_same_bits(make: Make, through_file: bool) -> None:
    settings: dict[str, Any] = {"lr": 0.02, "amsgrad": True} if make is RiemannianAdam else {"lr": 0.005, "momentum": 0.8, "dampening": 0.1}

    def go(parameters: list[nn.Parameter], optimiser: torch.optim.Optimizer, steps: int) -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            with_curvature(parameters).backward()
            optimiser.step()

    parameters, _ = everything()
    optimiser = make(parameters, **settings)
    go(parameters, optimiser, 7)
    others, _ = everything()
    with torch.no_grad():
        for p, q in zip(parameters, others, strict=True):
            q.copy_(p)
    saved = optimiser.state_dict()
    if through_file:
        file = io.BytesIO()
        torch.save(saved, file)
        file.seek(0)
        saved = torch.load(file, weights_only=True)
    again = make(others, lr=123.0)
    again.load_state_dict(copy.deepcopy(saved))
    go(parameters, optimiser, 9)
    go(others, again, 9)
    assert all(torch.equal(p, q) for p, q in zip(parameters, others, strict=True))


def test_torch_s_own_state_can_be_taken_over() -> None:
    theirs, ours = plain([(4, 3)]), plain([(4, 3)])
    first = torch.optim.Adam(theirs, lr=0.1)
    loss_of(theirs).backward()
    first.step()
    with torch.no_grad():
        ours[0].copy_(theirs[0])
    second = RiemannianAdam(ours)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for parameters, optimiser in ((theirs, first), (ours, second)):
        optimiser.zero_grad()
        loss_of(parameters).backward()
        optimiser.step()
    assert torch.equal(theirs[0], ours[0])


def test_groups_have_their_own_settings() -> None:
    slow, fast = ManifoldParameter(torch.full((1, 2), 0.2), PoincareBall()), ManifoldParameter(torch.full((1, 2), 0.2), PoincareBall())
    optimiser = RiemannianAdam([{"params": [slow], "lr": 1e-3}, {"params": [fast]}], lr=0.1)
    before = slow.detach().clone()
    (slow.sum() + fast.sum()).backward()
    optimiser.step()
    moved = [PoincareBall().distance(before, p.detach()).item() for p in (slow, fast)]
    assert moved == pytest.approx([1e-3, 0.1], rel=1e-3)


@pytest.mark.parametrize("make", [RiemannianAdam, RiemannianSGD])
def test_schedulers_set_the_rate(make: Make) -> None:
    x, space = ManifoldParameter(torch.tensor([[0.5, 0.0]], dtype=torch.float64), PoincareBall()), PoincareBall()
    optimiser = make([x], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.5)
    moved: list[float] = []
    for _ in range(4):
        before = x.detach().clone()
        optimiser.zero_grad()
        space.distance(x, space.origin(2, dtype=x.dtype)).sum().backward()  # a gradient of length 1 wherever x is
        optimiser.step()
        scheduler.step()
        moved.append(space.distance(before, x.detach()).item())
    assert moved == pytest.approx([0.1, 0.05, 0.025, 0.0125], rel=1e-6)


def test_a_cycle_of_betas_is_followed() -> None:
    x = ManifoldParameter(torch.full((2, 2), 0.1), PoincareBall())
    optimiser = RiemannianAdam([x], lr=0.1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=0.1, total_steps=10)
    for _ in range(9):
        optimiser.zero_grad()
        loss_of([x]).backward()
        optimiser.step()
        scheduler.step()
    assert bool(torch.isfinite(x).all())


def test_a_closure_is_called_with_gradients_and_its_value_returned() -> None:
    x = ManifoldParameter(torch.full((1, 2), 0.2), PoincareBall())
    optimiser = RiemannianSGD([x], lr=0.1)

    def closure() -> float:
        optimiser.zero_grad()
        loss = loss_of([x])
        loss.backward()
        return float(loss.detach())

    before = loss_of([x]).item()
    assert optimiser.step(closure) == before
    assert loss_of([x]).item() < before
    assert optimiser.step() is None


def test_parameters_without_a_gradient_stay() -> None:
    x, y = ManifoldParameter(torch.full((1, 2), 0.2), PoincareBall()), nn.Parameter(torch.ones(2))
    optimiser = RiemannianAdam([x, y])
    optimiser.step()
    assert not optimiser.state[x]
    assert torch.equal(x.detach(), torch.full((1, 2), 0.2))


@pytest.mark.parametrize("make", [RiemannianAdam, RiemannianSGD])
def test_stacking_small_parameters_changes_nothing(make: Make) -> None:
    settings: dict[str, Any] = {"momentum": 0.9} if make is RiemannianSGD else {}
    found = []
    for foreach in (None, False):
        parameters, _ = everything()
        found.append(run(make, parameters[:-1], lr=0.01, foreach=foreach, **settings))
    assert differ(*found) < 1e-15


def test_a_large_parameter_moves_block_by_block_as_its_parts_would() -> None:
    space, data = PoincareBall(), 0.3 * unit(start(50_000, 3))
    whole, parts = ManifoldParameter(data.clone(), space), [ManifoldParameter(part.clone(), space) for part in data.split(7_000)]
    run(RiemannianAdam, [whole], steps=3, lr=0.1)
    found = run(RiemannianAdam, list(parts), steps=3, lr=0.1)
    assert torch.equal(whole.detach(), torch.cat(found))


def test_a_transposed_parameter_moves_as_a_contiguous_one() -> None:
    data = 0.3 * unit(start(6, 3))
    turned = ManifoldParameter(data.T.contiguous().T, PoincareBall())
    assert not turned.is_contiguous()
    straight = ManifoldParameter(data.clone(), PoincareBall())
    assert differ(run(RiemannianAdam, [turned], lr=0.1), run(RiemannianAdam, [straight], lr=0.1)) < 1e-14


# ---- sparse gradients


@pytest.mark.parametrize("space", [PoincareBall(), Euclidean(), Sphere()], ids=repr)
@pytest.mark.parametrize("make", [RiemannianAdam, RiemannianSGD])
def test_rows_touched_at_every_step_move_as_with_dense_gradients(make: Make, space: Manifold) -> None:
    settings: dict[str, Any] = {"momentum": 0.9, "dampening": 0.2} if make is RiemannianSGD else {"amsgrad": True}
    data, rows = space.project(0.3 + 0.2 * start(9, 3)), torch.tensor([7, 2, 2, 5])
    found = []
    for sparse in (True, False):
        table = nn.Embedding(9, 3, sparse=sparse)
        table.weight = ManifoldParameter(data.clone(), space)
        optimiser = make([table.weight], lr=0.01, **settings)
        for _ in range(12):
            optimiser.zero_grad()
            (table(rows) - 1).square().sum().backward()
            optimiser.step()
        found.append(table.weight.detach()[rows])
        if sparse:
            rest = torch.tensor([0, 1, 3, 4, 6, 8])
            assert torch.equal(table.weight.detach()[rest], data[rest])
            assert all(float(value[rest].abs().max()) == 0 for value in optimiser.state[table.weight].values())
    assert float((found[0] - found[1]).abs().max()) < 1e-13


def test_a_row_seen_late_starts_with_a_step_of_lr() -> None:
    space, lr = PoincareBall(), 0.1
    table = nn.Embedding(3, 2, sparse=True)
    table.weight = ManifoldParameter(torch.zeros(3, 2, dtype=torch.float64), space)
    optimiser = RiemannianAdam([table.weight], lr=lr)
    for row in [0] * 50 + [2]:
        optimiser.zero_grad()
        (table(torch.tensor([row])) - 0.5).square().sum().backward()
        optimiser.step()
    assert space.distance(table.weight.detach()[2], torch.zeros(2, dtype=torch.float64)).item() == pytest.approx(lr, rel=1e-6)
    assert optimiser.state[table.weight]["step"].tolist() == [50, 0, 1]


def test_sparse_and_dense_gradients_may_alternate_and_none_at_all_is_a_step_too() -> None:
    x = ManifoldParameter(torch.zeros(3, 2, dtype=torch.float64), PoincareBall())
    optimiser = RiemannianAdam([x], lr=0.1)
    for gradient in (
        torch.ones(3, 2, dtype=torch.float64),
        sparse([1], torch.ones(1, 2, dtype=torch.float64), (3, 2)),
        sparse([], torch.ones(0, 2, dtype=torch.float64), (3, 2)),
        torch.ones(3, 2, dtype=torch.float64),
    ):
        x.grad = gradient
        optimiser.step()
    assert optimiser.state[x]["step"].tolist() == [2, 3, 2]
    assert float(x[1].detach().norm()) > float(x[0].detach().norm())


# ---- refusals


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"lr": -1.0}, "lr is -1.0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"betas": (0.9, 1.0)}, "betas are"),
        ({"eps": -1e-8}, "eps is"),
        ({"weight_decay": -0.1}, "weight_decay is"),
    ],
)
def test_adam_refuses_settings_out_of_range(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        RiemannianAdam([nn.Parameter(torch.zeros(2))], **settings)


@pytest.mark.parametrize(
    "settings", [{"nesterov": True}, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, {"momentum": -0.1}], ids=str
)
def test_sgd_refuses_settings_out_of_range(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        RiemannianSGD([nn.Parameter(torch.zeros(2))], lr=0.1, **settings)


def test_weight_decay_has_no_meaning_on_a_sphere() -> None:
    x = ManifoldParameter(Sphere().origin(2), Sphere())
    with pytest.raises(InputError, match="weight_decay=0"):
        RiemannianAdam([x], weight_decay=0.1)
    optimiser = RiemannianAdam([nn.Parameter(torch.zeros(2))], weight_decay=0.1)
    with pytest.raises(InputError):
        optimiser.add_param_group({"params": [x]})
    assert len(optimiser.param_groups) == 1
    optimiser.add_param_group({"params": [x], "weight_decay": 0.0})


@pytest.mark.parametrize("space", [PoincareBall(-0.5), Stereographic(-0.5), Euclidean()], ids=repr)
def test_weight_decay_alone_pulls_straight_to_the_origin(space: Manifold) -> None:
    x = ManifoldParameter(torch.tensor([[0.3, 0.4]], dtype=torch.float64), space)
    origin = torch.zeros(1, 2, dtype=torch.float64)
    before = space.distance(origin, x.detach()).item()
    optimiser = RiemannianSGD([x], lr=0.1, weight_decay=0.5)
    x.grad = torch.zeros(1, 2, dtype=torch.float64)
    optimiser.step()
    assert space.distance(origin, x.detach()).item() == pytest.approx(0.95 * before, rel=1e-9)
    assert (x[0, 0] / x[0, 1]).item() == pytest.approx(0.75, rel=1e-9)


def test_weight_decay_with_momentum_is_the_pull_at_its_first_step() -> None:
    x = ManifoldParameter(torch.tensor([[0.3, 0.4]], dtype=torch.float64), PoincareBall())
    before = PoincareBall().distance(torch.zeros(1, 2, dtype=torch.float64), x.detach()).item()
    optimiser = RiemannianSGD([x], lr=0.1, momentum=0.9, weight_decay=0.5)
    x.grad = torch.zeros(1, 2, dtype=torch.float64)
    optimiser.step()
    assert PoincareBall().distance(torch.zeros(1, 2, dtype=torch.float64), x.detach()).item() == pytest.approx(0.95 * before, rel=1e-9)


def test_gradients_of_the_wrong_kind_are_refused() -> None:
    table = nn.Embedding(3, 2, sparse=True)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(InputError, match="ManifoldParameter in Euclidean"):
        RiemannianAdam([table.weight]).step()
    x = ManifoldParameter(torch.zeros(2, 3, 2), PoincareBall())
    x.grad = sparse([1], torch.ones(1, 3, 2), (2, 3, 2))
    with pytest.raises(InputError, match="must leave out rows"):
        RiemannianAdam([x]).step()


def test_half_precision_is_refused_at_the_step() -> None:
    module = nn.Module()
    module.points = ManifoldParameter(torch.zeros(2, 2), PoincareBall())
    module.half()
    module.points.grad = torch.zeros(2, 2, dtype=torch.float16)
    with pytest.raises(InputError, match="float16"):
        RiemannianAdam(module.parameters()).step()
