"""Logits as distances to hyperplanes: the published formula, the flat limit, depth beyond float32's rim."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.nn import HyperbolicHead, HyperplaneLogits, ToBall
from gromov.spaces import PoincareBall

KINDS = pytest.mark.parametrize("kind", [torch.float32, torch.float64])


def normal(*shape: int, seed: int = 0, kind: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(kind)


def logits_layer(curvature: float, kind: torch.dtype = torch.float64) -> HyperplaneLogits:
    layer = HyperplaneLogits(4, 3, curvature).to(kind)
    with torch.no_grad():
        layer.weight.copy_(normal(3, 4, seed=5))
        layer.offset.copy_(torch.tensor([0.4, -0.7, 0.0]))
    return layer


@KINDS
@pytest.mark.parametrize("curvature", [-2.0, -1.0, -0.1])
def test_the_published_formula(kind: torch.dtype, curvature: float) -> None:
    layer, c = logits_layer(curvature, kind), -curvature
    x = ToBall(curvature, 1.5)(normal(20, 4, kind=kind))
    size = layer.weight.norm(dim=1)
    square, root = c * (x * x).sum(dim=1, keepdim=True), math.sqrt(c)
    turned = 2 * root * layer.offset
    inner = 2 * root * (x @ (layer.weight / size[:, None]).T) * torch.cosh(turned) - (1 + square) * torch.sinh(turned)
    expected = 2 * size / root * torch.asinh(inner / (1 - square))
    torch.testing.assert_close(
        layer(x), expected, rtol=1e-4 if kind == torch.float32 else 1e-11, atol=1e-5 if kind == torch.float32 else 1e-11
    )


def test_one_class_at_a_time_is_what_the_space_computes() -> None:
    layer, space = logits_layer(-0.8), PoincareBall(-0.8)
    x = ToBall(-0.8)(normal(10, 4))
    each = [space.hyperplane_logits(x, layer.weight[k], layer.offset[k]) for k in range(3)]
    torch.testing.assert_close(layer(x), torch.stack(each, dim=1), rtol=1e-12, atol=1e-12)


def test_a_logit_is_zero_on_its_hyperplane_and_twice_the_distance_beyond() -> None:
    layer, space = logits_layer(-1.0).requires_grad_(False), PoincareBall()
    unit = layer.weight[0] / layer.weight[0].norm()
    foot = ToBall(clip=None)(layer.offset[0] * unit)  # 2r from the origin in the metric
    assert math.isclose(float(layer(foot)[0]), 0.0, abs_tol=1e-12)
    beyond = ToBall(clip=None)((layer.offset[0] + 0.6) * unit)
    distance = float(space.distance(foot, beyond))
    assert math.isclose(distance, 1.2, rel_tol=1e-12)
    assert math.isclose(float(layer(beyond)[0]), 2 * float(layer.weight[0].norm()) * distance, rel_tol=1e-10)


@pytest.mark.parametrize("curvature", [-1e-4, -1e-8, -1e-300, 0.0])
def test_the_flat_limit(curvature: float) -> None:
    layer, x = logits_layer(curvature), normal(20, 4)
    size = layer.weight.norm(dim=1)
    expected = 4 * (x @ layer.weight.T - size * layer.offset)
    near = max(1e3 * abs(curvature), 1e-12)
    torch.testing.assert_close(layer(x), expected, rtol=near, atol=near)
    torch.testing.assert_close(layer.of_vectors(x), expected, rtol=near, atol=near)


@given(curvature=st.floats(-3.0, -1e-6), size=st.floats(1e-6, 2.0), seed=st.integers(0, 99))
def test_vectors_and_points_have_the_same_logits(curvature: float, size: float, seed: int) -> None:
    layer, v = logits_layer(curvature), size * torch.nn.functional.normalize(normal(5, 4, seed=seed), dim=1)
    torch.testing.assert_close(layer.of_vectors(v), layer(ToBall(curvature, None)(v)), rtol=1e-6, atol=1e-9)


def test_the_head_is_clipping_the_ball_and_hyperplanes() -> None:
    head = HyperbolicHead(4, 3, -0.5, clip=1.2).double()
    x = normal(20, 4)
    torch.testing.assert_close(head(x), head.logits(ToBall(-0.5, 1.2)(x)), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(head(1e6 * x), head(1e3 * x))  # long features differ in direction alone


def test_vectors_reach_beyond_the_rim_of_float32() -> None:
    """At 2‖v‖ = 40 float32 has no point of the ball: the rim is at 15."""
    layer = logits_layer(-1.0, torch.float32).requires_grad_(False)
    v = 20 * torch.nn.functional.normalize(normal(10, 4, kind=torch.float32), dim=1)
    exact = logits_layer(-1.0).requires_grad_(False).of_vectors(v.double())
    assert float((layer.of_vectors(v) / exact - 1).abs().max()) < 1e-4
    assert float((layer(ToBall(clip=None)(v)) / exact - 1).abs().max()) > 0.1


@KINDS
def test_gradients_are_finite_at_the_origin_at_the_rim_and_for_no_weight(kind: torch.dtype) -> None:
    for scale in (0.0, 1e-20, 1.0, 1e3):
        head = HyperbolicHead(4, 3, learn_curvature=True).to(kind)
        with torch.no_grad():
            head.logits.weight[0] = 0
        x = (scale * normal(6, 4, kind=kind)).requires_grad_()
        head(x).square().sum().backward()
        for part in (x, *head.parameters()):
            assert part.grad is not None
            assert torch.isfinite(part.grad).all()


def test_gradients_are_right() -> None:
    layer = logits_layer(-0.7)
    x = normal(3, 4).requires_grad_()
    torch.autograd.gradcheck(layer.of_vectors, (x,))
    torch.autograd.gradcheck(lambda x: layer(ToBall(-0.7)(x)), (x,))
    for curvature in (-1.0, -1e-3):
        head = HyperbolicHead(4, 3, curvature, learn_curvature=True).double()
        (slope,) = torch.autograd.grad(head(x).sum(), [head.logits.ball.log_curvature])
        ends = [float(_with_curvature(head, curvature * math.exp(h))(x).detach().sum()) for h in (1e-5, -1e-5)]
        assert math.isclose(float(slope), (ends[0] - ends[1]) / 2e-5, rel_tol=1e-5, abs_tol=1e-9)


def _with_curvature(head: HyperbolicHead, curvature: float) -> HyperbolicHead:
    other = HyperbolicHead(4, 3, curvature).double()
    other.load_state_dict({**head.state_dict(), "logits.ball.log_curvature": other.logits.ball.log_curvature})
    return other


def test_a_head_learns_what_a_linear_layer_learns() -> None:
    """Three clusters; 60 steps of Adam."""
    source = torch.Generator().manual_seed(0)
    classes = torch.arange(90) % 3
    x = 2 * torch.eye(3).repeat(30, 2) + 0.4 * torch.randn(90, 6, generator=source)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        head = HyperbolicHead(6, 3, learn_curvature=True)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(x), classes)
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.1
    assert float((head(x).argmax(dim=1) == classes).float().mean()) == 1.0


def test_fields_are_refused() -> None:
    with pytest.raises(InputError, match="clip is inf"):
        HyperbolicHead(3, 2, clip=math.inf)
    with pytest.raises(InputError, match="clip is -1"):
        HyperbolicHead(3, 2, clip=-1.0)
