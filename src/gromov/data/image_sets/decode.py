"""Images decoded to one size: checked by their headers first, then scaled and cut about the centre."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from gromov.core import InputError, MissingDependencyError, require_memory
from gromov.data.readers.file import sentences
from gromov.data.readers.images import FORMATS, MOST_PIXELS

if TYPE_CHECKING:
    from PIL import Image

GREY = ("1", "L", "LA", "La")
PLAIN = (*GREY, "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")


def image_size(path: Path) -> tuple[int, int, int]:
    """Height, width and number of colours (1 for grey, 3 otherwise) of an image; only its header is read.

    Raises:
        InputError: it is no image, claims more than 2²⁶ pixels, or has more than 8 bits a colour.
        MissingDependencyError: pillow is not installed.
    """
    with _opened(path, str(path)) as image:
        return image.height, image.width, 1 if image.mode in GREY else 3


def decode_images(
    files: Sequence[Path], size: tuple[int, int] | None, *, colours: int, inverted: bool = False
) -> UInt8[np.ndarray, "n c h w"]:
    """Decode images to one size, whatever their transparency.

    The largest rectangle about the centre that has the shape of `size` is scaled to it, bicubic and without aliasing: as when the image is scaled
    until it just covers `size`, and what stands out is cut off.

    Args:
        files: n images.
        size: Height and width in pixels; None takes the images as they are, which must then have one size.
        colours: 1 for grey, 3 for red, green and blue.
        inverted: Whether to turn dark to light: 255 − value.

    Cost: n · colours · h · w bytes, and one image in full at a time.

    Raises:
        InputError: an image is damaged, too large, has more than 8 bits a colour, or, without `size`, another size than the first; `size` or
            `colours` is no such number.
        MissingDependencyError: pillow is not installed.
        MemoryEstimateError: the pixels do not fit.
    """
    if colours not in (1, 3):
        raise InputError(f"colours is {colours}: 1 (grey) or 3 (red, green, blue) is needed")
    if size is None:
        if not files:
            raise InputError("there are no images whose size could be taken: name some, or give a size")
        size, scaled = image_size(files[0])[:2], False
    else:
        scaled = True
    if min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise InputError(f"size is {size[0]} × {size[1]}: height and width must be at least 1, and at most {MOST_PIXELS} pixels together")
    require_memory(
        len(files) * colours * size[0] * size[1], step=f"decoding {len(files):,} images", remedy="take a smaller size or fewer images"
    )
    decoded = np.empty((len(files), colours, *size), np.uint8)
    for row, path in enumerate(files):
        if scaled:
            decoded[row] = _pixels(path, str(path), colours, size)
        else:
            found = image_size(path)[:2]
            if found != size:
                raise InputError(
                    f"{path} is {found[0]} × {found[1]} pixels (height × width) and {files[0].name} is {size[0]} × {size[1]}: "
                    "give a size that all are scaled to"
                )
            decoded[row] = _pixels(path, str(path), colours, None)
    return np.subtract(255, decoded, out=decoded) if inverted else decoded


def decode_bytes(content: bytes, name: str) -> UInt8[np.ndarray, "1 h w"]:
    """Decode one grey image that stands in memory, called `name` in a sentence.

    Raises:
        InputError: it is damaged, too large, or has more than 8 bits a colour.
    """
    return _pixels(io.BytesIO(content), name, 1, None)


def _pixels(source: Path | IO[bytes], name: str, colours: int, size: tuple[int, int] | None) -> UInt8[np.ndarray, "c h w"]:
    with sentences(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _opened(source, name) as image:
                plain = image.convert("L" if colours == 1 else "RGB")
            pixels = np.asarray(plain if size is None else _cut(plain, size), dtype=np.uint8)
        except (InputError, MissingDependencyError, MemoryError, PermissionError):
            raise
        except Exception as error:  # a damaged image makes a decoder fail in any way
            raise InputError(f"{name} is a damaged image: fetch or write it again") from error
    return pixels[None] if colours == 1 else pixels.transpose(2, 0, 1)


def _cut(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    from PIL.Image import Resampling

    height, width = size
    if (image.height, image.width) == size:
        return image
    scale = min(image.height / height, image.width / width)
    tall, wide = scale * height, scale * width
    left, top = (image.width - wide) / 2, (image.height - tall) / 2
    box = (max(0.0, left), max(0.0, top), min(float(image.width), left + wide), min(float(image.height), top + tall))
    return image.resize((width, height), Resampling.BICUBIC, box=box)


def _opened(source: Path | IO[bytes], name: str) -> "Image.Image":
    """An image of which the header was read and found fit to be decoded."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError(f"reading {name} needs pillow: pip install 'gromov[formats]'") from error
    with sentences(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(source, Path) and source.exists() and not source.is_file():
            raise InputError(f"{name} is no regular file: name an image")
        try:
            image = Image.open(source, formats=FORMATS)
        except (MemoryError, PermissionError, FileNotFoundError):
            raise
        except Exception as error:  # a damaged image makes a decoder fail in any way
            raise InputError(f"{name} is not an image that can be read ({', '.join(FORMATS)})") from error
    why = ""
    if image.width * image.height > MOST_PIXELS:
        why = f"claims {image.width} × {image.height} pixels, more than the {MOST_PIXELS} that are read"
    elif image.mode not in PLAIN:
        why = f"has pixels of the mode {image.mode!r}: write it in grey or colour with 8 bits each"
    if why:
        image.close()
        raise InputError(f"{name} {why}")
    return image
