"""What a block says of itself before it is built is what torch finds in the built module: shapes, parameters, operations."""

import math

import pytest
import torch
from nn_cases import CASES, FACTORED, name_of
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from gromov.nn import (
    RELU,
    Attention,
    Block,
    CanonicalDense,
    Composition,
    Convolution,
    Dense,
    Flatten,
    HyperbolicAttention,
    HyperbolicLogits,
    Patchify,
    Residual,
    Summary,
    TokenEmbedding,
)

EVERY = pytest.mark.parametrize(("block", "shape"), CASES + FACTORED, ids=name_of)


def batch_for(block: Block, shape: tuple[int, ...], size: int = 3) -> torch.Tensor:
    words = isinstance(block, TokenEmbedding)
    source = torch.Generator().manual_seed(0)
    return torch.randint(block.vocabulary, (size, *shape), generator=source) if words else torch.randn(size, *shape, generator=source)


def test_counts_on_paper() -> None:
    assert Dense(10).parameters((784,)) == 7850
    assert Dense(10, bias=False).flops((784,)) == 15680
    assert Dense(4).flops((7, 5)) == 7 * 2 * 5 * 4
    assert Convolution(16, 3, bias=False).parameters((3, 32, 32)) == 432
    assert Convolution(16, 3).flops((3, 32, 32)) == 2 * 16 * 32 * 32 * 27
    assert Convolution(8, 3, groups=8).parameters((8, 5, 5)) == 8 * 9 + 8
    assert Attention(4).parameters((10, 64)) == 4 * 64 * 64 + 4 * 64
    assert Patchify(16, 768).parameters((3, 224, 224)) == 590_592  # ViT-B/16
    assert HyperbolicLogits(10, learn_curvature=True).parameters((64,)) == 651


@EVERY
def test_shape_is_that_of_the_module(block: Block, shape: tuple[int, ...]) -> None:
    module = block.build(shape)
    found = module(batch_for(block, shape))
    assert tuple(found.shape) == (3, *block.output_shape(shape))
    assert torch.isfinite(found).all()


@EVERY
def test_parameters_are_those_of_the_module(block: Block, shape: tuple[int, ...]) -> None:
    module = block.build(shape)
    assert block.parameters(shape) == sum(p.numel() for p in module.parameters() if p.requires_grad)


@EVERY
def test_every_parameter_gets_a_gradient(block: Block, shape: tuple[int, ...]) -> None:
    module = block.build(shape)
    result = module(batch_for(block, shape))
    if any(True for _ in module.parameters()):
        weights = torch.linspace(-1, 1, result.numel()).reshape(result.shape)
        (weights * result).sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


@EVERY
def test_flops_are_those_torch_counts(block: Block, shape: tuple[int, ...]) -> None:
    module = block.build(shape).eval()
    # torch's counter knows the fused attention of GPUs and the matrix products of the plain one, not the fused one of CPUs
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        module(batch_for(block, shape, 1))
    counted = counter.get_total_flops()
    if isinstance(block, CanonicalDense):  # its products of numbers are no matrix products
        assert counted <= block.flops(shape) < 1.5 * counted
    else:
        uncounted = 2 * shape[0] ** 2 * shape[1] if isinstance(block, HyperbolicAttention) else 0  # distances, which torch does not count
        assert block.flops(shape) == counted + uncounted


def test_operations_grow_with_the_batch_as_torch_says() -> None:
    block, shape = Convolution(8, 3) >> RELU >> Flatten() >> Dense(10), (3, 8, 8)
    with FlopCounterMode(display=False) as counter:
        block.build(shape)(torch.zeros(5, *shape))
    assert counter.get_total_flops() == 5 * block.flops(shape)


def test_summary_adds_up_and_names_modules() -> None:
    network = Convolution(8, stride=2) >> Residual(Convolution(8) >> RELU, Convolution(8, 1)) >> Flatten() >> Dense(10)
    shape = (3, 8, 8)
    summary, module = network.summary(shape), network.build(shape)
    assert isinstance(summary, Summary)
    assert (summary.parameters, summary.flops, summary.shape) == (network.parameters(shape), network.flops(shape), (10,))
    assert [row.path for row in summary.rows][1:4] == [
        "layer2_residual.inner.layer1_convolution",
        "layer2_residual.inner.layer2_relu",
        "layer2_residual.shortcut",
    ]
    for row in summary.rows:
        part = module.get_submodule(row.path)
        assert row.parameters == sum(p.numel() for p in part.parameters())
    table = str(summary).splitlines()
    assert len(table) == len(summary.rows) + 4
    assert table[-1].split()[-2:] == [f"{summary.parameters:,}", f"{summary.flops:,}"]


def test_a_block_alone_has_a_summary() -> None:
    (row,) = Dense(10).summary((4,)).rows
    assert (row.path, row.block, row.shape, row.parameters, row.flops) == ("", "Dense(10)", (10,), 50, 80)


def test_the_empty_composition_is_the_identity() -> None:
    x = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(Composition().build((3,))(x), x)
    assert Residual(Dense(3), Composition()).parameters((3,)) == 12
    assert len(Composition()) == 0


@pytest.mark.parametrize(("initial", "variance"), [("he", 2 / 400), ("glorot", 2 / (400 + 300)), ("small", 0.02**2 * 0.774), ("zero", 0.0)])
def test_weights_begin_with_the_variance_they_should(initial: str, variance: float) -> None:
    weight = Dense(300, initial=initial).build((400,)).weight
    assert isinstance(weight, torch.Tensor)
    assert math.isclose(float(weight.detach().var()), variance, rel_tol=0.02, abs_tol=1e-12)  # 120,000 entries: ±0.4 %
