"""`fit words`: a text in, words as points out, beside their Euclidean twins."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gromov.core import Device, Estimate, Executor, InputError, Progress, Result, Silent, Tree, resolve_device
from gromov.core.runs import RunFolder
from gromov.models import factors_of, load_embedding, place_of
from gromov.models.words import (
    WordChecks,
    WordScore,
    cooccurrence,
    fit_biases,
    hold_out,
)
from gromov.verbs.fit_common import Budget, Place, command, finished, run_folder, start_seed, write
from gromov.verbs.fit_export import chosen_exports
from gromov.verbs.fit_kept import Done
from gromov.verbs.fit_record import FitRun
from gromov.verbs.fit_summary import asked_of, gain, in_the_disk, over_seeds
from gromov.verbs.fit_words_data import Text, read_hypernyms, read_judgements, read_text
from gromov.verbs.fit_words_jobs import MOST, WordJob, run_word_job
from gromov.verbs.fit_words_results import WordControls, WordGeometry, WordNumbers

SPACES = ("hyperbolic", "euclidean")
KINDS: dict[str, type[Result]] = {"test": WordGeometry, "controls": WordControls}
DEFAULTS: Tree = {
    "space": "hyperbolic",
    "dim": 20,
    "seeds": 3,
    "vocabulary": 10_000,
    "min_count": 5,
    "window": 10,
    "epochs": 30,
    "hypernyms": "auto",
    "controls": True,
    "seed": 0,
}
_HELD_OUT = 0.02
_WIDER = 4
_NAMED = 60


def fit_words(
    data: str | Path | Sequence[str],
    *,
    space: str = "hyperbolic",
    dim: int = 20,
    seeds: int = 3,
    vocabulary: int = 10_000,
    min_count: int = 5,
    window: int = 10,
    epochs: int = 30,
    hypernyms: str = "auto",
    similarity: str | None = None,
    controls: bool = True,
    show: Sequence[str] = (),
    export: Sequence[str] = (),
    seed: int = 0,
    workers: int = 1,
    device: Device = "auto",
    budget: float | None = None,
    out: str | Path | None = None,
    again: bool = False,
    progress: Progress | None = None,
    default_folder: bool = False,
) -> FitRun:
    """Embed the words of a text by their co-occurrence (Poincaré GloVe), beside Euclidean twins of the same and of four times the dimension.

    log X_ij ≈ aᵢ + bⱼ − ½ d(wᵢ, cⱼ)², weighted by min(1, (X/10)^¾); X sums 1/k over all places where two words stand k apart. In Euclidean space this is GloVe.

    Args:
        data: A file of text (plain, gzipped, a zip archive), a data set, `-`, or a list of texts.
        space: `hyperbolic` or `euclidean`.
        dim: Dimension of the space.
        seeds: Number of fits from different starts, over which means and intervals are taken.
        vocabulary: Most words to embed, the most frequent ones.
        min_count: Rarer words are left out.
        window: Words on either side that count as near.
        epochs: Passes over the matrix.
        hypernyms: Pairs (word, more general word) to hold it against: `auto` (first senses of WordNet's nouns, where they are here), `none`, or a file.
        similarity: A table of two words and how similar people find them.
        controls: False leaves the Euclidean twins out.
        show: Words whose nearest words are told.
        export: `npz`, `parquet`, `word2vec`: formats to write beside the model.
        seed: Seed of every random draw.
        workers: Number of processes; the numbers do not depend on it.
        device: `auto`, `cpu` or `cuda`; fits run on the CPU.
        budget: Seconds after which no further fit is started; what is left out is said.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        progress: Told how far the work is.
        default_folder: Write to runs/fit-<input>-<hash> where `out` is None.

    Cost: 8 v² bytes for v words; 17 million words of text with v = 10,000 in 20 dimensions take about 4 CPU minutes a fit.

    Raises:
        GromovError: bad data or options; the text says what to do.

    Example:
        >>> import gromov
        >>> text = "the cat sat on the mat and the dog sat on the rug while a bird in a tree sang to its young and we all saw it from our house " * 40
        >>> run = gromov.fit_words([text], dim=2, seeds=1, epochs=5, hypernyms="none", controls=False)
        >>> len(run.embedding.names)
        26

    Reference: Tifrea, Bécigneul, Ganea (2019), Poincaré GloVe: hyperbolic word embeddings. arXiv:1810.06546.
    """
    exports = chosen_exports(export)
    if space not in SPACES:
        raise InputError(f"--space is {space!r}; words are embedded in hyperbolic or euclidean space")
    factors_of(space, dim)
    limits = (("seeds", seeds, 1), ("epochs", epochs, 1), ("seed", seed, 0), ("workers", workers, 1), ("window", window, 1))
    for what, value, least in (*limits, ("vocabulary", vocabulary, 20), ("min-count", min_count, 1)):
        if value < least:
            raise InputError(f"--{what} is {value}; it must be {least} or more")
    resolve_device(device)
    report = progress or Silent()
    report.step("reading", 0.0)
    text = read_text(data, vocabulary=vocabulary, least=min_count)
    for name in show:
        place_of(name, text.corpus.words)
    pairs, told = read_hypernyms(hypernyms, text.corpus)
    nothing = (np.empty((0, 2), dtype=np.int64), np.empty(0), "no judgements were given: --similarity takes a table of them")
    judged, judgements, judges = nothing if similarity is None else read_judgements(similarity, text.corpus)
    config: Tree = {
        "space": space,
        "dim": dim,
        "seeds": seeds,
        "vocabulary": vocabulary,
        "min_count": min_count,
        "window": window,
        "epochs": epochs,
        "hypernyms": hypernyms,
        "similarity": similarity,
        "controls": controls,
        "export": list(exports),
        "seed": seed,
    }
    held_against: Tree = {"hypernyms": pairs.tolist(), "similarity": [judged.tolist(), judgements.tolist()]}
    folder = run_folder("words", text.input, config, out=out, default_folder=default_folder, again=again, also=held_against)
    plan = _Plan(text, seed, seeds, Executor(workers), folder, report, Budget(budget))
    if (before := finished(folder, KINDS, load_embedding)) is not None:
        results, embedding, skipped, warned = before.results, before.fitted, before.skipped, before.warnings
    else:
        report.step("co-occurrence", 0.0)
        counts = cooccurrence(text.corpus.tokens, len(text.corpus.words), window=window)
        held_out = hold_out(counts, _HELD_OUT, seed)
        checks = WordChecks(held_out, fit_biases(counts, MOST), MOST, text.corpus.counts, pairs, judged, judgements)
        where = {
            "test": (space, dim),
            **({"euclidean": ("euclidean", dim), "euclidean_4x": ("euclidean", _WIDER * dim)} if controls else {}),
        }
        fits = plan.run(where, counts, checks, epochs)
        results, embedding, skipped, warned = (
            _results(fits, where, checks, told, judges, seed),
            fits["test"][0].embedding,
            plan.budget.skipped,
            (),
        )
    test = results["test"]
    assert isinstance(test, WordGeometry)
    run = FitRun(
        task="words",
        results={**results, "test": replace(test, asked=asked_of(embedding, show))},
        embedding=embedding,
        input=text.input,
        config=config,
        skipped=skipped,
        warnings=warned,
        version=version("gromov"),
        timings=plan.timings,
        folder=None if folder is None else folder.path,
        command=command("words", str(text.input["name"]), config, DEFAULTS),
        exports=exports,
    )
    return write(run, folder, report, late=plan.budget.late)


@dataclass(slots=True, eq=False)
class _Plan:
    """The fits of a run: every seed in every space."""

    text: Text
    seed: int
    seeds: int
    executor: Executor
    folder: RunFolder | None
    report: Progress
    budget: Budget
    timings: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])

    def run(
        self, where: dict[str, tuple[str, int]], counts: np.ndarray, checks: WordChecks, epochs: int
    ) -> dict[str, list[Done[WordScore]]]:
        """The fits of every space; one that is listed twice is fitted once."""
        places = list(dict.fromkeys(where.values()))
        fits: dict[tuple[str, int], list[Done[WordScore]]] = {place: [] for place in places}
        names, whole = self.text.corpus.words, self.seeds * len(places)
        for turn in range(self.seeds):
            if turn and self.budget.is_spent():
                self.budget.leave_out(f"seed {turn}")
                continue
            draw = start_seed(self.seed, turn)
            jobs = [WordJob(f"{s}-{d}-{turn}", s, d, draw, epochs) for s, d in places]
            if self.executor.workers == 1 or len(jobs) == 1:
                found = [
                    run_word_job(job, counts, checks, names, self.folder, Place(self.report, turn * len(places) + i, whole))
                    for i, job in enumerate(jobs)
                ]
            else:
                self.report.step(f"{len(jobs)} fits side by side", min(0.97, turn / self.seeds))
                found = list(self.executor.map(run_word_job, jobs, counts, checks, names, self.folder, Silent()))
            for place, job, done in zip(places, jobs, found, strict=True):
                fits[place].append(done)
                self.timings[job.name] = {"cpu_s": done.cpu}
        return {name: fits[place] for name, place in where.items()}


def _results(
    fits: dict[str, list[Done[WordScore]]], where: dict[str, tuple[str, int]], checks: WordChecks, told: str, judges: str, seed: int
) -> dict[str, Result]:
    """The fits as results."""
    sums = {name: _numbers(*where[name], found, told, judges, seed) for name, found in fits.items()}
    first = fits["test"][0]
    shown, edges = _worth_naming(checks)
    special, general = checks.hypernyms.T
    by_frequency = float((checks.counts[general] > checks.counts[special]).mean()) if len(checks.hypernyms) else math.nan
    method = "share of the pairs, exact"

    def gained(pick: Callable[[WordScore], float]) -> Estimate:
        ours, others = ([pick(fit.score) for fit in fits.get(name, []) if fit.score is not None] for name in ("test", "euclidean"))
        return (
            Estimate.missing("there is nothing to hold it against", seed=seed) if any(map(math.isnan, ours)) else gain(ours, others, seed)
        )

    return {
        "test": WordGeometry(
            **{name: getattr(sums["test"], name) for name in WordNumbers.__dataclass_fields__},
            hypernyms=told,
            judgements=judges,
            stopped=first.stopped,
            losses=first.losses,
            disk=in_the_disk(first.embedding),
            radii=first.embedding.radii(),
            counts=checks.counts,
            shown=shown,
            edges=edges,
            labels=tuple(first.embedding.names[i] for i in shown),
        ),
        "controls": WordControls(
            reported=sums["test"],
            euclidean=sums.get("euclidean"),
            euclidean_4x=sums.get("euclidean_4x"),
            frequency_direction=Estimate.missing(told, seed=seed)
            if math.isnan(by_frequency)
            else Estimate(by_frequency, None, None, len(checks.hypernyms), seed, method),
            gain=gained(lambda s: s.explained),
            gain_relatedness=gained(lambda s: s.relatedness),
            gain_direction=gained(lambda s: s.direction_balanced),
            gain_similarity=gained(lambda s: s.similarity),
        ),
    }


def _numbers(space: str, dim: int, fits: Sequence[Done[WordScore]], told: str, judges: str, seed: int) -> WordNumbers:
    """The numbers of one space over its fits."""

    def of(pick: Callable[[WordScore], float], reason: str = "") -> Estimate:
        return over_seeds([pick(fit.score) for fit in fits if fit.score is not None], seed, reason)

    return WordNumbers(
        space=space,
        dim=dim,
        explained=of(lambda s: s.explained, "no cell was held out"),
        relatedness=of(lambda s: s.relatedness, told),
        direction=of(lambda s: s.direction, told),
        direction_balanced=of(lambda s: s.direction_balanced, told),
        similarity=of(lambda s: s.similarity, judges),
        similarity_angle=of(lambda s: s.similarity_angle, judges),
        radius_frequency=of(lambda s: s.radius_frequency, "all words are equally frequent or equally far"),
        curvature=over_seeds([fit.embedding.space.curvature for fit in fits], seed),
        loss=over_seeds([float(fit.losses[-1]) for fit in fits], seed),
    )


def _worth_naming(checks: WordChecks) -> tuple[np.ndarray, np.ndarray]:
    """The words most others are below of, with a word below each, and the pairs among them; without pairs the most frequent words."""
    if not len(checks.hypernyms):
        return np.arange(min(_NAMED, len(checks.counts))), np.empty((0, 2), dtype=np.int64)
    general = np.argsort(-np.bincount(checks.hypernyms[:, 1], minlength=len(checks.counts)), kind="stable")[: _NAMED // 3]
    below = [checks.hypernyms[checks.hypernyms[:, 1] == each, 0][:2] for each in general]
    shown = np.unique(np.concatenate([general, *below]))
    return shown, checks.hypernyms[np.isin(checks.hypernyms, shown).all(axis=1)]
