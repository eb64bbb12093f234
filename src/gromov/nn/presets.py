"""Networks that are well known, by name."""

import difflib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from gromov.core import InputError
from gromov.nn.blocks.attention import Attention
from gromov.nn.blocks.convolution import Convolution
from gromov.nn.blocks.dense import Dense
from gromov.nn.blocks.normalisation import BatchNorm, LayerNorm
from gromov.nn.blocks.pointwise import GELU, RELU, TANH
from gromov.nn.blocks.pooling import AveragePool, GlobalAveragePool, MaxPool, TokenPool
from gromov.nn.blocks.reshaping import Flatten
from gromov.nn.blocks.residual import Residual, Subsample
from gromov.nn.blocks.tokens import ClassToken, Patchify, PositionEmbedding, TokenEmbedding
from gromov.nn.composition import Composition
from gromov.nn.shapes import as_shape


def mlp(width: int = 256, depth: int = 2, classes: int = 10) -> Composition:
    """Multilayer perceptron: `depth` hidden layers of `width` ReLUs, and a linear one.

    Takes every shape. Weights begin as He's.

    Example:
        >>> from gromov.nn import mlp
        >>> mlp(width=32, depth=1, classes=3)
        Composition(Flatten(), Dense(32, initial='he'), Pointwise('relu'), Dense(3))
    """
    _count("depth", depth, 0)
    hidden = [part for _ in range(depth) for part in (Dense(width, initial="he"), RELU)]
    return Composition(Flatten(), *hidden, Dense(classes))


def lenet(classes: int = 10) -> Composition:
    """LeNet-5 with tanh and average pooling: 61,706 parameters for (1, 28, 28) and 10 classes.

    Reference: LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document recognition. Proc. IEEE 86.
    """
    first = Convolution(6, 5, padding=2) >> TANH >> AveragePool(2)
    second = Convolution(16, 5, padding=0) >> TANH >> AveragePool(2)
    return first >> second >> Flatten() >> Dense(120) >> TANH >> Dense(84) >> TANH >> Dense(classes)


def conv4(width: int = 64, classes: int = 5) -> Composition:
    """Conv-4 of few-shot learning: four times (3 × 3 convolution, batch norm, ReLU, 2 × 2 max pooling), and a linear layer.

    Reference: Vinyals et al. (2016), Matching networks, arXiv:1606.04080; Snell, Swersky, Zemel (2017), arXiv:1703.05175.
    """
    part = Convolution(width) >> BatchNorm() >> RELU >> MaxPool(2)
    return part >> part >> part >> part >> Flatten() >> Dense(classes)


def convnet(width: int = 32, classes: int = 10) -> Composition:
    """A small quick network for images: 3 × 3 convolutions with batch norm and ReLU, twice as many channels after each 2 × 2 max pooling down to a side of 4 or less.

    Three stages of width, 2·width and 4·width channels for 28 × 28 (15 MFLOP at width 32); images of 32 × 32 or more want `deepnet`.
    """

    def stage(channels: int) -> Composition:
        return Convolution(channels, bias=False, initial="he") >> BatchNorm() >> RELU >> MaxPool(2)

    return stage(width) >> stage(2 * width) >> stage(4 * width) >> Flatten() >> Dense(classes)


def deepnet(width: int = 32, classes: int = 10) -> Composition:
    """A quick residual network for 32 × 32 colour images, after the nets of speed records: convolutions with batch norm, pooling between stages, two residual pairs, a global maximum.

    191 MFLOP and 1,646,122 parameters at width 32, for 10 classes.
    """

    def convolution(channels: int) -> Composition:
        return Convolution(channels, bias=False, initial="he") >> BatchNorm() >> RELU

    def pair(channels: int) -> Residual:
        return Residual(convolution(channels) >> convolution(channels))

    first = convolution(width) >> convolution(2 * width) >> MaxPool(2) >> pair(2 * width)
    return (
        first
        >> convolution(4 * width)
        >> MaxPool(2)
        >> convolution(8 * width)
        >> MaxPool(2)
        >> pair(8 * width)
        >> MaxPool(4)
        >> Flatten()
        >> Dense(classes)
    )


def resnet_cifar(depth: int = 20, width: int = 16, classes: int = 10) -> Composition:
    """ResNet for 32 × 32 images: 6n + 2 layers in three stages of width, 2·width and 4·width channels, shortcuts without parameters.

    269,722 parameters at depth 20, 853,018 at 56. A stage is a part of its own: `layer4_composition` is the first.

    Args:
        depth: 6n + 2: 8, 14, 20, 32, 44, 56, 110.
        width: Channels of the first stage.
        classes: Number of logits.

    Raises:
        InputError: the depth is not 6n + 2.

    Reference: He, Zhang, Ren, Sun (2015), Deep residual learning for image recognition. arXiv:1512.03385.
    """
    if depth < 8 or depth % 6 != 2:
        raise InputError(f"depth is {depth}; a residual network of this kind has 6n + 2 layers: 8, 14, 20, 32, 44, 56, 110")

    def convolution(channels: int, stride: int = 1) -> Composition:
        return Convolution(channels, stride=stride, bias=False, initial="he") >> BatchNorm()

    def unit(channels: int, stride: int) -> Composition:
        shortcut = Subsample(channels, stride) if stride > 1 else None
        return Residual(convolution(channels, stride) >> RELU >> convolution(channels), shortcut) >> RELU

    def stage(channels: int, stride: int) -> Composition:
        rest = [part for _ in range((depth - 2) // 6 - 1) for part in unit(channels, 1).blocks]
        return Composition(*unit(channels, stride).blocks, *rest)

    stages = (stage(width * 2**k, 1 if k == 0 else 2) for k in range(3))
    return Composition(*convolution(width).blocks, RELU, *stages, GlobalAveragePool(), Dense(classes))


def transformer_layer(width: int, heads: int, *, causal: bool = False, expansion: int = 4) -> Composition:
    """A pre-norm layer: x + attention(norm x), then x + mlp(norm x) with `expansion`·width GELUs.

    Reference: Xiong et al. (2020), On layer normalization in the transformer architecture. arXiv:2002.04745.
    """
    attention = LayerNorm() >> Attention(heads, causal=causal)
    perceptron = LayerNorm() >> Dense(expansion * width, initial="small") >> GELU >> Dense(width, initial="small")
    return Residual(attention) >> Residual(perceptron)


def vit(patch: int = 4, width: int = 192, depth: int = 6, heads: int = 3, classes: int = 10, *, class_token: bool = False) -> Composition:
    """Vision transformer: patches as tokens, learnt places, pre-norm layers, the mean token, a linear layer.

    Args:
        patch: Side of a patch; it divides height and width.
        width: Entries of a token.
        depth: Number of layers.
        heads: Parts of the width that attend by themselves.
        classes: Number of logits.
        class_token: Whether a learnt token of the whole is read instead of the mean.

    Reference: Dosovitskiy et al. (2020), An image is worth 16×16 words. arXiv:2010.11929.
    """
    _count("depth", depth, 0)
    layers = (transformer_layer(width, heads) for _ in range(depth))
    start = (Patchify(patch, width), ClassToken()) if class_token else (Patchify(patch, width),)
    return Composition(*start, PositionEmbedding(), *layers, LayerNorm(), TokenPool("first" if class_token else "mean"), Dense(classes))


def causal_transformer(vocabulary: int = 256, width: int = 128, depth: int = 4, heads: int = 4, context: int | None = None) -> Composition:
    """Decoder-only transformer: whole numbers (tokens,) to logits of the next, (tokens, vocabulary); no token sees a later one.

    Args:
        vocabulary: Number of words, of the input and of the logits.
        width: Entries of a token.
        depth: Number of pre-norm layers.
        heads: Parts of the width that attend by themselves.
        context: Most tokens; None is as many as it is built for.

    Reference: Radford et al. (2019), Language models are unsupervised multitask learners.
    """
    _count("depth", depth, 0)
    layers = (transformer_layer(width, heads, causal=True) for _ in range(depth))
    start = (TokenEmbedding(vocabulary, width), PositionEmbedding(context))
    return Composition(*start, *layers, LayerNorm(), Dense(vocabulary, bias=False, initial="small"))


@dataclass(frozen=True, slots=True)
class Preset:
    """A network that is known by a name.

    Attributes:
        make: The function that declares it.
        description: One line.
        classes: What the function calls the number of its outputs.
    """

    make: Callable[..., Composition]
    description: str
    classes: str = "classes"

    @property
    def options(self) -> tuple[str, ...]:
        """Arguments of the function."""
        return tuple(inspect.signature(self.make).parameters)


PRESETS: dict[str, Preset] = {
    "mlp": Preset(mlp, "multilayer perceptron with ReLU, for every shape"),
    "lenet": Preset(lenet, "LeNet-5, for images of 28 × 28 or more"),
    "conv4": Preset(conv4, "four convolutions with batch norm, of few-shot learning"),
    "convnet": Preset(convnet, "small and quick, for grey images of about 28 × 28"),
    "deepnet": Preset(deepnet, "quick residual network, for colour images of 32 × 32"),
    "resnet_cifar": Preset(resnet_cifar, "residual network of 6n + 2 layers, for images of 32 × 32"),
    "vit": Preset(vit, "vision transformer on patches"),
    "causal_transformer": Preset(causal_transformer, "decoder-only language model", classes="vocabulary"),
}


def preset(name: str, *, input_shape: Sequence[int] | None = None, classes: int | None = None, **options: int | bool | None) -> Composition:
    """The network of a name.

    Args:
        name: A key of `PRESETS`.
        input_shape: Shape of one sample; where given, it is checked that the network takes it.
        classes: Number of outputs (of a language model: its vocabulary).
        options: What else the function of that name takes.

    Raises:
        InputError: an unknown name or option, or a value that cannot be used.
        ShapeError: the network cannot take the input.

    Example:
        >>> from gromov.nn import preset
        >>> preset("resnet_cifar", input_shape=(3, 32, 32), classes=10).parameters((3, 32, 32))
        269722
    """
    if name not in PRESETS:
        raise InputError(f"there is no network {name!r}{_near(name, PRESETS)}")
    chosen = PRESETS[name]
    for option in options:
        if option not in chosen.options:
            raise InputError(f"{name} has no option {option!r}{_near(option, chosen.options)}")
    if classes is not None:
        options[chosen.classes] = classes
    network = chosen.make(**options)
    if input_shape is not None:
        network.output_shape(as_shape(input_shape))
    return network


def _near(word: str, known: Sequence[str] | dict[str, Preset]) -> str:
    near = [name for name in known if name.startswith(word)] or difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f": did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


def _count(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(cast(object, value), int) or value < least:
        raise InputError(f"{name} is {value!r}; it must be a whole number, {least} or more")
