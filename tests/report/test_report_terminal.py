import io
from pathlib import Path

import pytest
from report_pages import HOSTILE, hostile_page, page

from gromov.report import Page, print_summary


def printed(shown: Page, monkeypatch: pytest.MonkeyPatch, columns: int, out: Path | None = Path("runs/measure-digits")) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    file = io.StringIO()
    print_summary(shown, file=file, out=out)
    return file.getvalue()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_summary_fits_and_says_everything(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    text = printed(page(), monkeypatch, columns)
    flat = " ".join(text.split())
    assert "\x1b" not in text
    assert all(len(line) <= columns for line in text.splitlines()[1:])
    assert not any(line.endswith(" ") for line in text.splitlines())
    assert text.startswith("gromov measured digits: 1,797 points in 64 dimensions, labelled with 10 classes\n")
    for expected in (
        "✓ Is it collapsed? No",
        "✗",
        "1. Look at the eights by hand.",
        "spectrum.effective_rank",
        "exact copies",
        "persistence",
    ):
        assert expected in flat
    assert str(Path("runs/measure-digits/report.html")) in text


def test_the_most_urgent_action_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(page(), monkeypatch, 120)
    assert text.index("1.  Look at the eights") < text.index("2.  Try 24 dimensions")


def test_nothing_is_said_of_what_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(page(results={}, warnings=(), skipped={}), monkeypatch, 80, out=None)
    assert len(text.splitlines()) == 1


def test_names_from_the_data_are_neither_markup_nor_terminal_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(source={"name": "[red]x[/red]\x1b[31m", "kind": "points", "n": 4, "d": 2}, warnings=(HOSTILE,))
    text = printed(shown, monkeypatch, 120)
    assert "[red]x[/red]" in text
    assert "\x1b" not in text
    printed(hostile_page(), monkeypatch, 80)


def test_a_terminal_without_unicode_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as file:
        print_summary(page(), file=file, out=None)
        file.flush()
        assert "+  Is it collapsed?" in raw.getvalue().decode("ascii")


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    file = Terminal()
    print_summary(page(), file=file, out=None)
    assert "\x1b[" in file.getvalue()
