"""A model on a part of the data."""

import numpy as np
import torch
from torch import Tensor, nn

from gromov.learn.machine import Machine
from gromov.learn.problem import Problem
from gromov.learn.samples import Indices, Samples

_BATCH = 512
_UPWARDS = ("accuracy", "recall", "precision", "map", "ndcg", "r2")


def evaluate(model: nn.Module, problem: Problem, samples: Samples, machine: Machine) -> dict[str, float]:
    """The loss and the metrics of a model over samples; the model is left as it was, training or not.

    In a distributed launch every process calls it, works on its share of the samples, and has the numbers of all of them.
    """
    outputs, targets = _outputs_together(model, samples, machine)
    with torch.no_grad():
        loss = float(problem.loss(machine.placed(outputs), machine.placed(targets)))
    found = {"loss": loss, **{name: metric(outputs, targets) for name, metric in problem.metrics.items()}}
    if machine.processes > 1:  # what is decided by them must be decided alike
        numbers = torch.tensor(list(found.values()), dtype=torch.float64, device=machine.accelerator.device)
        machine.together_as_main([numbers])
        found = dict(zip(found, numbers.tolist(), strict=True))
    return found


def _outputs_together(model: nn.Module, samples: Samples, machine: Machine) -> tuple[Tensor, Tensor]:
    """Outputs and targets of all samples, each process having worked on its share."""
    parts = np.array_split(np.arange(len(samples)), machine.processes)
    if machine.processes == 1 or len(samples) < machine.processes:
        return outputs_of(model, samples, machine)
    outputs, targets = outputs_of(model, samples, machine, places=parts[machine.process])
    lengths = [len(part) for part in parts]
    return machine.together_joined(outputs, lengths), machine.together_joined(targets, lengths)


@torch.no_grad()
def outputs_of(
    model: nn.Module, samples: Samples, machine: Machine, size: int = _BATCH, places: Indices | None = None
) -> tuple[Tensor, Tensor]:
    """Outputs and targets of all samples, or of those at these places, on the CPU; computed by this process alone."""
    was = model.training
    model.eval()
    every = np.arange(len(samples)) if places is None else places
    outputs: list[Tensor] = []
    targets: list[Tensor] = []
    for start in range(0, len(every), size):
        inputs, wanted = samples.batch(every[start : start + size])
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
