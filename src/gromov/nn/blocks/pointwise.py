"""What is done to every number by itself."""

import math
from dataclasses import dataclass

from torch import nn

from gromov.nn.block import Block
from gromov.nn.fields import choice, number
from gromov.nn.shapes import Shape

_FUNCTIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
}


@dataclass(frozen=True, repr=False)
class Pointwise(Block):
    """A function of one number, applied to each, with torch's constants. Takes every shape; no parameters, and its FLOPs do not count.

    Args:
        function: `relu`, `leaky_relu`, `elu`, `gelu`, `silu`, `softplus`, `tanh`, `sigmoid` or `identity`.

    Raises:
        InputError: an unknown function.
    """

    function: str

    def __post_init__(self) -> None:
        choice(self, "function", _FUNCTIONS)

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        """torch's module of the function."""
        del shape
        return _FUNCTIONS[self.function]()

    def word(self) -> str:
        """The function's name."""
        return self.function


RELU, GELU, SILU, TANH, SIGMOID = (Pointwise(name) for name in ("relu", "gelu", "silu", "tanh", "sigmoid"))


@dataclass(frozen=True, repr=False)
class Dropout(Block):
    """Each number becomes 0 with probability p while training, and the others are divided by 1 − p. Takes every shape.

    Args:
        probability: p, 0 ≤ p < 1.

    Raises:
        InputError: p is not a probability below 1.

    Reference: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), Dropout. JMLR 15.
    """

    probability: float = 0.5

    def __post_init__(self) -> None:
        number(self, "probability", math.nextafter(0, -1), 1, "a probability, 0 or more and below 1")

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        return shape

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.Dropout`."""
        del shape
        return nn.Dropout(self.probability)
