"""The format in which a declared network holds its dense layers."""

from collections.abc import Callable

from gromov.core import InputError
from gromov.nn import Block, CanonicalDense, Composition, Dense, LowRankDense, Residual, TensorTrainDense, TuckerDense

FORMATS: dict[str, Callable[[int, int], Block]] = {
    "tt": TensorTrainDense,
    "low-rank": LowRankDense,
    "tucker": TuckerDense,
    "cp": CanonicalDense,
}


def parse_format(text: str, option: str, known: tuple[str, ...]) -> tuple[str, float]:
    """Format and rank of `tt:8`.

    Raises:
        InputError: an unknown format, or no positive rank.
    """
    kind, _, rank = text.partition(":")
    try:
        value = float(rank)
    except ValueError:
        value = 0.0
    if kind not in known or value <= 0:
        raise InputError(f"{option} is {text!r}; it must be a format and a rank, as {known[0]}:8, with a format among {', '.join(known)}")
    return kind, value


def in_format(network: Composition, text: str) -> Composition:
    """The network with its dense layers, all but the last, in a format: `dense` leaves it, `tt:8` makes tensor trains of rank 8.

    Raises:
        InputError: an unknown format, or a network whose only dense layer is the last.
    """
    if text == "dense":
        return network
    kind, rank = parse_format(text, "--linear", tuple(FORMATS))
    if rank != int(rank):
        raise InputError(f"--linear is {text!r}; a rank is a whole number")
    changed = 0

    def of(block: Block) -> Block:
        nonlocal changed
        if isinstance(block, Composition):
            return Composition(*map(of, block.blocks))
        if isinstance(block, Residual):
            return Residual(of(block.inner), block.shortcut)
        if isinstance(block, Dense):
            changed += 1
            return FORMATS[kind](block.units, int(rank))
        return block

    found = Composition(*map(of, network.blocks[:-1]), network.blocks[-1])
    if not changed:
        raise InputError(
            f"--linear {text}: the network has no dense layer but the last, which stays as it is; try --network mlp or lenet, or --compress"
        )
    return found
