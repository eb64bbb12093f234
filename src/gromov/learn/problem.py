"""A problem of empirical risk minimisation: a sample {xᵢ, yᵢ}, a model f(x, θ), a loss l, and L(θ) = (1/n) Σ l(f(xᵢ, θ), yᵢ) → min."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import nn

from gromov.learn.losses import Loss
from gromov.learn.metrics import Metric
from gromov.learn.samples import Data
from gromov.nn import Block

Model = nn.Module | Callable[[int], nn.Module]
"""A module, copied for every fit, or what makes one from a seed."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be minimised.

    Attributes:
        model: f: a module, whose copy is trained from the weights it has, or a function of the seed that makes one.
        loss: l: outputs and targets of a batch to their mean. A module's own parameters are fitted along.
        data: The samples.
        metrics: What is told of validation and test, by name.

    Example:
        >>> import torch
        >>> from gromov.learn import Data, Problem, TensorSamples, Training, accuracy, cross_entropy, fit
        >>> x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
        >>> samples = TensorSamples(x, (x[:, 0] > 0).long())
        >>> problem = Problem(torch.nn.Linear(2, 2), cross_entropy, Data(samples, test=samples), {"accuracy": accuracy})
        >>> found = fit(problem, Training(epochs=20, batch=20, rate=0.1))
        >>> found.test["accuracy"] > 0.95
        True
    """

    model: Model
    loss: Loss
    data: Data
    metrics: Mapping[str, Metric] = field(default_factory=dict[str, Metric])

    @classmethod
    def of_block(cls, block: Block, shape: Sequence[int], loss: Loss, data: Data, metrics: Mapping[str, Metric] | None = None) -> "Problem":
        """The problem of a declared network on inputs of this shape."""

        def build(seed: int) -> nn.Module:
            return block.build(shape, seed=seed)

        return cls(build, loss, data, dict(metrics or {}))

    def start(self, seed: int) -> nn.Module:
        """The model as it is before training."""
        return copy.deepcopy(self.model) if isinstance(self.model, nn.Module) else self.model(seed)
