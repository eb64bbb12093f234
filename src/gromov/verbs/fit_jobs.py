"""One fit of a hierarchy as a job: what is fitted, how, and what comes back; kept in the run folder, so that a killed run goes on."""

import math
import time
from dataclasses import dataclass
from typing import cast

from gromov.core import Progress
from gromov.core.runs import RunFolder
from gromov.models import Embedding, factors_of
from gromov.models.hierarchy import Relation, Schedule, Score, Start, Trainer, Yardstick, among, general_nodes, score, spread
from gromov.verbs.fit_kept import Done, keep, kept
from gromov.verbs.fit_training import one_thread, train

_STEPS = 4000
_FEWEST, _MOST = 60, 1000
_FULL = 20_000
_BATCH = 64
_GENERAL = 5000


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


def schedule_of(relation: Relation, job: Job) -> Schedule:
    """The schedule of a job: all nodes are compared with up to 20,000 nodes, a sample of 2,048 beyond; 64 nodes a step."""
    full = relation.nodes <= _FULL
    steps = math.ceil(len(relation.active) / _BATCH)
    epochs = job.epochs or min(_MOST, max(_FEWEST, math.ceil(_STEPS / steps)))
    return Schedule(epochs, _BATCH, None if full else 2048, job.first_scale)


def run_job(
    job: Job, relation: Relation, yardstick: Yardstick | None, names: tuple[str, ...], folder: RunFolder | None, progress: Progress
) -> Done[Score]:
    """Fit, or take from the folder what an earlier run finished, or go on from where it stopped.

    The state is kept while it trains, and a run that goes on from it ends with the same bytes.
    """
    if (before := kept(folder, job.name, names, Score)) is not None:
        return before
    with one_thread():
        begin, spent = _begin(job, relation, folder, progress)
        trainer = Trainer(relation, factors_of(job.space, job.dim), schedule_of(relation, job), job.seed, begin)
        fitted, cpu = train(trainer, job.name, folder, progress)
        start = time.process_time()
        embedding = Embedding(fitted.points, fitted.space, names)
        found = None if yardstick is None else score(embedding, yardstick)
        done = Done(embedding, found, fitted.losses, fitted.stopped, spent + cpu + time.process_time() - start)
    keep(folder, job.name, done)
    return done


def _begin(job: Job, relation: Relation, folder: RunFolder | None, progress: Progress) -> tuple[Start | None, float]:
    """Where a fit begins, and the CPU seconds that took: beyond 20,000 nodes of an order the 5,000 most general are fitted first."""
    if relation.nodes <= _FULL or not relation.directed:
        return None, 0.0
    import torch

    name, factors = f"{job.name}.coarse", factors_of(job.space, job.dim)
    nodes = general_nodes(relation, _GENERAL)
    if folder is not None and (part := folder.part(name)) is not None:
        points, scales = (torch.from_numpy(part[1][key]) for key in ("points", "log_scales"))
        return spread(relation, nodes, Start(points, scales), factors, job.seed), cast(float, part[0]["cpu"])
    top = among(relation, nodes)
    trainer = Trainer(top, factors, schedule_of(top, job), job.seed)
    _, cpu = train(trainer, name, folder, progress)
    start = trainer.begin()
    if folder is not None:
        folder.keep(name, {"cpu": cpu}, {"points": start.points.numpy(), "log_scales": start.log_scales.numpy()})
    return spread(relation, nodes, start, factors, job.seed), cpu
