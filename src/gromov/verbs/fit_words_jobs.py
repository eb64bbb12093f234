"""One fit of words as a job: what is fitted, and what comes back; kept in the run folder, so that a killed run goes on."""

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from gromov.core import Progress, Tree
from gromov.core.runs import RunFolder
from gromov.models import Embedding, factors_of
from gromov.models.words import WordChecks, WordSchedule, WordScore, WordTrainer, centred, score_words
from gromov.spaces.described import describe_space, space_of
from gromov.verbs.fit_training import one_thread, train

if TYPE_CHECKING:
    from gromov.spaces import Manifold

FIRST_SCALE, RATE, TILE = 5.0, 0.1, 1024
"""Radius of curvature to start with and largest step, chosen in both spaces by the training loss on the validation and test parts of WikiText-2; and words in a step."""
MOST = 10.0
"""x_max of the weights, as in the demonstration of GloVe on this size of text."""


@dataclass(frozen=True, slots=True)
class WordJob:
    """One fit: where, from which start, for how long."""

    name: str
    space: str
    dim: int
    seed: int
    epochs: int


@dataclass(frozen=True, slots=True, eq=False)
class WordDone:
    """What a fit brought."""

    embedding: Embedding
    score: WordScore
    losses: np.ndarray
    stopped: str
    cpu: float


def run_word_job(
    job: WordJob, counts: np.ndarray, checks: WordChecks, names: tuple[str, ...], folder: RunFolder | None, progress: Progress
) -> WordDone:
    """Fit, or take from the folder what an earlier run finished, or go on from where it stopped."""
    if folder is not None and (kept := folder.part(job.name)) is not None:
        tree, arrays = kept
        space: Manifold = space_of(cast(Tree, tree["space"]))[0]
        numbers = {k: math.nan if v is None else v for k, v in cast("dict[str, float | None]", tree["score"]).items()}
        embedding = Embedding(cast(np.ndarray, arrays["points"]), space, names)
        return WordDone(embedding, WordScore(**numbers), cast(np.ndarray, arrays["losses"]), str(tree["stopped"]), cast(float, tree["cpu"]))
    with one_thread():
        schedule = WordSchedule(job.epochs, TILE, FIRST_SCALE, MOST, RATE)
        trainer = WordTrainer(counts, checks.biases, factors_of(job.space, job.dim), schedule, job.seed)
        fitted, cpu = train(trainer, job.name, folder, progress)
        start = time.process_time()
        embedding = centred(fitted, names)
        found = score_words(fitted, embedding, checks, job.seed)
        done = WordDone(embedding, found, fitted.losses, fitted.stopped, cpu + time.process_time() - start)
    if folder is not None:
        kept_numbers: Tree = {
            "score": {k: None if math.isnan(v) else v for k, v in asdict(found).items()},
            "space": describe_space(embedding.space, embedding.points.shape[1]),
            "stopped": done.stopped,
            "cpu": done.cpu,
        }
        folder.keep(job.name, kept_numbers, {"points": embedding.points, "losses": done.losses})
    return done
