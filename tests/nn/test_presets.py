"""Well-known networks have the sizes their papers print, and a language model does not look ahead."""

import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gromov.core import InputError
from gromov.nn import PRESETS, ShapeError, causal_transformer, conv4, lenet, mlp, preset, resnet_cifar, transformer_layer, vit

SHAPES = {
    "mlp": (3, 8, 8),
    "lenet": (1, 28, 28),
    "conv4": (3, 32, 32),
    "convnet": (1, 28, 28),
    "deepnet": (3, 32, 32),
    "resnet_cifar": (3, 32, 32),
    "vit": (3, 16, 16),
    "causal_transformer": (12,),
}
SMALL: dict[str, dict[str, int]] = {"vit": {"depth": 2, "width": 24}, "causal_transformer": {"depth": 2, "width": 24, "heads": 3}}


@pytest.mark.parametrize(("depth", "parameters"), [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962)])
def test_resnets_have_the_parameters_of_their_paper(depth: int, parameters: int) -> None:
    network = resnet_cifar(depth)  # .27 M, .46 M, .66 M, .85 M and 1.7 M in He et al., table 6
    assert network.parameters((3, 32, 32)) == parameters
    weights = [row for row in network.summary((3, 32, 32)).rows if row.block.startswith(("Conv", "Dense"))]
    assert len(weights) == depth


def test_other_sizes_that_are_known() -> None:
    assert lenet().parameters((1, 28, 28)) == 61_706
    assert vit(16, 192, 12, 3, 1000, class_token=True).parameters((3, 224, 224)) == 5_717_416  # DeiT-Ti
    assert conv4(64, 5).parameters((3, 84, 84)) == 113_088 + 8_005  # the embedding of few-shot learning, and the linear layer on 1,600
    assert mlp(256, 2, 10).parameters((784,)) == 269_322
    assert math.isclose(resnet_cifar().flops((3, 32, 32)), 2 * 40.55e6, rel_tol=1e-3)
    assert math.isclose(vit(16, 192, 12, 3, 1000, class_token=True).flops((3, 224, 224)), 2 * 1.25e9, rel_tol=5e-3)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build_run_and_count(name: str) -> None:
    shape = SHAPES[name]
    network = preset(name, input_shape=shape, classes=7, **SMALL.get(name, {}))
    module = network.build(shape).eval()
    source = torch.Generator().manual_seed(0)
    x = torch.randint(7, (2, *shape), generator=source) if name == "causal_transformer" else torch.randn(2, *shape, generator=source)
    result = module(x)
    assert tuple(result.shape) == (2, *network.output_shape(shape))
    assert result.shape[-1] == 7
    assert network.parameters(shape) == sum(p.numel() for p in module.parameters())
    assert PRESETS[name].description
    if name not in ("vit", "causal_transformer"):  # whose fused attention torch does not count on a CPU
        with FlopCounterMode(display=False) as counter:
            module(x)
        assert counter.get_total_flops() == 2 * network.flops(shape)


def test_a_layer_of_a_resnet_by_hand() -> None:
    """The first unit that halves the image, against torch's functions."""
    network, shape = resnet_cifar(8, 4), (3, 8, 8)
    module = network.build(shape, seed=1).double().eval()
    start = torch.randn(2, 4, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    state, f = module.state_dict(), torch.nn.functional

    def step(x: torch.Tensor, place: int, stride: int) -> torch.Tensor:
        y = f.conv2d(x, state[f"layer5_composition.layer1_residual.inner.layer{place}_convolution.weight"], stride=stride, padding=1)
        return y / math.sqrt(1 + 1e-5)  # a batch norm that has seen nothing

    shortcut = torch.cat([torch.zeros(2, 2, 4, 4), start[:, :, ::2, ::2], torch.zeros(2, 2, 4, 4)], dim=1)
    by_hand = f.relu(step(f.relu(step(start, 1, 2)), 4, 1) + shortcut)
    torch.testing.assert_close(module.layer5_composition(start), by_hand)  # type: ignore[operator]


def test_a_transformer_layer_by_hand() -> None:
    module = transformer_layer(8, 2, causal=True).build((5, 8), seed=2).double()
    x = torch.randn(3, 5, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    attend = module.get_submodule("layer1_residual.inner.layer2_attention")
    f = torch.nn.functional
    query, key, value = (part.unflatten(-1, (2, 4)) for part in attend.query_key_value(f.layer_norm(x, (8,))).chunk(3, -1))  # type: ignore[operator]
    scores = torch.einsum("bihc,bjhc->bhij", query, key) / 2
    scores = scores.masked_fill(torch.ones(5, 5, dtype=torch.bool).triu(1), -math.inf)
    y = x + attend.output(torch.einsum("bhij,bjhc->bihc", scores.softmax(-1), value).flatten(2))  # type: ignore[operator]
    first, second = (module.get_submodule(f"layer2_residual.inner.{name}") for name in ("layer2_dense", "layer4_dense"))
    torch.testing.assert_close(module(x), y + second(f.gelu(first(f.layer_norm(y, (8,))))))


def test_a_language_model_does_not_look_ahead() -> None:
    module = causal_transformer(17, 16, 2, 2, context=10).build((10,), seed=0).double().eval()
    words = torch.randint(17, (2, 10), generator=torch.Generator().manual_seed(0))
    logits = module(words)
    for place in (3, 7, 9):
        changed = words.clone()
        changed[:, place] = (changed[:, place] + 1) % 17
        found = module(changed)
        torch.testing.assert_close(found[:, :place], logits[:, :place], rtol=0, atol=1e-13)
        assert (found[:, place:] - logits[:, place:]).abs().amax(dim=(0, 2)).min() > 1e-6
    torch.testing.assert_close(module(words[:, :4]), logits[:, :4], rtol=0, atol=1e-13)  # and takes shorter sequences


def test_a_vision_transformer_reads_patches_row_by_row() -> None:
    module = vit(2, 8, 0, 1, 3).build((1, 4, 6)).eval()
    patches = module.get_submodule("layer1_patchify")
    image = torch.arange(24.0).reshape(1, 1, 4, 6)
    first = torch.nn.functional.linear(image[0, 0, :2, 2:4].reshape(1, -1), patches.projection.weight.flatten(1), patches.projection.bias)  # type: ignore[union-attr, operator]
    torch.testing.assert_close(patches(image)[0, 1:2], first)


def test_what_cannot_be_had_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match="no network 'resnet': did you mean 'resnet_cifar'"):
        preset("resnet")
    with pytest.raises(InputError, match="no network 'zzz'; there are mlp, lenet"):
        preset("zzz")
    with pytest.raises(InputError, match="mlp has no option 'widht': did you mean 'width'"):
        preset("mlp", widht=3)
    with pytest.raises(InputError, match="depth is 21"):
        preset("resnet_cifar", depth=21)
    with pytest.raises(InputError, match="depth is -1"):
        preset("vit", depth=-1)
    with pytest.raises(InputError, match="units of Dense is 0"):
        preset("mlp", classes=0)
    with pytest.raises(ShapeError, match=r"layer1_convolution got the shape \(784,\)"):
        preset("lenet", input_shape=(784,))
    with pytest.raises(ShapeError, match="patch"):
        preset("vit", input_shape=(3, 30, 30))
    with pytest.raises(InputError, match="positive whole numbers"):
        preset("mlp", input_shape=(0,))
