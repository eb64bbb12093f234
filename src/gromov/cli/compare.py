"""`gromov compare`."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from gromov.cli.measure import AsKind, Normalization
from gromov.cli.running import Again, Device, DeviceName, Json, Out, Quiet, Seed, Summary, Workers, checked_gate, end

if TYPE_CHECKING:
    from gromov.verbs.reading import Reading

_READING = "Input"


class TaskName(StrEnum):
    """What is asked beyond how far apart the inputs are."""

    GENERATOR = "generator"


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
    task: Annotated[TaskName | None, typer.Option(help="generator: ask of every other input what is asked of a generator.")] = None,
    features: Annotated[
        str | None, typer.Option(help="With --task: pixels (as they are), efficientnet-lite0, or module:function.", metavar="HOW")
    ] = None,
    image_shape: Annotated[
        str | None, typer.Option(help="With --task: the points are images, as 28x28 or 32x32x3.", metavar="SHAPE")
    ] = None,
    out: Out = None,
    again: Again = False,
    json: Json = False,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = DeviceName.auto,
    budget: Annotated[float | None, typer.Option(help="Seconds after which no further comparison is started.", min=0)] = None,
    fail_if: Annotated[str | None, typer.Option(help="Exit 3 when this holds: 'frechet.p_value<0.01'.", metavar="EXPR")] = None,
    summary: Summary = None,
    quiet: Quiet = False,
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
    its groups are compared: the fifth example.

    With --task generator the first input (or --reference) is the real, and the others were generated: is each faithful, diverse, of the
    same topology and geometry, does it repeat the real, and which measures disagree? Images are shown beside the nearest real ones.

    Examples: gromov compare real.npy generated.npy | gromov compare layer3.npy layer4.npy --paired |
    gromov compare a.npy b.npy c.npy --reference a.npy | gromov compare runs/before runs/after |
    gromov compare samples.npz --array features --where model==GAN --where model==VAE |
    gromov compare real.npy gan.npy vae.npy --task generator --image-shape 28x28
    """
    from gromov.cli.interrupts import interruptible
    from gromov.core import InputError, terminal_progress
    from gromov.verbs import compare as run
    from gromov.verbs.compare_images import image_shape as parsed_shape
    from gromov.verbs.compare_runs import compare_runs, is_run

    gate = checked_gate(fail_if, summary)
    inputs = list(data)
    if reference is not None and reference not in inputs:
        inputs.insert(0, reference)
    given = {"--as": as_, "--array": array, "--columns": columns, "--labels": labels, "--names": names, "--where": where}
    inputs, readings = _in_order(inputs, {**given, "--normalize": normalize, "--sample": sample}, flatten=flatten)
    if any(map(is_run, inputs)):
        if len(inputs) != 2 or not all(map(is_run, inputs)):
            raise InputError("run folders are compared two at a time, and not with data: gromov compare RUN1 RUN2")
        if task is not None:
            raise InputError("--task asks about data, and these are run folders: name the data")
        compared = compare_runs(*inputs, out=out, again=again)
    else:
        with terminal_progress(quiet=quiet) as shown, interruptible(shown) as progress:
            compared = run(
                *inputs,
                measures=measures,
                paired=paired,
                null=null,
                bootstrap=bootstrap,
                reference=None if reference is None else inputs.index(reference),
                task=None if task is None else task.value,
                features=features,
                image_shape=None if image_shape is None else parsed_shape(image_shape),
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
    return end(compared, gate=gate, fail_if=fail_if, summary=summary, json=json, quiet=quiet)


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
