"""`measure`: one representation in, its geometry out."""

import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from gromov.core import Device, Executor, InputError, PointsLike, Progress, Silent, Tree, resolve_device
from gromov.core.runs import RunFolder
from gromov.data import As, Beside, Normalize
from gromov.verbs.catalogue import chosen, origins
from gromov.verbs.measurement import Measurement
from gromov.verbs.reading import Reading, configured, read
from gromov.verbs.session import Session
from gromov.verbs.source import command_line, describe


def measure(
    data: PointsLike | str | Path = "digits",
    *,
    instruments: Sequence[str] | None = None,
    seed: int = 0,
    workers: int = 1,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    kind: As | None = None,
    array: str | None = None,
    columns: Sequence[str] | None = None,
    labels: Beside | None = None,
    names: Beside | None = None,
    where: str | None = None,
    normalize: Normalize = "none",
    flatten: bool = False,
    sample: int | None = None,
    progress: Progress | None = None,
    default_folder: bool = False,
) -> Measurement:
    """Measure the geometry of a representation.

    Args:
        data: An array (n × d), torch tensor, `Distances`, `Graph`, `Representation`; or a path, the name of a data set, `module:factory`.
        instruments: Names of the instruments to run; None means all, plug-ins of other packages included.
        seed: Seed of every random draw; the same seed gives the same numbers with any number of workers.
        workers: Number of processes.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further instrument is started; those left out are listed in `skipped`.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        kind: How to read `data`: `points`, `distances` or `edges`.
        array: Array to take from an npz.
        columns: Columns to take from a table.
        labels: Array, column or file of labels; or the labels themselves, one for each object.
        names: The same for names.
        where: Which rows to take, as in `model==GAN`.
        normalize: `none`, `center`, `l2`, `center-l2` or `standard`.
        flatten: Whether to make n × … into n × d.
        sample: Number of rows to draw.
        progress: Told how far the work is.
        default_folder: Write to runs/measure-<input>-<hash> where `out` is None.

    Raises:
        GromovError: bad data, an unknown name, a run folder that holds something else; the text says what to do.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; it must be at least 1")
    if seed < 0:
        raise InputError(f"seed is {seed}; it must be 0 or more")
    started = time.monotonic()
    report = progress or Silent()
    wanted = chosen(instruments)
    resolved = resolve_device(device)
    reading: Reading = {
        "kind": kind,
        "array": array,
        "columns": columns,
        "labels": labels,
        "names": names,
        "where": where,
        "normalize": normalize,
        "flatten": flatten,
        "sample": sample,
    }
    report.step("reading", 0.0)
    representation, notes = read(data, reading, seed)
    source = describe(representation, read=isinstance(data, str | Path))
    plugins: Tree = {"plugins": found} if (found := origins(wanted)) else {}
    config: Tree = {"instruments": list(wanted), **plugins, "seed": seed, "device": resolved, **configured(reading)}
    folder = None
    if out is not None or default_folder:
        identity: Tree = {"verb": "measure", "gromov": version("gromov"), "config": config, "input": source}
        stem = f"measure-{Path(str(source['name'])).stem}"
        folder = RunFolder.open(None if out is None else Path(out), identity, stem=stem, again=again)
    session = Session(representation, seed, Executor(workers), resolved, report, folder)
    outcome = session.run(wanted, budget=budget, started=started, asked=instruments is not None)
    if not outcome.results:
        raise InputError("; ".join(f"{name}: {reason}" for name, reason in outcome.skipped.items()) or "no instrument was asked for")
    measurement = Measurement(
        results=outcome.results,
        input=source,
        config=config,
        skipped=outcome.skipped,
        warnings=tuple(dict.fromkeys([*notes, *outcome.said])),
        version=version("gromov"),
        timings=outcome.timings,
        folder=None if folder is None else folder.path,
        command=command_line([str(source["name"])], config, chosen(None)),
    )
    if folder is not None:
        report.step("report", 0.98)
        _write(folder, measurement, complete=len(outcome.timings) == len(wanted))
    report.step("done", 1.0)
    return measurement


def _write(folder: RunFolder, measurement: Measurement, *, complete: bool) -> None:
    if folder.finished() != measurement.to_dict():
        folder.finish(measurement.files(), measurement.to_dict())
    if complete:  # what the budget left out may still come
        folder.drop_parts()
