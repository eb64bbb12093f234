"""`trend`: several representations in order, each measured, and each number over all of them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Unpack, cast

from gromov.core import Device, Executor, InputError, PluginError, Progress, Silent, Tree, decode, resolve_device
from gromov.core.runs import RunFolder
from gromov.verbs.catalogue import chosen, instrument, origins
from gromov.verbs.reading import Reading, configured
from gromov.verbs.session import Outcome, Session
from gromov.verbs.source import command_line
from gromov.verbs.trend_inputs import Input, Opened, in_order, open_inputs
from gromov.verbs.trend_order import Order, short_names, steps
from gromov.verbs.trend_record import Trend
from gromov.verbs.trend_series import ChangeTest, flattened, series_over


def trend(
    inputs: Sequence[Input],
    *,
    instruments: Sequence[str] | None = None,
    seed: int = 0,
    workers: int = 1,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    order: Order = "natural",
    progress: Progress | None = None,
    default_folder: bool = False,
    **reading: Unpack[Reading],
) -> Trend:
    """Measure several representations, as the checkpoints of a run, and each number over all of them.

    The change of a number is last − first with error √(se₁² + se₂²); the headline numbers are tested together at 5 %. Everything is read
    and checked before anything is measured. The last input is measured first, then the first, then those between, so that a spent
    budget still leaves the change. Costs as much as measuring each.

    Args:
        inputs: At least two of what `measure` takes, all points, all distances or all graphs; they may differ in n and d.
        instruments: Names of the instruments to run; None means all.
        seed: Seed of every random draw, the same for each input.
        workers: Number of processes.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further instrument is started, over all inputs together.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        order: `natural` puts names that differ only in numbers in the order of these (ckpt-9 before ckpt-10); `given` leaves them.
        progress: Told how far the work is.
        default_folder: Write to runs/measure-<first>-to-<last>-<hash> where `out` is None.
        **reading: `kind`, `array`, `columns`, `labels`, `names`, `where`, `normalize`, `flatten`, `sample`, as for `measure`.

    Raises:
        GromovError: an input is bad (its name is said), twice there or of another kind; a run folder holds something else.

    Example:
        >>> import numpy as np, gromov
        >>> clouds = [np.random.default_rng(i).normal(size=(60, 8)) * 0.5 ** (i * np.arange(8)) for i in range(3)]
        >>> gromov.trend(clouds, instruments=["spectrum"])["spectrum.participation_ratio"].moved
        True
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; it must be at least 1")
    if seed < 0:
        raise InputError(f"seed is {seed}; it must be 0 or more")
    if order not in ("natural", "given"):
        raise InputError(f"order is {order!r}; it must be natural or given")
    started = time.monotonic()
    report = progress or Silent()
    wanted = chosen(instruments)
    resolved = resolve_device(device)
    sources = in_order(open_inputs(inputs, reading, seed, report), order)
    plugins: Tree = {"plugins": origin} if (origin := origins(wanted)) else {}
    config: Tree = {"instruments": list(wanted), **plugins, "seed": seed, "device": resolved, **configured(reading), "order": order}
    names = [source.name for source in sources]
    folder = None
    if out is not None or default_folder:
        identity: Tree = {
            "verb": "measure",
            "gromov": version("gromov"),
            "config": config,
            "inputs": [each.description for each in sources],
        }
        stem = f"measure-{Path(names[0]).stem[:24]}-to-{Path(names[-1]).stem[:24]}"
        folder = RunFolder.open(None if out is None else Path(out), identity, stem=stem, again=again)
    if folder is not None and not folder.has_parts() and (finished := folder.finished()) is not None:
        report.step("done", 1.0)
        return _kept(finished, folder, sources, config)
    count, labels = len(sources), short_names(names)
    outcomes: dict[int, Outcome] = {}
    for turn, place in enumerate([count - 1, *range(count - 1)]):
        stage = _Stage(report, turn, count, labels[place])
        own = None if folder is None else folder.of(str(place + 1))
        session = Session(sources[place].representation(), seed, Executor(workers), resolved, stage, own)
        outcomes[place] = session.run(wanted, budget=budget, started=started, asked=instruments is not None)
        if not outcomes[count - 1].results:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in outcomes[place].skipped.items())
            raise InputError(f"{names[place]}: {reasons or 'no instrument was asked for'}")
    found = _trend([outcomes[place] for place in range(count)], sources, config, folder)
    if folder is not None:
        report.step("report", 0.98)
        if folder.finished() != found.to_dict():
            folder.finish(found.files(), found.to_dict())
        if all(len(each) == len(wanted) for each in found.timings.values()):  # what the budget left out may still come
            folder.drop_parts()
    report.step("done", 1.0)
    return found


@dataclass(frozen=True, slots=True)
class _Stage:
    """Progress of one input as a share of the whole run."""

    whole: Progress
    place: int
    count: int
    label: str

    def step(self, what: str, done: float) -> None:
        self.whole.step(f"{self.label} ({self.place + 1} of {self.count}), {what}", (self.place + done) / self.count)


def _trend(outcomes: Sequence[Outcome], sources: Sequence[Opened], config: Tree, folder: RunFolder | None) -> Trend:
    names = [source.name for source in sources]
    series, test = series_over([each.results for each in outcomes])
    return Trend(
        series=series,
        test=test,
        results=outcomes[-1].results,
        inputs=[source.description for source in sources],
        steps=steps(names),
        skipped=[each.skipped for each in outcomes],
        config=config,
        warnings=_gathered([[*source.notes, *each.said] for source, each in zip(sources, outcomes, strict=True)], short_names(names)),
        version=version("gromov"),
        timings={name: each.timings for name, each in zip(names, outcomes, strict=True)},
        folder=None if folder is None else folder.path,
        command=command_line(names, config, chosen(None)),
    )


def _gathered(said: Sequence[Sequence[str]], labels: Sequence[str]) -> tuple[str, ...]:
    """Warnings, each once: of all inputs as it is, of some with their names before it."""
    found: list[str] = []
    for text in dict.fromkeys(text for each in said for text in each):
        of = [label for label, each in zip(labels, said, strict=True) if text in each]
        whose = "" if len(of) == len(labels) else f"{', '.join(of[:3])}{f' and {len(of) - 3} more' if len(of) > 3 else ''}: "
        found.append(whose + text)
    return tuple(found)


def _kept(finished: Tree, folder: RunFolder, sources: Sequence[Opened], config: Tree) -> Trend:
    """The trend that a complete run folder holds."""
    names, arrays = [source.name for source in sources], folder.arrays()
    try:
        return Trend(
            series=flattened(cast(Tree, finished["trend"]), arrays),
            test=decode(ChangeTest, finished["trend_test"], {}),
            results={name: instrument(name).restore(tree, arrays) for name, tree in cast(Tree, finished["results"]).items()},
            inputs=[source.description for source in sources],
            steps=steps(names),
            skipped=[cast("dict[str, str]", each["skipped"]) for each in cast("list[Tree]", finished["inputs"])],
            config=config,
            warnings=tuple(map(str, cast("list[object]", finished["warnings"]))),
            version=version("gromov"),
            timings={name: {} for name in names},
            folder=folder.path,
            command=command_line(names, config, chosen(None)),
        )
    except PluginError as error:
        raise PluginError(f"{error}. Its result in {folder.path} stays: choose another --out, or --again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error
