"""What is learnt from: samples {xᵢ, yᵢ} in memory or in a data set of torch, and their parts."""

import itertools
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from gromov.core import InputError, generator

Indices: TypeAlias = Integer[np.ndarray, " b"]
Augment = Callable[[Tensor, torch.Generator], Tensor]
"""Inputs changed at random, as a flip or a shift would: what training sees instead of the inputs."""
Order = Callable[[int, int], list[Indices]]
"""The batches of an epoch, from the seed and the number of the epoch; as many in every epoch."""


@runtime_checkable
class Samples(Protocol):
    """n samples, given out in batches."""

    def __len__(self) -> int: ...

    def batch(self, indices: Indices) -> tuple[Tensor, Tensor]:
        """Inputs and targets of some samples."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TensorSamples:
    """Samples in memory (or mapped from disk).

    Attributes:
        inputs: n × the shape of a sample; integers up to 255 (images) are given out as numbers between 0 and 1.
        targets: n × the shape of a target; classes are whole numbers.
    """

    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        """Refuse samples that cannot be learnt from.

        Raises:
            InputError: no samples, another number of targets, or a value that is not finite.
        """
        if len(self.inputs) == 0:
            raise InputError("there are no samples to learn from")
        if len(self.inputs) != len(self.targets):
            raise InputError(f"there are {len(self.inputs)} inputs and {len(self.targets)} targets: each sample needs one of each")
        for name, values in (("inputs", self.inputs), ("targets", self.targets)):
            if values.is_floating_point() and not bool(torch.isfinite(values).all()):
                raise InputError(f"some of the {name} are NaN or infinite: remove them first")

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, indices: Indices) -> tuple[Tensor, Tensor]:
        """Inputs and targets of some samples."""
        places = torch.from_numpy(indices)
        inputs = self.inputs[places]
        return inputs.float().div_(255) if inputs.dtype == torch.uint8 else inputs, self.targets[places]

    def part(self, indices: Indices) -> "TensorSamples":
        """Some of the samples."""
        places = torch.from_numpy(indices)
        return TensorSamples(self.inputs[places], self.targets[places])


@dataclass(frozen=True, slots=True, eq=False)
class DatasetSamples:
    """The samples of a data set of torch whose items are (input, target); they are read when they are needed.

    Attributes:
        dataset: The data set.
    """

    dataset: "torch.utils.data.Dataset[tuple[Tensor, Tensor | int]]"

    def __len__(self) -> int:
        return len(cast(Sized, self.dataset))

    def batch(self, indices: Indices) -> tuple[Tensor, Tensor]:
        """Inputs and targets of some samples, stacked."""
        items = [self.dataset[int(i)] for i in indices]
        return torch.stack([torch.as_tensor(x) for x, _ in items]), torch.stack([torch.as_tensor(y) for _, y in items])


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Samples by what they are for.

    Attributes:
        train: What the parameters are fitted to.
        validation: What early stopping and the choice of the best epoch look at; None leaves both out.
        test: What is reported, and looked at once.
        augment: How training inputs are changed at random.
        order: The batches of an epoch, where they are not all samples once in random order: balanced over classes, say (`balanced_batches`).
    """

    train: Samples
    validation: Samples | None = None
    test: Samples | None = None
    augment: Augment | None = None
    order: Order | None = None


def split(samples: TensorSamples, shares: Sequence[float], seed: int) -> list[TensorSamples]:
    """The samples in parts, by random draw; of whole-number targets each class by itself, so that every part has its share of it.

    Args:
        samples: The samples.
        shares: Share of each part but the first, which gets the rest.
        seed: Of the draw.

    Raises:
        InputError: shares that leave nothing for the first part, or a part without samples.
    """
    if any(share <= 0 for share in shares) or sum(shares) >= 1:
        raise InputError(f"the shares {', '.join(f'{share:g}' for share in shares)} must be positive and sum to less than 1")
    rng = generator(seed, "learn", "split")
    targets = samples.targets
    groups = targets.numpy() if targets.ndim == 1 and not targets.is_floating_point() else np.zeros(len(samples), dtype=np.int64)
    parts: list[list[np.ndarray]] = [[] for _ in range(len(shares) + 1)]
    for group in np.unique(groups):
        members = rng.permutation(np.flatnonzero(groups == group))
        ends = np.round(np.cumsum([0.0, *shares]) * len(members)).astype(int)
        for place, (start, end) in enumerate(itertools.pairwise(ends.tolist())):
            parts[place + 1].append(members[start:end])
        parts[0].append(members[ends[-1] :])
    found = [np.sort(np.concatenate(part)) for part in parts]
    if any(len(part) == 0 for part in found):
        raise InputError(f"{len(samples)} samples are too few for parts of {', '.join(f'{share:g}' for share in shares)}")
    return [samples.part(part) for part in found]


def batches(count: int, size: int, seed: int, epoch: int) -> list[Indices]:
    """The batches of an epoch: every sample once, in random order; batches differ in size by at most one, so that none is tiny."""
    order = generator(seed, "learn", "epoch", epoch).permutation(count)
    return list(np.array_split(order, max(1, -(-count // size))))


def balanced_batches(targets: Integer[np.ndarray, " n"], classes: int, each: int, steps: int, seed: int, epoch: int) -> list[Indices]:
    """Batches of `each` samples of `classes` classes: what pairs are compared within a batch needs.

    Classes come in random order, all of them before any comes again; of a class that has fewer samples than `each`, some come twice.

    Args:
        targets: Class of each sample.
        classes: Classes in a batch; all of them where there are fewer.
        each: Samples of a class in a batch.
        steps: Batches of an epoch.
        seed: Of the draw.
        epoch: Number of the epoch.
    """
    rng = generator(seed, "learn", "balanced", epoch)
    order = np.argsort(targets, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(targets[order])) + 1)
    count = min(classes, len(members))
    rounds = -(-steps * count // len(members))
    turns = np.concatenate([rng.permutation(len(members)) for _ in range(rounds + 1)])
    found: list[Indices] = []
    place = 0
    for _ in range(steps):
        chosen = list(dict.fromkeys(turns[place : place + count].tolist()))  # a new round may begin with one of the last
        place += count
        chosen += [one for one in rng.permutation(len(members)).tolist() if one not in chosen][: count - len(chosen)]
        found.append(np.concatenate([rng.choice(members[one], each, replace=len(members[one]) < each) for one in chosen]))
    return found
