"""Into the ball and out of it, and the linear layer of the ball: closed forms, the flat limit, precision, gradients everywhere."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.nn import FromBall, HyperplaneLogits, MoebiusLinear, ToBall
from gromov.nn.hyperbolic.ball import before_rim
from gromov.spaces import PoincareBall

KINDS = pytest.mark.parametrize("kind", [torch.float32, torch.float64])


def normal(*shape: int, seed: int = 0, kind: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(kind)


@KINDS
def test_into_the_ball_on_paper(kind: torch.dtype) -> None:
    found = ToBall(-1.0)(torch.tensor([[3.0, 4.0], [0.6, 0.8], [0.0, 0.0]], dtype=kind))
    expected = torch.tensor([[0.6, 0.8], [0.6, 0.8], [0.0, 0.0]], dtype=kind) * torch.tensor(
        [[math.tanh(2.3)], [math.tanh(1.0)], [1.0]]
    ).to(kind)
    torch.testing.assert_close(found, expected)
    half = ToBall(-4.0, None)(torch.tensor([0.5, 0.0], dtype=kind))
    assert math.isclose(float(half[0]), math.tanh(1.0) / 2, rel_tol=1e-6)
    assert found.dtype == kind


@given(curvature=st.floats(-4.0, -1e-3), size=st.floats(1e-3, 2.3))
def test_the_distance_from_the_origin_is_twice_the_length(curvature: float, size: float) -> None:
    v = size * torch.nn.functional.normalize(normal(3), dim=0)
    point = ToBall(curvature)(v)
    distance = PoincareBall(curvature).distance(point, torch.zeros(3, dtype=torch.float64))
    assert math.isclose(float(distance), 2 * size, rel_tol=1e-6)
    torch.testing.assert_close(FromBall(curvature)(point), v, rtol=1e-6, atol=1e-12)


@KINDS
def test_there_and_back(kind: torch.dtype) -> None:
    v = 0.3 * normal(50, 6, kind=kind)
    torch.testing.assert_close(FromBall(-0.7)(ToBall(-0.7, None)(v)), v)


@KINDS
def test_the_linear_layer_against_gangeas_formula(kind: torch.dtype) -> None:
    """(1/√c)·tanh((‖Mx‖/‖x‖)·artanh(√c‖x‖))·Mx/‖Mx‖, and Möbius addition as the polynomial it is usually written."""
    curvature, layer = -0.6, MoebiusLinear(4, 3, -0.6).to(kind)
    with torch.no_grad():
        assert layer.bias is not None
        layer.bias.copy_(torch.tensor([0.2, -0.1, 0.3]))
    root, c = math.sqrt(-curvature), -curvature
    x = ToBall(curvature)(normal(20, 4, kind=kind))
    image = x @ layer.weight.T
    sizes, images = x.norm(dim=1, keepdim=True), image.norm(dim=1, keepdim=True)
    y = torch.tanh(images / sizes * torch.atanh(root * sizes)) * image / images / root
    b = torch.tanh(root * layer.bias.norm()) * layer.bias / layer.bias.norm() / root
    inner, yy, bb = y @ b, (y * y).sum(1), b @ b
    top = (1 + 2 * c * inner + c * bb)[:, None] * y + (1 - c * yy)[:, None] * b
    expected = top / (1 + 2 * c * inner + c * c * yy * bb)[:, None]
    torch.testing.assert_close(layer(x), expected, rtol=1e-4 if kind == torch.float32 else 1e-12, atol=1e-6 if kind == torch.float32 else 0)


def test_the_identity_and_a_translation() -> None:
    layer = MoebiusLinear(3, 3).double()
    assert layer.bias is not None
    with torch.no_grad():
        layer.weight.copy_(torch.eye(3))
    x = ToBall()(normal(10, 3))
    torch.testing.assert_close(layer(x), x)
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([0.4, 0.0, -0.2]))
    torch.testing.assert_close(layer(x), PoincareBall().mobius_add(x, ToBall()(layer.bias.detach())))
    torch.testing.assert_close(layer(torch.zeros(3, dtype=torch.float64)), ToBall()(layer.bias))


def test_the_rim_is_that_of_the_space() -> None:
    for curvature in (-1.0, -30.0, -1e-3):
        x = normal(50, 3, kind=torch.float32) / math.sqrt(-curvature)
        torch.testing.assert_close(before_rim(x, PoincareBall(curvature)), PoincareBall(curvature).project(x), rtol=1e-6, atol=0)


@pytest.mark.parametrize("curvature", [-1e-4, -1e-8, -1e-12, -1e-300, 0.0])
def test_the_flat_limit_is_the_linear_layer(curvature: float) -> None:
    x, layer = normal(20, 4), MoebiusLinear(4, 3, curvature).double()
    with torch.no_grad():
        assert layer.bias is not None
        layer.bias.copy_(torch.tensor([0.3, -1.0, 2.0]))
    expected = torch.nn.functional.linear(x, layer.weight, layer.bias)
    near = max(100 * abs(curvature), 1e-13)
    torch.testing.assert_close(layer(ToBall(curvature, None)(x)), expected, rtol=near, atol=near)
    torch.testing.assert_close(FromBall(curvature)(x), x, rtol=near, atol=near)
    torch.testing.assert_close(ToBall(curvature, 1.0)(x), x * (1 / x.norm(dim=1, keepdim=True)).clamp(max=1), rtol=near, atol=near)


PLACES = {
    "origin": torch.zeros(2, 5),
    "tiny": torch.full((2, 5), 1e-30),
    "far": torch.full((2, 5), 1e30),
    "one axis": torch.eye(5)[:2] * 1e4,
    "mixed": torch.cat([torch.zeros(1, 5), torch.full((1, 5), 50.0)]),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("curvature", [-30.0, -1.0, -1e-6, 0.0])
def test_values_and_gradients_are_finite_everywhere_in_float32(place: str, curvature: float) -> None:
    x = PLACES[place].clone().requires_grad_()
    layer, logits = MoebiusLinear(5, 4, curvature), HyperplaneLogits(4, 3, curvature)
    for clip in (2.3, None) if float(x.detach().abs().max()) < 1e20 else (2.3,):
        x.grad = None
        point = ToBall(curvature, clip)(x)
        result = logits(layer(point))
        assert torch.isfinite(result).all()
        (result.sum() + FromBall(curvature)(point).sum()).backward()
        for part in (x, *layer.parameters(), *logits.parameters()):
            assert part.grad is not None
            assert torch.isfinite(part.grad).all(), (place, clip)


def test_at_the_origin_the_gradient_is_that_of_the_linear_layer() -> None:
    x = torch.zeros(1, 4, requires_grad=True)
    layer = MoebiusLinear(4, 3)
    layer(ToBall()(x)).sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad[0], layer.weight.detach().sum(dim=0))


@pytest.mark.parametrize("curvature", [-2.0, -1e-5, 0.0])
def test_gradients_are_right(curvature: float) -> None:
    into, layer, out = ToBall(curvature, 1.1), MoebiusLinear(3, 2, curvature).double(), FromBall(curvature)
    x = 0.8 * normal(4, 3)  # some clipped, some not
    assert 0 < int((x.norm(dim=1) > 1.1).sum()) < 4
    torch.autograd.gradcheck(lambda x: out(layer(into(x))), (x.requires_grad_(),))


def test_a_learnt_curvature_is_shared_and_keeps_its_sign() -> None:
    ball = PoincareBall(-0.5, learn_curvature=True)
    stack = torch.nn.Sequential(ToBall(ball), MoebiusLinear(4, 4, ball), HyperplaneLogits(4, 3, ball))
    assert sum(name.endswith("log_curvature") for name, _ in stack.named_parameters()) == 1
    optimiser = torch.optim.SGD(stack.parameters(), lr=1.0)
    x = normal(16, 4, kind=torch.float32)
    for _ in range(5):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(stack(x), torch.arange(16) % 3).backward()
        assert ball.log_curvature.grad is not None
        assert float(ball.log_curvature.grad.abs()) > 0
        optimiser.step()
    assert ball.curvature < 0
    assert ball.curvature != -0.5


def test_the_gradient_of_the_curvature_in_float32_is_that_of_float64() -> None:
    found = []
    for kind in (torch.float32, torch.float64):
        for curvature in (-1.0, -1e-4):
            layer = torch.nn.Sequential(ToBall(curvature, learn_curvature=True), FromBall(-1.0))
            layer(normal(16, 4, kind=kind)).sum().backward()
            found.append(layer[0].ball.log_curvature.grad)  # type: ignore[union-attr]
    torch.testing.assert_close(torch.stack(found[:2]), torch.stack(found[2:]), rtol=1e-4, atol=0)


def test_half_precision_is_computed_in_single() -> None:
    x = normal(8, 4, kind=torch.float32)
    stack = torch.nn.Sequential(ToBall(), MoebiusLinear(4, 4), HyperplaneLogits(4, 3))
    expected = stack(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = stack(x)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    rounded = stack.to(torch.bfloat16)(x.to(torch.bfloat16))
    assert rounded.dtype == torch.float32
    torch.testing.assert_close(rounded, expected, rtol=0.05, atol=0.05)


def test_what_is_no_ball_is_refused() -> None:
    for make in (ToBall, FromBall, lambda k: MoebiusLinear(2, 2, k), lambda k: HyperplaneLogits(2, 2, k)):
        with pytest.raises(InputError, match=r"curvature is 0\.5"):
            make(0.5)
        with pytest.raises(InputError, match="curvature is nan"):
            make(math.nan)
    with pytest.raises(InputError, match="clip is 0"):
        ToBall(clip=0)
    with pytest.raises(InputError, match="start below 0"):
        ToBall(0.0, learn_curvature=True)
