"""`gromov compare`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from gromov.cli.measure import AsKind, DeviceName, Normalization

if TYPE_CHECKING:
    from gromov.verbs.reading import Reading

_RUN, _READING = "Run", "Input"


def compare(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Two or more files, data sets (gromov data list), or module:factory; or two run folders of measure.", metavar="DATA..."
        ),
    ],
    measures: Annotated[str | None, typer.Option(help="Measures, separated by commas (default: all that apply).")] = None,
    paired: Annotated[bool, typer.Option("--paired", help="Row i of each belongs to row i of the others.")] = False,
    null: Annotated[
        int | None,
        typer.Option(help="Draws of each null; the smallest p is 1/(N+1). Default 100, or 20 for each measure.", metavar="N", min=1),
    ] = None,
    bootstrap: Annotated[int, typer.Option(help="Replicates of the dendrograms of three or more.", metavar="N", min=0)] = 100,
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
    as_: Annotated[
        list[AsKind] | None,
        typer.Option("--as", help="What a file holds: points, distances or edges.", metavar="KIND", rich_help_panel=_READING),
    ] = None,
    array: Annotated[list[str] | None, typer.Option(help="Array to take from an npz.", metavar="NAME", rich_help_panel=_READING)] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help="Columns to take from a table, separated by commas.", metavar="NAMES", rich_help_panel=_READING)
    ] = None,
    labels: Annotated[
        list[str] | None, typer.Option(help="Labels: an array, a column, or a file.", metavar="NAME", rich_help_panel=_READING)
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option(help="Names: an array, a column, or a file.", metavar="NAME", rich_help_panel=_READING)
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Rows to take: 'model==GAN and epoch>=20'.", metavar="EXPR", rich_help_panel=_READING)
    ] = None,
    normalize: Annotated[
        list[Normalization] | None,
        typer.Option(
            help="What to do to the points first: none, center, l2, center-l2 or standard.", metavar="HOW", rich_help_panel=_READING
        ),
    ] = None,
    sample: Annotated[list[int] | None, typer.Option(help="Draw N rows at random.", metavar="N", min=1, rich_help_panel=_READING)] = None,
    flatten: Annotated[bool, typer.Option("--flatten", help="Make n × … into n × d, as for images.")] = False,
) -> int:
    """Compare representations: have they the same shape, and is the difference more than chance?

    Writes a run folder (report.html, result.json, arrays.npz, …) and prints a summary. Two run folders of gromov measure are compared
    number by number.

    How to read: --as, --array, --columns, --labels, --names, --where, --normalize and --sample count for every input where they are given
    once, and for the inputs in order where they are given once for each ('' is the default). One file alone is taken as often, so that
    its groups are compared: the last example.

    Examples: gromov compare real.npy generated.npy | gromov compare layer3.npy layer4.npy --paired |
    gromov compare a.npy b.npy c.npy --reference a.npy | gromov compare runs/before runs/after |
    gromov compare samples.npz --array features --where model==GAN --where model==VAE
    """
    import sys

    from gromov.cli.interrupts import interruptible
    from gromov.cli.measure import append, reader_may_leave, require_writable
    from gromov.core import InputError, terminal_progress
    from gromov.report import code, print_summary
    from gromov.verbs import compare as run
    from gromov.verbs import gate_holds, parse_gate
    from gromov.verbs.compare_runs import compare_runs, is_run

    if summary is not None:
        require_writable(summary)
    gate = None if fail_if is None else parse_gate(fail_if)
    inputs = list(data)
    if reference is not None and reference not in inputs:
        inputs.insert(0, reference)
    given = {"--as": as_, "--array": array, "--columns": columns, "--labels": labels, "--names": names, "--where": where}
    inputs, readings = _in_order(inputs, {**given, "--normalize": normalize, "--sample": sample}, flatten=flatten)
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
                bootstrap=bootstrap,
                reference=None if reference is None else inputs.index(reference),
                seed=seed,
                workers=workers,
                device=device.value,
                budget=budget,
                out=out,
                again=again,
                progress=progress,
                default_folder=True,
                readings=readings,
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


def _in_order(inputs: list[str], options: Mapping[str, Sequence[object] | None], *, flatten: bool) -> "tuple[list[str], list[Reading]]":
    """How each input is read: an option given once counts for all, one given several times for the inputs in order.

    One input alone is taken as often as the options are given, so that groups of one file can be compared.

    Raises:
        InputError: an option was given neither once nor once for each input.
    """
    from gromov.core import InputError

    given = {name: list(values) for name, values in options.items() if values}
    if len(inputs) == 1:
        inputs = inputs * max(map(len, given.values()), default=1)
    for name, values in given.items():
        if len(values) not in (1, len(inputs)):
            raise InputError(
                f"{name} was given {len(values)} times for {len(inputs)} inputs: give it once for all of them, or once for each in order"
            )
        if len(values) == 1:
            given[name] = values * len(inputs)
    readings: list[Reading] = []
    for place in range(len(inputs)):
        mine = {name: values[place] for name, values in given.items() if values[place] != ""}
        readings.append(
            {
                "kind": cast("AsKind", mine["--as"]).value if "--as" in mine else None,
                "array": cast("str | None", mine.get("--array")),
                "columns": [name.strip() for name in cast(str, mine["--columns"]).split(",")] if "--columns" in mine else None,
                "labels": cast("str | None", mine.get("--labels")),
                "names": cast("str | None", mine.get("--names")),
                "where": cast("str | None", mine.get("--where")),
                "normalize": cast("Normalization", mine.get("--normalize", Normalization.NONE)).value,
                "flatten": flatten,
                "sample": cast("int | None", mine.get("--sample")),
            }
        )
    return inputs, readings
