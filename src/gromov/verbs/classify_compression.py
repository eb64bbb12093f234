"""A trained classifier in fewer parameters, without training it again."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from gromov.core import Arrays, InputError
from gromov.learn import Machine, TensorSamples, accuracy, outputs_of
from gromov.nn import Block
from gromov.nn.tensor_linear import compress
from gromov.verbs.classify_format import parse_format
from gromov.verbs.classify_jobs import load_weights
from gromov.verbs.classify_results import Compressed, Compression

KINDS = {"tt": "tt", "low-rank": "low_rank", "tucker": "tucker", "prune": "prune"}


def parse_compressions(texts: Sequence[str]) -> list[tuple[str, float]]:
    """Formats and ranks of `tt:8`, `low-rank:4`, `prune:0.1`.

    Raises:
        InputError: one of them is none.
    """
    found = [parse_format(text, "--compress", tuple(KINDS)) for text in texts]
    for kind, rank in found:
        if kind == "prune" and rank >= 1:
            raise InputError(f"--compress prune:{rank:g}: the share of weights kept is less than 1")
        if kind != "prune" and rank != int(rank):
            raise InputError(f"--compress {kind}:{rank:g}: a rank is a whole number")
    return found


def compression_of(
    network: Block, shape: tuple[int, ...], weights: Arrays, test: TensorSamples, wanted: Sequence[tuple[str, float]]
) -> Compression:
    """Accuracy and size of the network in every format and rank asked for."""
    model = load_weights(network.build(shape), weights)
    machine = Machine.of("cpu", "float32")

    def score(module: nn.Module) -> float:
        return accuracy(*outputs_of(machine.placed(module), test, machine))

    count = sum(parameter.numel() for parameter in model.parameters())
    settings: list[Compressed] = []
    for kind, rank in wanted:
        if kind == "prune":
            module, left = pruned(network, shape, weights, rank)
        else:
            module, report = compress(model, int(rank), kind=KINDS[kind])
            left = report.after
        settings.append(Compressed(kind, rank, left, score(module)))
    return Compression(count, score(model), tuple(settings))


def pruned(network: Block, shape: tuple[int, ...], weights: Arrays, share: float) -> tuple[nn.Module, int]:
    """The network with only the largest of its weights, the others zero; biases and normalisations stay. And how many numbers are left."""
    model = load_weights(network.build(shape), weights)
    large = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    sizes = np.concatenate([parameter.detach().abs().flatten().numpy() for parameter in large])
    keep = max(1, round(share * len(sizes)))
    least = float(np.partition(sizes, len(sizes) - keep)[len(sizes) - keep])
    with torch.no_grad():
        for parameter in large:
            parameter.mul_(parameter.abs() >= least)
    left = sum(int((parameter != 0).sum()) if parameter.ndim > 1 else parameter.numel() for parameter in model.parameters())
    return model, left
