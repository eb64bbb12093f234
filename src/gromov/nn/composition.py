"""Blocks one after the other."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from torch import nn

from gromov.core import InputError
from gromov.nn.block import Block
from gromov.nn.shapes import Shape, ShapeError
from gromov.nn.summary import Row


@dataclass(frozen=True, repr=False, init=False)
class Composition(Block):
    """x ↦ bₙ(… b₁(x)); with no blocks, x itself.

    `a >> b >> c` is `Composition(a, b, c)`, however it is bracketed; a composition given as a block here stays a part of its own. The
    built module is a `torch.nn.Sequential` whose children are called `layer1_dense`, `layer2_relu`, ….

    Args:
        blocks: In the order in which they are applied. One block given twice has weights of its own at each place.

    Raises:
        InputError: something is not a block.

    Example:
        >>> from gromov.nn import Composition, Dense, Flatten
        >>> print(Composition(Flatten(), Dense(10)).summary((1, 8, 8)))
        path            block      output  parameters  FLOPs
        --------------  ---------  ------  ----------  -----
        layer1_flatten  Flatten()  (64,)            0      0
        layer2_dense    Dense(10)  (10,)          650  1,280
        --------------  ---------  ------  ----------  -----
        total                      (10,)          650  1,280
    """

    blocks: tuple[Block, ...]

    def __init__(self, *blocks: Block) -> None:
        for place, block in enumerate(blocks, start=1):
            if not isinstance(cast(object, block), Block):
                hint = f": did you forget to call {block.__name__}(…)?" if isinstance(block, type) else ""
                raise InputError(f"part {place} of the composition is {block!r}, which is not a block{hint}")
        object.__setattr__(self, "blocks", blocks)

    def steps(self, shape: Shape) -> Iterator[tuple[str, Block, Shape, Shape]]:
        """Name, block, input shape and output shape of each part.

        Raises:
            ShapeError: a part cannot take what the one before gives.
        """
        for place, block in enumerate(self.blocks, start=1):
            name = f"layer{place}_{block.word()}"
            try:
                after = block.shape_for(shape)
            except ShapeError as error:
                raise error.inside(name) from None
            yield name, block, shape, after
            shape = after

    def shape_for(self, shape: Shape) -> Shape:
        """What the last block gives."""
        for *_, after in self.steps(shape):
            shape = after
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """The sum."""
        return sum(block.parameters_for(before) for _, block, before, _ in self.steps(shape))

    def flops_for(self, shape: Shape) -> int:
        """The sum."""
        return sum(block.flops_for(before) for _, block, before, _ in self.steps(shape))

    def rows(self, shape: Shape) -> tuple[Row, ...]:
        """The rows of all parts."""
        return tuple(row.inside(name) for name, block, before, _ in self.steps(shape) for row in block.rows(before))

    def module_for(self, shape: Shape) -> nn.Module:
        """The modules of all parts, drawn from one stream."""
        return nn.Sequential(OrderedDict((name, block.module_for(before)) for name, block, before, _ in self.steps(shape)))

    def assemble(self, shape: Shape, seed: int, path: str, device: str) -> nn.Module:
        """The modules of all parts, each from its own stream."""
        prefix = f"{path}." if path else ""
        parts = [(name, block.assemble(before, seed, prefix + name, device)) for name, block, before, _ in self.steps(shape)]
        return nn.Sequential(OrderedDict(parts))

    def __len__(self) -> int:
        return len(self.blocks)

    def __repr__(self) -> str:
        return f"Composition({', '.join(map(repr, self.blocks))})"
