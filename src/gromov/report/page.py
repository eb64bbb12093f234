"""The report: one HTML file that needs nothing but itself."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from gromov.core.figure import Table
from gromov.core.result import Result
from gromov.report.sections import FigureView, actions, cards, command_line, pairs, sections
from gromov.report.words import done, plain_value, size

if TYPE_CHECKING:
    from jinja2 import Template

_HERE = "gromov.report"
_DISK = ("disk-plane", "disk-look", "disk-paint", "disk-export", "disk")


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Everything a report says.

    Attributes:
        title: Heading of the page.
        verb: What was run: `measure`, `compare`, `fit` or `study`.
        source: What was measured: name, kind (`points`, `distances`, `graph`), n, d or None, labels (number of classes) or None, sha256,
            notes (what was done on the way in).
        results: The answers, by instrument, in the order of their sections; the one named `layout` is the map and comes first.
        skipped: Instruments that did not run, and why.
        warnings: What a reader must keep in mind.
        config: Options of the run; the entry `command`, if any, is the command line to show, else one is written from the others.
        environment: Versions and machine.
        version: Version of gromov.
        lead: Table to show in place of the key numbers on a terminal and in a summary, which have no room for the sections.
    """

    title: str
    verb: str
    source: Mapping[str, object]
    results: Mapping[str, Result]
    skipped: Mapping[str, str]
    warnings: tuple[str, ...]
    config: Mapping[str, object]
    environment: Mapping[str, object]
    version: str
    lead: Table | None = None


def render_page(page: Page) -> str:
    """The report as one HTML file: figures, scripts and style inside, nothing to be fetched, the same bytes for the same page.

    All names, labels and notes are escaped, and the page's content security policy lets only its own scripts run and no
    connection open.

    Cost: linear in the number of values drawn; about 1.6 MB of text.
    """
    from markupsafe import Markup

    found, shown = cards(page.results), sections(page.results)
    notes = page.source.get("notes")
    return template("report.html.j2").render(
        page=page,
        done=done(page.verb),
        size=size(page.source),
        name=plain_value(page.source.get("name", "the data")),
        sha256=str(page.source.get("sha256") or ""),
        notes=[str(note) for note in notes] if isinstance(notes, list | tuple) else [],  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        cards=found,
        actions=actions(found),
        sections=[{"view": section, "scripts": [Markup(figure.script) for figure in section.figures]} for section in shown],
        **scripts_for([figure for section in shown for figure in section.figures]),
        config=[(name, text) for name, text in pairs(page.config) if name != "command"],
        environment=list(pairs(page.environment)),
        command=command_line(page.verb, page.source, page.config),
    )


def template(name: str) -> "Template":
    """A template of the report: HTML is escaped, and a name it does not know is an error."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_HERE),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def scripts_for(figures: Sequence[FigureView]) -> dict[str, list[str]]:
    """The scripts these figures need, in order, and the hashes by which a page allows them: plotly, the page's own, those of disks."""
    from markupsafe import Markup

    texts: list[str] = []
    if any(figure.disk is None for figure in figures):
        texts.append(_text("vendor", "plotly-cartesian.min.js"))
    texts.append(_text("templates", "report.js"))
    if any(figure.disk is not None for figure in figures):
        texts += [_text("templates", f"{name}.js") for name in _DISK]
    return {"scripts": [Markup(text) for text in texts], "hashes": [_hash(text) for text in texts]}


@cache
def _text(folder: str, name: str) -> str:
    # the browser hashes a script after turning line ends into \n, so they must be so already
    return files(_HERE).joinpath(folder, name).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
