"""The disk in a real browser: motions of the plane, and what is seen, saved and printed."""

import shutil
import statistics
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from report_pages import CAPTION, HOSTILE, Layout, layout, page

import gromov
from gromov.core import Axis, Disk, Figure
from gromov.report import render_page
from gromov.report.thumbnails import thumbnail
from gromov.spaces.disk import DISK

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SVG = "{http://www.w3.org/2000/svg}"
BOX = "document.querySelector('.disk').disk"


def disk(n: int = 60, *, deepest: float = 4.0, seed: int = 0, **changes: object) -> Disk:
    random = np.random.default_rng(seed)
    z = np.tanh(random.uniform(0, deepest, n) / 2) * np.exp(2j * np.pi * random.random(n))
    edges = np.stack([np.arange(1, n), random.integers(0, np.arange(1, n))], axis=1)
    fields = {"edges": edges, "groups": np.arange(n) % 3, "group_names": ("a", "b", "c"), "texts": tuple(f"point {i}" for i in range(n))}
    return Disk(**{"name": "points", "x": z.real, "y": z.imag, **fields, **changes})  # pyright: ignore[reportArgumentType]


def figure(layer: Disk, title: str = "Some points") -> Figure:
    return Figure("test-disk", title, CAPTION, Axis("x"), Axis("y"), (layer,), equal=True)


class Reader:
    """Opens pictures, and closes them at the end."""

    def __init__(self, browser: "sync_api.Browser", folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.contexts: list[sync_api.BrowserContext] = []
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def open(self, html: str, **options: object) -> "sync_api.Page":
        file = self.folder / "picture.html"
        file.write_text(html, encoding="utf-8")
        settings = {"viewport": {"width": 1000, "height": 1000}, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**settings)  # pyright: ignore[reportArgumentType]
        self.contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            tab.wait_for_selector("html[data-disks=drawn]", state="attached")
        return tab

    def disk(self, layer: Disk | None = None, **options: object) -> "sync_api.Page":
        return self.open(gromov.plot(figure(layer or disk())).html(), **options)


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def reader(browser: "sync_api.Browser", tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(browser, tmp_path)
    yield reader
    assert reader.complaints == []
    assert [address for address in reader.requests if not address.startswith(("file:", "data:", "blob:"))] == []
    for context in reader.contexts:
        context.close()


def places(tab: "sync_api.Page") -> np.ndarray:
    """Where the points are under the present view."""
    return np.array(tab.evaluate(f"[...{BOX}.frame.re].map((re, i) => [re, {BOX}.frame.im[i]])"))


def given(layer: Disk) -> np.ndarray:
    return np.stack([layer.x, layer.y], axis=1)


def at(tab: "sync_api.Page", i: int) -> dict[str, float]:
    x, y = tab.evaluate(f"{BOX}.pixel({i})")
    return {"x": x, "y": y}


def settle(tab: "sync_api.Page") -> None:
    tab.wait_for_selector(".disk:not([data-moving])")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def lonely(layer: Disk) -> int:
    """A point no other is near, away from the centre."""
    z = given(layer)
    gaps = np.hypot(*(z[:, None] - z[None]).transpose(2, 0, 1)) + np.eye(len(z))
    return int(np.where(np.hypot(*z.T) > 0.3, gaps.min(axis=1), 0).argmax())


def test_the_first_view_is_the_data(reader: Reader) -> None:
    layer = disk()
    np.testing.assert_allclose(places(reader.disk(layer)), given(layer), atol=1e-4)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_click_brings_the_point_to_the_centre_and_keeps_all_distances(reader: Reader, motion: str) -> None:
    layer = disk()
    tab, i = reader.disk(layer, reduced_motion=motion), lonely(layer)
    tab.locator("canvas").click(position=at(tab, i))
    settle(tab)
    seen = places(tab)
    assert np.hypot(*seen[i]) < 1e-6
    np.testing.assert_allclose(DISK.pairwise(seen, seen), DISK.pairwise(given(layer), given(layer)), atol=3e-3)
    assert f"point {i}" in (tab.locator(".disk-said").text_content() or "")
    side = tab.evaluate(f"{BOX}.frame.side")
    assert at(tab, i) == pytest.approx({"x": side / 2, "y": side / 2}, abs=0.01)


def test_a_click_beside_the_points_brings_that_place_to_the_centre(reader: Reader) -> None:
    layer = Disk("p", np.array([0.0, 0.5]), np.array([0.0, 0.0]))
    tab = reader.disk(layer)
    side = tab.evaluate(f"{BOX}.frame.side")
    tab.locator("canvas").click(position={"x": side / 2, "y": side / 2 - 0.5 * (side / 2 - 10)})
    settle(tab)
    # the place 0.5i goes to the centre, and the centre to −0.5i
    np.testing.assert_allclose(places(tab)[0], [0, -0.5], atol=3e-3)


def test_deep_points_come_to_the_centre_too(reader: Reader) -> None:
    depth = np.array([0.0, 12.0, 12.0, 12.0])
    angle = np.array([0.0, 0.3, 0.3 + 2 * np.exp(-11.5), 2.0])
    z = np.tanh(depth / 2) * np.exp(1j * angle)
    layer = Disk("p", z.real, z.imag)
    tab = reader.disk(layer)
    tab.locator("canvas").focus()
    for _ in range(2):
        tab.keyboard.press("n")
    settle(tab)
    seen = places(tab)
    np.testing.assert_allclose(seen[1], [0, 0], atol=1e-6)
    assert DISK.pairwise(seen, seen)[1, 2] == pytest.approx(DISK.pairwise(given(layer), given(layer))[1, 2], rel=1e-2)


def test_a_drag_carries_the_plane_with_the_pointer(reader: Reader) -> None:
    layer = disk()
    tab, i = reader.disk(layer), lonely(layer)
    box = tab.locator("canvas").bounding_box()
    assert box is not None
    start, side = at(tab, i), tab.evaluate(f"{BOX}.frame.side")
    end = {"x": side * 0.45, "y": side * 0.6}
    tab.mouse.move(box["x"] + start["x"], box["y"] + start["y"])
    tab.mouse.down()
    tab.mouse.move(box["x"] + end["x"], box["y"] + end["y"], steps=8)
    tab.mouse.up()
    settle(tab)
    assert at(tab, i) == pytest.approx(end, abs=2)
    seen = places(tab)
    np.testing.assert_allclose(DISK.pairwise(seen, seen), DISK.pairwise(given(layer), given(layer)), atol=3e-3)
    tab.get_by_role("button", name="Reset the view").click()
    settle(tab)
    np.testing.assert_allclose(places(tab), given(layer), atol=1e-4)


def test_wheel_buttons_and_keys_magnify(reader: Reader) -> None:
    layer = disk()
    tab = reader.disk(layer)
    canvas, zoom = tab.locator("canvas"), f"{BOX}.view.zoom"
    canvas.hover(position={"x": 200, "y": 200})
    tab.mouse.wheel(0, -300)
    settle(tab)
    assert tab.evaluate(zoom) == 1  # the wheel is the page's until the disk has the focus
    canvas.focus()
    before = np.array(tab.evaluate(f"[(200 - {BOX}.frame.cx) / {BOX}.frame.scale, (200 - {BOX}.frame.cy) / {BOX}.frame.scale]"))
    tab.mouse.wheel(0, -300)
    tab.wait_for_function(f"{zoom} > 1.2")
    settle(tab)
    after = np.array(tab.evaluate(f"[(200 - {BOX}.frame.cx) / {BOX}.frame.scale, (200 - {BOX}.frame.cy) / {BOX}.frame.scale]"))
    np.testing.assert_allclose(after, before, atol=1e-2)  # what is under the pointer stays there
    reached = tab.evaluate(zoom)
    tab.get_by_role("button", name="Magnify").click()
    assert tab.evaluate(zoom) == pytest.approx(1.4 * reached)
    tab.get_by_role("button", name="Shrink").click()
    canvas.focus()
    tab.keyboard.press("+")
    assert tab.evaluate(zoom) == pytest.approx(1.25 * reached)
    tab.keyboard.press("0")
    settle(tab)
    assert tab.evaluate(zoom) == 1
    np.testing.assert_allclose(places(tab), given(layer), atol=1e-4)


def test_two_fingers_magnify(reader: Reader) -> None:
    tab = reader.disk()
    tab.evaluate(
        """() => {
          const canvas = document.querySelector('canvas'), rim = canvas.getBoundingClientRect();
          canvas.setPointerCapture = () => {};
          const send = (type, id, x, y) => canvas.dispatchEvent(
            new PointerEvent(type, { pointerId: id, clientX: rim.left + x, clientY: rim.top + y, bubbles: true }));
          send('pointerdown', 1, 300, 300); send('pointerdown', 2, 400, 300);
          send('pointermove', 2, 410, 300); send('pointermove', 2, 520, 300);
          send('pointerup', 2, 520, 300); send('pointerup', 1, 300, 300);
        }"""
    )
    assert tab.evaluate(f"{BOX}.view.zoom") == pytest.approx(2.0, rel=0.01)


def test_arrow_keys_move_the_plane(reader: Reader) -> None:
    layer = disk()
    tab = reader.disk(layer)
    tab.locator("canvas").focus()
    tab.keyboard.press("ArrowRight")
    settle(tab)
    seen = places(tab)
    origin = np.zeros((1, 2))
    moved = np.array([[np.tanh(0.2), 0.0]])  # 0.4 to the right is now in the middle
    np.testing.assert_allclose(DISK.pairwise(seen, origin), DISK.pairwise(given(layer), moved), atol=1e-3)


def test_hovering_names_a_point(reader: Reader) -> None:
    layer = disk()
    tab, i = reader.disk(layer), lonely(layer)
    tab.locator("canvas").hover(position=at(tab, i))
    text = tab.locator(".disk-tip").text_content() or ""
    depth = 2 * np.arctanh(np.hypot(*given(layer)[i]))
    assert text == f"point {i} · {'abc'[i % 3]} · {depth:.2f} from the centre of the view"
    tab.mouse.move(5, 5)
    assert tab.locator(".disk-tip").is_hidden()


def test_the_mark_of_a_point_leaves_no_trace(reader: Reader) -> None:
    layer = disk()
    tab, i = reader.disk(layer), lonely(layer)
    picture = "document.querySelector('.disk canvas').toDataURL()"
    settle(tab)
    before = tab.evaluate(picture)
    tab.locator("canvas").hover(position=at(tab, i))
    assert tab.evaluate(picture) != before
    tab.mouse.move(5, 5)
    assert tab.evaluate(picture) == before


def test_the_saved_svg_is_what_is_seen(reader: Reader) -> None:
    layer = disk()
    tab, i = reader.disk(layer), lonely(layer)
    tab.locator("canvas").click(position=at(tab, i))
    settle(tab)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save as SVG").click()
    assert download.value.suggested_filename == "test-disk.svg"
    root = ET.parse(download.value.path()).getroot()
    side, scale = tab.evaluate(f"[{BOX}.frame.side, {BOX}.frame.scale]")
    circles = [circle for circle in root.iter(f"{SVG}circle") if circle.get("class") == "point"]
    drawn = np.array([[(float(c.get("cx", "")) - side / 2) / scale, (side / 2 - float(c.get("cy", ""))) / scale] for c in circles])
    np.testing.assert_allclose(drawn, places(tab), atol=1e-4)
    assert [circle.findtext(f"{SVG}title") for circle in circles] == list(layer.texts)
    assert [text.text for text in root.iter(f"{SVG}text")][-3:] == ["a", "b", "c"]
    assert any("A" in (path.get("d") or "") for path in root.iter(f"{SVG}path"))


def test_python_and_the_page_draw_the_same_first_view(reader: Reader) -> None:
    layer = disk()
    tab = reader.disk(layer)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save as SVG").click()

    def arcs(root: ET.Element, side: float, scale: float) -> dict[tuple[float, ...], int]:
        import re

        found: dict[tuple[float, ...], int] = {}
        for path in root.iter(f"{SVG}path"):
            for match in re.findall(r"M([\d.]+) ([\d.]+)A([\d.]+) [\d.]+ 0 0 ([01]) ([\d.]+) ([\d.]+)", path.get("d") or ""):
                x1, y1, _, sweep, x2, y2 = (float(part) for part in match)
                found[tuple(round((part - side / 2) / scale, 2) for part in (x1, y1, x2, y2))] = int(sweep)
        return found

    side, scale = tab.evaluate(f"[{BOX}.frame.side, {BOX}.frame.scale]")
    ours = arcs(ET.fromstring(gromov.plot(figure(layer)).svg()), 720, 350)
    theirs = arcs(ET.parse(download.value.path()).getroot(), side, scale)
    shared = ours.keys() & theirs.keys()
    assert len(shared) > 0.8 * len(theirs) > 20
    assert all(ours[key] == theirs[key] for key in shared)


def test_names_do_not_overlap(reader: Reader) -> None:
    tab = reader.disk(disk(800, texts=tuple(f"a rather long name {i}" for i in range(800))))
    boxes = tab.evaluate(f"{BOX}.frame.named.map((i) => [...{BOX}.pixel(i), {BOX}.drawing.widths[i]])")
    assert 10 < len(boxes) <= 60
    for place, (x, y, width) in enumerate(boxes):
        for other_x, other_y, other_width in boxes[:place]:
            assert abs(y - other_y) > 14 or x + width < other_x or other_x + other_width < x


def colour_at(tab: "sync_api.Page", x: float, y: float) -> list[int]:
    return tab.evaluate(
        f"""(() => {{ const c = document.querySelector('.disk canvas'), r = c.width / c.clientWidth;
        const copy = new OffscreenCanvas(1, 1).getContext('2d', {{ willReadFrequently: true }});
        copy.drawImage(c, {x} * r, {y} * r, 1, 1, 0, 0, 1, 1);
        return [...copy.getImageData(0, 0, 1, 1).data]; }})()"""
    )


def test_dark_and_light(reader: Reader) -> None:
    layer = Disk("p", np.array([0.9]), np.array([0.0]))
    tab = reader.disk(layer)
    light = colour_at(tab, 300, 330)
    assert min(light[:3]) > 240
    tab.get_by_role("button", name="Dark").click()
    settle(tab)
    assert max(colour_at(tab, 300, 330)[:3]) < 60
    dark = reader.disk(layer, color_scheme="dark")
    assert max(colour_at(dark, 300, 330)[:3]) < 60


def test_without_scripts_the_picture_stands_still(reader: Reader) -> None:
    tab = reader.disk(java_script_enabled=False)
    assert tab.locator(".disk > svg").is_visible()
    assert not tab.locator(".disk canvas").is_visible()
    assert not tab.locator(".disk-help").is_visible()
    box = tab.locator(".disk > svg").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["width"] > 400


def test_printing_gives_the_present_view_as_lines(reader: Reader) -> None:
    layer = disk()
    tab, i = reader.disk(layer, color_scheme="dark"), lonely(layer)
    tab.locator("canvas").click(position=at(tab, i))
    settle(tab)
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.locator(".disk > svg").is_visible()
    assert not tab.locator(".disk canvas").is_visible()
    assert not tab.locator(".disk-help").is_visible()
    side = tab.evaluate(f"{BOX}.frame.side")
    circle = tab.evaluate(
        f"(() => {{ const c = document.querySelectorAll('.disk svg circle.point')[{i}]; return [c.getAttribute('cx'), c.getAttribute('cy')]; }})()"
    )
    assert [float(part) for part in circle] == pytest.approx([side / 2, side / 2], abs=0.02)
    rim = tab.evaluate("getComputedStyle(document.querySelector('.disk svg .rim')).fill")
    assert rim == "rgb(255, 255, 255)"
    assert tab.pdf(format="A4").startswith(b"%PDF")


def test_pictures_are_points_that_move_with_the_plane(reader: Reader) -> None:
    colours = np.array([[255, 0, 0], [0, 160, 0], [0, 0, 255], [200, 0, 200]], np.uint8)
    pictures = tuple(thumbnail(np.full((20, 20, 3), colour, np.uint8)) for colour in colours)
    x, y = np.array([0.0, 0.5, -0.4, 0.9]), np.array([0.0, 0.2, 0.5, -0.2])
    layer = disk(4, x=x, y=y, edges=np.array([[0, 1], [0, 2], [1, 3]]), shown=np.arange(4), pictures=pictures)
    tab = reader.disk(layer)
    tab.wait_for_function(f"{BOX}.frame.pictured.length === 4")

    def seen(i: int) -> list[int]:
        return tab.evaluate(
            f"(() => {{ const box = {BOX}, [x, y] = box.pixel({i}), canvas = document.querySelector('canvas'), k = canvas.width / box.frame.side;"
            "const copy = document.createElement('canvas'), pen = copy.getContext('2d'); copy.width = copy.height = 1;"
            "pen.drawImage(canvas, -Math.round(x * k), -Math.round(y * k));"
            "return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); })()"
        )

    def side(i: int) -> float:
        return tab.evaluate(f"{BOX}.frame.pictured.find((box) => box.i === {i}).side")

    assert [seen(i) for i in range(4)] == colours.tolist()
    assert side(0) > side(1) > side(3)
    at_rim = side(3)
    tab.locator("canvas").click(position={"x": at(tab, 3)["x"] + 8, "y": at(tab, 3)["y"] - 8})  # the picture, not only its middle
    settle(tab)
    assert np.hypot(*places(tab)[3]) < 1e-6
    assert seen(3) == colours[3].tolist()
    assert side(3) > 2 * at_rim
    tab.mouse.move(2, 2)
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Save as SVG").click()
    root = ET.parse(waiting.value.path()).getroot()
    assert {image.get("href") for image in root.iter(f"{SVG}image")} <= set(pictures)
    assert len(list(root.iter(f"{SVG}image"))) >= 3
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.locator(".disk > svg image").count() >= 3


def test_pictures_without_scripts_and_pictures_that_are_none(reader: Reader) -> None:
    good = thumbnail(np.full((20, 20, 3), 90, np.uint8))
    layer = disk(4, x=np.array([0.0, 0.5, -0.4, 0.7]), y=np.zeros(4), shown=np.arange(2), pictures=(good, "data:image/png;base64,AAAA"))
    assert reader.disk(layer, java_script_enabled=False).locator(".disk > svg image").first.is_visible()
    tab = reader.disk(layer)
    tab.wait_for_function(f"{BOX}.frame.pictured.length === 1")
    assert tab.locator(".disk canvas").is_visible()


def test_a_disk_in_a_report_beside_plots(reader: Reader) -> None:
    class Map(Layout):
        __slots__ = ()

        def figures(self) -> tuple[Figure, ...]:
            return (figure(disk()), *Layout.figures(self))

    some = layout(40)
    shown = page(results={"layout": Map(some.stress, some.points, some.groups)})
    tab = reader.open(render_page(shown))
    tab.wait_for_selector("html[data-figures=drawn]", state="attached")
    assert tab.locator(".plot svg.main-svg").count() > 0
    assert tab.locator(".disk canvas").is_visible()
    tab.locator("figure").first.get_by_role("button", name="Reset the view").click()
    tab.locator("figure").first.get_by_text("Data of this figure").click()
    assert tab.locator("figure").first.get_by_role("row").count() == 41
    assert tab.get_by_role("application", name="Some points").count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1000


def test_narrow_windows_and_hostile_names(reader: Reader) -> None:
    layer = disk(20, texts=(HOSTILE,) * 20, group_names=(HOSTILE,) * 3)
    tab = reader.open(gromov.plot(figure(layer, HOSTILE)).html(), viewport={"width": 380, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 380
    assert tab.title() != "broken"
    assert tab.locator("img").count() == 0
    tab.locator("canvas").hover(position=at(tab, lonely(layer)))
    assert (tab.locator(".disk-tip").text_content() or "").startswith(HOSTILE[:10])


def test_a_disk_that_fails_leaves_its_picture(reader: Reader) -> None:
    html = gromov.plot(figure(disk())).html().replace('class="drawing">{"x":[', 'class="drawing">{"x":[,', 1)
    tab = reader.open(html)
    assert tab.locator(".disk > svg").is_visible()
    assert not tab.locator(".disk canvas").is_visible()
    assert len(reader.complaints) == 1
    reader.complaints.clear()


def test_ten_thousand_points_are_there_within_two_seconds_and_move_smoothly(reader: Reader) -> None:
    html = gromov.plot(figure(disk(10_000, deepest=7.0))).html()
    assert len(html) < 3_000_000
    opened, frames = [], []
    for _ in range(3):
        tab = reader.open(html)
        opened.append(tab.evaluate("performance.getEntriesByName('test-disk')[0].startTime") / 1000)
        drag = """async () => {
          const canvas = document.querySelector('canvas'), rim = canvas.getBoundingClientRect(), steps = 12;
          canvas.setPointerCapture = () => {};
          const send = (type, x, y) => canvas.dispatchEvent(
            new PointerEvent(type, { pointerId: 1, clientX: rim.left + x, clientY: rim.top + y, bubbles: true }));
          send('pointerdown', 300, 300);
          const start = performance.now();
          for (let i = 1; i <= steps; i += 1) { send('pointermove', 300 + 8 * i, 300 + 3 * i); await new Promise(requestAnimationFrame); }
          const each = (performance.now() - start) / steps;
          send('pointerup', 396, 336);
          return each;
        }"""
        frames.append(tab.evaluate(drag))
    assert statistics.median(opened) < 2, opened
    assert statistics.median(frames) < 300, frames
