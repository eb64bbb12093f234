"""`fit hierarchy`: pairs in, an embedding out, beside the flat spaces that might do as well."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from gromov.core import Device, Executor, InputError, Progress, Result, Silent, Tree, generator, resolve_device
from gromov.core.runs import RunFolder
from gromov.models import Embedding, factors_of, load_embedding, place_of
from gromov.models.hierarchy import Relation, Score, Yardstick, best_sarkar, score, split
from gromov.verbs.fit_common import Budget, Place, command, finished, run_folder, start_seed, write
from gromov.verbs.fit_data import Hierarchy, HierarchyLike, Meaning, read_hierarchy
from gromov.verbs.fit_export import chosen_exports
from gromov.verbs.fit_jobs import Job, run_job
from gromov.verbs.fit_kept import Done
from gromov.verbs.fit_record import FitRun
from gromov.verbs.fit_results import Controls, LinkPrediction, Reconstruction, Scores, Setting
from gromov.verbs.fit_summary import asked_of, gain, reconstruction_of, scores_of

SPACES = ("hyperbolic", "euclidean", "sphere", "product")
SCALES = (20.0, 5.0, 1.0)
"""Radii of curvature tried at the start: nearly flat, bent, sharply bent. Chosen on the closures of birds, fishes and vehicles in WordNet."""
KINDS: dict[str, type[Result]] = {"test": Reconstruction, "controls": Controls, "link_prediction": LinkPrediction}
DEFAULTS: Tree = {"space": "hyperbolic", "dim": 5, "seeds": 5, "scales": list(SCALES), "controls": True, "seed": 0}
_SOLVED = 1e-3
_WIDER = 4
_LARGEST_TREE = 5000


def fit_hierarchy(
    data: HierarchyLike | str | Path,
    *,
    space: str = "hyperbolic",
    dim: int = 5,
    seeds: int = 5,
    relation: Meaning = "auto",
    columns: Sequence[str] | None = None,
    reverse: bool = False,
    reveal: Sequence[float] = (),
    epochs: int | None = None,
    scales: Sequence[float] = SCALES,
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
    """Embed a tree, a partial order or a graph, beside Euclidean controls of the same and of four times the dimension.

    Args:
        data: A file of pairs (node, ancestor) or (node, neighbour), the name of a data set, a graph of networkx, a list of pairs, a `Graph`.
        space: `hyperbolic`, `euclidean`, `sphere`, `product` (hyperbolic × sphere), or `auto`: the one with the smallest training loss of a fit that is not reported.
        dim: Dimension of the space.
        seeds: Number of fits from different starts, over which means and intervals are taken.
        relation: `ancestors` (the transitive closure of the pairs is fitted), `neighbors`, or `auto`.
        columns: Columns of a table: the two nodes, and the length of the edge if there is one.
        reverse: Whether pairs are (ancestor, node).
        reveal: Percentages of the pairs that follow from others to show in link prediction; empty leaves it out.
        epochs: Passes over the nodes; None means about 4,000 steps, and 60 to 1,000 epochs.
        scales: Radii of curvature to start with, among which the training loss of a fit that is not reported chooses, in every space alike.
        controls: False leaves the controls out.
        show: Names whose nearest nodes, and nearest more general nodes, are told.
        export: `npz`, `parquet`, `word2vec`: formats to write beside the model.
        seed: Seed of every random draw.
        workers: Number of processes; the numbers do not depend on it.
        device: `auto`, `cpu` or `cuda`; fits run on the CPU.
        budget: Seconds after which no further fit is started; what is left out is said.
        out: Run folder to write; None writes nothing.
        again: Start another run beside an existing one.
        progress: Told how far the work is.
        default_folder: Write to runs/fit-<input>-<hash> where `out` is None.

    Raises:
        GromovError: bad data or options; the text says what to do.

    Example:
        >>> import gromov
        >>> run = gromov.fit_hierarchy([("dog", "canine"), ("wolf", "canine"), ("canine", "animal"), ("cat", "animal")],
        ...     relation="ancestors", dim=2, seeds=1, epochs=200, controls=False)
        >>> run["test"].mean_rank.value < 1.5
        True
    """
    exports = chosen_exports(export)
    _check(space, dim, seeds, epochs, scales, seed, workers)
    resolve_device(device)
    report = progress or Silent()
    report.step("reading", 0.0)
    hierarchy = read_hierarchy(data, relation=relation, columns=columns, reverse=reverse)
    for name in show:
        place_of(name, hierarchy.names)
    config: Tree = {
        "space": space,
        "dim": dim,
        "seeds": seeds,
        "relation": "ancestors" if hierarchy.relation.directed else "neighbors",
        "columns": None if columns is None else list(columns),
        "reverse": reverse,
        "reveal": list(reveal),
        "epochs": epochs,
        "scales": list(scales),
        "controls": controls,
        "export": list(exports),
        "seed": seed,
    }
    folder = run_folder("hierarchy", hierarchy.input, config, out=out, default_folder=default_folder, again=again)
    plan = _Plan(hierarchy, seed, seeds, tuple(scales), epochs, Executor(workers), folder, report, Budget(budget))
    if (before := finished(folder, KINDS, load_embedding)) is not None:
        results, embedding, skipped, warned = before.results, before.fitted, before.skipped, before.warnings
    else:
        results, embedding = plan.all(space, dim, tuple(reveal), controls=controls)
        skipped, warned = plan.budget.skipped, (*hierarchy.warnings, *plan.said)
    test = results["test"]
    assert isinstance(test, Reconstruction)
    run = FitRun(
        task="hierarchy",
        results={**results, "test": replace(test, asked=asked_of(embedding, show))},
        embedding=embedding,
        input=hierarchy.input,
        config=config,
        skipped=skipped,
        warnings=tuple(dict.fromkeys(warned)),
        version=version("gromov"),
        timings=plan.timings,
        folder=None if folder is None else folder.path,
        command=command("hierarchy", str(hierarchy.input["name"]), config, DEFAULTS),
        exports=exports,
    )
    return write(run, folder, report, late=plan.budget.late)


def _check(space: str, dim: int, seeds: int, epochs: int | None, scales: Sequence[float], seed: int, workers: int) -> None:
    """Refuse options nothing can be done with."""
    for name in SPACES if space == "auto" else (space,):
        factors_of(name, dim)
    for what, value, least in (("seeds", seeds, 1), ("epochs", epochs, 1), ("seed", seed, 0), ("workers", workers, 1)):
        if value is not None and value < least:
            raise InputError(f"--{what} is {value}; it must be {least} or more")
    if not scales or any(not 0.01 <= scale <= 1000 for scale in scales):
        raise InputError(f"--scales is {', '.join(map(str, scales)) or 'empty'}; each must be between 0.01 and 1000")


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What the fits of one setting share."""

    prefix: str
    relation: Relation
    yardstick: Yardstick


@dataclass(slots=True, eq=False)
class _Plan:
    """The fits of a run, in order: the choice of the first scales, then every seed in every space."""

    hierarchy: Hierarchy
    seed: int
    seeds: int
    scales: tuple[float, ...]
    epochs: int | None
    executor: Executor
    folder: RunFolder | None
    report: Progress
    budget: Budget
    said: list[str] = field(default_factory=list[str])
    timings: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    _begun: int = 0
    _count: int = 1

    def all(self, space: str, dim: int, reveal: tuple[float, ...], *, controls: bool) -> tuple[dict[str, Result], Embedding]:
        """Every fit, and what they say together."""
        h = self.hierarchy
        splits = {f"at_{share:g}".replace(".", "_"): split(h.relation, share / 100, self.seed) for share in reveal}
        candidates = SPACES if space == "auto" else (space,)
        kinds = 3 if controls else 1
        self._count = (len(candidates) + kinds - 1) * (len(self.scales) if len(self.scales) > 1 else 0) + kinds * self.seeds * (
            1 + len(splits)
        )
        task = _Task("", h.relation, Yardstick.of(h.relation, h.graph(), seed=self.seed))
        chosen = {(name, dim): self._first_scale(name, dim) for name in candidates}
        best = min(candidates, key=lambda name: chosen[name, dim][1])
        if space == "auto":
            told = ", ".join(f"{name} {chosen[name, dim][1]:.3f}" for name in candidates)
            self.said.append(f"auto chose {best} space by the training loss of a fit that is not reported: {told}")
        where = {"test": (best, dim)}
        if controls:
            where |= {"euclidean": ("euclidean", dim), "euclidean_4x": ("euclidean", _WIDER * dim)}
        for each in where.values():
            if each not in chosen:
                chosen[each] = self._first_scale(*each)
        fits = self._over_seeds(task, where, chosen)
        sums = {name: scores_of(*where[name], chosen[where[name]][0], found, self.seed) for name, found in fits.items() if found}
        maps = {name: [fit.score.map for fit in found if fit.score is not None] for name, found in fits.items()}
        results: dict[str, Result] = {
            "test": reconstruction_of(sums["test"], fits["test"][0], h, task.yardstick.depth),
            "controls": Controls(
                reported=sums["test"],
                euclidean=sums.get("euclidean"),
                euclidean_4x=sums.get("euclidean_4x"),
                sarkar=self._sarkar(task.yardstick) if controls else None,
                gain=gain(maps["test"], maps.get("euclidean", []), self.seed),
                gain_4x=gain(maps["test"], maps.get("euclidean_4x", []), self.seed),
            ),
        }
        settings: dict[str, Setting] = {}
        for (name, parts), share in zip(splits.items(), reveal, strict=True):
            own = _Task(f"{name}-", parts.train, Yardstick.of(parts.test, h.graph(), known=parts.known, seed=self.seed))
            found = self._over_seeds(own, where, chosen)
            if not found["test"]:
                continue
            sums = {kind: scores_of(*where[kind], chosen[where[kind]][0], done, self.seed) for kind, done in found.items() if done}
            settings[name] = Setting(share / 100, len(parts.test), sums["test"], sums.get("euclidean"), sums.get("euclidean_4x"))
        if settings:
            results["link_prediction"] = LinkPrediction(settings)
        return results, fits["test"][0].embedding

    def _first_scale(self, space: str, dim: int) -> tuple[float, float]:
        """The first scale with the smallest training loss, and that loss; a loss below 0.001 nats ends the search."""
        if len(self.scales) == 1:
            return self.scales[0], 0.0
        draw = int(generator(self.seed, "fit", "choice").integers(2**31))
        found: list[tuple[float, float]] = []
        for scale in self.scales:
            if found and (self.budget.is_spent() or found[-1][1] < _SOLVED):
                break
            job = Job(f"choice-{space}-{dim}-{scale:g}", space, dim, scale, draw, self.epochs)
            (done,) = self._run([job], self.hierarchy.relation, None)
            found.append((scale, done.loss))
        if len(found) < len(self.scales) and found[-1][1] >= _SOLVED:
            self.budget.skipped[f"choice of the first scale, {space}, d = {dim}"] = (
                f"the budget of {self.budget.seconds:g} s was spent after {len(found)} fits"
            )
        return min(found, key=lambda each: each[1])

    def _over_seeds(
        self, task: _Task, where: dict[str, tuple[str, int]], chosen: dict[tuple[str, int], tuple[float, float]]
    ) -> dict[str, list[Done[Score]]]:
        """The fits of every space; a space that is listed twice is fitted once."""
        fits: dict[tuple[str, int], list[Done[Score]]] = {place: [] for place in where.values()}
        for turn in range(self.seeds):
            draw = start_seed(self.seed, turn)
            jobs = [Job(f"{task.prefix}{s}-{d}-{turn}", s, d, chosen[s, d][0], draw, self.epochs) for s, d in fits]
            if self.budget.is_spent() and (turn or task.prefix):
                self.budget.leave_out(f"{task.prefix.removesuffix('-')} seed {turn}".strip())
                continue
            for job, done in zip(jobs, self._run(jobs, task.relation, task.yardstick), strict=True):
                fits[job.space, job.dim].append(done)
        return {name: fits[place] for name, place in where.items()}

    def _run(self, jobs: list[Job], relation: Relation, yardstick: Yardstick | None) -> list[Done[Score]]:
        """The jobs, side by side where there are workers."""
        found: list[Done[Score]] = []
        names = self.hierarchy.names
        if self.executor.workers == 1 or len(jobs) == 1:
            for job in jobs:
                found.append(run_job(job, relation, yardstick, names, self.folder, Place(self.report, self._begun, self._count)))
                self._begun += 1
        else:
            self.report.step(f"{len(jobs)} fits side by side", min(0.97, self._begun / self._count))
            found = list(self.executor.map(run_job, jobs, relation, yardstick, names, self.folder, Silent()))
            self._begun += len(jobs)
        for job, done in zip(jobs, found, strict=True):
            self.timings[job.name] = {"cpu_s": done.cpu}
        return found

    def _sarkar(self, yardstick: Yardstick) -> Scores | None:
        """Sarkar's construction of a tree, if it is one and there is room for it."""
        from gromov.spaces import Polar

        if not self.hierarchy.is_tree or len(self.hierarchy.names) > _LARGEST_TREE:
            return None
        try:
            tree = best_sarkar(self.hierarchy.graph())
        except InputError as error:
            self.budget.skipped["Sarkar's construction"] = str(error)
            return None
        embedding = Embedding(tree.points, Polar(), self.hierarchy.names)
        done = Done(embedding, score(embedding, yardstick), tree.points[:0, 0], "nothing is trained", 0.0)
        self.said.append(
            f"Sarkar's construction: distortion at most {1 + tree.epsilon:g}, edges of length {tree.scale:.1f}, leaves at depth {tree.depth:.1f}, directions of {tree.bits} bits"
        )
        return scores_of("hyperbolic", 2, tree.scale, [done], self.seed)
