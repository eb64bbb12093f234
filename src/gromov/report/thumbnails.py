"""Small images beside one another, inside the page."""

import struct
import zlib
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from gromov.report.png import data_uri


@dataclass(frozen=True, slots=True)
class Strip:
    """Columns of images, each column with a caption.

    Attributes:
        title: What they are.
        note: How they are to be read.
        columns: Caption and images of each column, as addresses that need no request.
        rows: What the images of a column are, from top to bottom.
    """

    title: str
    note: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[str, ...]


@runtime_checkable
class Illustrated(Protocol):
    """A result that has images to show."""

    def strips(self) -> tuple[Strip, ...]:
        """The images."""
        ...


def strips_of(result: object) -> tuple[Strip, ...]:
    """The images of a result; none where it has none."""
    return result.strips() if isinstance(result, Illustrated) else ()


def thumbnail(pixels: UInt8[np.ndarray, "height width colours"]) -> str:
    """An image of one (grey) or three (red, green, blue) colours as an address that needs no request.

    References:
        PNG (Portable Network Graphics) Specification, Third Edition, W3C.
    """
    height, width, colours = pixels.shape
    lines = np.zeros((height, 1 + width * colours), dtype=np.uint8)  # each line starts with its filter: 0, none
    lines[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if colours == 1 else 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return data_uri(b"\x89PNG\r\n\x1a\n" + body)
