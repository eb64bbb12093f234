"""`measure_layers`: the layers of a network in order, each measured, and each compared with the input."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Unpack, cast

from gromov.core import (
    Device,
    Executor,
    InputError,
    PluginError,
    Progress,
    Representation,
    Result,
    Silent,
    Tree,
    decode,
    pinned,
    resolve_device,
)
from gromov.core.runs import PARTS, RunFolder
from gromov.data.activations import activations
from gromov.data.recording.pooling import Pool
from gromov.measures.comparisons.imd import Imd
from gromov.verbs.catalogue import chosen, instrument, listed_names, origins
from gromov.verbs.layers_distances import NAME as DISTANCE
from gromov.verbs.layers_distances import Distances, distances_to_first
from gromov.verbs.layers_inputs import Fed, Given, feed
from gromov.verbs.layers_networks import FILE, Model, Network, open_network
from gromov.verbs.layers_record import LayerTrend
from gromov.verbs.reading import Reading, configured
from gromov.verbs.source import command_line
from gromov.verbs.trend import trend
from gromov.verbs.trend_record import Trend
from gromov.verbs.trend_series import ChangeTest, flattened, series_over

_BATCH = 64


def measure_layers(
    model: Model,
    inputs: Given,
    *,
    layers: str = "layer*",
    pool: Pool = "mean",
    instruments: Sequence[str] | None = None,
    seed: int = 0,
    workers: int = 1,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
    default_folder: bool = False,
    **reading: Unpack[Reading],
) -> LayerTrend:
    """Measure the layers of a network as a trend over depth, and how far the shape of each is from that of the input.

    The input, where it is points, is the first of the trend. Every other is compared with it by IMD; with the first layer, where the input is no point (words) or every token is a point.
    A layer whose points are all equal is left out, and named. Costs one forward pass, and as much as measuring each layer, and an IMD for each, with 100 draws of its null, or 20 for each layer where that is more.

    Args:
        model: A module, a pair of a module and what makes its input of a batch of rows, a file that `gromov.nn.save_network` wrote, a folder that holds one as
            network.safetensors, or `module:factory` that returns a module or such a pair.
        inputs: What `measure` takes, n × d, brought to the shape that the network takes; or arrays by the names of the network's arguments, in a dictionary or an .npz.
        layers: Patterns of dotted names, parted by commas, as for `gromov.data.activations`.
        pool: What is made of sequences and images: `mean`, `flatten`, `first`, `last` or `tokens`.
        instruments: Names of the instruments to run, and `imd` for the distance to the input; None means all.
        seed: Seed of every random draw, the same for each layer.
        workers: Number of processes.
        device: `auto`, `cpu` or `cuda`.
        budget: Seconds after which no further instrument is started, over all layers together.
        out: Run folder to write; None writes nothing. The activations are kept in it while the run lasts.
        again: Start another run beside an existing one.
        progress: Told how far the work is.
        default_folder: Write to runs/layers-<network>-<hash> where `out` is None.
        **reading: `kind`, `array`, `columns`, `labels`, `names`, `where`, `normalize`, `flatten`, `sample`, as for `measure`; a sample is of tokens where
            these are the points.

    Raises:
        GromovError: no network, no such layer, an input of another shape, NaN in a layer; a run folder holds something else.

    Example:
        >>> import numpy as np, torch
        >>> from gromov.verbs.layers import measure_layers
        >>> model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
        >>> x = np.random.default_rng(0).normal(size=(60, 8))
        >>> found = measure_layers(model, x, layers="*", instruments=["spectrum"])
        >>> found.labels, found["spectrum.dimensions"].values.tolist()
        (('input', '0', '1', '2'), [8.0, 8.0, 8.0, 2.0])
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; it must be at least 1")
    if seed < 0:
        raise InputError(f"seed is {seed}; it must be 0 or more")
    started, report = time.monotonic(), progress or Silent()
    wanted, compared = _wanted(instruments)
    resolved = resolve_device(device)
    report.step("reading", 0.0)
    network = open_network(model)
    fed = feed(inputs, network, pool, reading, seed)
    plugins: Tree = {"plugins": origin} if (origin := origins(wanted)) else {}
    config: Tree = {
        "instruments": [*wanted, DISTANCE] if compared else list(wanted),
        **{**plugins, "seed": seed, "device": resolved, **configured(reading)},
        **{"inputs": str(fed.description["name"]), "layers": layers, "pool": pool, "order": "given"},
    }
    folder = None
    if out is not None or default_folder:
        identity: Tree = {
            "verb": "measure",
            "gromov": version("gromov"),
            "config": config,
            "network": network.sha256,
            "input": fed.description,
        }
        folder = RunFolder.open(None if out is None else Path(out), identity, stem=f"layers-{_stem(network.name)}", again=again)
    if folder is not None and not folder.has_parts() and (finished := folder.finished()) is not None:
        report.step("done", 1.0)
        return _kept(finished, folder, config, network)
    clouds, left_out = _clouds(network, fed, layers, pool, seed, resolved, folder, _Span(report, 0.0, 0.15))
    remaining = None if budget is None else max(0.0, budget - (time.monotonic() - started))
    found = trend(
        clouds,
        instruments=wanted,
        seed=seed,
        workers=workers,
        device=resolved,
        budget=remaining,
        out=None if folder is None else folder.path / PARTS / "trend",
        order="given",
        progress=_Span(report, 0.15, 0.75),
    )
    distances = Distances.none(len(clouds))
    if compared:
        distances = distances_to_first(
            clouds, seed=seed, executor=Executor(workers), folder=folder, budget=budget, started=started, report=_Span(report, 0.75, 0.98)
        )
    described: Tree = {
        **{"network": network.name, "sha256": network.sha256, "pattern": layers, "pool": pool},
        **{"reference": clouds[0].source.name, "input": fed.description, "left_out": dict(left_out)},
    }
    # what is said of the input is said again where it is the first of the trend
    result = _joined(
        found,
        distances,
        described,
        [*(fed.notes if fed.points is None else ()), *(f"layer {name} is left out: {why}" for name, why in left_out.items())],
        config,
        folder,
        network,
    )
    if folder is not None:
        report.step("report", 0.98)
        if folder.finished() != result.to_dict():
            folder.finish(result.files(), result.to_dict())
        nested = found.folder is not None and (found.folder / PARTS).exists()
        if not nested and not distances.late:  # what the budget left out may still come
            folder.drop_parts()
    report.step("done", 1.0)
    return result


def _wanted(instruments: Sequence[str] | None) -> tuple[tuple[str, ...], bool]:
    """The instruments, and whether the distance to the input is asked for."""
    names = listed_names(instruments)
    if names is None:
        return chosen(None), True
    wanted = chosen([name for name in names if name != DISTANCE])
    if not wanted:
        raise InputError(f"instruments names none beside {DISTANCE}: name one that measures each layer, as spectrum")
    return wanted, DISTANCE in names


@dataclass(frozen=True, slots=True)
class _Span:
    """Progress of a stage as a part of the whole run."""

    whole: Progress
    low: float
    high: float

    def step(self, what: str, done: float) -> None:
        self.whole.step(what, self.low + (self.high - self.low) * done)


def _clouds(
    network: Network, fed: Fed, layers: str, pool: Pool, seed: int, device: Device, folder: RunFolder | None, report: Progress
) -> tuple[list[Representation], dict[str, str]]:
    """The input, where it is points, and each layer that can be measured; and which were left out, and why."""
    with pinned() if device == "cpu" else nullcontext():
        recorded = activations(
            network.module,
            fed.inputs,
            layers=layers,
            pool=pool,
            batch=_BATCH,
            preprocess=fed.preprocess,
            sample=fed.sample,
            seed=seed,
            out=None if folder is None else folder.path / PARTS / "activations",
            device=device,
            progress=report,
        )
    clouds = [] if fed.points is None else [fed.points]
    left_out = dict(recorded.left_out)
    for name in recorded:
        try:
            clouds.append(recorded.representation(name, fed.labels))
        except InputError as error:
            left_out[name] = str(error)
    if len(clouds) < 2:
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise InputError(
            f"there is one thing to measure, {clouds[0].source.name}, and a trend needs two{f' ({told})' if told else ''}"
            if clouds
            else told
        )
    return clouds, left_out


def _joined(
    found: Trend,
    distances: Distances,
    about: Tree,
    notes: Sequence[str],
    config: Tree,
    folder: RunFolder | None,
    network: Network,
) -> LayerTrend:
    """The trend of the instruments, and beside it that of the distances."""
    # none of the distances is tested for its change: the first has none, so the test of the trend stays what it is
    series, _ = series_over(distances.results)
    names = [str(each["name"]) for each in found.inputs]
    return LayerTrend(
        series={**found.series, **series},
        test=found.test,
        results={**found.results, **distances.results[-1]},
        inputs=found.inputs,
        steps=(),
        skipped=[{**one, **other} for one, other in zip(found.skipped, distances.skipped, strict=True)],
        config=config,
        warnings=tuple(dict.fromkeys([*notes, *found.warnings, *distances.said])),
        version=version("gromov"),
        timings={name: {**found.timings[name], **each} for name, each in zip(names, distances.timings, strict=True)},
        folder=None if folder is None else folder.path,
        command=_command(network, config),
        about=about,
    )


def _kept(finished: Tree, folder: RunFolder, config: Tree, network: Network) -> LayerTrend:
    """The trend that a complete run folder holds."""
    arrays = folder.arrays()
    try:
        inputs = cast("list[Tree]", finished["inputs"])
        results: dict[str, Result] = {
            name: decode(Imd, tree, arrays) if name == DISTANCE else instrument(name).restore(tree, arrays)
            for name, tree in cast(Tree, finished["results"]).items()
        }
        return LayerTrend(
            series=flattened(cast(Tree, finished["trend"]), arrays),
            test=decode(ChangeTest, finished["trend_test"], {}),
            results=results,
            inputs=[{key: value for key, value in each.items() if key not in ("step", "skipped")} for each in inputs],
            steps=(),
            skipped=[cast("dict[str, str]", each["skipped"]) for each in inputs],
            config=config,
            warnings=tuple(map(str, cast("list[object]", finished["warnings"]))),
            version=version("gromov"),
            timings={str(each["name"]): {} for each in inputs},
            folder=folder.path,
            command=_command(network, config),
            about=cast(Tree, finished["layers"]),
        )
    except PluginError as error:
        raise PluginError(f"{error}. Its result in {folder.path} stays: choose another --out, or --again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error


def _command(network: Network, config: Tree) -> str:
    told = {name: value for name, value in config.items() if name != "order" and (name, value) != ("pool", "mean")}
    return command_line([network.name], told, [*chosen(None), DISTANCE])


def _stem(name: str) -> str:
    """A short name of a network: of `runs/a/network.safetensors` the folder, of `module:factory` both."""
    path = Path(name)
    return (path.parent.name if path.name == FILE else path.stem)[:40]
