"""Attention by scaled dot products."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from gromov.nn.block import Block
from gromov.nn.fields import flag, whole
from gromov.nn.shapes import Shape, ShapeError, tokens


def split_heads(x: Float[Tensor, "*batch tokens width"], heads: int) -> Float[Tensor, "*batch heads tokens part"]:
    """The width in `heads` parts, each a sequence of its own."""
    return x.unflatten(-1, (heads, -1)).transpose(-2, -3)


def join_heads(x: Float[Tensor, "*batch heads tokens part"]) -> Float[Tensor, "*batch tokens width"]:
    """Undo `split_heads`."""
    return x.transpose(-2, -3).flatten(-2)


def heads_fit(block: Block, shape: Shape, heads: int) -> tuple[int, int]:
    """Tokens and width of a sequence whose width the heads divide.

    Raises:
        ShapeError: they do not.
    """
    count, width = tokens(block, shape)
    if width % heads:
        raise ShapeError(str(block), shape, f"a width that {heads} heads divide: use another width or another number of heads")
    return count, width


class SelfAttention(nn.Module):
    """softmax(QKᵀ/√(width/heads))·V of each head, and a linear map of the heads together.

    Args:
        width: Entries of a token.
        heads: Parts of the width that attend by themselves.
        causal: Whether a token sees only itself and those before it.

    Reference: Vaswani et al. (2017), Attention is all you need. arXiv:1706.03762.
    """

    def __init__(self, width: int, heads: int, *, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Float[Tensor, "*batch tokens width"]) -> Float[Tensor, "*batch tokens width"]:
        """What each token has gathered."""
        query, key, value = (split_heads(part, self.heads) for part in self.query_key_value(x).chunk(3, dim=-1))
        gathered = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self.output(join_heads(gathered))


@dataclass(frozen=True, repr=False)
class Attention(Block):
    """Self-attention by scaled dot products: softmax(QKᵀ/√(width/heads))·V of each head, and a linear map of the heads together.

    Takes (tokens, width) that `heads` divide. Parameters: 4·width² + 4·width. FLOPs: 8·tokens·width² + 4·tokens²·width.

    Args:
        heads: Parts of the width that attend by themselves.
        causal: Whether a token sees only itself and those before it.

    Raises:
        InputError: a field cannot be used.

    Reference: Vaswani et al. (2017), Attention is all you need. arXiv:1706.03762.
    """

    heads: int
    causal: bool = False

    def __post_init__(self) -> None:
        whole(self, "heads")
        flag(self, "causal")

    def shape_for(self, shape: Shape) -> Shape:
        """The same."""
        heads_fit(self, shape, self.heads)
        return shape

    def parameters_for(self, shape: Shape) -> int:
        """4·width² + 4·width."""
        return 4 * shape[1] * (shape[1] + 1)

    def flops_for(self, shape: Shape) -> int:
        """8·tokens·width² + 4·tokens²·width."""
        count, width = shape
        return 8 * count * width**2 + 4 * count**2 * width

    def module_for(self, shape: Shape) -> nn.Module:
        """`SelfAttention`."""
        return SelfAttention(shape[1], self.heads, causal=self.causal)
