"""Folders of images, one for each class: every image a row of its pixels."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gromov.core import InputError, MissingDependencyError
from gromov.data.contents import Contents, Request, Values, constant, digest_of_parts
from gromov.data.readers.draw import draw, require_rows
from gromov.data.readers.file import File, sentences

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
MOST_PIXELS = 2**26


def find_images(folder: Path) -> list[Path]:
    """The images of a folder and of the folders in it, sorted; hidden files are passed over."""
    direct = [path for path in folder.iterdir() if not path.name.startswith(".")]
    below = [path for sub in direct if sub.is_dir() for path in sub.iterdir() if not path.name.startswith(".")]
    return sorted(path for path in (*direct, *below) if path.suffix.lower() in SUFFIXES and path.is_file())


def read_images(folder: Path, images: list[Path], request: Request) -> Contents:
    """The pixels of each image in a row: grey images as n × (h · w), colours as n × (h · w · 3), whatever their transparency.

    Raises:
        InputError: an image is damaged, or of another size than the first; some lie in folders and some do not.
        MissingDependencyError: pillow is not installed.
        MemoryEstimateError: the pixels do not fit.
    """
    depths = {len(path.relative_to(folder).parts) for path in images}
    if len(depths) > 1:
        raise InputError(f"{folder} holds images beside folders of images: put every image into the folder of its class")
    drawn = draw(len(images), request)
    kept = images if drawn is None else [images[row] for row in drawn.rows]
    size, coloured = None, False
    for path in kept:
        extent, grey = _describe(path)
        if size is None:
            size = extent
        if extent != size:
            raise InputError(
                f"{path} is {extent[0]} × {extent[1]} pixels and {kept[0].name} is {size[0]} × {size[1]}: scale all images to one size"
            )
        coloured = coloured or not grey
    assert size is not None
    width = size[0] * size[1] * (3 if coloured else 1)
    require_rows(drawn, len(images), width, str(folder))
    pixels = np.empty((len(kept), width), np.uint8)
    for row, path in enumerate(kept):
        pixels[row] = _pixels(path, "RGB" if coloured else "L")
    columns = {"name": constant(np.array([path.relative_to(folder).as_posix() for path in kept]))}
    if depths == {2}:
        columns["label"] = constant(np.array([path.parent.name for path in kept]))
    notes = (f"images of {size[0]} × {size[1]} pixels in {'colour' if coloured else 'grey'}, one a row",)
    sha256 = digest_of_parts([File(path).sha256() for path in images])
    labels = "label" if "label" in columns else ""
    return Contents(pixels, columns=columns, labels=labels, names="name", sha256=sha256, notes=notes, drawn=drawn)


def _describe(path: Path) -> tuple[tuple[int, int], bool]:
    """Width and height, and whether it is grey; only the header is read."""
    image = _opened(path)
    with image:
        if image.width * image.height > MOST_PIXELS:
            raise InputError(f"{path} claims {image.width} × {image.height} pixels, more than the {MOST_PIXELS} that are read")
        return (image.width, image.height), image.mode in ("1", "L", "LA")


def _pixels(path: Path, mode: str) -> Values:
    with sentences(str(path)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _opened(path) as image:
                return np.asarray(image.convert(mode), dtype=np.uint8).reshape(-1)
        except (InputError, MemoryError, PermissionError):
            raise
        except Exception as error:  # a damaged image makes a decoder fail in any way
            raise InputError(f"{path} is a damaged image: fetch or write it again") from error


def _opened(path: Path) -> "Image.Image":
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError(f"reading {path} needs pillow: pip install 'gromov[formats]'") from error
    with sentences(str(path)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Image.open(path, formats=FORMATS)
        except (MemoryError, PermissionError, FileNotFoundError):
            raise
        except Exception as error:  # a damaged image makes a decoder fail in any way
            raise InputError(f"{path} is not an image that can be read ({', '.join(FORMATS)})") from error
