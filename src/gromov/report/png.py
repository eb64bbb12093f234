"""The smallest writer of PNG files that a raster needs: 8-bit indices into a palette with opacities."""

import base64
import struct
import zlib

import numpy as np
from jaxtyping import UInt8

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def indexed_png(cells: UInt8[np.ndarray, "height width"], palette: UInt8[np.ndarray, "colours 4"]) -> bytes:
    """The bytes of a PNG file in which cell (i, j) has the colour palette[cells[i, j]].

    Args:
        cells: Index of the colour of each cell, top row first.
        palette: Red, green, blue and opacity of each colour, at most 256 of them.

    References:
        PNG (Portable Network Graphics) Specification, Third Edition, W3C.
    """
    height, width = cells.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    lines = np.zeros((height, width + 1), dtype=np.uint8)  # each line starts with its filter: 0, none
    lines[:, 1:] = cells
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette[:, :3].tobytes()),
        (b"tRNS", palette[:, 3].tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def data_uri(png: bytes) -> str:
    """The image as an address that needs no request."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
