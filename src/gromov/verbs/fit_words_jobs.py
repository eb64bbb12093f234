"""One fit of words as a job: what is fitted, and what comes back; kept in the run folder, so that a killed run goes on."""

import time
from dataclasses import dataclass

import numpy as np

from gromov.core import Progress
from gromov.core.runs import RunFolder
from gromov.models import factors_of
from gromov.models.words import WordChecks, WordSchedule, WordScore, WordTrainer, centred, score_words
from gromov.verbs.fit_kept import Done, keep, kept
from gromov.verbs.fit_training import one_thread, train

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


def run_word_job(
    job: WordJob, counts: np.ndarray, checks: WordChecks, names: tuple[str, ...], folder: RunFolder | None, progress: Progress
) -> Done[WordScore]:
    """Fit, or take from the folder what an earlier run finished, or go on from where it stopped."""
    if (before := kept(folder, job.name, names, WordScore)) is not None:
        return before
    with one_thread():
        schedule = WordSchedule(job.epochs, TILE, FIRST_SCALE, MOST, RATE)
        trainer = WordTrainer(counts, checks.biases, factors_of(job.space, job.dim), schedule, job.seed)
        fitted, cpu = train(trainer, job.name, folder, progress)
        start = time.process_time()
        embedding = centred(fitted, names)
        found = score_words(fitted, embedding, checks, job.seed)
        done = Done(embedding, found, fitted.losses, fitted.stopped, cpu + time.process_time() - start)
    keep(folder, job.name, done)
    return done
