"""`gromov fit hierarchy`."""

from enum import StrEnum
from typing import Annotated

import typer

from gromov.cli.fit_options import FIT, Dim, Export, FitBudget, Seeds
from gromov.cli.running import Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, Workers, checked_gate, end, words

_READING = "Input"


class SpaceName(StrEnum):
    """The space to embed in."""

    hyperbolic = "hyperbolic"
    euclidean = "euclidean"
    sphere = "sphere"
    product = "product"
    auto = "auto"


class RelationName(StrEnum):
    """What a pair means."""

    auto = "auto"
    ancestors = "ancestors"
    neighbors = "neighbors"


def hierarchy(
    data: Annotated[
        str, typer.Argument(help="A file of pairs (csv, tsv, parquet) or a data set: wordnet-mammals, phylo-tree, grqc, …", metavar="EDGES")
    ],
    space: Annotated[
        SpaceName, typer.Option(help="Where to embed; auto: the smallest training loss.", rich_help_panel=FIT)
    ] = SpaceName.hyperbolic,
    dim: Dim = 5,
    seeds: Seeds = 5,
    reveal: Annotated[
        str | None,
        typer.Option(help="Link prediction: percentages of the pairs to show, as 10,25,50.", metavar="LIST", rich_help_panel=FIT),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the nodes (default: about 4,000 steps).", min=1, rich_help_panel=FIT)
    ] = None,
    scales: Annotated[
        str | None,
        typer.Option(help="Radii of curvature to start with; one alone is not chosen among.", metavar="LIST", rich_help_panel=FIT),
    ] = None,
    controls: Annotated[bool, typer.Option("--controls/--no-controls", help="Fit the Euclidean controls too.", rich_help_panel=FIT)] = True,
    relation: Annotated[
        RelationName, typer.Option(help="What a pair means: (node, ancestor) or two neighbours.", rich_help_panel=_READING)
    ] = RelationName.auto,
    reverse: Annotated[bool, typer.Option("--reverse", help="Pairs are (ancestor, node).", rich_help_panel=_READING)] = False,
    columns: Annotated[
        str | None, typer.Option(help="Columns of a table: u,v or u,v,length.", metavar="NAMES", rich_help_panel=_READING)
    ] = None,
    show: Annotated[str | None, typer.Option(help="Print the nearest nodes and the ancestors of these names.", metavar="NAMES")] = None,
    export: Export = None,
    out: Out = None,
    again: Again = False,
    json: Json = False,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = DeviceName.auto,
    budget: FitBudget = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'test.map<0.9'.", metavar="EXPR")] = None,
    summary: Summary = None,
    quiet: Quiet = False,
) -> int:
    """Embed a tree, a partial order or a graph, beside Euclidean controls of the same and of four times the dimension.

    Writes a run folder (report.html, result.json, model.safetensors, …) and prints a summary; gromov measure RUN measures the embedding in its own space.

    Examples: gromov fit hierarchy wordnet-mammals --dim 5 | gromov fit hierarchy edges.csv --relation ancestors --show dog,cat |
    gromov fit hierarchy phylo-tree --dim 2 | gromov fit hierarchy wordnet-mammals --reveal 10,25,50
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import terminal_progress
    from gromov.verbs.fit import SCALES, fit_hierarchy

    gate = checked_gate(fail_if, summary)
    shares, starts = _numbers(reveal, "--reveal"), _numbers(scales, "--scales")
    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        fitted = fit_hierarchy(
            data,
            space=space.value,
            dim=dim,
            seeds=seeds,
            relation=relation.value,
            columns=words(columns) or None,
            reverse=reverse,
            reveal=shares,
            epochs=epochs,
            scales=starts or SCALES,
            controls=controls,
            show=words(show),
            export=words(export),
            seed=seed,
            workers=workers,
            device=device.value,
            budget=budget,
            out=out,
            again=again,
            progress=progress,
            default_folder=True,
        )
    return end(fitted, gate=gate, fail_if=fail_if, summary=summary, json=json, quiet=quiet)


def _numbers(text: str | None, option: str) -> list[float]:
    """The numbers of a list parted by commas.

    Raises:
        InputError: one of them is no number.
    """
    from gromov.core import InputError

    try:
        return [float(word) for word in words(text)]
    except ValueError as error:
        raise InputError(f"{option} is {text!r}; it must be numbers parted by commas") from error
