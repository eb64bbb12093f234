"""`compare`: two or more representations in, how far apart they are and whether that is more than chance out."""

import shlex
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Unpack, cast

from gromov.core import (
    Comparison,
    Device,
    Executor,
    GromovError,
    InputError,
    PluginError,
    PointsLike,
    Progress,
    Representation,
    Silent,
    Tree,
    resolve_device,
)
from gromov.core.runs import RunFolder
from gromov.verbs.compare_matrix import Matrices
from gromov.verbs.compare_pairs import LEVEL, Pair, Running, compare_pair
from gromov.verbs.compare_record import ComparisonRun
from gromov.verbs.comparisons import chosen_comparisons, comparison, comparison_origins, traits
from gromov.verbs.reading import Reading, configured, read
from gromov.verbs.source import describe
from gromov.verbs.trend_order import short_names


def compare(
    *inputs: PointsLike | str | Path,
    measures: Sequence[str] | None = None,
    paired: bool = False,
    null: int = 100,
    reference: int | None = None,
    seed: int = 0,
    workers: int = 1,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
    default_folder: bool = False,
    **reading: Unpack[Reading],
) -> ComparisonRun:
    """How far apart representations are, by several measures, each with a null: is the difference more than chance?

    Args:
        *inputs: Two or more arrays (n × d), tensors, `Distances`, `Graph`s, `Representation`s; or paths, names of data sets, `module:factory`.
        measures: Names of the comparisons; None means all that apply: those of paired clouds only where `paired`.
        paired: Whether row i of each belongs to row i of the others, as two encoders of the same objects.
        null: Number of draws of each null; the smallest possible p-value is 1/(null + 1).
        reference: Place of the input, from 0, that every other is compared with; None compares every pair.
        seed: Seed of every random draw; the same seed gives the same numbers with any number of workers.
        workers: Number of processes.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further comparison is started; those left out are listed in `skipped`.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        progress: Told how far the work is.
        default_folder: Write to runs/compare-<first>-<second>-<hash> where `out` is None.
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
    if len(inputs) < 2:
        raise InputError(f"compare takes two or more inputs, and got {len(inputs)}")
    for name, value, least in (("workers", workers, 1), ("seed", seed, 0), ("null", null, 1)):
        if value < least:
            raise InputError(f"{name} is {value}; it must be {least} or more")
    if reference is not None and not 0 <= reference < len(inputs):
        raise InputError(f"reference is {reference}; the inputs are 0 … {len(inputs) - 1}")
    started = time.monotonic()
    report = progress or Silent()
    wanted = chosen_comparisons(measures, paired=paired)
    resolved = resolve_device(device)
    clouds, descriptions, notes = _opened(inputs, reading, seed, report)
    if paired:
        _check_pairing(clouds, descriptions)
    names = [str(each["name"]) for each in descriptions]
    places = _places(len(inputs), reference)
    plugins: Tree = {"plugins": found} if (found := comparison_origins(wanted)) else {}
    config: Tree = {
        "measures": list(wanted),
        **plugins,
        "paired": paired,
        "null": null,
        "reference": None if reference is None else names[reference],
        "seed": seed,
        "device": resolved,
        **configured(reading),
    }
    folder = None
    if out is not None or default_folder:
        identity: Tree = {"verb": "compare", "gromov": version("gromov"), "config": config, "inputs": descriptions}
        stem = f"compare-{Path(names[0]).stem[:24]}-{Path(names[1]).stem[:24]}"
        folder = RunFolder.open(None if out is None else Path(out), identity, stem=stem, again=again)
    kept = _finished(folder, places)
    until = None if budget is None else started + budget
    running = Running(wanted, seed, null, Executor(workers), resolved, until, budget, measures is not None)
    pairs: list[Pair] = []
    timings: dict[str, dict[str, dict[str, float]]] = {}
    said: list[str] = list(notes)
    short = short_names(names)
    for turn, (first, second) in enumerate(places):
        own = None if folder is None else folder.of(f"{first}-{second}")
        two = (clouds[first], clouds[second])
        earlier = kept.get((first, second), {})
        pair, seconds, words = compare_pair(two, (first, second), running, own, earlier, report, (turn, len(places)))
        pairs.append(pair)
        timings[f"{names[first]} | {names[second]}"] = seconds
        said += [words_of if len(places) == 1 else f"{short[first]} and {short[second]}: {words_of}" for words_of in words]
    if not any(pair.results for pair in pairs):
        raise InputError("; ".join(f"{name}: {reason}" for name, reason in pairs[0].skipped.items()))
    done = [name for name in wanted if any(name in pair.results for pair in pairs)]
    said += _too_few_draws(done, null)
    run = ComparisonRun(
        pairs=tuple(pairs),
        matrices={name: Matrices.of(name, pairs, len(inputs), seed=seed) for name in done},
        inputs=descriptions,
        config=config,
        warnings=tuple(dict.fromkeys(said)),
        version=version("gromov"),
        timings=timings,
        folder=None if folder is None else folder.path,
        command=_command(names, config, reference, measures is not None),
    )
    if folder is not None:
        report.step("report", 0.98)
        if folder.finished() != run.to_dict():
            folder.finish(run.files(), run.to_dict())
        if not any("budget" in reason for pair in pairs for reason in pair.skipped.values()):  # what it left out may still come
            folder.drop_parts()
    report.step("done", 1.0)
    return run


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read."""

    clouds: list[Representation]
    descriptions: list[Tree]
    notes: list[str]


def _opened(
    inputs: Sequence[PointsLike | str | Path], reading: Reading, seed: int, report: Progress
) -> tuple[list[Representation], list[Tree], list[str]]:
    """Every input, read and checked, before anything is compared; equal names are numbered."""
    found = _Read([], [], [])
    if [str(each) for each in inputs if isinstance(each, str | Path)].count("-") > 1:
        raise InputError("standard input can be one of the inputs only: write the others to files first")
    heard: list[tuple[str, list[str]]] = []
    for place, data in enumerate(inputs, start=1):
        report.step(f"reading {place} of {len(inputs)}", 0.0)
        from_file = isinstance(data, str | Path)
        name = str(data) if from_file else f"input {place}"
        try:
            cloud, notes = read(data, reading, seed)
        except GromovError as error:
            raise error if name in str(error) else type(error)(f"{name}: {error}") from error
        found.clouds.append(cloud)
        found.descriptions.append(describe(cloud, read=from_file))
        heard.append((str(found.descriptions[-1]["name"]), notes))
    twice = Counter(name for name, _ in heard)
    for place, (name, notes) in enumerate(heard, start=1):
        if twice[name] > 1:
            found.descriptions[place - 1]["name"] = f"{name} {place}"
        label = Path(str(found.descriptions[place - 1]["name"])).name
        found.notes.extend(f"{label}: {text}" for text in notes)
    return found.clouds, found.descriptions, found.notes


def _check_pairing(clouds: Sequence[Representation], descriptions: Sequence[Tree]) -> None:
    """Refuse clouds that cannot be paired: other numbers of rows, or other names.

    Raises:
        InputError: they cannot.
    """
    first = clouds[0]
    for cloud, told in zip(clouds[1:], descriptions[1:], strict=True):
        if cloud.n != first.n:
            raise InputError(
                f"paired clouds have one row for each object, and {descriptions[0]['name']} has {first.n:,} rows, {told['name']} has {cloud.n:,}: "
                "keep the common objects in the same order, or compare without --paired"
            )
        if cloud.names is not None and first.names is not None and cloud.names != first.names:
            place = next(i for i, (a, b) in enumerate(zip(first.names, cloud.names, strict=True)) if a != b)
            raise InputError(
                f"paired clouds have the same objects in the same order, and row {place} is {first.names[place]!r} in one and {cloud.names[place]!r} in the other"
            )


def _places(count: int, reference: int | None) -> list[tuple[int, int]]:
    if reference is not None:
        return [(reference, other) for other in range(count) if other != reference]
    return [(first, second) for first in range(count) for second in range(first + 1, count)]


def _finished(folder: RunFolder | None, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], dict[str, Comparison]]:
    """The results that a finished run of this folder holds, by pair."""
    tree = None if folder is None else folder.finished()
    if folder is None or tree is None:
        return {}
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
        return {
            place: {name: cast(Comparison, comparison(name).restore(each, arrays)) for name, each in results.items()}
            for place, results in held.items()
        }
    except PluginError as error:
        raise PluginError(f"{error}. Its result in {folder.path} stays: choose another --out, or --again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error


def _too_few_draws(names: Sequence[str], null: int) -> list[str]:
    """A warning where Holm's correction leaves no p-value small enough."""
    found: list[str] = []
    for paired, what in ((False, "difference"), (True, "agreement")):
        count = sum(traits(name).paired is paired for name in names)
        if count / (null + 1) > LEVEL:
            found.append(
                f"with {null} draws and {count} measures of {what} no p-value can pass the correction: ask for --null {round(count / LEVEL)} or more"
            )
    return found


def _command(names: Sequence[str], config: Tree, reference: int | None, asked: bool) -> str:
    """The command that repeats the run; options at their defaults are left out."""
    words = ["gromov", "compare", *names]
    defaults = {"null": 100, "normalize": "none", "device": "cpu", "seed": 0}
    for name, value in config.items():
        left_out = name == "plugins" or (name == "measures" and not asked) or (name == "reference" and reference is None)
        if left_out or value is None or value is False or value == defaults.get(name):
            continue
        words += [f"--{name}"] if value is True else [f"--{name}", ",".join(map(str, value)) if isinstance(value, list) else str(value)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return shlex.join(words)
