"""The summary in markdown: read back by a parser, whatever the names in it are."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_pages import HOSTILE, hostile_page, page

from gromov.core import Table
from gromov.report import code, render_markdown
from gromov.report.markdown import escaped, table
from gromov.report.words import short

PARSER = MarkdownIt("commonmark").enable("table")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.text("`|*_[]<>&\\#$~-+1. !()", max_size=30)


class Cells(HTMLParser):
    """The text of each cell of each row of a page's tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.elements: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.inside = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def read(markdown: str) -> Cells:
    found = Cells()
    found.feed(PARSER.render(markdown))
    return found


def test_a_table_is_the_one_a_person_would_write() -> None:
    assert table(("a", "b"), [("1", "2"), ("3", "4")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"
    assert table(("a",), []) == ""


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, 3.5 %", "plain words, 3.5 %"),
        ("a|b", "a\\|b"),
        ("near_duplicates", "near\\_duplicates"),
        ("<script>", "&lt;script&gt;"),
        ("$x^2$ `y`", "\\$x^2\\$ \\`y\\`"),
        ("two\nlines", "two lines"),
    ],
)
def test_escaping(text: str, written: str) -> None:
    assert escaped(text) == written


def test_code_is_fenced_by_more_backticks_than_it_holds() -> None:
    assert code("a") == "`a`"
    assert code("a``b") == "```a``b```"
    assert code("`a") == "`` `a ``"
    assert code("a|b") == "`a|b`"
    assert code("a|b", cell=True) == "`a\\|b`"


@given(TEXTS)
def test_any_text_is_read_back_from_a_cell(text: str) -> None:
    found = read(table(("h", "i"), [(escaped(text), "end")]))
    assert found.rows[1:] == [[short(text, 600), "end"]]
    assert set(found.elements) == {"table", "thead", "tbody", "tr", "th", "td"}


@given(TEXTS)
def test_any_text_is_read_back_from_code_in_a_cell(text: str) -> None:
    # a backslash before a bar cannot be written in a cell's code: GitHub reads both as one bar
    text = text.replace("\\", "/")
    found = read(table(("h", "i"), [(code(text, cell=True), "end")]))
    assert [cell.strip() for cell in found.rows[1]] == [short(text, 600).strip(), "end"]


@given(TEXTS)
def test_a_warning_stays_one_item_of_its_list(text: str) -> None:
    parsed = PARSER.render(render_markdown(page(warnings=("first", f"x{text}", text or "y"), results={}, skipped={})))
    lists = re.findall(r"<ul>\n(.*?)</ul>", parsed, flags=re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", lists[0], flags=re.DOTALL)
    assert len(lists) == 1
    assert [html.unescape(item) for item in items[:2]] == ["first", short(f"x{text}", 600)]
    assert html.unescape(items[2]) == (short(text, 600) if text else "y")


def test_the_summary_says_everything() -> None:
    text = render_markdown(page())
    found = read(text)
    cells = [cell for row in found.rows for cell in row]
    for expected in ("Is it collapsed?", "No", "❌", "✅", "spectrum.effective_rank"):
        assert expected in cells
    assert ["spectrum.effective_rank", "20.3", "[19.12, 21.48]"] in found.rows
    assert all(len(row) in (3, 4) for row in found.rows)
    for expected in ("1,797 points in 64 dimensions", "exact copies", "persistence", "gromov measure", "python "):
        assert expected in text
    assert text.index("1. Look at the eights") < text.index("1. Try 24 dimensions")
    assert text.endswith("</details>\n")
    assert render_markdown(page()) == text


def test_a_table_in_the_lead_takes_the_place_of_the_numbers() -> None:
    lead = Table("changes", "From a to b", ("number", "first"), (("x|y", "1"),), "What moved.")
    text = render_markdown(page(lead=lead))
    assert "### From a to b" in text
    assert "Key numbers" not in text
    assert "What moved." in text
    assert ["x|y", "1"] in read(text).rows


def test_hostile_names_are_only_names() -> None:
    text = render_markdown(hostile_page())
    assert "\x1b" not in text
    elements = set(read(text).elements)
    assert not elements & {"script", "img", "a", "iframe", "style", "svg", "em"}
    assert "<script" not in text.replace("```", "").split("<details>")[0]
    assert escaped(HOSTILE)[:20] in text


def test_nothing_is_said_of_what_there_is_not() -> None:
    text = render_markdown(page(results={}, warnings=(), skipped={}, environment={}))
    assert "###" not in text
    assert "|" not in text
