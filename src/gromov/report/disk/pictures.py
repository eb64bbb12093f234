"""Pictures as points of a disk: how large they are and which are drawn, the same choice as the page makes (`disk-look.js`)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core.figure import Disk
from gromov.report.disk.look import fade

MAX_PICTURES = 300
APART = 0.7
LOST = 0.97
FRAME = 1.5


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture where it is drawn.

    Attributes:
        point: The point it stands for.
        address: The picture, as an address that needs no request.
        side: Side of its square, in pixels.
    """

    point: int
    address: str
    side: float


def picture_side(count: int) -> float:
    """Side, in pixels, of a picture at the centre, where there are `count`."""
    return 52.0 if count <= 30 else 44.0 if count <= 80 else 34.0


def placed_pictures(layer: Disk, z: NDArray[np.complex128], x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> list[Placed]:
    """The pictures that are drawn, the most important last, so that it lies on top: none whose middle lies in another, and none at the rim.

    Args:
        layer: The disk.
        z: Place of every point.
        x: Horizontal position of every point, in pixels.
        y: Vertical position.

    Cost: m² for m pictures drawn, at most 300.
    """
    if not layer.pictures or layer.shown is None:
        return []
    sides = picture_side(len(layer.pictures)) * fade(z)
    placed: list[Placed] = []
    for point, address in zip(layer.shown.tolist(), layer.pictures, strict=True):
        if abs(z[point]) ** 2 >= LOST:
            continue
        side = float(sides[point])
        if any(max(abs(x[point] - x[other.point]), abs(y[point] - y[other.point])) < APART * (side + other.side) / 2 for other in placed):
            continue
        placed.append(Placed(point, address, side))
        if len(placed) == MAX_PICTURES:
            break
    return placed[::-1]
