"""`gromov fit words`."""

from enum import StrEnum
from typing import Annotated

import typer

from gromov.cli.fit_options import FIT, Dim, Export, FitBudget, Seeds
from gromov.cli.running import Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, Workers, checked_gate, end, words

_READING, _CHECKS = "Text", "Checks"


class WordSpaceName(StrEnum):
    """The space to embed words in."""

    hyperbolic = "hyperbolic"
    euclidean = "euclidean"


def text_words(
    data: Annotated[
        str, typer.Argument(help="A file of text (plain, .gz, .zip), - for standard input, or a data set: text8.", metavar="TEXT")
    ],
    space: Annotated[WordSpaceName, typer.Option(help="Where to embed.", rich_help_panel=FIT)] = WordSpaceName.hyperbolic,
    dim: Dim = 20,
    seeds: Seeds = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the co-occurrence matrix.", min=1, rich_help_panel=FIT)] = 30,
    controls: Annotated[bool, typer.Option("--controls/--no-controls", help="Fit the Euclidean twins too.", rich_help_panel=FIT)] = True,
    vocabulary: Annotated[int, typer.Option(help="Most words to embed, the most frequent.", min=20, rich_help_panel=_READING)] = 10_000,
    min_count: Annotated[int, typer.Option(help="Rarer words are left out.", min=1, rich_help_panel=_READING)] = 5,
    window: Annotated[int, typer.Option(help="Words on either side that count as near.", min=1, rich_help_panel=_READING)] = 10,
    hypernyms: Annotated[
        str,
        typer.Option(help="Pairs (word, more general word): auto (WordNet, where it is here), none, or a file.", rich_help_panel=_CHECKS),
    ] = "auto",
    similarity: Annotated[
        str | None,
        typer.Option(help="A table of two words and how similar people find them.", metavar="FILE", rich_help_panel=_CHECKS),
    ] = None,
    show: Annotated[str | None, typer.Option(help="Print the nearest words of these.", metavar="WORDS", rich_help_panel=_CHECKS)] = None,
    export: Export = None,
    out: Out = None,
    again: Again = False,
    json: Json = False,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = DeviceName.auto,
    budget: FitBudget = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'test.explained<0.3'.", metavar="EXPR")] = None,
    summary: Summary = None,
    quiet: Quiet = False,
) -> int:
    """Embed the words of a text by their co-occurrence (Poincaré GloVe), beside Euclidean twins of the same and of four times the dimension.

    Checked on co-occurrence that was held out, on hypernyms, and on people's judgements. Writes a run folder; gromov measure RUN measures the words in their own space.

    Examples: gromov fit words text8 --dim 20 --show king,paris | gromov fit words book.txt --vocabulary 3000 |
    gromov fit words text8 --similarity wordsim353.tsv --export word2vec
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import terminal_progress
    from gromov.verbs.fit_words import fit_words

    gate = checked_gate(fail_if, summary)
    with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
        fitted = fit_words(
            data,
            space=space.value,
            dim=dim,
            seeds=seeds,
            vocabulary=vocabulary,
            min_count=min_count,
            window=window,
            epochs=epochs,
            hypernyms=hypernyms,
            similarity=similarity,
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
