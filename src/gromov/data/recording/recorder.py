"""What hooks see in each forward pass, passed on to where it is kept."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from gromov.core import InputError
from gromov.data.recording.feeding import Batch
from gromov.data.recording.folder import Folder, LayerActivations
from gromov.data.recording.keeping import InMemory, Keeper, OnDisk, Sampled, require_finite, require_room
from gromov.data.recording.pooling import Pool, Pooled, first_tensor, pooled

if TYPE_CHECKING:
    from torch import nn


class Recorder:
    """Collects what the hooks see in one pass, and passes it on to the keepers of the layers."""

    def __init__(self, pool: Pool, sample: int | None, seed: int, count: int | None, folder: Folder | None) -> None:
        self._pool: Pool = pool
        self._sample, self._seed, self._count, self._folder = sample, seed, count, folder
        self._keepers: dict[str, Keeper] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._widths: dict[str, int] = {}
        self._now: dict[str, Pooled] = {}
        self._calls: dict[str, int] = {}
        self._empty: set[str] = set()
        self._batch: Batch | None = None
        self.seen = 0

    @contextmanager
    def listening(self, modules: "Mapping[str, nn.Module]") -> Generator[None]:
        """Hooks on the modules, removed whatever happens."""
        handles = [module.register_forward_hook(self._hook(name)) for name, module in modules.items()]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _hook(self, name: str) -> "Callable[[nn.Module, object, object], None]":
        def hook(module: "nn.Module", given: object, output: object) -> None:
            del module, given
            assert self._batch is not None
            tensor = first_tensor(output)
            if tensor is None:
                self._empty.add(name)
                return
            self._calls[name] = call = self._calls.get(name, 0) + 1
            layer = name if call == 1 else f"{name}#{call}"
            if tensor.ndim == 0 or len(tensor) != self._batch.count:
                told = " × ".join(map(str, tensor.shape)) or "a single number"
                raise InputError(
                    f"layer {layer} gives {told} for {self._batch.count} objects: its first axis must be that of the objects; choose other layers, "
                    "or build the network with the batch first"
                )
            self._now[layer] = pooled(tensor.reshape(len(tensor), -1) if tensor.ndim == 1 else tensor, self._pool, self._batch.mask, layer)

        return hook

    def begin(self, batch: Batch) -> None:
        """A pass begins."""
        self._batch, self._now, self._calls = batch, {}, {}

    def end(self) -> None:
        """A pass is over: what it gave is passed on."""
        assert self._batch is not None
        if not self._keepers:
            self._open()
        elif self._now.keys() != self._keepers.keys():
            other = next(iter(self._now.keys() ^ self._keepers.keys()))
            raise InputError(f"layer {other} is called for some batches and not for others: choose layers that every input goes through")
        for name, found in self._now.items():
            points = found.points.numpy()
            if points.shape[1] != self._widths[name]:
                raise InputError(
                    f"layer {name} gives {points.shape[1]} numbers for this batch and {self._widths[name]} for the first: pool by mean, or bring the inputs to one size"
                )
            owners = None if found.objects is None else found.objects.numpy().astype(np.int64) + self.seen
            require_finite(points, name, self.seen, owners)
            self._keepers[name].add(points, owners)
        self.seen += self._batch.count

    def _open(self) -> None:
        """After the first pass it is known what there will be to keep."""
        self._widths = {name: found.points.shape[1] for name, found in self._now.items()}
        self._shapes = {name: found.shape for name, found in self._now.items()}
        assert self._batch is not None
        times = (self._count or self._batch.count) / self._batch.count
        kept = [min(len(found.points) * times, self._sample or np.inf) * self._widths[name] for name, found in self._now.items()]
        peak = sum(kept) if self._folder is not None else sum(kept) + max(kept, default=0)  # joining a layer holds it twice
        require_room(int(peak), len(kept), self._count or self._batch.count, None if self._folder is None else self._folder.path)
        for place, name in enumerate(self._now):
            if self._sample is not None:
                self._keepers[name] = Sampled(self._sample, self._seed)
            else:
                self._keepers[name] = InMemory() if self._folder is None else OnDisk(self._folder.file(place, name))

    def finished(self, modules: "Mapping[str, nn.Module]") -> tuple[tuple[LayerActivations, ...], dict[str, str]]:
        """The layers in the order of their calls, and which of the modules gave nothing, and why.

        Raises:
            InputError: there was no batch, or nothing was given.
        """
        if not self.seen:
            raise InputError("inputs are empty: there is no batch to give to the network")
        left_out = {
            name: "it gives no tensor" if name in self._empty else "it is not called" for name in modules if name not in self._keepers
        }
        if not self._keepers:
            raise InputError(f"none of the layers gives anything: {', '.join(f'{name}: {why}' for name, why in left_out.items())}")
        layers: list[LayerActivations] = []
        for place, (name, keeper) in enumerate(self._keepers.items()):
            points, objects = keeper.done()
            if self._folder is not None and isinstance(keeper, Sampled):
                written = OnDisk(self._folder.file(place, name))
                written.add(points, None)
                points, _ = written.done()
            layers.append(LayerActivations(name, points, objects, self._shapes[name]))
        if self._folder is not None:
            self._folder.finish(layers, left_out, self.seen)
        return tuple(layers), left_out

    def discard(self) -> None:
        """Remove files that are not whole."""
        for keeper in self._keepers.values():
            if isinstance(keeper, OnDisk):
                keeper.discard()
