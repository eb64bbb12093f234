"""The disk as it stands still: geodesics, SVG, what the page is given, and what is refused."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_pages import CAPTION, HOSTILE

from gromov.core import Arrays, Axis, Curve, Disk, Figure, InputError, decode, encode
from gromov.report import PALETTE, draw
from gromov.report.disk import disk_svg, draw_disk, geodesic_arcs, pictures
from gromov.report.disk.drawing import places
from gromov.report.disk.svg import RADIUS, SIDE
from gromov.report.disk.thinning import MAX_EDGES, MAX_POINTS, thin_disk
from gromov.report.listing import listings
from gromov.report.page import _text  # pyright: ignore[reportPrivateUsage]
from gromov.report.thumbnails import thumbnail
from gromov.spaces.disk import distance

SVG = "{http://www.w3.org/2000/svg}"
PLACES = st.complex_numbers(max_magnitude=0.999)


def disk(n: int = 40, **changes: object) -> Disk:
    random = np.random.default_rng(0)
    z = np.tanh(random.uniform(0, 4, n) / 2) * np.exp(2j * np.pi * random.random(n))
    edges = np.stack([np.arange(1, n), random.integers(0, np.arange(1, n))], axis=1)
    fields = {"edges": edges, "groups": np.arange(n) % 3, "group_names": ("a", "b", "c"), "texts": tuple(f"point {i}" for i in range(n))}
    return Disk(**{"name": "points", "x": z.real, "y": z.imag, **fields, **changes})  # pyright: ignore[reportArgumentType]


def figure(layer: Disk) -> Figure:
    return Figure("test-disk", "Some points", CAPTION, Axis("x"), Axis("y"), (layer,), equal=True)


# ---- geodesics


@given(PLACES, PLACES)
def test_arcs_meet_the_rim_at_right_angles_and_hold_their_ends(z: complex, w: complex) -> None:
    arcs = geodesic_arcs(np.array([z]), np.array([w]))
    center, radius = complex(arcs.center[0]), float(arcs.radius[0])
    if not np.isfinite(radius) or abs(z - w) < 1e-4 or radius > 1e3:
        return
    assert abs(center) ** 2 == pytest.approx(1 + radius**2, rel=1e-9)  # the tangents at the crossings are perpendicular
    assert abs(z - center) == pytest.approx(radius, rel=1e-6)
    assert abs(w - center) == pytest.approx(radius, rel=1e-6)


def test_a_diameter_is_straight() -> None:
    z = np.array([0.5j, 0j, 0.3 + 0.3j])
    assert np.isinf(geodesic_arcs(z, np.array([-0.2j, 0.7 + 0j, -0.1 - 0.1j])).radius).all()


def test_the_arc_is_the_shortest_way() -> None:
    z, w = np.array([0.8 + 0j]), np.array([0.8j])
    arcs = geodesic_arcs(z, w)
    angles = np.angle(np.concatenate([z, w]) - arcs.center)
    middle = arcs.center + arcs.radius * np.exp(1j * angles.mean()) * np.sign((np.exp(1j * (angles[0] - angles.mean()))).real)
    middle = arcs.center * (1 - arcs.radius / np.abs(arcs.center)) if np.abs(middle) > 1 else middle
    assert (distance(z, middle) + distance(middle, w))[0] == pytest.approx(distance(z, w)[0])
    chord = (z + w) / 2
    assert (distance(z, chord) + distance(chord, w))[0] > distance(z, w)[0] + 0.01
    assert bool(arcs.clockwise[0])  # bulging towards the centre, from the right to the top


# ---- SVG


def test_the_svg_is_xml_and_its_arcs_are_where_they_should_be() -> None:
    layer = disk(groups=None, group_names=())
    root = ET.fromstring(disk_svg(figure(layer)))
    z = layer.x + 1j * layer.y
    assert root.findtext(f"{SVG}title") == "Some points"
    rim = next(circle for circle in root.iter(f"{SVG}circle") if circle.get("class") == "rim")
    assert (float(rim.get("cx", "")), float(rim.get("r", ""))) == (SIDE / 2, RADIUS)
    drawn: dict[tuple[complex, complex], tuple[float, int] | None] = {}
    for path in root.iter(f"{SVG}path"):
        for x1, y1, kind, rest in re.findall(r"M([\d.]+) ([\d.]+)([AL])([\d. ]+)", path.get("d", "")):
            numbers = [float(part) for part in rest.split()]
            start = complex((float(x1) - SIDE / 2) / RADIUS, (SIDE / 2 - float(y1)) / RADIUS)
            end = complex((numbers[-2] - SIDE / 2) / RADIUS, (SIDE / 2 - numbers[-1]) / RADIUS)
            drawn[start, end] = (numbers[0] / RADIUS, int(numbers[4])) if kind == "A" else None
    assert layer.edges is not None
    found = 0
    for i, j in layer.edges:
        near = [key for key in drawn if abs(key[0] - z[i]) < 2e-5 and abs(key[1] - z[j]) < 2e-5]
        if abs(z[i] - z[j]) * RADIUS < 1:
            continue
        assert len(near) == 1, (i, j)
        arc = drawn[near[0]]
        if arc is not None:
            radius, sweep = arc
            # in SVG, sweep 1 turns clockwise as seen: the centre lies to the right of the way from start to end
            half = (z[j] - z[i]) / 2
            height = np.sqrt(radius**2 - abs(half) ** 2)
            center = z[i] + half + (-1j if sweep else 1j) * half / abs(half) * height
            assert abs(center) ** 2 == pytest.approx(1 + radius**2, rel=2e-2)
            found += 1
    assert found > 10


def test_points_have_their_names_and_colours() -> None:
    root = ET.fromstring(disk_svg(figure(disk())))
    titles = {element.text for element in root.iter(f"{SVG}title")}
    assert {f"point {i}" for i in range(40)} <= titles
    groups = [group.get("fill") for group in root.iter(f"{SVG}g") if group.get("class") == "points"]
    assert groups == list(PALETTE[:3])
    assert [text.text for text in root.iter(f"{SVG}text")][-3:] == ["a", "b", "c"]
    assert root.get("viewBox") != f"0 0 {SIDE} {SIDE}"
    assert ET.fromstring(disk_svg(figure(disk()), standalone=False)).get("viewBox") == f"0 0 {SIDE} {SIDE}"


def test_names_touch_neither_each_other_nor_the_edge() -> None:
    layer = disk(400, texts=tuple(f"a rather long name {i}" for i in range(400)))
    root = ET.fromstring(disk_svg(figure(layer), standalone=False))
    boxes = [(float(t.get("x", "")), float(t.get("y", "")), 6.6 * len(t.text or "")) for t in root.iter(f"{SVG}text")]
    assert 10 < len(boxes) <= 60
    for i, (x, y, width) in enumerate(boxes):
        assert 0 <= x < x + width <= SIDE
        for other_x, other_y, other_width in boxes[:i]:
            assert abs(y - other_y) >= 12 or x + width <= other_x or other_x + other_width <= x


def test_only_the_points_to_be_shown_are_named() -> None:
    z = 0.5 * np.exp(2j * np.pi * np.arange(6) / 6)
    layer = Disk("p", z.real, z.imag, texts=tuple("abcdef"), shown=np.array([4, 1]))
    assert [text.text for text in ET.fromstring(disk_svg(figure(layer))).iter(f"{SVG}text")] == ["e", "b"]


def test_many_points_make_a_small_svg() -> None:
    text = disk_svg(figure(disk(10_000)))
    assert len(text) < 900_000
    assert ET.fromstring(text).tag == f"{SVG}svg"
    assert text.count("h0") == 10_000


def test_hostile_names_end_nothing() -> None:
    layer = disk(5, texts=(HOSTILE,) * 5, group_names=(HOSTILE,) * 3)
    shown = replace(figure(layer), title=HOSTILE)
    root = ET.fromstring(disk_svg(shown))
    assert not list(root.iter(f"{SVG}script")) + list(root.iter(f"{SVG}img"))
    assert root.findtext(f"{SVG}title", "").startswith(HOSTILE[:10])
    json.dumps(draw_disk(shown).tree, allow_nan=False)


# ---- for the page


def test_the_page_is_given_deep_points_to_their_depth() -> None:
    depth = np.array([0.1, 5.0, 15.0, 28.0])
    z = np.tanh(depth / 2) * np.exp(0.7j)
    again = np.array(places(z, "real")) + 1j * np.array(places(z, "imag"))
    assert (distance(z[:3], again[:3]) < 1e-3).all()
    assert np.abs(again).max() < 1
    assert len(str(places(z[:1], "real")[0])) <= 8


def test_too_many_points_and_edges_are_thinned_and_said_so() -> None:
    layer = disk(MAX_POINTS + 1_000, texts=(), groups=None, group_names=())
    drawing = draw_disk(figure(layer))
    assert len(drawing.tree["x"]) <= MAX_POINTS  # pyright: ignore[reportArgumentType]
    assert len(drawing.tree["edges"]) <= 2 * MAX_EDGES  # pyright: ignore[reportArgumentType]
    assert "points are drawn, evenly taken" in " ".join(drawing.notes)
    many = Disk("p", layer.x[:100], layer.y[:100], np.random.default_rng(0).integers(0, 100, (MAX_EDGES + 500, 2)))
    assert f"20,000 of {MAX_EDGES + 500:,} edges" in " ".join(draw_disk(figure(many)).notes)


def test_the_script_and_python_draw_alike() -> None:
    """Numbers that stand in both places: levels, fading, widths, labels."""
    from gromov.report.disk import labels, look

    script, paint = _text("templates", "disk-look.js"), _text("templates", "disk-paint.js")
    assert f"LEVELS = {look.LEVELS}, MAX_LABELS = {labels.MAX_LABELS}, TRIED = {labels._TRIED}, FONT = {labels.FONT_SIZE:g}" in script  # pyright: ignore[reportPrivateUsage]
    assert look.edge_look(5) == pytest.approx((1.4, 0.75))
    assert "1.4 * Math.sqrt((step + 1) / LEVELS), opacity: 0.22 + 0.53 * (step + 1) / LEVELS" in script
    assert "Math.max(0.3, Math.sqrt(Math.max(0, 1 - square)))" in script
    assert look.fade(np.array([0j, 1 + 0j])).tolist() == [1.0, 0.3]
    assert "r < 8" in paint


def test_the_listing_tells_places_and_depths() -> None:
    (table,) = listings(figure(disk(5)))
    assert table.header == ("x", "y", "distance from the centre", "group", "name")
    assert table.caption == "points; 4 edges"
    z = disk(5)
    assert float(table.rows[2][2]) == pytest.approx(2 * np.arctanh(np.hypot(z.x[2], z.y[2])), rel=1e-3)
    assert table.rows[1][-2:] == ("b", "point 1")


# ---- pictures


def pictured(n: int = 40, count: int = 6, **changes: object) -> Disk:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    shown = np.arange(0, n, n // count)[:count]
    return disk(n, shown=shown, pictures=tuple(map(thumbnail, pixels)), **changes)


def test_pictures_stand_at_their_points_instead_of_names() -> None:
    layer = pictured()
    root = ET.fromstring(disk_svg(figure(layer), standalone=False))
    assert not list(root.iter(f"{SVG}text"))
    assert layer.shown is not None
    where = dict(zip(layer.pictures, layer.shown.tolist(), strict=True))
    z = layer.x + 1j * layer.y
    images = list(root.iter(f"{SVG}image"))
    assert 3 <= len(images) <= 6
    for image in images:
        i = where[image.get("href", "")]
        x, y, side = (float(image.get(name, "")) for name in ("x", "y", "width"))
        assert x + side / 2 == pytest.approx(SIDE / 2 + RADIUS * z[i].real, abs=0.02)
        assert y + side / 2 == pytest.approx(SIDE / 2 - RADIUS * z[i].imag, abs=0.02)
        assert side == pytest.approx(52 * max(0.3, np.sqrt(1 - abs(z[i]) ** 2)), abs=0.01)  # smaller towards the rim
    frames = [group.findall(f"{SVG}rect")[1] for group in root.iter(f"{SVG}g") if group.get("class") == "picture"]
    assert {frame.get("stroke") for frame in frames} <= set(PALETTE[:3])
    assert (frames[0].findtext(f"{SVG}title") or "").startswith("point ")
    drawing = draw_disk(figure(layer))
    assert drawing.tree["pictures"] == list(layer.pictures)
    assert "left out until the view gives it room" in " ".join(drawing.notes)
    assert draw_disk(figure(disk())).tree["pictures"] == []


def test_the_first_picture_is_drawn_last_and_hides_those_that_lie_under_it() -> None:
    layer = pictured(4, 4, groups=None, group_names=(), edges=None, x=np.array([0.0, 0.01, 0.5, 0.999]), y=np.zeros(4))
    root = ET.fromstring(disk_svg(figure(layer)))
    drawn = [layer.pictures.index(image.get("href", "")) for image in root.iter(f"{SVG}image")]
    assert drawn == [2, 0]  # 1 lies under 0, and 3 is lost at the rim


def test_pictures_of_points_that_are_left_out_are_left_out() -> None:
    n = MAX_POINTS + 2
    one = thumbnail(np.zeros((1, 1, 1), np.uint8))
    two = thumbnail(np.ones((1, 1, 1), np.uint8))
    layer, _ = thin_disk(Disk("p", np.zeros(n), np.zeros(n), shown=np.array([1, 2]), pictures=(one, two)))
    assert layer.pictures == (two,)
    assert layer.shown is not None
    assert layer.shown.tolist() == [1]


def test_the_script_and_python_place_pictures_alike() -> None:
    script = _text("templates", "disk-look.js")
    said = f"MAX_PICTURES = {pictures.MAX_PICTURES}, APART = {pictures.APART}, LOST = {pictures.LOST}, FRAME = {pictures.FRAME}"
    assert said in script
    assert draw_disk(figure(pictured())).tree["side"] == pictures.picture_side(6)


# ---- the layer


def test_a_disk_becomes_json_and_comes_back() -> None:
    for layer in (disk(100), disk(5, edges=None), disk(4, sizes=np.ones(4), shown=np.array([2])), pictured()):
        arrays: Arrays = {}
        tree = encode(layer, "disk", arrays)
        again: Arrays = {}
        assert encode(decode(Disk, json.loads(json.dumps(tree)), arrays), "disk", again) == tree
        assert list(again) == list(arrays)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.zeros(3)}, "2 points but 3 y"),
        ({"x": np.array([0.0, 1.0])}, "point 1 lies 1 from the centre"),
        ({"x": np.array([0.0, np.nan])}, "point 1 lies nan from the centre"),
        ({"edges": np.array([[0, 2]])}, "an edge names point 2, but the points are 0 … 1"),
        ({"edges": np.array([0, 1])}, "must be m × 2; these are 2"),
        ({"shown": np.array([-1])}, "shown names point -1"),
        ({"texts": ("one",)}, "2 points but 1 texts"),
        ({"groups": np.array([0])}, "2 points but 1 groups"),
        ({"pictures": ("data:image/png;base64,AA==",)}, "1 pictures but 0 points to be shown"),
        ({"pictures": ("https://x.org/a.png",), "shown": np.array([0])}, "picture 0 of the disk is no address of the form"),
        ({"pictures": ("data:image/svg+xml;base64,AA==",), "shown": np.array([0])}, "picture 0 of the disk"),
        ({"pictures": ('data:image/png;base64,AA"onload="x',), "shown": np.array([0])}, "picture 0 of the disk"),
        ({"pictures": ("data:image/png;base64,AA==\n",), "shown": np.array([0])}, "picture 0 of the disk"),
    ],
)
def test_a_disk_refuses_what_cannot_be_drawn(changes: dict[str, object], message: str) -> None:
    fields: dict[str, object] = {"name": "p", "x": np.zeros(2), "y": np.zeros(2)}
    with pytest.raises(InputError, match=re.escape(message)):
        Disk(**{**fields, **changes})  # pyright: ignore[reportArgumentType]


def test_a_disk_is_alone_in_its_figure_and_plotly_does_not_draw_it() -> None:
    with pytest.raises(InputError, match="alone in its figure"):
        Figure("f", "t", CAPTION, Axis("x"), Axis("y"), (disk(), Curve("c", np.arange(2), np.arange(2))))
    with pytest.raises(InputError, match="plotly cannot draw"):
        draw(figure(disk()))
