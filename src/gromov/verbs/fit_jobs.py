"""One fit of a hierarchy as a job: what is fitted, how, and what comes back; kept in the run folder, so that a killed run goes on."""

import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from gromov.core import Arrays, Progress, Tree
from gromov.core.runs import RunFolder
from gromov.models.hierarchy import Embedding, Relation, Schedule, Score, Trainer, Yardstick, factors_of, score
from gromov.spaces.described import describe_space, space_of

if TYPE_CHECKING:
    from gromov.spaces import Manifold

_KEEP_EVERY = 20.0
_STEPS = 4000
_FEWEST, _MOST = 60, 1000
_FULL = 20_000


@dataclass(frozen=True, slots=True)
class Job:
    """One fit.

    Attributes:
        name: Identifier, unique in the run: `test-0`, `euclidean_4x-3`, `tune-test-5`.
        space: `hyperbolic`, `euclidean`, `sphere` or `product`.
        dim: Its dimension.
        first_scale: Radius of curvature to start with.
        seed: Seed of the start and of the batches.
        epochs: Passes over the nodes; None means about 4,000 steps, and 60 to 1,000 epochs.
    """

    name: str
    space: str
    dim: int
    first_scale: float
    seed: int
    epochs: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What a job brought.

    Attributes:
        embedding: The points and their space.
        score: Its numbers; None where only the loss was asked for.
        losses: Mean loss of a pair in each epoch, in nats.
        stopped: Why training ended.
        cpu: CPU seconds.
    """

    embedding: Embedding
    score: Score | None
    losses: np.ndarray
    stopped: str
    cpu: float

    @property
    def loss(self) -> float:
        """Loss of the last epoch."""
        return float(self.losses[-1])


def schedule_of(relation: Relation, job: Job) -> Schedule:
    """The schedule of a job: all nodes are compared with up to 20,000 nodes, a sample of 2,048 beyond."""
    full = relation.nodes <= _FULL
    batch = 64 if full else 512
    steps = math.ceil(len(relation.active) / batch)
    epochs = job.epochs or min(_MOST, max(_FEWEST, math.ceil(_STEPS / steps)))
    return Schedule(epochs, batch, None if full else 2048, job.first_scale)


def run_job(
    job: Job, relation: Relation, yardstick: Yardstick | None, names: tuple[str, ...], folder: RunFolder | None, progress: Progress
) -> Done:
    """Fit, or take from the folder what an earlier run finished, or go on from where it stopped.

    The state is kept about every 20 seconds of training; a run that goes on from it ends with the same bytes.
    """
    if folder is not None and (kept := folder.part(job.name)) is not None:
        return _restored(*kept, names)
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in another order would be other bytes
    try:
        cpu = time.process_time()
        trainer = Trainer(relation, factors_of(job.space, job.dim), schedule_of(relation, job), job.seed)
        state = f"{job.name}.state"
        spent = 0.0
        if folder is not None and (kept := folder.part(state)) is not None:
            trainer.restore(kept[1])
            spent = cast(float, kept[0]["cpu"])
        last = time.monotonic()

        def watch(now: Trainer) -> None:
            nonlocal last
            if folder is not None and time.monotonic() - last > _KEEP_EVERY and not now.stopped:
                folder.keep(state, {"cpu": spent + time.process_time() - cpu}, now.state())
                last = time.monotonic()
            progress.step(f"{job.name}: loss {now.losses[-1]:.3f}", len(now.losses) / now.schedule.epochs)

        fitted = trainer.run(watch)
        embedding = Embedding(fitted.points, fitted.space, names)
        found = None if yardstick is None else score(embedding, yardstick)
        done = Done(embedding, found, fitted.losses, fitted.stopped, spent + time.process_time() - cpu)
    finally:
        torch.set_num_threads(threads)
    if folder is not None:
        folder.keep(job.name, _tree(done), {"points": done.embedding.points, "losses": done.losses})
    return done


def _tree(done: Done) -> Tree:
    numbers = None if done.score is None else {k: None if math.isnan(v) else v for k, v in asdict(done.score).items()}
    space = describe_space(done.embedding.space, done.embedding.points.shape[1])
    return {"score": numbers, "space": space, "stopped": done.stopped, "cpu": done.cpu}


def _restored(tree: Tree, arrays: Arrays, names: tuple[str, ...]) -> Done:
    space: Manifold = space_of(cast(Tree, tree["space"]))[0]
    numbers = cast("dict[str, float | None] | None", tree["score"])
    found = None if numbers is None else Score(**{k: math.nan if v is None else v for k, v in numbers.items()})
    points = cast(np.ndarray, arrays["points"])
    return Done(Embedding(points, space, names), found, cast(np.ndarray, arrays["losses"]), str(tree["stopped"]), cast(float, tree["cpu"]))


def seeded(job: Job, name: str, seed: int, first_scale: float) -> Job:
    """The same fit from another start."""
    return replace(job, name=name, seed=seed, first_scale=first_scale)
