"""What a network is made of, block by block: shapes, parameters, operations."""

from dataclasses import dataclass

from gromov.nn.shapes import Shape


@dataclass(frozen=True, slots=True)
class Row:
    """One block of a network.

    Attributes:
        path: Where it stands: the name of its module in the built network.
        block: The block as it is written.
        shape: Its output, without the batch.
        parameters: Trainable numbers.
        flops: Floating point operations for one sample (see `Block.flops`).
    """

    path: str
    block: str
    shape: Shape
    parameters: int
    flops: int

    def inside(self, name: str) -> "Row":
        """The same row, in a network where the block's parent is called `name`."""
        return Row(f"{name}.{self.path}" if self.path else name, self.block, self.shape, self.parameters, self.flops)


@dataclass(frozen=True, slots=True)
class Summary:
    """The blocks of a network that do something, in order; `str()` is a table.

    Attributes:
        rows: One a block.
        shape: What comes out, without the batch.
    """

    rows: tuple[Row, ...]
    shape: Shape

    @property
    def parameters(self) -> int:
        """Trainable numbers of the whole network."""
        return sum(row.parameters for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating point operations for one sample."""
        return sum(row.flops for row in self.rows)

    def __str__(self) -> str:
        head = ("path", "block", "output", "parameters", "FLOPs")
        body = [(row.path, row.block, str(row.shape), f"{row.parameters:,}", f"{row.flops:,}") for row in self.rows]
        total = ("total", "", str(self.shape), f"{self.parameters:,}", f"{self.flops:,}")
        lines = [head, *body, total]
        widths = [max(len(line[k]) for line in lines) for k in range(5)]
        rule = "  ".join("-" * width for width in widths)
        text = ["  ".join(c.ljust(w) if k < 3 else c.rjust(w) for k, (c, w) in enumerate(zip(line, widths, strict=True))) for line in lines]
        return "\n".join(line.rstrip() for line in (text[0], rule, *text[1:-1], rule, text[-1]))
