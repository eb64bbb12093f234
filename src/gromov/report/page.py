"""The report: one HTML file that needs nothing but itself."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gromov.core.result import Result
from gromov.report.sections import actions, cards, command_line, pairs, sections
from gromov.report.words import done, plain_value, size

_HERE = "gromov.report"


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


def render_page(page: Page) -> str:
    """The report as one HTML file: figures, scripts and style inside, nothing to be fetched, the same bytes for the same page.

    All names, labels and notes are escaped, and the page's content security policy lets only its own two scripts run and no
    connection open.

    Cost: linear in the number of values drawn; about 1.6 MB of text.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_HERE),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plotly, script = _text("vendor", "plotly-cartesian.min.js"), _text("templates", "report.js")
    found, shown = cards(page.results), sections(page.results)
    notes = page.source.get("notes")
    return environment.get_template("report.html.j2").render(
        page=page,
        done=done(page.verb),
        size=size(page.source),
        name=plain_value(page.source.get("name", "the data")),
        sha256=str(page.source.get("sha256") or ""),
        notes=[str(note) for note in notes] if isinstance(notes, list | tuple) else [],  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        cards=found,
        actions=actions(found),
        sections=[{"view": section, "scripts": [Markup(figure.script) for figure in section.figures]} for section in shown],
        config=[(name, text) for name, text in pairs(page.config) if name != "command"],
        environment=list(pairs(page.environment)),
        command=command_line(page.verb, page.source, page.config),
        plotly=Markup(plotly),
        script=Markup(script),
        hashes=[_hash(plotly), _hash(script)],
    )


@cache
def _text(folder: str, name: str) -> str:
    # the browser hashes a script after turning line ends into \n, so they must be so already
    return files(_HERE).joinpath(folder, name).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
