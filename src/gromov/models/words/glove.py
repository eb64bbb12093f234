"""GloVe in any space: words and contexts are points, and the logarithm of their co-occurrence falls with the square of their distance.

    L = Σ_ij f(X_ij)·(aᵢ + bⱼ − ½ d(wᵢ, cⱼ)² − log X_ij)²,        f(X) = min(1, (X/x_max)^¾), 0 where X = 0.

In Euclidean space −½‖w − c‖² = ⟨w, c⟩ − ½‖w‖² − ½‖c‖², and the biases take up the squares: this is GloVe itself, so the flat control is the published model.

References: Pennington, Socher, Manning (2014), GloVe; Tifrea, Bécigneul, Ganea (2019), Poincaré GloVe: hyperbolic word embeddings, arXiv:1810.06546.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn

from gromov.core import Arrays, generator
from gromov.models.gram import Factor, PairDistances, keep_near, scaled_points, scaled_space, start_points, unit_space
from gromov.models.training_state import pace, parameter_state, restore_parameters
from gromov.models.words.biases import weights_of
from gromov.spaces import Euclidean, Manifold, ManifoldParameter, RiemannianAdam

START = 1e-2
SCALE_RATE = 0.1


@dataclass(frozen=True, slots=True)
class WordSchedule:
    """How long and how fast to train; the same for every space.

    Attributes:
        epochs: Passes over the matrix.
        tile: Words and contexts in a step: so many of each.
        first_scale: Radius of curvature to start with; large is flat.
        most: x_max, the co-occurrence beyond which a cell weighs no more.
        rate: Largest step of a point, in radii of curvature.
    """

    epochs: int
    tile: int = 1024
    first_scale: float = 5.0
    most: float = 10.0
    rate: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class FittedWords:
    """Fitted words.

    Attributes:
        words: v × entries, in the chart of `space`.
        contexts: The same words as contexts.
        word_biases: aᵢ, in nats.
        context_biases: bⱼ.
        space: Their space, with the curvature that was fitted.
        losses: Mean weighted square of the residual in each epoch, in nats².
        stopped: Why training ended.
    """

    words: Float[np.ndarray, "v w"]
    contexts: Float[np.ndarray, "v w"]
    word_biases: Float[np.ndarray, " v"]
    context_biases: Float[np.ndarray, " v"]
    space: Manifold
    losses: Float[np.ndarray, " e"]
    stopped: str


class WordTrainer:
    """The state of a fit between two epochs: points, biases, scales, the optimiser's means, the losses so far.

    Every epoch cuts words and contexts, in random order, into tiles and visits all of them in random order, so that each point moves as often as there are tiles in a row.
    Points start as a normal cloud of width 0.01 at the origin, biases as `start`, and the radius of curvature is fitted along with them.

    Args:
        counts: X, v × v; 0 where nothing is to be learnt.
        start: Biases to start with, in nats.
        factors: The space.
        schedule: How long and how fast.
        seed: Of the start and of the order.
    """

    def __init__(
        self,
        counts: Float32[np.ndarray, "v v"],
        start: Float[np.ndarray, " v"],
        factors: tuple[Factor, ...],
        schedule: WordSchedule,
        seed: int,
    ) -> None:
        self.counts, self.factors, self.schedule, self.seed = torch.from_numpy(counts), factors, schedule, seed
        space = unit_space(factors)
        dim = sum(factor.dim for factor in factors)
        self.parameters: dict[str, nn.Parameter] = {}
        for name in ("words", "contexts"):
            drawn = torch.from_numpy(generator(seed, "words", name).normal(size=(len(counts), dim)) * START)
            self.parameters[name] = ManifoldParameter(start_points(factors, drawn), space)
        for name in ("word_biases", "context_biases"):
            self.parameters[name] = ManifoldParameter(torch.from_numpy(start[:, None].copy()), Euclidean())
        self.parameters["log_scales"] = nn.Parameter(torch.full((len(factors),), math.log(schedule.first_scale), dtype=torch.float64))
        groups = [{"params": [parameter]} for parameter in self.parameters.values()]
        self.optimizer = RiemannianAdam(groups, lr=schedule.rate, betas=(0.9, 0.99), eps=1e-12, foreach=False)
        self.losses: list[float] = []
        self.stopped = ""

    def run(self, watch: Callable[[], None]) -> FittedWords:
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
        """One pass over the matrix."""
        n, number = len(self.counts), len(self.losses)
        rng = generator(self.seed, "words", "epoch", number)
        parts = -(-n // self.schedule.tile)
        rows, columns = (np.array_split(rng.permutation(n), parts) for _ in range(2))
        total = weight = 0.0
        for place, tile in enumerate(rng.permutation(parts * parts).tolist()):
            rate = self.schedule.rate * pace((number * parts * parts + place + 1) / (self.schedule.epochs * parts * parts))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.param_groups[-1]["lr"] = rate * SCALE_RATE
            loss, mass = self._step(torch.from_numpy(np.sort(rows[tile // parts])), torch.from_numpy(np.sort(columns[tile % parts])))
            total, weight = total + loss, weight + mass
        self.losses.append(total / max(weight, 1e-300))
        self.stopped = self._reason()

    def _reason(self) -> str:
        return f"all {len(self.losses)} epochs were done" if len(self.losses) >= self.schedule.epochs else ""

    @torch.no_grad()
    def _step(self, rows: Tensor, columns: Tensor) -> tuple[float, float]:
        p = self.parameters
        scales = p["log_scales"].detach().exp()
        counts = self.counts[rows][:, columns]
        weights = torch.from_numpy(weights_of(counts.numpy(), self.schedule.most)).double()
        mass = float(weights.sum())
        if mass == 0:
            return 0.0, 0.0
        logs = counts.clamp_min_(1e-30).log_().double()
        found = PairDistances.of(self.factors, p["words"].detach()[rows], p["contexts"].detach()[columns], scales)
        residual = torch.addcmul(p["word_biases"].detach()[rows] - logs, found.total, found.total, value=-0.5)
        residual += p["context_biases"].detach()[columns].T
        slope = weights * residual
        loss = float((slope * residual).sum())
        slope /= mass
        in_biases = slope.sum(1, keepdim=True), slope.sum(0)[:, None]
        in_rows, in_columns, in_scales = found.pull(slope.mul_(found.total).neg_(), found.total)
        for name, where, values in (
            ("words", rows, in_rows),
            ("contexts", columns, in_columns),
            ("word_biases", rows, in_biases[0]),
            ("context_biases", columns, in_biases[1]),
        ):
            p[name].grad = torch.sparse_coo_tensor(where[None], values, p[name].shape, check_invariants=False, is_coalesced=True)
        p["log_scales"].grad = in_scales
        self.optimizer.step()
        self._keep_near(rows, columns)
        return loss, mass

    def _keep_near(self, rows: Tensor, columns: Tensor) -> None:
        """Bring back points that moved deeper than their Gram matrix can see."""
        if all(factor.sign >= 0 for factor in self.factors):
            return
        for name, where in (("words", rows), ("contexts", columns)):
            points = self.parameters[name].data
            part = points[where]
            keep_near(self.factors, part)
            points[where] = part

    def result(self) -> FittedWords:
        """The words as they are now, in the space of the fitted curvature."""
        p = {name: parameter.detach() for name, parameter in self.parameters.items()}
        scales = p["log_scales"].exp()
        words, contexts = (scaled_points(self.factors, p[name], scales).numpy().copy() for name in ("words", "contexts"))
        a, b = (p[name][:, 0].numpy().copy() for name in ("word_biases", "context_biases"))
        return FittedWords(words, contexts, a, b, scaled_space(self.factors, scales), np.array(self.losses), self.stopped)

    # ---- between two runs

    def state(self) -> Arrays:
        """All that the next epoch depends on, as arrays."""
        return {"losses": np.array(self.losses), **parameter_state(self.parameters, self.optimizer)}

    def restore(self, kept: Arrays) -> None:
        """Go on from a state."""
        self.losses = [float(loss) for loss in kept["losses"]]
        restore_parameters(self.parameters, self.optimizer, kept)
        self.stopped = self._reason()
