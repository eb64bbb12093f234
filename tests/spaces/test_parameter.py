"""Parameters that are points: they keep their space wherever torch takes them."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn

from gromov.core import InputError
from gromov.spaces import Euclidean, Hyperboloid, ManifoldParameter, PoincareBall, Polar, Product, Sphere


class Points(nn.Module):
    """Points of a ball whose curvature is learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.space = PoincareBall(learn_curvature=True)
        self.points = ManifoldParameter(0.1 * torch.arange(6.0).reshape(3, 2), self.space)

    def forward(self) -> Tensor:
        return self.space.distance(self.points, self.points.flip(0)).sum()


def test_it_is_a_parameter_of_its_module() -> None:
    module = Points()
    assert [name for name, _ in module.named_parameters()] == ["points", "space.log_curvature"]
    assert module.points.is_leaf
    assert module.points.requires_grad
    assert type(module.points * 2) is Tensor
    assert type(module.points.detach()) is Tensor


def test_a_deep_copy_has_the_copied_module_s_space() -> None:
    module = Points()
    other = copy.deepcopy(module)
    assert isinstance(other.points, ManifoldParameter)
    assert other.points.space is other.space
    assert other.space is not module.space
    with torch.no_grad():
        other.points.zero_()
    assert float(module.points.detach().abs().sum()) > 0
    twice = copy.deepcopy([module.points, module.points])
    assert twice[0] is twice[1]
    assert twice[0].space.curvature == -1


def test_pickling_keeps_space_and_flags() -> None:
    point = ManifoldParameter(Sphere(4.0).origin(3), Sphere(4.0), requires_grad=False)
    back = pickle.loads(pickle.dumps(point))
    assert isinstance(back, ManifoldParameter)
    assert isinstance(back.space, Sphere)
    assert back.space.curvature == pytest.approx(4.0)
    assert not back.requires_grad
    assert torch.equal(back, point)
    module = pickle.loads(pickle.dumps(Points()))
    assert module.points.space is module.space


def test_moving_and_loading_a_module_keep_it() -> None:
    module = Points().to(torch.float64)
    assert isinstance(module.points, ManifoldParameter)
    assert module.points.dtype == torch.float64
    state = module.state_dict()
    assert type(state["points"]) is Tensor
    other = Points()
    other.load_state_dict(state)
    assert isinstance(other.points, ManifoldParameter)
    assert torch.equal(other.points.double(), module.points.float().double())


def test_an_embedding_takes_it() -> None:
    table = nn.Embedding(4, 2)
    table.weight = ManifoldParameter(torch.zeros(4, 2), PoincareBall())
    table(torch.tensor([1, 2])).sum().backward()
    assert table.weight.grad is not None


def test_projecting_returns_points_to_their_space() -> None:
    point = ManifoldParameter(torch.tensor([[0.6, 0.0, 0.8]]), Sphere())
    with torch.no_grad():
        point.mul_(3)
    assert point.project_() is point
    assert torch.allclose(point.detach(), torch.tensor([[0.6, 0.0, 0.8]]))


def test_it_shows_its_space() -> None:
    assert repr(ManifoldParameter(torch.zeros(2), PoincareBall())).startswith(
        "ManifoldParameter in PoincareBall(curvature=-1) containing:\n"
    )


@pytest.mark.parametrize(
    ("data", "space", "says"),
    [
        (torch.zeros(3, 2, dtype=torch.float16), PoincareBall(), "float32 or float64"),
        (torch.zeros(3, 2, dtype=torch.int64), PoincareBall(), "float32 or float64"),
        (torch.tensor(1.0), PoincareBall(), "axis of coordinates"),
        (torch.zeros(3, 0), Euclidean(), "cannot have 0 entries"),
        (torch.zeros(3, 4), Polar(), "1 \\+ 2d entries"),
        (torch.zeros(3, 4), Product([(PoincareBall(), 3)]), "have 3 entries"),
        (torch.tensor([[0.0, 0.1], [3.0, 0.0]]), PoincareBall(), "1 of 2 points are not in PoincareBall"),
        (torch.tensor([[float("nan"), 0.1]]), PoincareBall(), "not finite"),
        (torch.tensor([1.0, 1.0]), Sphere(), "1 of 1 points"),
        (torch.tensor([1.0, 1.0, 0.0]), Hyperboloid(), "1 of 1 points"),
    ],
)
def test_what_cannot_be_points_is_refused(data: Tensor, space: nn.Module, says: str) -> None:
    with pytest.raises(InputError, match=says):
        ManifoldParameter(data, space)  # pyright: ignore[reportArgumentType]


def test_points_at_the_rim_are_taken() -> None:
    space = PoincareBall()
    rim = space.project(torch.tensor([[2.0, 0.0]]))
    assert torch.equal(ManifoldParameter(rim, space).detach(), rim)
