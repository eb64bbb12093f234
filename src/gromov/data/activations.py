"""What the layers of a network give for inputs, as points: recorded by hooks, kept in memory or in files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import numpy as np
from numpy.typing import NDArray

from gromov.core import Device, InputError, Progress, Representation, Source, Tree
from gromov.data.recording.choosing import chosen_layers
from gromov.data.recording.feeding import ArrayLike, Inputs, Preprocess, batches, length, rows_of, tensor_of
from gromov.data.recording.folder import Folder, LayerActivations, digest_of_network, digest_of_tensors
from gromov.data.recording.keeping import sampled_rows
from gromov.data.recording.pooling import Pool
from gromov.data.recording.recorder import Recorder
from gromov.data.recording.running import forward, prepared

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, eq=False)
class Activations(Mapping[str, NDArray[np.float32]]):
    """The points of each layer, by name, in the order in which the layers were called.

    Attributes:
        layers: What each layer gave.
        n: Number of objects.
        pool: What was made of each output.
        left_out: Layers that were chosen and gave nothing, and why.
        folder: Where the files are, if there are any.
    """

    layers: tuple[LayerActivations, ...]
    n: int
    pool: Pool
    left_out: Mapping[str, str]
    folder: Path | None

    def layer(self, name: str) -> LayerActivations:
        """All that is known of a layer.

        Raises:
            KeyError: there is none of this name.
        """
        return {each.name: each for each in self.layers}[name]

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.layer(name).points

    def __iter__(self) -> Iterator[str]:
        return (each.name for each in self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def representation(self, name: str, labels: NDArray[np.generic] | None = None) -> Representation:
        """A layer as what every instrument takes.

        Args:
            name: The layer.
            labels: One for each object; a token has the label of its object.

        Raises:
            InputError: all points are equal, or there are fewer than 4.
        """
        found = self.layer(name)
        of = labels if labels is None or found.objects is None else labels[found.objects]
        told = " × ".join(map(str, found.shape)) or "one number"
        how = (
            "as it is"
            if len(found.shape) < 2
            else {"flatten": "flattened", "tokens": "every token a point"}.get(self.pool, f"pooled by {self.pool}")
        )
        return Representation(found.points, labels=of, source=Source(name, notes=(f"output of {told} for each object, {how}",)))


def activations(
    model: "nn.Module",
    inputs: Inputs,
    *,
    layers: str = "layer*",
    pool: Pool = "mean",
    batch: int = 64,
    mask: ArrayLike | None = None,
    preprocess: Preprocess | None = None,
    sample: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Activations:
    """Record what chosen layers give for inputs.

    The network runs in evaluation mode and without gradients; its training mode, its device and its hooks are afterwards what they were. A module that is called several times
    in one pass is a layer for each call, `name#2` the second. Of a tuple, a dictionary or a dataclass the first tensor is taken. Points are
    float32, whatever the network computes in.

    Args:
        model: Any module whose outputs have one row for each object.
        inputs: An array or tensor, n × …; a dictionary of such, given to the network by name; or an iterable of batches, each an array, a
            dictionary, or a tuple whose first entry is taken, as of a loader. Floating numbers are converted to the type of the network's weights.
        layers: Patterns of dotted names, parted by commas: `*` within one part of a name, `**` any number of parts.
        pool: n × d stays as it is. Of sequences n × t × w: `mean` over the tokens, the `first` or the `last` token, `tokens` (every token a point), or `flatten`. Of images n × c × h × w:
            `mean` over all places, `tokens` (every place a point) or `flatten`.
        batch: Number of objects at a time, for arrays.
        mask: n × t, not 0 where a token counts; None takes `attention_mask` of a dictionary, if there is one. Means leave the others out, and so on.
        preprocess: What makes the network's input of a batch, as of `inputs`.
        sample: Number of points to keep of each layer, at random; layers with the same tokens keep the same ones. Without tokens only
            these objects are computed, where the inputs are arrays.
        seed: Seed of the sample, and of a network that draws at random.
        out: Folder for one memory-mapped .npy for each layer; the same call finds them there. None keeps all in memory.
        device: Where to compute; None is where the network is.
        progress: Told how far the work is.

    Cost: one forward pass; in memory n·d numbers for each layer, on disk one batch of these.

    Raises:
        InputError: no such layer; inputs that the network does not take; an output without a row for each object, with NaN, or of another width in another batch.
        MemoryEstimateError: memory or disk has no room for what is asked; said after the first batch.
        RunFolderError: the folder holds something else, or cannot be written.

    Example:
        >>> import torch
        >>> from gromov.data.activations import activations
        >>> model = torch.nn.Sequential(torch.nn.Linear(8, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
        >>> found = activations(model, torch.randn(100, 8), layers="0,2")
        >>> {name: points.shape for name, points in found.items()}
        {'0': (100, 5), '2': (100, 2)}
    """
    if pool not in get_args(Pool):
        raise InputError(f"pool is {pool!r}; it must be one of {', '.join(get_args(Pool))}")
    for what, value in (("batch", batch), ("sample", sample)):
        if value is not None and (isinstance(value, bool) or value < 1):
            raise InputError(f"{what} is {value!r}; it must be a positive whole number")
    modules = chosen_layers(model, layers)
    count = length(inputs)
    if mask is not None and (count is None or mask.shape[0] != count):
        raise InputError(f"mask has {mask.shape[0]} rows and inputs {count or 'unknown'}: a mask goes with an array, a row for each object")
    folder = None
    if out is not None:
        identity: Tree = {
            "network": digest_of_network(model),
            "inputs": None if count is None else _digest(inputs, mask),
            "preprocess": None
            if preprocess is None
            else f"{getattr(preprocess, '__module__', '')}:{getattr(preprocess, '__qualname__', repr(preprocess))}",
            **{"layers": layers, "pool": pool, "batch": batch, "sample": sample, "seed": seed},
        }
        folder = Folder(Path(out), identity)
        if (kept := folder.finished()) is not None:
            if count is None:
                raise InputError(f"{out} holds activations already, and batches cannot be told to be the same: choose another folder")
            return Activations(tuple(kept[0]), kept[2], pool, kept[1], folder.path)
    keep = sample
    if sample is not None and count is not None and pool != "tokens" and sample < count:
        rows = sampled_rows(count, sample, seed)
        inputs, count, keep = rows_of(inputs, rows), len(rows), None
        mask = None if mask is None else cast(ArrayLike, cast("NDArray[np.generic]", mask)[rows])
    recorder = Recorder(pool, keep, seed, count, folder)
    try:
        with prepared(model, device, seed) as place, recorder.listening(modules):
            for each in batches(inputs, batch, mask, preprocess):
                recorder.begin(each)
                forward(model, each, place)
                recorder.end()
                if progress is not None:
                    told = f"activations of {recorder.seen:,} objects" + ("" if count is None else f" of {count:,}")
                    progress.step(told, 0.5 if count is None else recorder.seen / count)
        found, left_out = recorder.finished(modules)
    finally:
        recorder.discard()
    return Activations(found, recorder.seen, pool, left_out, None if folder is None else folder.path)


def _digest(inputs: Inputs, mask: ArrayLike | None) -> str:
    arrays: dict[str, object] = {str(name): each for name, each in inputs.items()} if isinstance(inputs, Mapping) else {"": inputs}
    return digest_of_tensors(
        {name: tensor_of(each, "inputs") for name, each in ({**arrays, " mask": mask} if mask is not None else arrays).items()}
    )
