"""`gromov compare`."""

from pathlib import Path
from typing import Annotated

import typer

from gromov.cli.measure import AsKind, DeviceName, Normalization

_RUN = "Run"


def compare(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Two or more files, data sets (gromov data list), or module:factory; or two run folders of measure.", metavar="DATA..."
        ),
    ],
    measures: Annotated[str | None, typer.Option(help="Measures, separated by commas (default: all that apply).")] = None,
    paired: Annotated[bool, typer.Option("--paired", help="Row i of each belongs to row i of the others.")] = False,
    null: Annotated[int, typer.Option(help="Draws of each null; the smallest p is 1/(N+1).", metavar="N", min=1)] = 100,
    reference: Annotated[str | None, typer.Option(help="Compare every other with this one only.", metavar="DATA")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; new, or the same run to resume.", rich_help_panel=_RUN)] = None,
    again: Annotated[bool, typer.Option("--again", help="Start another run beside an existing one.", rich_help_panel=_RUN)] = False,
    json: Annotated[bool, typer.Option("--json", help="Print result.json on standard output and nothing else there.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of every random draw.", min=0)] = 0,
    workers: Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.", min=1)] = 1,
    device: Annotated[DeviceName, typer.Option(help="Where to compute.")] = DeviceName.auto,
    budget: Annotated[float | None, typer.Option(help="Seconds after which no further comparison is started.", min=0)] = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'frechet.p_value<0.01'.", metavar="EXPR")] = None,
    summary: Annotated[Path | None, typer.Option(help="Append a summary in markdown, as to $GITHUB_STEP_SUMMARY.", metavar="FILE")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and --json).")] = False,
    as_: Annotated[AsKind | None, typer.Option("--as", help="What the files hold.")] = None,
    array: Annotated[str | None, typer.Option(help="Array to take from each npz.", metavar="NAME")] = None,
    columns: Annotated[str | None, typer.Option(help="Columns to take from each table, separated by commas.")] = None,
    labels: Annotated[str | None, typer.Option(help="Labels: an array of the npz, a column, or a file.")] = None,
    names: Annotated[str | None, typer.Option(help="Names: an array of the npz, a column, or a file.")] = None,
    where: Annotated[str | None, typer.Option(help="Which rows to take of each: 'model==GAN and epoch>=20'.")] = None,
    normalize: Annotated[Normalization, typer.Option(help="What to do to the points of each first.")] = Normalization.NONE,
    flatten: Annotated[bool, typer.Option("--flatten", help="Make n × … into n × d, as for images.")] = False,
    sample: Annotated[int | None, typer.Option(help="Draw this many rows of each at random.", metavar="N", min=1)] = None,
) -> int:
    """Compare representations: have they the same shape, and is the difference more than chance?

    Writes a run folder (report.html, result.json, arrays.npz, …) and prints a summary. Two run folders of gromov measure are compared
    number by number.

    Examples: gromov compare real.npy generated.npy | gromov compare layer3.npy layer4.npy --paired |
    gromov compare a.npy b.npy c.npy --reference a.npy | gromov compare runs/before runs/after
    """
    import sys

    from gromov.cli.interrupts import interruptible
    from gromov.cli.measure import append, reader_may_leave, require_writable
    from gromov.core import InputError, terminal_progress
    from gromov.report import code, print_summary
    from gromov.verbs import compare as run
    from gromov.verbs import gate_holds, parse_gate
    from gromov.verbs.compare_runs import compare_runs, is_run
    from gromov.verbs.reading import Reading

    if summary is not None:
        require_writable(summary)
    gate = None if fail_if is None else parse_gate(fail_if)
    inputs = list(data)
    if reference is not None and reference not in inputs:
        inputs.insert(0, reference)
    reading: Reading = {
        "kind": None if as_ is None else as_.value,
        "array": array,
        "columns": None if columns is None else [name.strip() for name in columns.split(",")],
        "labels": labels,
        "names": names,
        "where": where,
        "normalize": normalize.value,
        "flatten": flatten,
        "sample": sample,
    }
    if any(map(is_run, inputs)):
        if len(inputs) != 2 or not all(map(is_run, inputs)):
            raise InputError("run folders are compared two at a time, and not with data: gromov compare RUN1 RUN2")
        compared = compare_runs(*inputs, out=out, again=again)
    else:
        with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
            compared = run(
                *inputs,
                measures=None if measures is None else [name.strip() for name in measures.split(",") if name.strip()],
                paired=paired,
                null=null,
                reference=None if reference is None else inputs.index(reference),
                seed=seed,
                workers=workers,
                device=device.value,
                budget=budget,
                out=out,
                again=again,
                progress=progress,
                default_folder=True,
                **reading,
            )
    tree = compared.to_dict()
    results = tree["results"]
    assert isinstance(results, dict)
    held = gate is not None and gate_holds(gate, {**results, **({"trend": tree["trend"]} if "trend" in tree else {})})
    if summary is not None:
        said = "" if fail_if is None else f"\n{'❌' if held else '✅'} `--fail-if` {'held' if held else 'did not hold'}: {code(fail_if)}\n"
        append(summary, compared.to_markdown() + said)
    with reader_may_leave():
        if json:
            typer.echo(compared.to_json().encode(), nl=False)
        elif not quiet:
            print_summary(compared.page(), file=sys.stdout, out=compared.folder)
    if held:
        typer.echo(f"gromov: --fail-if held: {fail_if}", err=True)
    return 3 if held else 0
