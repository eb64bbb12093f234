"""Blocks compose as functions do; a shape that does not fit is refused where it stands; weights come from the seed alone."""

import dataclasses
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nn_cases import CASES, name_of
from torch import nn

import gromov.nn
from gromov.core import InputError
from gromov.nn import (
    RELU,
    Attention,
    AveragePool,
    BatchNorm,
    Block,
    ClassToken,
    Composition,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    GroupNorm,
    HyperbolicAttention,
    HyperbolicLogits,
    IntoBall,
    LayerNorm,
    MaxPool,
    Patchify,
    Pointwise,
    PositionEmbedding,
    Reshape,
    Residual,
    Shape,
    ShapeError,
    Subsample,
    TensorTrainDense,
    TokenEmbedding,
    TokenPool,
    mlp,
)


def test_composition_is_associative() -> None:
    a, b, c = Dense(3), RELU, Dense(2)
    assert (a >> b) >> c == a >> (b >> c) == Composition(a, b, c)
    assert hash((a >> b) >> c) == hash(Composition(a, b, c))
    assert Composition(a, Composition(b, c)) != Composition(a, b, c)  # a part of its own, where it was made one


@pytest.mark.parametrize(("block", "shape"), CASES, ids=name_of)
def test_blocks_are_values(block: Block, shape: Shape) -> None:
    del shape
    assert eval(repr(block), {name: getattr(gromov.nn, name) for name in gromov.nn.__all__}) == block
    assert {block: 1}[dataclasses.replace(block) if not isinstance(block, Composition) else Composition(*block.blocks)] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        block.units = 3  # type: ignore[attr-defined]


@given(widths=st.lists(st.integers(1, 9), min_size=1, max_size=5), start=st.integers(1, 9))
def test_shapes_follow_the_composition(widths: list[int], start: int) -> None:
    network = Composition(*map(Dense, widths))
    assert network.output_shape((start,)) == (widths[-1],)
    assert network.parameters((start,)) == sum((a + 1) * b for a, b in zip([start, *widths], widths, strict=False))


def test_an_error_says_where_what_and_what_to_do() -> None:
    network = Convolution(4) >> Residual(Convolution(4) >> RELU >> Dense(10)) >> Flatten()
    with pytest.raises(ShapeError, match=r"Dense\(10\) at layer2_residual\.inner\.layer3_dense got the shape \(4, 8, 8\)") as caught:
        network.build((3, 8, 8))
    assert caught.value.path == "layer2_residual.inner.layer3_dense"
    assert caught.value.shape == (4, 8, 8)
    assert "put Flatten()" in str(caught.value)
    assert isinstance(caught.value, InputError)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(
    ("block", "shape", "words"),
    [
        (Dense(3), (3, 4, 4), "Flatten"),
        (Convolution(3), (12,), "Reshape"),
        (Convolution(4, groups=2), (3, 8, 8), "fewer groups"),
        (Convolution(4, 5, padding=0), (3, 4, 9), "at least 5"),
        (MaxPool(), (3, 1, 5), "at least 2"),
        (AveragePool(), (5, 5), "channels, height, width"),
        (GlobalAveragePool(), (4,), "channels, height, width"),
        (BatchNorm(), (5, 6), "LayerNorm"),
        (LayerNorm(), (3, 4, 4), "Flatten"),
        (GroupNorm(4), (6, 4, 4), "4 divides"),
        (Attention(3), (5, 16), "3 heads divide"),
        (Attention(3), (15,), "tokens, width"),
        (HyperbolicAttention(3), (5, 16), "3 heads divide"),
        (HyperbolicLogits(3), (3, 4, 4), "Flatten"),
        (IntoBall(), (3, 4, 4), "Flatten"),
        (TokenPool(), (4,), "tokens, width"),
        (ClassToken(), (4,), "tokens, width"),
        (Reshape((3, 5)), (14,), "15 numbers"),
        (Patchify(3, 8), (3, 8, 9), "patch"),
        (TokenEmbedding(9, 8), (4, 4), "whole numbers"),
        (PositionEmbedding(4), (5, 8), "at most 4 tokens"),
        (Subsample(2), (4, 8, 8), "at most 2 channels"),
        (TensorTrainDense(12, 2, modes=((4, 6), (3, 4))), (25,), "multiply to 25"),
        (Residual(Dense(3)), (4,), r"inner gives \(3,\) and the shortcut gives \(4,\)"),
        (Residual(RELU, Dense(3)), (4,), r"inner gives \(4,\) and the shortcut gives \(3,\)"),
    ],
    ids=str,
)
def test_shapes_are_refused(block: Block, shape: Shape, words: str) -> None:
    for ask in (block.output_shape, block.parameters, block.flops, block.build, block.summary):
        with pytest.raises(ShapeError, match=words):
            ask(shape)


@pytest.mark.parametrize("shape", [(), (0,), (3, -1), (2.0,), (True,)], ids=str)
def test_what_is_no_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="positive whole numbers"):
        Flatten().output_shape(shape)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(0),
        lambda: Dense(True),
        lambda: Dense(3, bias=1),  # type: ignore[arg-type]
        lambda: Dense(3, initial="random"),
        lambda: Convolution(6, groups=4),
        lambda: Convolution(6, padding=-1),
        lambda: MaxPool(2, padding=2),
        lambda: Dropout(1.0),
        lambda: Dropout(float("nan")),
        lambda: Pointwise("rely"),
        lambda: TokenPool("middle"),
        lambda: Reshape((3, 0)),
        lambda: Reshape([3, 4]),  # type: ignore[arg-type]
        lambda: IntoBall(0.5),
        lambda: IntoBall(clip=0.0),
        lambda: HyperbolicLogits(3, 0.0, learn_curvature=True),
        lambda: HyperbolicAttention(2, weighting="hard"),
        lambda: TensorTrainDense(12, 2, modes=((4, 6), (12,))),
        lambda: Residual(None),  # type: ignore[arg-type]
        lambda: Residual(RELU, "x"),  # type: ignore[arg-type]
        lambda: Composition(Flatten),  # type: ignore[arg-type]
        lambda: Composition(RELU, nn.ReLU()),  # type: ignore[arg-type]
    ],
)
def test_fields_are_refused_in_a_sentence(make: object) -> None:
    with pytest.raises(InputError, match=r"is .*"):
        make()  # type: ignore[operator]


def test_a_class_in_place_of_a_block_is_explained() -> None:
    with pytest.raises(InputError, match=r"forget to call Flatten\(…\)"):
        Composition(Dense(3), Flatten)  # type: ignore[arg-type]


def states_equal(a: nn.Module, b: nn.Module) -> bool:
    first, second = a.state_dict(), b.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_the_seed_alone_decides_the_weights() -> None:
    network, shape = mlp(width=8, depth=2, classes=3), (5,)
    torch.manual_seed(1)
    first = network.build(shape, seed=7)
    torch.manual_seed(2)
    assert states_equal(network.build(shape, seed=7), first)
    assert not states_equal(network.build(shape, seed=8), first)


def test_building_leaves_torchs_generator_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    (Dense(9) >> Dropout(0.1) >> HyperbolicLogits(3)).build((5,), seed=1)
    assert torch.equal(torch.rand(4), expected)


def test_blocks_draw_apart_and_what_is_appended_changes_nothing() -> None:
    short, long = Dense(4) >> Dense(4), Dense(4) >> Dense(4) >> Dense(2)
    state, more = short.build((4,)).state_dict(), long.build((4,)).state_dict()
    assert all(torch.equal(more[name], tensor) for name, tensor in state.items())
    assert not torch.equal(state["layer1_dense.weight"], state["layer2_dense.weight"])


def test_children_have_names_that_hooks_can_select() -> None:
    module = (Convolution(4) >> RELU >> GlobalAveragePool() >> HyperbolicLogits(3)).build((1, 5, 5))
    assert isinstance(module, nn.Sequential)
    assert [name for name, _ in module.named_children()] == [
        "layer1_convolution",
        "layer2_relu",
        "layer3_global_average_pool",
        "layer4_hyperbolic_logits",
    ]


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="seed is -1"):
        Dense(3).build((3,), seed=-1)


@dataclass(frozen=True, repr=False)
class Scale(Block):
    """A block from outside."""

    factor: float = 2.0

    def shape_for(self, shape: Shape) -> Shape:
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        class Times(nn.Module):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return 2.0 * x

        return Times()


def test_a_block_of_ones_own() -> None:
    network = Scale() >> Scale(2.0)
    assert torch.equal(network.build((1,))(torch.ones(1, 1)), torch.tensor([[4.0]]))
    assert Block.from_dict(network.to_dict(), [Scale]) == network
    with pytest.raises(InputError, match="no block 'Scale'"):
        Block.from_dict(network.to_dict())
