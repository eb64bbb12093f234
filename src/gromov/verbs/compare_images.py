"""Points that are images: their shape, and the picture of one of them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from gromov.core import InputError, Representation
from gromov.report.thumbnails import thumbnail

_FLATTENED = re.compile(r"flattened from \d+ × ([\d × ]+)")
_COLOURS = (1, 3)
_LARGEST = 256


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """How the rows of some clouds are drawn.

    Attributes:
        clouds: The clouds; their rows are images.
        shape: Shape of one image: height × width, with colours last or first where it has three numbers.
        low: The value that is black.
        high: The value that is white.
        how: Where the shape comes from, for the reader.
    """

    clouds: Sequence[Representation]
    shape: tuple[int, ...]
    low: float
    high: float
    how: str

    def picture(self, place: int, row: int) -> str:
        """Row `row` of cloud `place`, as an address that needs no request."""
        return thumbnail(self.pixels(np.asarray(self.clouds[place].points[row], dtype=np.float64)))

    def pixels(self, values: Float[np.ndarray, " d"]) -> UInt8[np.ndarray, "height width colours"]:
        """The values as a picture, at most 256 × 256 points of it."""
        image = self.colours(values)
        step = math.ceil(max(image.shape[:2]) / _LARGEST)
        return np.rint(image[::step, ::step]).astype(np.uint8)

    def colours(self, values: Float[np.ndarray, " d"]) -> Float[np.ndarray, "height width colours"]:
        """The values as colours from 0 to 255; what is darker than black or lighter than white is cut."""
        image = values.reshape(self.shape)
        if image.ndim == 2:
            image = image[:, :, None]
        elif image.shape[2] not in _COLOURS:
            image = np.moveaxis(image, 0, 2)
        return 255 * np.clip((image - self.low) / ((self.high - self.low) or 1.0), 0.0, 1.0)


def album(clouds: Sequence[Representation], asked: Sequence[int] | None) -> Album | None:
    """How the rows of the clouds are drawn; None where they are not images, as far as can be told.

    The shape is the one that was `asked` for, else the one the first cloud had before it was flattened, else a square that its number of coordinates
    makes, grey or of three colours.

    Raises:
        InputError: the shape that was asked for is none of an image, or has another number of values than the points.
    """
    width = clouds[0].points.shape[1]
    if asked is not None:
        _check(asked, width)
        shape, how = tuple(asked), "as asked"
    else:
        found = _remembered(clouds[0], width) or _square(width)
        if found is None or any(cloud.points.shape[1] != width for cloud in clouds):
            return None
        shape, how = found
    low, high = (float(pick(cloud.points)) for pick, cloud in ((np.min, clouds[0]), (np.max, clouds[0])))
    return Album(clouds, shape, low, high, how)


def image_shape(text: str) -> tuple[int, ...]:
    """A shape as it is typed: 28x28, 32x32x3.

    Raises:
        InputError: it is none.
    """
    if not re.fullmatch(r"\d{1,5}([x×]\d{1,5}){1,2}", text):
        raise InputError(f"--image-shape is {text!r}; it must be as 28x28 or 32x32x3")
    return tuple(map(int, re.split("[x×]", text)))


def _check(shape: Sequence[int], width: int) -> None:
    told = "x".join(map(str, shape))
    grey_or_not = len(shape) == 2 or (len(shape) == 3 and (shape[2] in _COLOURS or shape[0] in _COLOURS))
    if not grey_or_not or min(shape) < 1:
        raise InputError(f"--image-shape is {told}; it must be height x width, with 1 or 3 colours last or first")
    if math.prod(shape) != width:
        raise InputError(f"--image-shape is {told}, which is {math.prod(shape):,} values, and the points have {width:,}")


def _remembered(cloud: Representation, width: int) -> tuple[tuple[int, ...], str] | None:
    """The shape in the note of the reader that flattened it."""
    for note in cloud.source.notes:
        if match := _FLATTENED.match(note):
            shape = tuple(int(each) for each in match[1].split(" × "))
            drawn = len(shape) == 2 or (len(shape) == 3 and (shape[2] in _COLOURS or shape[0] in _COLOURS))
            return (shape, "as before --flatten") if drawn and math.prod(shape) == width else None
    return None


def _square(width: int) -> tuple[tuple[int, ...], str] | None:
    for colours in _COLOURS:
        side = math.isqrt(width // colours)
        if side >= 8 and side * side * colours == width:
            shape = (side, side) if colours == 1 else (side, side, colours)
            told = " × ".join(map(str, shape))
            return shape, f"guessed from the {width:,} coordinates as {told}; say --image-shape if they are something else"
    return None
