"""Linear layers in factors: the same map as their dense weight, started alike, trained alike, and what compression does."""

import copy
import math
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from gromov.core import InputError
from gromov.nn.tensor_linear import (
    CanonicalLinear,
    FactoredLinear,
    LowRankLinear,
    TensorTrainLinear,
    TuckerLinear,
    compress,
    compress_convolution,
)

LAYERS: list[type[FactoredLinear]] = [LowRankLinear, TensorTrainLinear, TuckerLinear, CanonicalLinear]
every_layer = pytest.mark.parametrize("make", LAYERS, ids=lambda make: make.__name__)


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_parameters_of_known_shapes() -> None:
    assert LowRankLinear(20, 30, 4).parameters_count == 4 * 50 + 30
    assert LowRankLinear(20, 30, 4, bias=False).parameters_count == 4 * 50
    # Novikov et al. 2015: 1024 × 25088 with ranks 4, modes (2, 7, 8, 8, 7, 4) and 4 each
    novikov = TensorTrainLinear(25088, 4096, 4, modes=((2, 7, 8, 8, 7, 4), (4,) * 6), bias=False)
    assert novikov.parameters_count == 4 * (2 * 4 + 4 * 4 * (7 + 8 + 8 + 7) + 4 * 4)
    assert TuckerLinear(20, 30, 3, bias=False).parameters_count == 3**4 + 3 * (4 + 5 + 5 + 6)
    assert CanonicalLinear(20, 30, 3, bias=False).parameters_count == 3 * (4 + 5 + 5 + 6)
    assert LowRankLinear(20, 30, 99).factors[0].shape == (30, 20)


def test_primes_have_layers_too() -> None:
    for make in LAYERS:
        assert make(13, 7, 2)(torch.zeros(3, 13)).shape == (3, 7)


@every_layer
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_the_map_is_its_dense_weight(make: type[FactoredLinear], dtype: torch.dtype, close: float) -> None:
    for rank in (1, 3, 50):
        layer = make(12, 30, rank, dtype=dtype)
        with torch.no_grad():
            layer.bias.copy_(noise(30, seed=1))
        for batch in ((), (1,), (500,), (2, 3)):
            x = noise(*batch, 12, dtype=dtype)
            wanted = functional.linear(x, layer.weight, layer.bias)
            assert layer(x).shape == wanted.shape
            assert (layer(x) - wanted).norm() <= close * wanted.norm()
    assert make(12, 30, 2, bias=False, dtype=dtype)(torch.zeros(1, 12, dtype=dtype)).abs().max() == 0


@every_layer
def test_operations_are_those_that_torch_counts(make: type[FactoredLinear]) -> None:
    for rank in (2, 5):
        layer = make(24, 30, rank)
        for batch in (1, 4, 1000):
            with FlopCounterMode(display=False) as counter:
                layer(torch.zeros(batch, 24))
            extra = 5 * 30 + 4 * 24 if make is CanonicalLinear else 0  # torch counts no multiplications that are not of matrices
            assert abs(layer.flops(batch) - counter.get_total_flops()) <= rank * extra


def test_a_tensor_train_goes_the_cheaper_way() -> None:
    layer = TensorTrainLinear(64, 64, 4)
    assert layer.flops(1) == 2 * (4 * 64 * 4 + 16 * 16 * 4 * 4 + 64 * 4 * 4)  # core by core
    assert layer.flops(1000) == 2 * (16 * 16 * 4 * 4 + 16**3 * 4 + 1000 * 64 * 64)  # by the dense weight, formed first
    large = TensorTrainLinear(4096, 4096, 16)
    assert large.flops(1000) == 1000 * large.flops(1)  # too large to be formed


@every_layer
def test_outputs_start_with_the_variance_of_a_he_layer(make: type[FactoredLinear]) -> None:
    x = noise(4000, 96, dtype=torch.float32)
    dense = nn.Linear(96, 120, bias=False)
    nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
    he = dense(x).var().item()
    assert abs(he - 2) < 0.1
    for rank in (1, 4, 12):
        layer = make(96, 120, rank)
        mean_square = layer.weight.square().mean().item()
        assert math.isclose(mean_square, 2 / 96, rel_tol=1e-4)
        assert abs(layer(x).var().item() / he - 1) < 0.15
        assert layer.bias.abs().max() == 0
    assert math.isclose(make(96, 120, 4, gain=1.0).weight.square().mean().item(), 1 / 96, rel_tol=1e-4)


@every_layer
def test_a_deep_stack_keeps_its_signal(make: type[FactoredLinear]) -> None:
    x = noise(256, 64, dtype=torch.float32)
    start = x.square().mean()
    for _ in range(10):
        x = torch.relu(make(64, 64, 8)(x))
    assert 0.01 < x.square().mean() / start < 100


@every_layer
def test_the_start_is_torchs_generator(make: type[FactoredLinear]) -> None:
    torch.manual_seed(5)
    first = make(12, 8, 2)
    torch.manual_seed(5)
    assert torch.equal(first.weight, make(12, 8, 2).weight)
    assert not torch.equal(first.weight, make(12, 8, 2).weight)


@every_layer
def test_gradients_are_those_of_finite_differences(make: type[FactoredLinear]) -> None:
    layer = make(6, 4, 2, dtype=torch.float64)
    names = [name for name, _ in layer.named_parameters()]
    values = [parameter.detach().clone().requires_grad_() for parameter in layer.parameters()]
    for batch in (1, 40):
        x = noise(batch, 6).requires_grad_()

        def call(x: Tensor, *parameters: Tensor) -> Tensor:
            return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x,)).square().sum()

        assert torch.autograd.gradcheck(call, (x, *values))


@every_layer
def test_a_layer_learns_a_map_of_its_own_kind(make: type[FactoredLinear]) -> None:
    torch.manual_seed(1)
    teacher, student = make(12, 8, 2, bias=False), make(12, 8, 4)
    x = noise(256, 12, dtype=torch.float32)
    y = teacher(x).detach()
    optimiser = torch.optim.Adam(student.parameters(), lr=0.02)
    first = (student(x) - y).square().mean().item()
    for _ in range(300):
        optimiser.zero_grad()
        loss = (student(x) - y).square().mean()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1 * first


@every_layer
def test_autocast_computes_in_bfloat16(make: type[FactoredLinear]) -> None:
    layer, x = make(24, 30, 4), noise(5, 24, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = layer(x)
        assert y.dtype == nn.Linear(24, 30)(x).dtype == torch.bfloat16
        y.float().square().sum().backward()
    assert (y.float() - layer(x)).norm() < 0.03 * layer(x).norm()
    assert all(parameter.grad.dtype == torch.float32 and parameter.grad.isfinite().all() for parameter in layer.parameters())
    assert make(24, 30, 4, dtype=torch.bfloat16)(x.bfloat16()).dtype == torch.bfloat16


@every_layer
def test_state_goes_round(make: type[FactoredLinear]) -> None:
    layer, other = make(12, 8, 2), make(12, 8, 2)
    other.load_state_dict(layer.state_dict())
    assert torch.equal(layer.weight, other.weight)
    assert torch.equal(copy.deepcopy(layer).weight, layer.weight)
    assert set(layer.state_dict()) == {"bias", *(f"factors.{k}" for k in range(len(layer.factors)))}
    assert layer.double()(noise(2, 12)).dtype == torch.float64
    assert "in_features=12, out_features=8" in repr(layer)


PROGRAM = """
import torch
from gromov.nn.tensor_linear import CanonicalLinear, LowRankLinear, TensorTrainLinear, TuckerLinear

for make in (LowRankLinear, TensorTrainLinear, TuckerLinear, CanonicalLinear):
    torch.manual_seed(0)
    layer = make(24, 30, 3)
    compiled = torch.compile(layer, fullgraph=True)
    for batch in (2, 300, 5):
        x = torch.randn(batch, 24)
        torch.testing.assert_close(compiled(x), layer(x), rtol=1e-4, atol=1e-5)
        found = torch.autograd.grad(compiled(x).square().sum(), list(layer.parameters()))
        wanted = torch.autograd.grad(layer(x).square().sum(), list(layer.parameters()))
        for a, b in zip(found, wanted):
            torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)
print("all agree")
"""


@pytest.mark.slow
def test_compiled_layers_agree_with_eager_ones() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=900, check=False)
    assert done.stdout.endswith("all agree\n"), done.stdout[-2000:] + done.stderr[-4000:]


def trained(inputs: int, outputs: int, rank: int, dtype: torch.dtype = torch.float64) -> nn.Linear:
    """A layer whose weight is nearly of low rank, as those of trained networks are."""
    layer = nn.Linear(inputs, outputs, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(
            noise(outputs, rank, seed=1) @ noise(rank, inputs, seed=2) / math.sqrt(rank) + 0.01 * noise(outputs, inputs, seed=3)
        )
    return layer


@every_layer
def test_what_is_in_the_format_comes_back_exactly(make: type[FactoredLinear]) -> None:
    source = make(24, 30, 2, dtype=torch.float64)
    linear = nn.Linear(24, 30, dtype=torch.float64).eval()
    with torch.no_grad():
        linear.weight.copy_(source.weight)
    found = make.from_linear(linear, 2)
    assert found.parameters_count == source.parameters_count
    assert (found.weight - linear.weight).norm() < (1e-2 if make is CanonicalLinear else 1e-12) * linear.weight.norm()
    assert torch.equal(found.bias, linear.bias)
    assert not found.training
    sizes = torch.stack([factor.norm() for factor in found.factors])
    assert sizes.max() < 1.0001 * sizes.min()
    assert [tuple(factor.shape) for factor in found.factors] == found.format.shapes(2)


@pytest.mark.parametrize("make", [LowRankLinear, TensorTrainLinear, TuckerLinear])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_tolerance_is_kept(make: type[FactoredLinear], dtype: torch.dtype) -> None:
    linear = trained(36, 40, 3, dtype)
    before = linear.weight.detach().clone()
    slack = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 2e-2}[dtype]
    for tolerance in (0.3, 0.05):
        found = make.from_linear(linear, tolerance=tolerance)
        assert (found.weight - before).norm() <= (tolerance + slack) * before.norm()
        assert found.weight.dtype == dtype
    assert torch.equal(linear.weight, before)
    assert LowRankLinear.from_linear(linear, tolerance=0.3).parameters_count < linear.weight.numel()


def test_low_rank_is_the_singular_value_decomposition() -> None:
    linear = trained(20, 30, 8)
    values = torch.linalg.svdvals(linear.weight)
    found = LowRankLinear.from_linear(linear, 5)
    assert math.isclose((found.weight - linear.weight).norm().item(), values[5:].norm().item(), rel_tol=1e-9)


@every_layer
def test_making_from_a_layer_draws_nothing(make: type[FactoredLinear]) -> None:
    linear = trained(12, 8, 2)
    state = torch.random.get_rng_state()
    make.from_linear(linear, 2)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    "options",
    [{}, {"stride": 2, "padding": 1}, {"padding": "same"}, {"padding": 2, "dilation": 2, "padding_mode": "circular"}, {"bias": False}],
    ids=str,
)
def test_a_convolution_of_full_rank_is_the_same(options: dict[str, object]) -> None:
    convolution = nn.Conv2d(5, 7, 3, dtype=torch.float64, **options)
    found, x = compress_convolution(convolution, tolerance=0.0), noise(2, 5, 9, 9)
    torch.testing.assert_close(found(x), convolution(x), rtol=1e-10, atol=1e-10)


def test_a_convolution_of_low_rank_becomes_smaller() -> None:
    convolution = nn.Conv2d(16, 20, (3, 5), dtype=torch.float64)
    with torch.no_grad():
        convolution.weight.copy_(torch.einsum("oa,abkl,bi->oikl", noise(20, 3), noise(3, 4, 3, 5, seed=1), noise(4, 16, seed=2)))
    before, x = convolution.weight.detach().clone(), noise(1, 16, 9, 9)
    found = compress_convolution(convolution, (3, 4))
    assert [tuple(part.weight.shape) for part in found] == [(4, 16, 1, 1), (3, 4, 3, 5), (20, 3, 1, 1)]
    torch.testing.assert_close(found(x), convolution(x), rtol=1e-10, atol=1e-10)
    assert torch.equal(convolution.weight, before)


def test_a_convolution_of_one_by_one_is_a_matrix() -> None:
    convolution = nn.Conv2d(16, 20, 1, stride=2, padding=1, dtype=torch.float64)
    found = compress_convolution(convolution, 5)
    assert [tuple(part.weight.shape) for part in found] == [(5, 16, 1, 1), (20, 5, 1, 1)]
    values = torch.linalg.svdvals(convolution.weight[:, :, 0, 0])
    product = found[1].weight[:, :, 0, 0] @ found[0].weight[:, :, 0, 0]
    assert math.isclose((product - convolution.weight[:, :, 0, 0]).norm().item(), values[5:].norm().item(), rel_tol=1e-6)
    x = noise(1, 16, 6, 6)
    wanted = functional.conv2d(x, product[:, :, None, None], convolution.bias, stride=2, padding=1)
    torch.testing.assert_close(found(x), wanted)


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, groups=4),
        nn.Flatten(),
        trained(32 * 16, 256, 4, torch.float32),
        nn.Linear(256, 3),
    )


@pytest.mark.parametrize("kind", ["tt", "tucker", "low_rank"])
def test_a_network_becomes_smaller_and_says_how(kind: str) -> None:
    whole, x = network(), noise(4, 3, 8, 8, dtype=torch.float32)
    before = {name: value.clone() for name, value in whole.state_dict().items()}
    smaller, report = compress(whole, tolerance=0.05, kind=kind)
    rows = {row.name: row for row in report.layers}
    assert list(rows) == ["0", "2", "4", "5"]
    assert rows["2"].kept == "it has groups"
    assert report.before == sum(p.numel() for p in whole.parameters())
    assert report.after == sum(p.numel() for p in smaller.parameters())
    assert report.before - report.after == sum(row.before - row.after for row in report.layers)
    for name, row in rows.items():
        new, old = smaller.get_submodule(name), whole.get_submodule(name)
        assert row.after == sum(p.numel() for p in new.parameters())
        if row.kept:
            assert (row.before, row.error, type(new)) == (row.after, 0.0, type(old))
        else:
            assert row.after < row.before
            assert row.error <= 0.05 + 1e-5
            if isinstance(new, FactoredLinear):
                assert math.isclose(row.error, ((new.weight - old.weight).norm() / old.weight.norm()).item(), rel_tol=1e-3)
    if kind == "low_rank":
        assert rows["4"].after < 0.05 * rows["4"].before
        assert (smaller(x) - whole(x)).norm() < 0.2 * whole(x).norm()
    assert all(torch.equal(value, before[name]) for name, value in whole.state_dict().items())
    assert str(report).splitlines()[-1] == f"in all: {report.before:,} -> {report.after:,}"
    assert f"2: {rows['2'].before:,} -> {rows['2'].after:,}, it has groups" in str(report)


def test_some_layers_only() -> None:
    smaller, report = compress(network(), rank=2, kind="low_rank", only=["5", "4*"])
    assert [row.name for row in report.layers] == ["4", "5"]
    assert type(smaller[0]) is nn.Conv2d
    assert type(smaller[4]) is type(smaller[5]) is LowRankLinear
    single, report = compress(nn.Linear(64, 64), rank=2, kind="low_rank")
    assert isinstance(single, LowRankLinear)
    assert report.layers[0].name == ""
    frozen = network().requires_grad_(False)
    assert not any(parameter.requires_grad for parameter in compress(frozen, rank=1)[0].parameters())


def test_a_layer_used_twice_stays_one_and_shared_weights_stay_shared() -> None:
    layer, tied = trained(64, 64, 2, torch.float32), nn.Linear(16, 200, bias=False)
    table = nn.Embedding(200, 16)
    tied.weight = table.weight
    whole = nn.ModuleDict({"a": layer, "b": layer, "table": table, "tied": tied})
    smaller, report = compress(whole, rank=2)
    assert smaller["a"] is smaller["b"]
    assert [(row.name, row.kept) for row in report.layers] == [("a", ""), ("tied", "its weight is shared")]
    assert smaller["tied"].weight is smaller["table"].weight


def test_a_transformer_still_runs_its_fast_path() -> None:
    block = nn.TransformerEncoderLayer(32, 4, 128, batch_first=True).eval()
    smaller, report = compress(block, rank=3)
    assert {row.name for row in report.layers if not row.kept} == {"linear1", "linear2"}
    x = noise(2, 5, 32, dtype=torch.float32)
    with torch.inference_mode():
        fast = smaller(x)
    torch.testing.assert_close(fast, smaller(x).detach(), rtol=1e-4, atol=1e-5)


@settings(max_examples=15)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 12), st.integers(0, 3))
def test_every_shape_has_every_layer(inputs: int, outputs: int, rank: int, batch: int) -> None:
    for make in LAYERS:
        layer = make(inputs, outputs, rank, dtype=torch.float64)
        x = noise(batch, inputs)
        torch.testing.assert_close(layer(x), x @ layer.weight.T, rtol=1e-9, atol=1e-9)
        assert math.isclose(layer.weight.square().mean().item(), 2 / inputs, rel_tol=1e-9)


def test_bad_input_is_refused() -> None:
    for work, why in (
        (lambda: LowRankLinear(4, 4, 0), "at least 1"),
        (lambda: TensorTrainLinear(4, 4, (1, 2, 3)), "or 2 of them"),
        (lambda: TensorTrainLinear(6, 6, 2, modes=((2, 2), (2, 3))), "modes of the inputs must be positive and multiply to 6"),
        (lambda: TensorTrainLinear(6, 6, 2, modes=((2, 3), (6,))), "add ones"),
        (lambda: TuckerLinear(6, 6, 2)(torch.zeros(2, 5)), "6 features"),
        (lambda: LowRankLinear.from_linear(nn.Linear(4, 4)), "rank or a tolerance"),
        (lambda: CanonicalLinear.from_linear(nn.Linear(4, 4), tolerance=0.1), "give rank alone"),
        (lambda: compress_convolution(nn.Conv2d(4, 4, 3, groups=2), 1), "2 groups"),
        (lambda: compress_convolution(nn.Conv2d(4, 4, 3)), "rank or a tolerance"),
        (lambda: compress(nn.Linear(4, 4), 1, kind="cp"), "kind must be one of tt, tucker, low_rank; got 'cp'"),
        (lambda: compress(network(), 1, only="9"), "fits no linear layer.*there are: 0, 2, 4, 5"),
        (lambda: compress(nn.ReLU(), 1), "there are: none"),
    ):
        with pytest.raises(InputError, match=why):
            work()
