import base64
import struct
import time
import zlib

import numpy as np
from jaxtyping import UInt8
from report_pages import CAPTION, layout

from gromov.core import Axis, Figure, Points
from gromov.report import PALETTE, draw
from gromov.report.palette import REFERENCE, rgb
from gromov.report.png import indexed_png
from gromov.report.raster import LEVELS, rasterise
from gromov.report.scatter import MAX_POINTS


def read_png(png: bytes) -> UInt8[np.ndarray, "height width 4"]:
    """A reader of such files written from the specification alone: it checks the signature and each checksum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    width, height, depth, colour_type = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour_type) == (8, 3)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, width + 1)
    assert (lines[:, 0] == 0).all()
    colours = np.frombuffer(chunks[b"PLTE"], dtype=np.uint8).reshape(-1, 3)
    opacity = np.frombuffer(chunks[b"tRNS"], dtype=np.uint8)
    return np.column_stack([colours, opacity])[lines[:, 1:]]


def test_a_png_holds_the_colours_it_was_given() -> None:
    palette = np.array([[0, 0, 0, 0], [255, 0, 0, 255], [1, 2, 3, 128]], dtype=np.uint8)
    cells = np.array([[0, 1, 2], [2, 1, 0]], dtype=np.uint8)
    assert np.array_equal(read_png(indexed_png(cells, palette)), palette[cells])


def test_every_point_lies_in_the_cell_of_its_coordinates() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 6000))
    raster = rasterise(x, y, np.zeros(6000, dtype=np.int64), PALETTE[:1], equal=True)
    rows, columns = raster.cells.shape
    column = np.floor((x - raster.left) / raster.width * columns).astype(int)
    row = np.floor((raster.top - y) / raster.height * rows).astype(int)
    occupied = np.zeros((rows, columns), dtype=bool)
    occupied[row.clip(0, rows - 1), column.clip(0, columns - 1)] = True
    # a point on the edge of two cells may be counted in either
    assert (occupied != (raster.cells > 0)).mean() < 1e-3
    assert abs(raster.width / columns - raster.height / rows) < 1e-9 * raster.width


def test_a_cell_has_the_colour_of_its_majority_and_grey_without_one() -> None:
    x = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 2.0])
    groups = np.array([0, 0, 1, 0, 1, 1])
    raster = rasterise(x, np.zeros(6), groups, PALETTE[:2], equal=False)
    colours = raster.palette[raster.cells[raster.cells > 0]]
    assert [tuple(c[:3]) for c in colours.tolist()] == [rgb(PALETTE[0]), rgb(REFERENCE), rgb(PALETTE[1])]
    assert raster.mixed
    three, two, one = colours[:, 3].tolist()
    assert three == 255
    assert three > two > one


def test_the_opacity_is_monotone_in_the_count() -> None:
    counts = 2 ** np.arange(10)
    x = np.repeat(np.arange(10.0), counts)
    raster = rasterise(x, np.zeros(len(x)), np.zeros(len(x), dtype=np.int64), PALETTE[:1], equal=False)
    opacity = raster.palette[raster.cells[raster.cells > 0]][:, 3].astype(int)
    assert (np.diff(opacity) > 0).all()
    assert raster.palette.shape == (1 + 2 * LEVELS, 4)


def test_points_on_one_line_or_one_place_have_a_picture() -> None:
    same = np.full(10, 3.0)
    for x, y in ((same, np.arange(10.0)), (same, same)):
        raster = rasterise(x, y, np.zeros(10, dtype=np.int64), PALETTE[:1], equal=True)
        assert raster.width > 0
        assert raster.height > 0
        assert (raster.cells > 0).any()


def test_beyond_the_limit_points_become_a_picture_with_a_legend_and_axes() -> None:
    for n, images in ((MAX_POINTS, 0), (MAX_POINTS + 1, 1)):
        (figure,) = layout(n).figures()
        drawing = draw(figure)
        pictures = drawing.layout.get("images", [])
        assert isinstance(pictures, list)
        assert len(pictures) == images
        names = [trace["name"] for trace in drawing.data if trace.get("showlegend", True)]
        assert names[:10] == [f"digit {i}" for i in range(10)]
    picture, corners = pictures[0], drawing.data[0]
    assert corners["x"] == [picture["x"], picture["x"] + picture["sizex"]]
    assert corners["y"] == [picture["y"] - picture["sizey"], picture["y"]]
    assert isinstance(drawing.layout["legend"], dict)
    assert drawing.layout["legend"]["itemclick"] is False
    kind, _, body = picture["source"].partition(",")
    assert kind == "data:image/png;base64"
    assert read_png(base64.b64decode(body))[..., 3].any()
    assert "5,001 points" in drawing.notes[-1]


def test_a_picture_on_a_logarithmic_axis_is_placed_in_decades() -> None:
    x = np.logspace(0, 4, 6000)
    figure = Figure("f", "t", CAPTION, Axis("x", log=True), Axis("y"), (Points("p", x, np.ones(6000)),))
    images = draw(figure).layout["images"]
    assert isinstance(images, list)
    assert abs(images[0]["x"]) < 0.1
    assert abs(images[0]["sizex"] - 4) < 0.1


def test_a_picture_of_half_a_million_points_is_quick_and_small() -> None:
    (figure,) = layout(500_000).figures()
    start = time.process_time()
    images = draw(figure).layout["images"]
    assert time.process_time() - start < 2
    assert isinstance(images, list)
    assert len(images[0]["source"]) < 200_000
