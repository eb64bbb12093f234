"""A block: a part of a network as a value, which knows its shapes, its parameters and its operations before there is any weight."""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import nn

from gromov.nn.seeded import seeded
from gromov.nn.shapes import Shape, as_shape
from gromov.nn.summary import Row, Summary

if TYPE_CHECKING:
    from gromov.nn.composition import Composition


class Block(ABC):
    """A declaration of a layer, or of layers composed: frozen, hashable, without weights.

    Shapes are those of one sample, without the batch. Blocks compose with `>>`. A block of your own is a frozen dataclass with
    `shape_for` and `module_for`, and `parameters_for` and `flops_for` where they are not 0.

    Example:
        >>> from gromov.nn import RELU, Dense
        >>> network = Dense(64) >> RELU >> Dense(10)
        >>> network.output_shape((784,)), network.parameters((784,)), network.flops((784,))
        ((10,), 50890, 101632)
    """

    # ---- what a block says of itself

    @abstractmethod
    def shape_for(self, shape: Shape) -> Shape:
        """Output shape.

        Raises:
            ShapeError: the block cannot take this input.
        """

    @abstractmethod
    def module_for(self, shape: Shape) -> nn.Module:
        """The module, its weights drawn from torch's generator."""

    def parameters_for(self, shape: Shape) -> int:
        """Trainable numbers, for a shape the block can take."""
        del shape
        return 0

    def flops_for(self, shape: Shape) -> int:
        """Operations for one sample of a shape the block can take."""
        del shape
        return 0

    def word(self) -> str:
        """What the block's module is called inside a composition, after its place."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(self).__name__).lower()

    # ---- what follows

    def output_shape(self, shape: Sequence[int]) -> Shape:
        """Shape of what comes out for one sample.

        Args:
            shape: Shape of what goes in, without the batch.

        Raises:
            ShapeError: a block cannot take its input; the error says which, where it stands, what it got and what to do.
        """
        return self.shape_for(as_shape(shape))

    def parameters(self, shape: Sequence[int]) -> int:
        """Trainable numbers: the same as of the built module.

        Raises:
            ShapeError: a block cannot take its input.
        """
        self.output_shape(shape)
        return self.parameters_for(as_shape(shape))

    def flops(self, shape: Sequence[int]) -> int:
        """Floating point operations of one forward pass of one sample.

        A multiply-add is two. Matrix products, convolutions and attention count, as in `torch.utils.flop_counter`; biases,
        normalisations, pointwise functions, softmax and pooling do not. A causal mask saves nothing. Of a hyperbolic distance the
        ⟨x, y⟩ counts, the rest does not.

        Raises:
            ShapeError: a block cannot take its input.
        """
        self.output_shape(shape)
        return self.flops_for(as_shape(shape))

    def build(self, shape: Sequence[int], *, seed: int = 0, device: str = "cpu") -> nn.Module:
        """An ordinary torch module with weights.

        Each block draws from a stream of its own, named by its place: the same seed gives the same bits, what is appended to a network
        changes no weight before it, and torch's own generator is left as it was.

        Args:
            shape: Shape of one sample.
            seed: Of the weights.
            device: Where the weights are made; `meta` makes none.

        Raises:
            ShapeError: a block cannot take its input.
            InputError: the seed is negative.
        """
        self.output_shape(shape)
        return self.assemble(as_shape(shape), seed, "", device)

    def assemble(self, shape: Shape, seed: int, path: str, device: str) -> nn.Module:
        """The module of the block that stands at `path`; a block made of blocks assembles each at its own."""
        with seeded(seed, path, device):
            return self.module_for(shape)

    def rows(self, shape: Shape) -> tuple[Row, ...]:
        """The rows of a summary, for a shape the block can take."""
        return (Row("", str(self), self.shape_for(shape), self.parameters_for(shape), self.flops_for(shape)),)

    def summary(self, shape: Sequence[int]) -> Summary:
        """Output shape, parameters and operations of every block; `str()` of it is a table.

        Raises:
            ShapeError: a block cannot take its input.
        """
        end = self.output_shape(shape)
        return Summary(self.rows(as_shape(shape)), end)

    def __rshift__(self, other: "Block") -> "Composition":
        from gromov.nn.composition import Composition

        return Composition(*_parts(self), *_parts(other))

    def to_dict(self) -> dict[str, object]:
        """The declaration, JSON-ready and exact: `block_from_dict` gives an equal block."""
        from gromov.nn.declaration import block_to_dict

        return block_to_dict(self)

    @staticmethod
    def from_dict(tree: Mapping[str, object], also: Sequence[type["Block"]] = ()) -> "Block":
        """The block that `to_dict` described; see `block_from_dict`."""
        from gromov.nn.declaration import block_from_dict

        return block_from_dict(tree, also)

    def __repr__(self) -> str:
        """As it is written: required fields by place, others by name where they differ from their default."""
        said: list[str] = []
        for field in dataclasses.fields(self):  # pyright: ignore[reportArgumentType]
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING:
                said.append(repr(value))
            elif value != field.default:
                said.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"


def _parts(block: Block) -> tuple[Block, ...]:
    """The blocks of a composition, so that `>>` is associative; any other block itself."""
    from gromov.nn.composition import Composition

    return block.blocks if isinstance(block, Composition) else (block,)
