"""Sequences: from images and from words, with places, and with a token of the whole."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.nn.block import Block
from gromov.nn.fields import whole
from gromov.nn.shapes import Shape, ShapeError, image, tokens

_SPREAD = 0.02
"""Deviation of embeddings that are learnt, as in GPT-2 and ViT."""


class PatchEmbedding(nn.Module):
    """Tokens of an image: a linear map of each patch, row by row."""

    def __init__(self, channels: int, width: int, patch: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(channels, width, patch, stride=patch)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch tokens features"]:
        """The tokens."""
        return self.projection(x).flatten(2).transpose(1, 2)


@dataclass(frozen=True, repr=False)
class Patchify(Block):
    """An image as a sequence: each patch × patch square goes through one linear map to `width` numbers.

    Takes (channels, height, width) that `patch` divides. Parameters: width·(channels·patch² + 1). FLOPs: 2·width·channels·patch² a token.

    Args:
        patch: Side of a square.
        width: Entries of a token.

    Raises:
        InputError: a field is not a positive whole number.

    Reference: Dosovitskiy et al. (2020), An image is worth 16×16 words. arXiv:2010.11929.
    """

    patch: int
    width: int

    def __post_init__(self) -> None:
        whole(self, "patch")
        whole(self, "width")

    def shape_for(self, shape: Shape) -> Shape:
        """(squares, width)."""
        _, height, across = image(self, shape)
        if height % self.patch or across % self.patch:
            raise ShapeError(str(self), shape, f"a height and a width that the patch, {self.patch}, divides: choose another patch")
        return (height // self.patch) * (across // self.patch), self.width

    def parameters_for(self, shape: Shape) -> int:
        """width·(channels·patch² + 1)."""
        return self.width * (shape[0] * self.patch**2 + 1)

    def flops_for(self, shape: Shape) -> int:
        """2·width numbers for every number of the image."""
        channels, height, across = image(self, shape)
        return 2 * self.width * channels * height * across

    def module_for(self, shape: Shape) -> nn.Module:
        """`PatchEmbedding`."""
        return PatchEmbedding(shape[0], self.width, self.patch)


@dataclass(frozen=True, repr=False)
class TokenEmbedding(Block):
    """A learnt vector for each word: (tokens,) of whole numbers below `vocabulary` becomes (tokens, width).

    Parameters: vocabulary·width. A look-up has no FLOPs.

    Args:
        vocabulary: Number of words.
        width: Entries of a vector.

    Raises:
        InputError: a field is not a positive whole number.
    """

    vocabulary: int
    width: int

    def __post_init__(self) -> None:
        whole(self, "vocabulary")
        whole(self, "width")

    def shape_for(self, shape: Shape) -> Shape:
        """(tokens, width)."""
        if len(shape) != 1:
            raise ShapeError(str(self), shape, "(tokens,), whole numbers that name words: put it first")
        return shape[0], self.width

    def parameters_for(self, shape: Shape) -> int:
        """vocabulary·width."""
        del shape
        return self.vocabulary * self.width

    def module_for(self, shape: Shape) -> nn.Module:
        """`torch.nn.Embedding` with entries N(0, 0.02²)."""
        del shape
        table = nn.Embedding(self.vocabulary, self.width)
        nn.init.normal_(table.weight, std=_SPREAD)
        return table


class Places(nn.Module):
    """x plus a learnt vector for each place."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(length, width))
        nn.init.trunc_normal_(self.table, std=_SPREAD, a=-2 * _SPREAD, b=2 * _SPREAD)

    def forward(self, x: Float[Tensor, "... tokens width"]) -> Float[Tensor, "... tokens width"]:
        """The sum; a sequence may be shorter than the table."""
        return x + self.table[: x.shape[-2]]


@dataclass(frozen=True, repr=False)
class PositionEmbedding(Block):
    """x plus a learnt vector for each place of the sequence. Takes (tokens, width). Parameters: length·width.

    Args:
        length: Places that have a vector; None is as many as the tokens it is built for. The module takes shorter sequences.

    Raises:
        InputError: the length is not a positive whole number.
    """

    length: int | None = None

    def __post_init__(self) -> None:
        if self.length is not None:
            whole(self, "length")

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        count, _ = tokens(self, shape)
        if self.length is not None and count > self.length:
            raise ShapeError(str(self), shape, f"at most {self.length} tokens: give a longer length")
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """length·width."""
        return (self.length or shape[0]) * shape[1]

    def module_for(self, shape: Shape) -> nn.Module:
        """`Places`."""
        return Places(self.length or shape[0], shape[1])


class FirstToken(nn.Module):
    """A learnt token before the others."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.empty(width))
        nn.init.normal_(self.token, std=_SPREAD)

    def forward(self, x: Float[Tensor, "... tokens width"]) -> Float[Tensor, "... more width"]:
        """One token more."""
        return torch.cat([self.token.to(x.dtype).expand(*x.shape[:-2], 1, -1), x], dim=-2)


@dataclass(frozen=True, repr=False)
class ClassToken(Block):
    """A learnt token before the others, to be read with `TokenPool("first")`. Takes (tokens, width). Parameters: width."""

    def shape_for(self, shape: Shape) -> Shape:
        """One token more."""
        count, width = tokens(self, shape)
        return count + 1, width

    def parameters_for(self, shape: Shape) -> int:
        """The width."""
        return shape[1]

    def module_for(self, shape: Shape) -> nn.Module:
        """`FirstToken`."""
        return FirstToken(shape[1])
