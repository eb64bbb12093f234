"""What the page says, as plain data for its template: sections, figures, numbers, things to do."""

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gromov.core.estimate import Estimate
from gromov.core.figure import Figure, Table
from gromov.core.finding import About, Finding, Tone
from gromov.core.result import Result, field_meanings
from gromov.report.disk import DiskDrawing, draw_disk
from gromov.report.drawing import draw
from gromov.report.listing import Listing, listings
from gromov.report.thumbnails import Strip, strips_of
from gromov.report.words import Scalar, clean, interval, plain_value, value

MAP, TREND = "layout", "trend"
_NUMBERS_EACH = 3
_URGENCY: tuple[Tone, ...] = ("bad", "caution", "neutral", "good")


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure as the template needs it.

    Attributes:
        anchor: Identifier of the element, unique in the page.
        figure: Title and caption.
        height: Height of the drawing in pixels.
        script: The drawing as JSON that is safe inside a script element.
        notes: What to know about the drawing itself.
        tables: Its data.
        disk: The drawing of a disk; None where plotly draws.
    """

    anchor: str
    figure: Figure
    height: object
    script: str
    notes: tuple[str, ...]
    tables: tuple[Listing, ...]
    disk: DiskDrawing | None = None


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number of a result.

    Attributes:
        stem: The part of its key path that it shares with its neighbours.
        name: The last part of its key path.
        value: The value in words.
        interval: How sure it is; empty where it is exact.
        meaning: What it is.
        n: Number of units behind it; empty where there is none.
        method: How it was computed; empty where it is exact.
    """

    stem: str
    name: str
    value: str
    interval: str
    meaning: str
    n: str
    method: str


@dataclass(frozen=True, slots=True)
class Section:
    """One instrument."""

    name: str
    about: About
    summary: str
    figures: tuple[FigureView, ...]
    tables: tuple[Table, ...]
    numbers: tuple[NumberRow, ...]
    strips: tuple[Strip, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One line of the score-card, and the instrument it comes from."""

    name: str
    title: str
    finding: Finding


def sections(results: Mapping[str, Result]) -> tuple[Section, ...]:
    """A section for each result, in order, a trend and the map first."""
    taken: set[str] = set()
    names = sorted(results, key=lambda name: (name != TREND, name != MAP))
    return tuple(
        Section(
            name,
            results[name].about(),
            results[name].summary(),
            tuple(figure_view(figure, taken) for figure in results[name].figures()),
            results[name].tables(),
            tuple(_numbers(name, results[name])),
            strips_of(results[name]),
        )
        for name in names
    )


def cards(results: Mapping[str, Result]) -> tuple[Card, ...]:
    """The score-card: every finding, in the order of the results; beside a trend the others say that they are about the last input, or layer."""
    last = str(getattr(results.get(TREND), "last", "the last input"))
    return tuple(
        Card(name, result.about().title, _typeset(_of_the_last(finding, last) if TREND in results and name != TREND else finding))
        for name, result in results.items()
        for finding in result.findings()
    )


def _of_the_last(finding: Finding, last: str) -> Finding:
    return replace(finding, question=f"{finding.question} ({last})")


def _typeset(finding: Finding) -> Finding:
    """The minus of a number as such, and not as a hyphen."""
    answer, detail = (re.sub(r"(?<![\w.)\]-])-(?=\d)", "−", text) for text in (finding.answer, finding.detail))
    return replace(finding, answer=answer, detail=detail)


def actions(found: Sequence[Card]) -> tuple[str, ...]:
    """What to do next, the most urgent first, each once."""
    ordered = sorted(found, key=lambda card: _URGENCY.index(card.finding.tone))
    return tuple(dict.fromkeys(card.finding.action for card in ordered if card.finding.action))


def key_numbers(name: str, result: Result) -> list[tuple[str, Scalar]]:
    """The headline of a result, with dotted names; without one its first numbers, those with an uncertainty before all others. None of a map."""
    if name == MAP:
        return []
    every = list(result.rows())
    headline = result.headline()
    uncertain = [row for row in every if isinstance(row[1], Estimate)]
    return [row for row in every if row[0] in headline] if headline else (uncertain or every)[:_NUMBERS_EACH]


def script_json(tree: object) -> str:
    r"""JSON that ends no script element and opens no comment: `<`, `>` and `&` are written \u003c, \u003e and \u0026."""
    text = json.dumps(tree, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def pairs(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of a configuration with its dotted name."""
    for name, item in tree.items():
        path = f"{prefix}{clean(str(name))}"
        if isinstance(item, Mapping):
            yield from pairs(item, f"{path}.")  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield path, plain_value(item)


def command_line(verb: str, source: Mapping[str, object], config: Mapping[str, object]) -> str:
    """The command that repeats the run: `config["command"]` where it is given, else written from the options that are set."""
    given = config.get("command")
    if isinstance(given, str):
        return clean(given)
    words = ["gromov", verb, str(source.get("name", ""))]
    for name, item in config.items():
        option = "--" + name.replace("_", "-")
        if item is True:
            words.append(option)
        elif isinstance(item, list | tuple):
            words += [word for part in item for word in (option, str(part))]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif item is not None and item is not False and item != "" and not isinstance(item, Mapping):
            words += [option, str(item)]
    return clean(shlex.join(word for word in words if word))


def figure_view(figure: Figure, taken: set[str]) -> FigureView:
    """The figure as the template needs it; its anchor is added to those taken."""
    anchor = "figure-" + (re.sub(r"[^a-z0-9]+", "-", figure.name.lower()).strip("-") or "unnamed")
    while anchor in taken:
        anchor += "-again"
    taken.add(anchor)
    if figure.disk is not None:
        disk = draw_disk(figure)
        return FigureView(anchor, figure, 0, script_json(disk.tree), disk.notes, listings(figure), disk)
    drawing = draw(figure)
    script = script_json({"data": drawing.data, "layout": drawing.layout})
    return FigureView(anchor, figure, drawing.layout["height"], script, drawing.notes, listings(figure))


def _numbers(name: str, result: Result) -> Iterator[NumberRow]:
    for path, item in result.rows():
        stem, _, last = f"results.{name}.{path}".rpartition(".")
        estimate = item if isinstance(item, Estimate) else None
        method = ""
        if estimate is not None:
            method = estimate.method if estimate.seed is None else f"{estimate.method}, seed {estimate.seed}".removeprefix(", ")
        yield NumberRow(
            stem=stem + ".",
            name=last,
            value=value(item),
            interval=interval(item),
            meaning=_meaning(result, path),
            n=f"{estimate.n:,}" if estimate is not None and estimate.n else "",
            method=method,
        )


def _meaning(result: Result, path: str) -> str:
    """What the field at a dotted path is, from the docstring of the dataclass that holds it; of its holder where that says nothing."""
    holder: object = result
    meaning = ""
    for part in path.split("."):
        if not dataclasses.is_dataclass(holder):
            break
        meaning = field_meanings(type(holder)).get(part, meaning)
        holder = getattr(holder, part)
    return meaning.replace("`", "")
