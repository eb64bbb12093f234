"""A model on a part of the data."""

import numpy as np
import torch
from torch import Tensor, nn

from gromov.learn.machine import Machine
from gromov.learn.problem import Problem
from gromov.learn.samples import Samples

_BATCH = 512
_UPWARDS = ("accuracy", "recall", "precision", "map", "ndcg", "r2")


def evaluate(model: nn.Module, problem: Problem, samples: Samples, machine: Machine) -> dict[str, float]:
    """The loss and the metrics of a model over samples; the model is left as it was, training or not."""
    outputs, targets = outputs_of(model, samples, machine)
    with torch.no_grad():
        loss = float(problem.loss(machine.placed(outputs), machine.placed(targets)))
    return {"loss": loss, **{name: metric(outputs, targets) for name, metric in problem.metrics.items()}}


@torch.no_grad()
def outputs_of(model: nn.Module, samples: Samples, machine: Machine, size: int = _BATCH) -> tuple[Tensor, Tensor]:
    """Outputs and targets of all samples, on the CPU."""
    was = model.training
    model.eval()
    outputs: list[Tensor] = []
    targets: list[Tensor] = []
    for start in range(0, len(samples), size):
        inputs, wanted = samples.batch(np.arange(start, min(start + size, len(samples))))
        with machine.rounded():
            outputs.append(model(machine.placed(inputs)).float().cpu())
        targets.append(wanted.cpu())
    model.train(was)
    return torch.cat(outputs), torch.cat(targets)


def is_better(values: list[float], name: str) -> bool:
    """Whether the last of several numbers is better than all before: larger for accuracies and the like, smaller for losses and errors."""
    if len(values) == 1:
        return True
    last, before = values[-1], values[:-1]
    return last > max(before) if any(word in name for word in _UPWARDS) else last < min(before)
