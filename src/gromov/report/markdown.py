"""The report as a short summary in the markdown of GitHub: for a page of continuous integration, a comment, a log."""

import re
from collections.abc import Iterator, Mapping, Sequence

from gromov.core.finding import Finding, Tone
from gromov.report.page import Page
from gromov.report.sections import actions, cards, command_line, key_numbers
from gromov.report.words import clean, done, interval, plain_value, short, size, value

_MARKS: Mapping[Tone, str] = {"good": "✅", "caution": "⚠️", "bad": "❌", "neutral": "🔹"}
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>&|~#$]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_LONGEST = 600


def render_markdown(page: Page) -> str:
    """The score-card, what to do next, the numbers to cite, warnings, and how to repeat it; the same bytes for the same page.

    Names, labels and notes are escaped: none of them can start a list, a cell, a link, a formula or an element.

    Cost: linear in the number of findings and headline numbers; a few kB.
    """
    name = plain_value(page.source.get("name", "the data"))
    found = cards(page.results)
    parts = [
        f"## {escaped(page.title)}",
        f"gromov {escaped(page.version)} {done(page.verb)} {escaped(name)}: {escaped(size(page.source))}.",
        *_titled("Score-card", table(("", "question", "answer", "because"), [_card(card.finding.tone, card.finding) for card in found])),
        *_titled("What to do next", _list("1.", actions(found))),
    ]
    if page.lead is None:
        numbers = [
            (code(f"{stem}.{path}", cell=True), escaped(value(item)), escaped(interval(item)))
            for stem, result in page.results.items()
            for path, item in key_numbers(stem, result)
        ]
        parts += _titled("Key numbers", table(("number", "value", "95 % interval"), numbers))
    else:
        rows = [(code(row[0], cell=True), *map(escaped, row[1:])) for row in page.lead.rows]
        parts += _titled(page.lead.title, table(page.lead.columns, rows))
        parts += [escaped(page.lead.note)] if page.lead.note else []
    parts += _titled("Keep in mind", _list("-", page.warnings))
    parts += _titled("Not measured", _list("-", [f"{name}: {reason}" for name, reason in page.skipped.items()]))
    parts += [
        "<details><summary>Do it again</summary>",
        _fenced(command_line(page.verb, page.source, page.config)),
        *_facts(page),
        "</details>",
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str, limit: int = _LONGEST) -> str:
    """A text on one line in which nothing is markup: backslashes before the signs of markdown, entities for those of HTML."""
    return _SPECIAL.sub(lambda sign: _ENTITIES.get(sign[0], f"\\{sign[0]}"), short(text, limit))


def code(text: str, *, cell: bool = False) -> str:
    """A text as code, between more backticks than it holds in a row; in a cell of a table its bars are escaped, as GitHub reads them."""
    text = short(text, _LONGEST) or " "
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    padded = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return fence + (padded.replace("|", "\\|") if cell else padded) + fence


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are escaped already; empty where there are no rows."""
    if not rows:
        return ""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _card(tone: Tone, finding: Finding) -> tuple[str, ...]:
    return (
        _MARKS[tone],
        escaped(finding.question),
        f"**{escaped(finding.answer)}**" if finding.answer.strip() else "",
        escaped(finding.detail),
    )


def _titled(title: str, body: str) -> tuple[str, ...]:
    return (f"### {escaped(title)}", body) if body else ()


def _list(mark: str, items: Sequence[str]) -> str:
    return "\n".join(f"{mark} {_inline(item)}" for item in items)


def _inline(text: str) -> str:
    """Escaped, and not the start of a block: `1. `, `- ` and `+ ` at the front would begin a list within the list."""
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda sign: f"{sign[1]}\\{sign[2]}" if sign[1] else f"\\{sign[3]}", escaped(text))


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}console\n{clean(text)}\n{fence}"


def _facts(page: Page) -> Iterator[str]:
    packages = page.environment.get("packages")
    versions = {"python": page.environment.get("python"), **(packages if isinstance(packages, Mapping) else {})}  # pyright: ignore[reportUnknownArgumentType]
    yield (
        ", ".join(f"{escaped(str(name))} {escaped(str(text))}" for name, text in versions.items() if text)
        or f"gromov {escaped(page.version)}"
    )
    sha256 = page.source.get("sha256")
    if sha256:
        yield f"SHA-256 of the data: {code(str(sha256))}"
