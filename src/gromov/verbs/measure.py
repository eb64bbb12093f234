"""`measure`: one representation in, its geometry out."""

import hashlib
import shlex
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import cast

from gromov.core import (
    Arrays,
    Device,
    Distances,
    Executor,
    Graph,
    GromovWarning,
    InputError,
    PointsLike,
    Progress,
    Representation,
    Result,
    Silent,
    Tree,
    UnsuitableError,
    as_representation,
    decode,
    pinned,
    resolve_device,
)
from gromov.core.runs import RunFolder
from gromov.data import As, Normalize, load
from gromov.data.contents import digest
from gromov.graphs import Neighbors, nearest_neighbors
from gromov.verbs.catalogue import Instrument, chosen, instrument
from gromov.verbs.checks import data_warnings
from gromov.verbs.measurement import Measurement

_NEIGHBORS = 64


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
    labels: str | None = None,
    names: str | None = None,
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
        instruments: Names of the instruments to run; None means all.
        seed: Seed of every random draw; the same seed gives the same numbers with any number of workers.
        workers: Number of processes.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further instrument is started; those left out are listed in `skipped`.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        kind: How to read `data`: `points`, `distances` or `edges`.
        array: Array to take from an npz.
        columns: Columns to take from a table.
        labels: Array, column or file of labels.
        names: Array, column or file of names.
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
    options: Tree = {
        "as": kind,
        "array": array,
        "columns": None if columns is None else list(columns),
        "labels": labels,
        "names": names,
        "where": where,
        "normalize": normalize,
        "flatten": flatten,
        "sample": sample,
    }
    report.step("reading", 0.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if isinstance(data, str | Path):
            representation = load(
                data,
                kind=kind,
                array=array,
                columns=columns,
                labels=labels,
                names=names,
                where=where,
                normalize=normalize,
                flatten=flatten,
                sample=sample,
                seed=seed,
            )
        else:
            given = [name for name, value in options.items() if value not in (None, False, "none")]
            if given:
                raise InputError(f"{', '.join(given)} apply to files and data sets; select from arrays before passing them")
            representation = as_representation(data)
    notes = [*_words(caught), *data_warnings(representation)]
    source = _describe(representation, read=isinstance(data, str | Path))
    config: Tree = {"instruments": list(wanted), "seed": seed, "device": resolved, **options}
    folder = None
    if out is not None or default_folder:
        identity: Tree = {"verb": "measure", "gromov": version("gromov"), "config": config, "input": source}
        stem = f"measure-{Path(str(source['name'])).stem}"
        folder = RunFolder.open(None if out is None else Path(out), identity, stem=stem, again=again)
    run = _Run(representation, seed, Executor(workers), resolved, report, folder)
    results: dict[str, Result] = {}
    skipped: dict[str, str] = {}
    timings: dict[str, dict[str, float]] = {}
    for place, name in enumerate(wanted):
        kept = run.kept(name)
        if kept is None and budget is not None and time.monotonic() - started > budget:
            skipped[name] = f"the budget of {budget:g} s was spent before it began"
            continue
        report.step(name, place / len(wanted))
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            results[name], said = kept or run.compute(instrument(name))
            notes += [text for text in said if text not in notes]
        except UnsuitableError as error:
            skipped[name] = str(error)
        timings[name] = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if not results and not skipped:
        raise InputError("no instrument was asked for")
    if not results:
        raise InputError("; ".join(f"{name}: {reason}" for name, reason in skipped.items()))
    measurement = Measurement(
        results=results,
        input=source,
        config=config,
        skipped=skipped,
        warnings=tuple(dict.fromkeys(notes)),
        version=version("gromov"),
        timings=timings,
        folder=None if folder is None else folder.path,
        command=_command(source, config),
    )
    if folder is not None:
        report.step("report", 0.98)
        _write(folder, measurement, complete=len(timings) == len(wanted))
    report.step("done", 1.0)
    return measurement


class _Run:
    """What the instruments of one run share: the neighbours, the workers, the folder."""

    def __init__(
        self, representation: Representation, seed: int, executor: Executor, device: str, progress: Progress, folder: RunFolder | None
    ) -> None:
        self._representation, self._seed, self._executor = representation, seed, executor
        self._device, self._progress, self._folder = device, progress, folder
        self._neighbors: Neighbors | None = None
        self._finished = None if folder is None else folder.finished()
        self._arrays: Arrays = folder.arrays() if folder is not None and self._finished is not None else {}

    def kept(self, name: str) -> tuple[Result, list[str]] | None:
        """The result of an instrument that an earlier run of this folder has already computed."""
        if self._folder is None:
            return None
        part = self._folder.part(name)
        if part is not None:
            return _decoded(name, part[0]["result"], part[0]["warnings"], part[1])
        if self._finished is None:
            return None
        try:
            results, said = cast(Tree, self._finished["results"]), self._finished["warnings"]
            return _decoded(name, results[name], said, self._arrays) if name in results else None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._folder.damaged() from error

    def compute(self, instrument: Instrument) -> tuple[Result, list[str]]:
        """Run an instrument, keep its result, and collect what it warned of."""
        with warnings.catch_warnings(record=True) as caught, pinned():
            warnings.simplefilter("always")
            offered: dict[str, Callable[[], object]] = {
                "seed": lambda: self._seed,
                "executor": lambda: self._executor,
                "progress": lambda: self._progress,
                "neighbors": self._shared_neighbors,
            }
            options = {name: make() for name, make in offered.items() if name in instrument.accepts}
            result = instrument.function(self._representation, **options)
        said = _words(caught)
        if self._folder is not None:
            arrays: Arrays = {}
            tree = result.to_dict(arrays, prefix=instrument.name)
            self._folder.keep(instrument.name, {"result": tree, "warnings": said}, arrays)
        return result, said

    def _shared_neighbors(self) -> Neighbors | None:
        if self._representation.kind == "graph":
            return None
        if self._neighbors is None:
            k = min(_NEIGHBORS, self._representation.n - 1)
            self._neighbors = nearest_neighbors(
                self._representation, k, seed=self._seed, device="cuda" if self._device == "cuda" else "cpu"
            )
        return self._neighbors


def _write(folder: RunFolder, measurement: Measurement, *, complete: bool) -> None:
    if folder.finished() != measurement.to_dict():
        folder.finish(measurement.files(), measurement.to_dict())
    if complete:  # what the budget left out may still come
        folder.drop_parts()


def _decoded(name: str, tree: object, said: object, arrays: Arrays) -> tuple[Result, list[str]]:
    return decode(instrument(name).result, tree, arrays), [str(text) for text in cast("list[object]", said)]


def _words(caught: list[warnings.WarningMessage]) -> list[str]:
    for item in caught:
        if not issubclass(item.category, GromovWarning):
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
    return list(dict.fromkeys(str(item.message) for item in caught if issubclass(item.category, GromovWarning)))


def _describe(representation: Representation, *, read: bool) -> Tree:
    match representation.data:
        case Distances() | Graph():
            d = None
        case points:
            d = points.shape[1]
    labels = representation.labels
    source = representation.source
    return {
        "name": source.name,
        "kind": representation.kind,
        "n": representation.n,
        "d": d,
        "classes": None if labels is None else len(set(labels.tolist())),
        "sha256": source.sha256 if read else _fingerprint(representation),
        "notes": list(source.notes),
    }


def _fingerprint(representation: Representation) -> str:
    """Hash of all that the numbers depend on, for data that come from no file: they may have been changed since they were read."""
    space, labels = representation.space, representation.labels
    beside = (
        None if space is None else (space.name, space.curvature),
        None if labels is None else [str(label) for label in labels.tolist()],
        representation.names,
    )
    return hashlib.sha256(f"{digest(representation.data)}{beside!r}".encode()).hexdigest()


def _command(source: Tree, config: Tree) -> str:
    words = ["gromov", "measure", str(source["name"])]
    defaults = {"instruments": list(chosen(None)), "normalize": "none", "device": "cpu", "seed": 0}
    for name, value in config.items():
        if value is None or value is False or value == defaults.get(name):
            continue
        words += [f"--{name}"] if value is True else [f"--{name}", ",".join(value) if isinstance(value, list) else str(value)]
    return shlex.join(words)
