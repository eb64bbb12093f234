import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

from report_pages import HOSTILE, hostile_page, page

from gromov.report import render_page
from gromov.report.sections import command_line, script_json


class Reader(HTMLParser):
    """What a browser would see: elements with their attributes, the words, and the bodies of the scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._inside:
            attributes, body = self.scripts[-1]
            self.scripts[-1] = (attributes, body + data)
        elif "style" not in self._inside:
            self.words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def first(self, tag: str, **attributes: str) -> dict[str, str | None]:
        return next(found for name, found in self.elements if name == tag and attributes.items() <= found.items())


def test_the_page_says_what_was_measured_and_what_came_out() -> None:
    text = Reader(render_page(page())).text()
    for expected in (
        "1,797 points in 64 dimensions, labelled with 10 classes",
        "centred; each row divided by its length",
        "Is it collapsed?",
        "What to do next",
        "exact copies of others",
        "The time budget of 60 s was spent before it.",
        "How sure we are",
        "20.3 [19.12, 21.48]",
        "Exponential of the entropy of the normalised eigenvalues, between 1 and d.",
        "The same number on Gaussian points.",
        "not available: too few points",
        "bootstrap over points, seed 0",
        "Roy and Vetterli 2007",
        "gromov measure digits --seed 0 --normalize center-l2 --only spectrum --only layout",
        "packages.numpy 2.4.0",
    ):
        assert expected in text, expected


def test_every_number_can_be_cited_by_its_path() -> None:
    ids = {attributes.get("id") for _, attributes in Reader(render_page(page())).elements}
    assert {"results.spectrum.effective_rank", "results.spectrum.null.p_value", "results.neighborhood.purity"} <= ids


def test_the_map_comes_first_and_the_rest_in_order() -> None:
    html = render_page(page())
    places = [
        html.index(f'<section id="{name}"') for name in ("score-card", "warnings", "skipped", "layout", "spectrum", "neighborhood", "again")
    ]
    assert places == sorted(places)


def test_the_page_is_small_and_the_same_every_time() -> None:
    html = render_page(page(50_000))
    assert len(html.encode()) < 2_000_000
    assert html == render_page(page(50_000))


def test_only_the_page_s_own_scripts_may_run_and_nothing_may_connect() -> None:
    reader = Reader(render_page(page()))
    policy = reader.first("meta", **{"http-equiv": "Content-Security-Policy"})["content"] or ""
    run = [body for attributes, body in reader.scripts if attributes.get("type") != "application/json"]
    assert len(run) == 2
    for body in run:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_no_element_points_outside() -> None:
    for tag, attributes in Reader(render_page(page(6000))).elements:
        for name in ("src", "href", "srcset", "action", "poster"):
            address = attributes.get(name)
            assert address is None or address.startswith(("#", "data:")), (tag, address)


def test_hostile_texts_stay_texts() -> None:
    html = render_page(hostile_page())
    reader = Reader(html)
    assert not any(tag == "img" for tag, _ in reader.elements)
    assert not any(name.startswith("on") for _, attributes in reader.elements for name in attributes)
    assert reader.text().count("</script><img src=x") > 20
    assert "{{ 7*7 }}" in reader.text()
    assert len([body for attributes, body in reader.scripts if attributes.get("type") != "application/json"]) == 2
    for attributes, body in reader.scripts:
        if attributes.get("type") == "application/json":
            assert not re.search("[<>&\u2028\u2029]", body)
            assert json.loads(body)["data"]


def test_json_in_a_script_is_still_the_same_json() -> None:
    tree = {HOSTILE: [1.5, None, "\u2028</ScRiPt>"]}
    assert json.loads(script_json(tree)) == tree


def test_figures_are_labelled_and_anchors_are_unique() -> None:
    for shown in (page(), hostile_page()):
        reader = Reader(render_page(shown))
        ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        labelled = [attributes["aria-labelledby"] for tag, attributes in reader.elements if tag == "figure"]
        assert labelled
        assert set(labelled) <= set(ids)


def test_a_page_without_results_is_a_page() -> None:
    html = render_page(page(results={}, skipped={}, warnings=(), source={}, config={}, environment={}))
    assert "Score-card" not in html
    assert "some points" in html


def test_the_command_is_quoted() -> None:
    assert command_line("measure", {"name": "my file.npy"}, {"seed": 0, "json": True}) == "gromov measure 'my file.npy' --seed 0 --json"
    assert command_line("measure", {"name": "x"}, {"command": "gromov measure x"}) == "gromov measure x"


def test_the_face_of_the_folder_imports_neither_jinja_nor_rich() -> None:
    code = "import sys, gromov.report; assert not {'jinja2', 'rich', 'plotly', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
