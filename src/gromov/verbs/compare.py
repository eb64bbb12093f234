"""`compare`: two or more representations in, how far apart they are and whether that is more than chance out."""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypedDict, Unpack, cast

from gromov.core import (
    Comparison,
    Device,
    Executor,
    InputError,
    PluginError,
    PointsLike,
    Progress,
    Silent,
    Tree,
    decode,
    resolve_device,
)
from gromov.core.runs import RunFolder
from gromov.verbs.compare_bootstrap import LEFT_OUT, REPLICATES, Bootstrap, replicated
from gromov.verbs.compare_features import PIXELS, featured
from gromov.verbs.compare_generator import GeneratorRun, check_points, check_task
from gromov.verbs.compare_images import album
from gromov.verbs.compare_inputs import Inputs, check_pairing, open_inputs, short_labels
from gromov.verbs.compare_matrix import Matrices
from gromov.verbs.compare_orders import Orders
from gromov.verbs.compare_pairs import FAMILIES, Pair, Running, compare_pair, family
from gromov.verbs.compare_record import ComparisonRun
from gromov.verbs.compare_report import can_be_small, draws_needed
from gromov.verbs.comparisons import chosen_comparisons, comparison, comparison_origins, traits, usual_null
from gromov.verbs.reading import Reading

Task = Literal["generator"]


def compare(
    *inputs: PointsLike | str | Path,
    measures: Sequence[str] | None = None,
    paired: bool = False,
    null: int | None = None,
    bootstrap: int = REPLICATES,
    reference: int | None = None,
    task: Task | None = None,
    features: str | None = None,
    image_shape: Sequence[int] | None = None,
    seed: int = 0,
    workers: int = 1,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
    default_folder: bool = False,
    readings: Sequence[Reading] | None = None,
    **reading: Unpack[Reading],
) -> ComparisonRun:
    """How far apart representations are, by several measures, each with a null: is the difference more than chance?

    Args:
        *inputs: Two or more arrays (n × d), tensors, `Distances`, `Graph`s, `Representation`s; or paths, names of data sets, `module:factory`.
        measures: Names of the comparisons; None means all that apply: those of paired clouds only where `paired`.
        paired: Whether row i of each belongs to row i of the others, as two encoders of the same objects.
        null: Number of draws of each null; the smallest possible p-value is 1/(null + 1). None draws 100, or 20 for each measure of a family (of
            difference, of agreement) where that is more, so that Holm's correction leaves something to find.
        bootstrap: Replicates of the dendrograms of more than two inputs; 0 moves the values within their errors instead.
        reference: Place of the input, from 0, that every other is compared with; None compares every pair.
        task: `generator` asks of every input but the reference, which is the first unless said, what is asked of a generator: is it faithful, diverse, of the same
            topology and geometry, and does it memorise? None compares alone.
        features: Of the task, what to judge by: `pixels`, the points as they are, which None means too; `efficientnet-lite0`, of images; or `module:function`, which makes n × k of n × d.
        image_shape: Of the task, height and width of the images that the points are, and 3 where they have colours; None takes what the reader knows, or tries a square.
        seed: Seed of every random draw; the same seed gives the same numbers with any number of workers.
        workers: Number of processes.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further comparison is started; those left out are listed in `skipped`.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        progress: Told how far the work is.
        default_folder: Write to runs/compare-<first>-<second>-<hash> where `out` is None.
        readings: For each input, what of `reading` is its own: `[{"where": "model==GAN"}, {"where": "model==VAE"}]`.
        **reading: `kind`, `array`, `columns`, `labels`, `names`, `where`, `normalize`, `flatten`, `sample`, as for `measure`, for every input.

    Raises:
        GromovError: an input is bad (its name is said), a name is unknown, a run folder holds something else.

    Example:
        >>> import numpy as np, gromov
        >>> rng = np.random.default_rng(0)
        >>> run = gromov.compare(rng.normal(size=(200, 8)), rng.normal(size=(200, 8)) + 1, measures=["kid"])
        >>> run["kid"].beyond_chance
        True
    """
    _check_arguments(len(inputs), {"workers": workers, "seed": seed, "null": null, "bootstrap": bootstrap}, reference, readings)
    started = time.monotonic()
    report = progress or Silent()
    check_task(task, paired=paired, features=features, image_shape=image_shape)
    if task is not None and reference is None:
        reference = 0
    wanted = chosen_comparisons(measures, paired=paired, task=task)
    drawn = usual_null(wanted) if null is None else null
    resolved = resolve_device(device)
    opened = open_inputs(inputs, [_joined(reading, each) for each in readings or [Reading()] * len(inputs)], seed, report)
    if paired:
        check_pairing(opened)
    read, pictures = opened, None
    if task is not None:
        check_points(read)
        pictures = album(read.clouds, image_shape)
        opened = featured(read, features or PIXELS, report, pictures)
    clouds, descriptions, names = opened.clouds, opened.descriptions, opened.names
    places = _places(len(inputs), reference)
    plugins: Tree = {"plugins": found} if (found := comparison_origins(wanted)) else {}
    config: Tree = {
        "measures": list(wanted),
        **plugins,
        "paired": paired,
        "null": drawn,
        "bootstrap": bootstrap,
        "reference": None if reference is None else names[reference],
        "seed": seed,
        "device": resolved,
        **opened.options,
    }
    if task is not None:
        config |= {
            "task": task,
            "features": features or PIXELS,
            "image-shape": None if image_shape is None else "x".join(map(str, image_shape)),
        }
    folder = None
    if out is not None or default_folder:
        identity: Tree = {"verb": "compare", "gromov": version("gromov"), "config": config, "inputs": descriptions}
        stem = f"compare-{Path(opened.sources[0]).stem[:24]}-{Path(opened.sources[1]).stem[:24]}"
        folder = RunFolder.open(None if out is None else Path(out), identity, stem=stem, again=again)
    earlier = _finished(folder, places)
    until = None if budget is None else started + budget
    running = Running(wanted, seed, drawn, Executor(workers), resolved, until, budget, measures is not None)
    pairs: list[Pair] = []
    timings: dict[str, dict[str, dict[str, float]]] = {}
    said = [*opened.notes, *earlier.warnings]
    tree_wanted = len(inputs) > 2 and reference is None
    again_drawn = Bootstrap(bootstrap if tree_wanted else 0, paired, seed, running.executor)
    part = _Part(report, 0.0, 0.75 if again_drawn.possible(clouds) else 0.95)
    short = short_labels(names)
    for turn, (first, second) in enumerate(places):
        own = None if folder is None else folder.of(f"{first}-{second}")
        two = (clouds[first], clouds[second])
        held = earlier.results.get((first, second), {})
        pair, seconds, words = compare_pair(two, (first, second), running, own, held, part, (turn, len(places)))
        pairs.append(pair)
        timings[f"{names[first]} | {names[second]}"] = seconds
        said += [words_of if len(places) == 1 else f"{short[first]} and {short[second]}: {words_of}" for words_of in words]
    if not any(pair.results for pair in pairs):
        raise InputError("; ".join(f"{name}: {reason}" for name, reason in pairs[0].skipped.items()))
    done = [name for name in wanted if any(name in pair.results for pair in pairs)]
    said += _too_few_draws(done, drawn)
    shown = (
        [name for name in done if all(name in pair.results for pair in pairs)]
        if again_drawn.possible(clouds) and not earlier.matrices
        else []
    )
    replicates, words = replicated(shown, clouds, places, again_drawn, folder, until, _Part(report, 0.75, 0.2))
    said += words
    common = _Common(
        pairs=tuple(pairs),
        matrices=earlier.matrices
        or {name: Matrices.of(name, pairs, len(inputs), seed=seed, replicates=replicates.get(name)) for name in done},
        inputs=descriptions,
        config=config,
        warnings=tuple(dict.fromkeys(said)),
        version=version("gromov"),
        timings=timings,
        folder=None if folder is None else folder.path,
        command=_command(opened, config, None if task is not None and reference == 0 else reference, asked=measures is not None, null=null),
    )
    run = ComparisonRun(**common) if task is None else GeneratorRun(**common, orders=Orders.of(pairs, seed=seed), read=read, album=pictures)
    if folder is not None:
        report.step("report", 0.98)
        if folder.finished() != run.to_dict():
            folder.finish(run.files(), run.to_dict())
        left_out = [*said, *(reason for pair in pairs for reason in pair.skipped.values())]
        if not any(mark in text for text in left_out for mark in ("before it began", LEFT_OUT)):  # what the budget left out may still come
            folder.drop_parts()
    report.step("done", 1.0)
    return run


def _check_arguments(count: int, numbers: Mapping[str, int | None], reference: int | None, readings: Sequence[Reading] | None) -> None:
    """Refuse what no comparison can be made of."""
    if count < 2:
        raise InputError(f"compare takes two or more inputs, and got {count}")
    for name, value in numbers.items():
        least = 1 if name in ("workers", "null") else 0
        if value is not None and value < least:
            raise InputError(f"{name} is {value}; it must be {least} or more")
    if reference is not None and not 0 <= reference < count:
        raise InputError(f"reference is {reference}; the inputs are 0 … {count - 1}")
    if readings is not None and len(readings) != count:
        raise InputError(f"there are {len(readings)} readings for {count} inputs: give one for each")


def _joined(common: Reading, own: Reading) -> Reading:
    """The options of reading of one input: its own go first."""
    found: Reading = {**common, **own}
    return found


def _places(count: int, reference: int | None) -> list[tuple[int, int]]:
    if reference is not None:
        return [(reference, other) for other in range(count) if other != reference]
    return [(first, second) for first in range(count) for second in range(first + 1, count)]


class _Common(TypedDict):
    """What every comparison holds."""

    pairs: tuple[Pair, ...]
    matrices: Mapping[str, Matrices]
    inputs: Sequence[Tree]
    config: Tree
    warnings: tuple[str, ...]
    version: str
    timings: Mapping[str, Mapping[str, Mapping[str, float]]]
    folder: Path | None
    command: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Progress of a part of the run as a share of the whole."""

    whole: Progress
    start: float
    width: float

    def step(self, what: str, done: float) -> None:
        self.whole.step(what, self.start + self.width * done)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What a finished run of the folder holds: its results by pair and, where nothing is left to do, its matrices and warnings."""

    results: Mapping[tuple[int, int], Mapping[str, Comparison]]
    matrices: Mapping[str, Matrices]
    warnings: Sequence[str]


def _finished(folder: RunFolder | None, places: Sequence[tuple[int, int]]) -> _Earlier:
    tree = None if folder is None else folder.finished()
    if folder is None or tree is None:
        return _Earlier({}, {}, ())
    arrays = folder.arrays()
    try:
        held = (
            {
                (cast(int, each["first"]), cast(int, each["second"])): cast(Tree, each["results"])
                for each in cast("list[Tree]", tree["pairs"])
            }
            if "pairs" in tree
            else {places[0]: cast(Tree, tree["results"])}
        )
        found = {
            place: {name: cast(Comparison, comparison(name).restore(each, arrays)) for name, each in results.items()}
            for place, results in held.items()
        }
        if folder.has_parts():
            return _Earlier(found, {}, ())
        matrices = {name: decode(Matrices, each, arrays) for name, each in cast(Tree, tree["results"]).items()} if "pairs" in tree else {}
        return _Earlier(found, matrices, [str(each) for each in cast("list[object]", tree["warnings"])])
    except PluginError as error:
        raise PluginError(f"{error}. Its result in {folder.path} stays: choose another --out, or --again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error


def _too_few_draws(names: Sequence[str], null: int) -> list[str]:
    """A warning where Holm's correction leaves no p-value small enough."""
    found: list[str] = []
    for what in FAMILIES:
        count = sum(family(traits(name)) == what for name in names)
        if not can_be_small(null, count):
            found.append(
                f"with {null} draws and {count} measures of {what} no p-value can pass the correction: ask for --null {draws_needed(count)} or more"
            )
    return found


def _command(inputs: Inputs, config: Tree, reference: int | None, *, asked: bool, null: int | None) -> str:
    """The command that repeats the run; options at their defaults are left out, and one that differs between the inputs is given for each."""
    words = ["gromov", "compare", *inputs.sources]
    if reference is not None:
        words += ["--reference", inputs.sources[reference]]
    defaults = {"bootstrap": REPLICATES, "normalize": "none", "device": "cpu", "seed": 0, "features": PIXELS}
    left_out = {"plugins", "reference"} | (set() if asked else {"measures"}) | ({"null"} if null is None else set())
    for name, value in config.items():
        if name in left_out or value is None or value is False or value == defaults.get(name):
            continue
        for each in cast("list[object]", value) if name in inputs.differing else [value]:
            words += [f"--{name}"] if each is True else [f"--{name}", _word(each)]
    return shlex.join(words)


def _word(value: object) -> str:
    """An option's value as it is typed; nothing for the default."""
    if isinstance(value, list):
        return ",".join(map(str, cast("list[object]", value)))
    return "" if value is None else str(value)
