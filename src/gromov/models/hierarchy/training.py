"""Fitting the points of a space to a relation, by Riemannian Adam on the softmax loss."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import Arrays, generator
from gromov.models.gram import Factor, PairDistances, keep_near, scaled_points, scaled_space, start_points, unit_space
from gromov.models.hierarchy.coarse import Start
from gromov.models.hierarchy.loss import softmax_loss
from gromov.models.hierarchy.relation import Relation
from gromov.models.hierarchy.sampling import Block, blocks_per_epoch, epoch
from gromov.models.training_state import pace, parameter_state, restore_parameters
from gromov.spaces import Manifold, ManifoldParameter, RiemannianAdam

BETAS = (0.9, 0.99)
START = 1e-2
SCALE_RATE = 0.1
SOLVED = 1e-3
PATIENCE = 0.25


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train; the same for every space.

    Attributes:
        epochs: Passes over the nodes, at most.
        batch: Nodes in a step.
        candidates: Nodes drawn to stand for all unrelated ones; None takes all.
        first_scale: Radius of curvature to start with, in the unit of the distances; large is flat.
        rate: Largest step of a point, in radii of curvature.
    """

    epochs: int
    batch: int
    candidates: int | None
    first_scale: float
    rate: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted embedding.

    Attributes:
        points: n × entries, in the chart of `space`.
        space: Its space, with the curvature that was fitted.
        losses: Mean loss of a related pair in each epoch, in nats.
        stopped: Why training ended.
    """

    points: Float[np.ndarray, "n w"]
    space: Manifold
    losses: Float[np.ndarray, " e"]
    stopped: str


class Trainer:
    """The state of a fit between two epochs: points, scales, the optimiser's means, the losses so far.

    Points start as a normal cloud of width 0.01 at the origin, and the radius of curvature is fitted along with them. Where it starts matters: with a large one the space is
    nearly flat and the branches find their places before it bends, which in few dimensions they never do; with a small one the tree unfolds at once.

    A large order begins elsewhere (`coarse.spread`).

    The rate rises for a tenth of the steps and falls along a cosine to a hundredth. Training ends after the epochs, or when a related pair has lost less than 0.001
    nats on average, or when the smallest loss is a quarter of all epochs old.
    """

    def __init__(self, relation: Relation, factors: tuple[Factor, ...], schedule: Schedule, seed: int, begin: Start | None = None) -> None:
        self.relation, self.factors, self.schedule, self.seed = relation, factors, schedule, seed
        dim = sum(factor.dim for factor in factors)
        drawn = torch.from_numpy(generator(seed, "hierarchy", "start").normal(size=(relation.nodes, dim)) * START)
        self.points = ManifoldParameter(start_points(factors, drawn), unit_space(factors))
        self.log_scales = nn.Parameter(torch.full((len(factors),), math.log(schedule.first_scale), dtype=torch.float64))
        if begin is not None:
            self.points.data.copy_(begin.points)
            self.log_scales.data.copy_(begin.log_scales)
        groups = [{"params": [self.points]}, {"params": [self.log_scales]}]
        self.optimizer = RiemannianAdam(groups, lr=schedule.rate, betas=BETAS, eps=1e-12, foreach=False)
        self.losses: list[float] = []
        self.stopped = ""

    def run(self, watch: Callable[[], None]) -> Fitted:
        """Train to the end; `watch` is called after every epoch and may keep the state or raise."""
        while not self.stopped:
            self.one_epoch()
            watch()
        return self.result()

    @property
    def epochs(self) -> int:
        """Passes at most."""
        return self.schedule.epochs

    def one_epoch(self) -> None:
        """One pass over the nodes."""
        number, steps = len(self.losses), blocks_per_epoch(self.relation, self.schedule.batch)
        total = torch.zeros((), dtype=torch.float64)
        blocks = epoch(self.relation, self.schedule.batch, self.schedule.candidates, self.seed, number)
        for place, each in enumerate(blocks):
            rate = self.schedule.rate * pace((number * steps + place + 1) / (self.schedule.epochs * steps))
            self.optimizer.param_groups[0]["lr"], self.optimizer.param_groups[1]["lr"] = rate, rate * SCALE_RATE
            total += self._step(each)
        self.losses.append(float(total) / len(self.relation))
        self.stopped = self._reason()

    @torch.no_grad()
    def _step(self, block: Block) -> Tensor:
        x, scales = self.points.detach(), self.log_scales.detach().exp()
        rows, columns = block.rows, block.columns
        found = PairDistances.of(self.factors, x[rows], x if columns is None else x[columns], scales)
        loss, slope = softmax_loss(found.total, block.pairs)
        slope /= len(rows)
        in_rows, in_columns, in_scales = found.pull(slope, found.total)
        if columns is None:
            self.points.grad = in_columns.index_add_(0, rows, in_rows)
        else:
            where, values = torch.cat([rows, columns]), torch.cat([in_rows, in_columns])
            self.points.grad = torch.sparse_coo_tensor(where[None], values, x.shape, check_invariants=False).coalesce()
        self.log_scales.grad = in_scales
        self.optimizer.step()
        keep_near(self.factors, self.points.data)
        return loss

    def _reason(self) -> str:
        done, best = len(self.losses), int(np.argmin(self.losses))
        if self.losses[-1] < SOLVED:
            return f"the loss of a pair fell below {SOLVED:g} nats"
        if done >= self.schedule.epochs:
            return f"all {done} epochs were done"
        if done - 1 - best > PATIENCE * self.schedule.epochs:
            return f"the smallest loss was {done - 1 - best} epochs old"
        return ""

    def begin(self) -> Start:
        """Where another fit can begin."""
        return Start(self.points.detach().clone(), self.log_scales.detach().clone())

    def result(self) -> Fitted:
        """The embedding as it is now, in the space of the fitted curvature."""
        scales = self.log_scales.detach().exp()
        points = scaled_points(self.factors, self.points.detach(), scales)
        return Fitted(points.numpy().copy(), scaled_space(self.factors, scales), np.array(self.losses), self.stopped)

    # ---- between two runs

    def state(self) -> Arrays:
        """All that the next epoch depends on, as arrays."""
        return {"losses": np.array(self.losses), **parameter_state(self._parameters(), self.optimizer)}

    def restore(self, kept: Arrays) -> None:
        """Go on from a state."""
        self.losses = [float(loss) for loss in kept["losses"]]
        restore_parameters(self._parameters(), self.optimizer, kept)
        self.stopped = self._reason()

    def _parameters(self) -> dict[str, nn.Parameter]:
        return {"points": self.points, "log_scales": self.log_scales}
