"""Attention by hyperbolic distance: one head by hand, the flat limit, causality, symmetry, precision."""

import math

import pytest
import torch

from gromov.core import InputError
from gromov.nn import FromBall, HyperbolicSelfAttention, ToBall, einstein_midpoint
from gromov.nn.hyperbolic.attention import distances
from gromov.nn.hyperbolic.ball import as_ball
from gromov.spaces import PoincareBall

KINDS = pytest.mark.parametrize("kind", [torch.float32, torch.float64])
BOTH = pytest.mark.parametrize("weighting", ["softmax", "sigmoid"])


def normal(*shape: int, seed: int = 0, kind: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(kind)


def attention(curvature: float = -1.0, *, causal: bool = False, weighting: str = "softmax", learn: bool = False) -> HyperbolicSelfAttention:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = HyperbolicSelfAttention(8, 2, causal=causal, curvature=curvature, weighting=weighting, learn_curvature=learn).double()
    with torch.no_grad():
        layer.log_beta.copy_(torch.tensor([0.3, -0.5]))
        if layer.gamma is not None:
            layer.gamma.copy_(torch.tensor([-1.0, 0.4]))
    return layer


@BOTH
@pytest.mark.parametrize("causal", [False, True])
def test_every_query_by_hand(weighting: str, causal: bool) -> None:
    layer, curvature = attention(-0.6, causal=causal, weighting=weighting), -0.6
    x, space = normal(2, 5, 8), PoincareBall(curvature)
    into, out = ToBall(curvature, 2.3), FromBall(curvature)
    expected = torch.zeros(2, 5, 8, dtype=torch.float64)
    for sample in range(2):
        parts = layer.query_key_value(x[sample]).chunk(3, dim=-1)
        for head in range(2):
            query, key, value = (into(part[:, 4 * head : 4 * head + 4] / 2) for part in parts)
            for i in range(5):
                seen = i + 1 if causal else 5
                score = -layer.log_beta[head].exp() * space.distance(query[i].expand(seen, 4), key[:seen])
                weight = score.exp() if layer.gamma is None else torch.sigmoid(score - layer.gamma[head])
                expected[sample, i, 4 * head : 4 * head + 4] = 2 * out(einstein_midpoint(value[:seen], weight, curvature))
    torch.testing.assert_close(layer(x), layer.output(expected), rtol=1e-8, atol=1e-10)


@KINDS
@pytest.mark.parametrize("curvature", [-3.0, -1.0, -1e-6, 0.0])
def test_distances_are_those_of_the_space(kind: torch.dtype, curvature: float) -> None:
    ball = as_ball(curvature)
    x, y = (ToBall(ball)(normal(2, 3, 5, 4, seed=seed, kind=kind)) for seed in (0, 1))
    y[0, 0, 0] = x[0, 0, 0]
    y[0, 0, 1] = x[0, 0, 1] + 1e-6
    expected = ball.distance(x[..., :, None, :].double(), y[..., None, :, :].double())
    tight = 1e-10 if kind == torch.float64 else 1e-4
    torch.testing.assert_close(distances(x, y, ball).double(), expected, rtol=tight, atol=1e-12)
    assert float(distances(x, y, ball)[0, 0, 0, 0]) == 0


@BOTH
@pytest.mark.parametrize("curvature", [-1e-6, -1e-10, 0.0])
def test_the_flat_limit_weighs_by_euclidean_distance(weighting: str, curvature: float) -> None:
    layer, x = attention(curvature, weighting=weighting), normal(3, 5, 8)
    query, key, value = (part.unflatten(-1, (2, 4)).transpose(1, 2) / 2 for part in layer.query_key_value(x).chunk(3, dim=-1))
    query, key, value = (part * (2.3 / part.norm(dim=-1, keepdim=True)).clamp(max=1) for part in (query, key, value))
    score = -2 * layer.log_beta.exp()[:, None, None] * torch.cdist(query, key)
    weight = score.exp() if layer.gamma is None else torch.sigmoid(score - layer.gamma[:, None, None])
    gathered = 2 * (weight / weight.sum(-1, keepdim=True)) @ value
    near = max(100 * abs(curvature), 1e-10)
    torch.testing.assert_close(layer(x), layer.output(gathered.transpose(1, 2).flatten(2)), rtol=near, atol=near)


@BOTH
def test_a_causal_token_sees_no_later_one(weighting: str) -> None:
    layer, x = attention(causal=True, weighting=weighting), normal(2, 6, 8)
    before = layer(x)
    changed = x.clone()
    changed[:, 3] += 1
    after = layer(changed)
    torch.testing.assert_close(after[:, :3], before[:, :3], rtol=0, atol=1e-14)
    assert float((after[:, 3:] - before[:, 3:]).detach().abs().amax(dim=(0, 2)).min()) > 1e-6


def test_the_order_of_tokens_does_not_matter_without_a_mask() -> None:
    layer, x = attention(), normal(2, 6, 8)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order])
    torch.testing.assert_close(layer(x[0]), layer(x)[0])  # a sample without a batch


@BOTH
def test_weights_sum_to_one_and_fall_with_the_distance(weighting: str) -> None:
    layer = attention(weighting=weighting)
    query, key = (ToBall()(normal(1, 2, 5, 4, seed=seed)) for seed in (0, 1))
    weights = layer.weights(query, key)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(1, 2, 5, dtype=torch.float64))
    order = distances(query, key, layer.to_ball.ball).argsort(dim=-1)
    assert (weights.gather(-1, order).diff(dim=-1) <= 0).all()


@BOTH
@KINDS
@pytest.mark.parametrize("scale", [0.0, 1e-20, 1.0, 1e4])
def test_gradients_are_finite(weighting: str, kind: torch.dtype, scale: float) -> None:
    layer = attention(weighting=weighting, learn=True, causal=True).to(kind)
    x = (scale * normal(2, 5, 8, kind=kind)).requires_grad_()
    layer(x).square().sum().backward()
    for name, part in [("x", x), *layer.named_parameters()]:
        assert part.grad is not None, name
        assert torch.isfinite(part.grad).all(), name


@BOTH
def test_gradients_are_right(weighting: str) -> None:
    torch.autograd.gradcheck(attention(weighting=weighting, causal=True), (normal(1, 4, 8).requires_grad_(),))


def test_float32_is_near_float64() -> None:
    layer, x = attention(), normal(4, 16, 8)
    expected = layer(x)
    torch.testing.assert_close(layer.float()(x.float()).double(), expected, rtol=1e-4, atol=1e-5)


def test_autocast_keeps_the_formulas_in_single() -> None:
    layer = attention().float()
    x = normal(2, 5, 8, kind=torch.float32)
    expected = layer(x)
    kinds: list[torch.dtype] = []
    layer.to_ball.register_forward_hook(lambda *call: kinds.append(call[-1].dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer(x)
    assert set(kinds) == {torch.float32}
    torch.testing.assert_close(found.float(), expected, rtol=0.05, atol=0.03)
    half = layer.to(torch.bfloat16)(x.to(torch.bfloat16))
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), expected, rtol=0.1, atol=0.05)


def test_far_keys_weigh_nothing_and_sums_do_not_vanish() -> None:
    layer = attention(weighting="sigmoid").float()
    with torch.no_grad():
        layer.log_beta.fill_(6.0)  # weights of e^{-400 d}
    x = normal(2, 5, 8, kind=torch.float32)
    assert torch.isfinite(layer(x)).all()


def test_an_unknown_weighting_is_refused() -> None:
    with pytest.raises(InputError, match="weighting is 'hard'"):
        HyperbolicSelfAttention(8, 2, weighting="hard")
    with pytest.raises(InputError, match="curvature is"):
        HyperbolicSelfAttention(8, 2, curvature=math.inf)
