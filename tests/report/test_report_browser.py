"""The page in a real browser."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from report_pages import CAPTION, HOSTILE, Layout, hostile_page, layout, page, spectrum

from gromov.core import Axis, Figure, Points
from gromov.report import Page, render_page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]
CONTRAST = """([ink, paper]) => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const code = style.getPropertyValue(name).trim();
    const parts = [1, 3, 5].map((i) => parseInt(code.slice(i, i + 2), 16) / 255);
    const linear = parts.map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const [low, high] = [light(ink), light(paper)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


@dataclass(eq=False)
class Visit:
    """One page opened, and what it did."""

    tab: "sync_api.Page"
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


class Reader:
    """Opens pages, and closes them at the end."""

    def __init__(self, browser: "sync_api.Browser", folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.contexts: list[sync_api.BrowserContext] = []

    def open(self, shown: Page, *, width: int = 1280, scheme: str = "light", html: str = "") -> Visit:
        file = self.folder / "report.html"
        file.write_text(html or render_page(shown), encoding="utf-8")
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.contexts.append(context)
        visit = Visit(context.new_page())
        visit.tab.on("request", lambda request: visit.requests.append(request.url))
        visit.tab.on("console", lambda message: visit.complaints.append(message.text) if message.type in ("error", "warning") else None)
        visit.tab.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.tab.goto(file.as_uri())
        visit.tab.wait_for_selector("html[data-figures=drawn]", state="attached")
        return visit


@pytest.fixture
def reader(browser: "sync_api.Browser", tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(browser, tmp_path)
    yield reader
    for context in reader.contexts:
        context.close()


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("shown", [page(), page(6000), hostile_page()], ids=["points", "raster", "hostile"])
def test_nothing_is_requested_and_nothing_complains(reader: Reader, shown: Page, width: int) -> None:
    visit = reader.open(shown, width=width)
    outside = [address for address in visit.requests if not address.startswith("data:")]
    assert len(outside) == 1
    assert outside[0].startswith("file:")
    assert visit.complaints == []
    assert visit.tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 400])
def test_every_figure_is_drawn_in_its_place(reader: Reader, width: int) -> None:
    tab = reader.open(page(6000), width=width).tab
    figures = tab.locator("figure")
    assert figures.count() == 5
    boxes = [figures.nth(i).locator(".plot svg.main-svg").first.bounding_box() for i in range(5)]
    captions = [figures.nth(i).locator("figcaption").bounding_box() for i in range(5)]
    for box, caption in zip(boxes, captions, strict=True):
        assert box is not None
        assert caption is not None
        assert box["width"] > 250
        assert box["height"] > 250
        assert box["y"] + box["height"] <= caption["y"] + 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_the_picture_of_the_points_lies_where_the_axes_say(reader: Reader) -> None:
    x = np.concatenate([np.full(3000, 1.0), np.full(3000, 1000.0)])
    y = np.concatenate([np.full(3000, -5.0), np.full(3000, 5.0)])

    class TwoPlaces(Layout):
        __slots__ = ()

        def figures(self) -> tuple[Figure, ...]:
            return (Figure("two", "Two places", CAPTION, Axis("x", log=True), Axis("y"), (Points("p", x, y),)),)

    some = layout(10)
    tab = reader.open(page(results={"layout": TwoPlaces(some.stress, some.points, some.groups)})).tab
    found = tab.evaluate(
        """() => {
          const plot = document.querySelector('.plot'), { xaxis, yaxis } = plot._fullLayout;
          const frame = plot.querySelector('svg.main-svg').getBoundingClientRect();
          const box = plot.querySelector('image').getBoundingClientRect();
          const at = (axis, value) => axis._offset + axis.d2p(value);
          return { left: box.left - frame.left, right: box.right - frame.left, top: box.top - frame.top, bottom: box.bottom - frame.top,
                   low: at(xaxis, 1), high: at(xaxis, 1000), below: at(yaxis, -5), above: at(yaxis, 5) };
        }"""
    )
    # the picture reaches half a cell beyond the outermost points, and a cell is under four pixels wide here
    for edge, point in (("left", "low"), ("right", "high"), ("top", "above"), ("bottom", "below")):
        assert abs(found[edge] - found[point]) < 5, (edge, found)


def test_dark_and_light(reader: Reader) -> None:
    tab = reader.open(page()).tab
    text = ".plot .xtick text"
    paper, ink = (
        tab.evaluate(f"getComputedStyle(document.querySelector('{where}')).{what}")
        for where, what in (("body", "backgroundColor"), (text, "fill"))
    )
    button = tab.get_by_role("button", name="Dark")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    tab.wait_for_function(f"getComputedStyle(document.querySelector('{text}')).fill !== '{ink}'")
    button.click()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert reader.open(page(), scheme="dark").tab.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
    assert tab.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0


def test_the_keyboard_reaches_everything(reader: Reader) -> None:
    tab = reader.open(page()).tab
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "theme"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    reached = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.getAttribute('data-act') ?? document.activeElement.tagName.toLowerCase()"))
    assert {"a", "reset", "save", "summary", "pre"} <= set(reached)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(reader: Reader, scheme: str) -> None:
    tab = reader.open(page(results={}), scheme=scheme).tab
    for ink in ("--ink", "--soft", "--accent", "--good", "--caution", "--bad", "--neutral"):
        for paper in ("--paper", "--card", "--sunk"):
            assert tab.evaluate(CONTRAST, [ink, paper]) >= 4.5, (ink, paper)


def test_headings_are_in_order_and_figures_have_names(reader: Reader) -> None:
    tab = reader.open(page()).tab
    levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tab.get_by_role("figure").count() == 5
    assert tab.get_by_role("img", name="A map of the points").count() == 1
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert tab.get_by_role(landmark).count() == 1
    assert tab.evaluate("[...document.querySelectorAll('button')].every((b) => b.type === 'button' && b.textContent.trim())")
    assert tab.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].every((e) => document.getElementById(e.getAttribute('aria-labelledby')))"
    )


def test_hostile_texts_are_shown_as_they_are(reader: Reader) -> None:
    visit = reader.open(hostile_page())
    assert visit.tab.title() != "broken"
    assert visit.tab.locator("img").count() == 0
    shown = visit.tab.locator(".plot .legendtext").first.text_content()
    assert shown is not None
    assert shown.startswith(HOSTILE[:20])
    assert visit.tab.locator(".plot a").count() == 0


def test_figures_answer_their_buttons(reader: Reader) -> None:
    tab = reader.open(page()).tab
    figure = tab.locator("#figure-layout-map")
    plot = "document.querySelector('#figure-layout-map .plot')"
    before = tab.evaluate(f"{plot}._fullLayout.xaxis.range")
    tab.evaluate(f"Plotly.relayout({plot}, {{ 'xaxis.range': [0, 1] }})")
    figure.get_by_role("button", name="Reset the view").click()
    tab.wait_for_function(f"{plot}._fullLayout.xaxis.range[0] < -1")
    assert tab.evaluate(f"{plot}._fullLayout.xaxis.range") == pytest.approx(before, rel=0.05)
    figure.locator("summary").click()
    assert figure.get_by_role("table").first.is_visible()
    assert figure.get_by_role("row").count() == 41
    with tab.expect_download() as download:
        figure.get_by_role("button", name="Save as SVG").click()
    assert download.value.suggested_filename == "layout-map.svg"


def test_a_figure_that_fails_stops_no_other(reader: Reader) -> None:
    broken = render_page(page()).replace('class="drawing">{"data":[', 'class="drawing">{"data":[,', 1)
    visit = reader.open(page(), html=broken)
    assert "could not be drawn" in (visit.tab.locator(".plot").first.text_content() or "")
    assert visit.tab.locator(".plot .main-svg").count() > 0
    assert len(visit.complaints) == 1


def test_printing_draws_every_figure_in_light(reader: Reader) -> None:
    visit = reader.open(page(), scheme="dark")
    dark = visit.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    visit.tab.emulate_media(media="print")
    visit.tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert visit.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not visit.tab.get_by_role("navigation").is_visible()
    widths = visit.tab.evaluate("[...document.querySelectorAll('.plot svg.main-svg')].map((s) => s.getBoundingClientRect().width)")
    assert set(widths) == {660}
    visit.tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    visit.tab.emulate_media(media="screen", color_scheme="dark")
    assert visit.tab.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert visit.tab.pdf(format="A4").startswith(b"%PDF")
    assert visit.complaints == []


def test_a_map_of_50_000_points_is_drawn_before_the_figures_below_it(reader: Reader) -> None:
    visit = reader.open(page(results={"layout": layout(50_000), "spectrum": spectrum()}))
    assert visit.tab.locator(".plot[data-name=layout-map] image").count() == 1  # as many points as that are one picture
    marks = "performance.getEntriesByType('mark').sort((a, b) => a.startTime - b.startTime).map((mark) => mark.name)"
    assert visit.tab.evaluate(marks)[0] == "layout-map"
    assert visit.complaints == []
