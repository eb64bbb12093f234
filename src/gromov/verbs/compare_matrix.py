"""What a comparison of more than two inputs says: matrices, a dendrogram and a map for each measure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import About, Arrays, Axis, Caption, Comparison, Curve, Estimate, Figure, Finding, Matrix, Points, Result, Table, encode
from gromov.core import Tree as JsonTree
from gromov.report import number
from gromov.verbs.compare_groups import HALVES, WITHIN_ERRORS, Dendrogram, classical_map, dendrogram, within_errors
from gromov.verbs.compare_pairs import LEVEL, Pair
from gromov.verbs.compare_report import can_be_small, draws_needed, inputs_table, note, purposes, verdict_word

_WRITTEN = 12
_REPLICATE = {
    HALVES: "Each is computed again from a random half of every input, of at most 400 points.",
    WITHIN_ERRORS: "Each moves the values within their errors, taken for independent.",
}


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """One measure over all pairs; NaN where a pair was not compared.

    Attributes:
        matrix: The value of each pair, k × k; on the diagonal that of an input and itself.
        error_matrix: Its standard error.
        p_matrix: Its p-value; 1 on the diagonal of a distance.
        p_holm: The p-values after Holm's correction over the measures of the pair.
        dendrogram: Average linkage of the dissimilarities; None where a pair is missing.
        positions: The inputs in the plane by classical scaling; None where a pair is missing.
        shown: Share of the spread that the plane shows; None where a pair is missing.
    """

    matrix: Float[np.ndarray, "k k"]
    error_matrix: Float[np.ndarray, "k k"]
    p_matrix: Float[np.ndarray, "k k"]
    p_holm: Float[np.ndarray, "k k"]
    dendrogram: Dendrogram | None
    positions: Float[np.ndarray, "k 2"] | None
    shown: float | None

    @classmethod
    def of(
        cls, name: str, pairs: Sequence[Pair], count: int, *, seed: int, replicates: Float[np.ndarray, "b p"] | None = None
    ) -> "Matrices":
        """The matrices of one measure.

        Args:
            name: The measure.
            pairs: Every pair.
            count: Number of inputs.
            seed: Seed of replicates within the errors, where there are no others.
            replicates: Dissimilarities of all pairs from halves of the inputs.
        """
        found = [each.results[name] for each in pairs if name in each.results]
        traits = found[0].traits()
        matrix, errors, p, corrected = (np.full((count, count), np.nan) for _ in range(4))
        apart = np.zeros((count, count))
        for pair in pairs:
            if name not in pair.results:
                continue
            result = pair.results[name]
            for place in ((pair.first, pair.second), (pair.second, pair.first)):
                matrix[place], errors[place] = result.value.value, result.value.stderr or 0.0
                p[place], corrected[place], apart[place] = result.p_value, pair.corrected[name], result.dissimilarity
        np.fill_diagonal(matrix, traits.identity)
        np.fill_diagonal(errors, 0.0)
        for each in (p, corrected):
            np.fill_diagonal(each, 1.0 if not traits.paired else 1 / (found[0].null.n + 1))
        whole = bool(np.isfinite(matrix).all()) and count > 2
        places, shown = classical_map(apart) if whole else (None, None)
        tree = None
        if whole and replicates is not None and len(replicates):
            tree = dendrogram(apart, replicates, HALVES)
        elif whole:
            tree = dendrogram(apart, within_errors(apart, errors, seed=seed), WITHIN_ERRORS)
        for array in (matrix, errors, p, corrected):
            array.flags.writeable = False
        return cls(matrix, errors, p, corrected, tree, places, shown)

    def to_dict(self, arrays: Arrays, prefix: str) -> JsonTree:
        """JSON-ready form."""
        tree = encode(self, prefix, arrays)
        assert isinstance(tree, dict)
        return tree


@dataclass(frozen=True, slots=True, eq=False)
class Pairs(Result):
    """Every pair of several inputs.

    Attributes:
        labels: The inputs, by short name.
        inputs: What each is.
        pairs: The results of each pair.
        matrices: Those of each measure, by name.
        draws: Number of draws of each null.
    """

    labels: tuple[str, ...]
    inputs: Sequence[JsonTree]
    pairs: Sequence[Pair]
    matrices: Mapping[str, Matrices]
    draws: int

    @classmethod
    def about(cls) -> About:
        """How pairs are compared."""
        return About(
            "Every pair",
            "Which of the inputs differ, and which belong together?",
            "Every pair is compared by itself, with its own null, at its own size. The dendrogram joins by average linkage; its support is the share of replicates in which the "
            "same inputs are joined, each replicate a random half of every input, of at most 400 points, the whole statistic computed again. The map is classical scaling. p-values are corrected over the measures of each pair (Holm), not over the pairs.",
            (
                "R. R. Sokal, C. D. Michener (1958), A statistical method for evaluating systematic relationships.",
                "W. S. Torgerson (1952), Multidimensional scaling: I. Theory and method. Psychometrika 17.",
            ),
        )

    def rows(self) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
        """Nothing: the numbers are matrices, in result.json and in the figures."""
        yield from ()

    def summary(self) -> str:
        """How many pairs differ, or why that is not tested."""
        if not self._differing() and self._untestable():
            return (
                f"Not tested: with {self.draws} draws and {self._untestable()} measures no p-value can be small enough. "
                f"Ask for --null {draws_needed(self._untestable())} or more."
            )
        return f"{self._differing()} of {len(self.pairs)} pairs of {len(self.labels)} inputs differ beyond chance by at least one measure."

    def findings(self) -> tuple[Finding, ...]:
        """How many pairs differ, by measure."""
        told: list[str] = []
        for name, each in self.matrices.items():
            seen = [pair for pair in self.pairs if name in pair.results and pair.corrected[name] <= LEVEL]
            word = "agree" if next(pair.results[name] for pair in self.pairs if name in pair.results).traits().paired else "differ"
            told.append(f"by {name} {len(seen)} of {sum(name in pair.results for pair in self.pairs)} {word}{self._extremes(each)}")
        answer = f"{self._differing()} of {len(self.pairs)} pairs"
        action = "Compare the two of a pair by themselves to see each null."
        if not self._differing() and self._untestable():
            answer, action = "Not tested", f"Ask for --null {draws_needed(self._untestable())} or more."
        found = Finding("Which of them differ?", answer, "; ".join(told) + ".", action, "neutral")
        return (found, *self._together())

    def _together(self) -> tuple[Finding, ...]:
        """The lowest merge of every dendrogram, with its support."""
        trees = {name: each.dendrogram for name, each in self.matrices.items() if each.dendrogram is not None}
        if not trees:
            return ()
        first = {name: " and ".join(self.labels[int(i)] for i in tree.merges[0, :2]) for name, tree in trees.items()}
        said = "; ".join(f"{first[name]} by {name}, in {100 * tree.support[0]:.0f} % of the replicates" for name, tree in trees.items())
        sure = [first[name] for name, tree in trees.items() if tree.support[0] >= 0.95]
        answer = ", ".join(dict.fromkeys(sure)) if sure else "None for sure"
        detail = f"Joined first: {said}. {_REPLICATE[next(iter(trees.values())).method]}"
        return (Finding("Which belong together?", answer, detail, tone="neutral"),)

    def _differing(self) -> int:
        """The number of pairs that differ by at least one measure."""
        return sum(
            any(verdict_word(name, pair.results, pair.corrected, self.draws) == "different" for name in pair.results) for pair in self.pairs
        )

    def _untestable(self) -> int:
        """The number of measures of difference where that is too many for the draws, else 0."""
        measures = sum(not each.traits().paired for each in self._first().values())
        return 0 if can_be_small(self.draws, measures) else measures

    def _extremes(self, each: Matrices) -> str:
        upper = np.triu(np.ones_like(each.matrix, dtype=bool), 1) & np.isfinite(each.matrix)
        values = np.where(upper, each.matrix, np.nan)
        low, high = (np.unravel_index(int(pick(values)), values.shape) for pick in (np.nanargmin, np.nanargmax))
        return f" (smallest {self._pair(low)} {number(float(values[low]))}, largest {self._pair(high)} {number(float(values[high]))})"

    def _pair(self, place: tuple[np.intp, ...]) -> str:
        return " and ".join(self.labels[int(i)] for i in place)

    def lead(self) -> Table:
        """Each pair and measure in a row."""
        rows = tuple(
            (
                f"{self.labels[pair.first]} | {self.labels[pair.second]}",
                name,
                number(each.value.value),
                number(each.null.observed),
                number(each.null.mean),
                f"{each.p_value:.3g}",
                f"{pair.corrected[name]:.3g}",
                verdict_word(name, pair.results, pair.corrected, self.draws),
            )
            for pair in self.pairs
            for name, each in pair.results.items()
        )
        columns = ("pair", "measure", "value", "tested", "by chance", "p", "p, Holm", "verdict")
        return Table("pairs-measures", "Every pair by every measure", columns, rows, note(self.draws, self._first()))

    def tables(self) -> tuple[Table, ...]:
        """All pairs, what each measure is for, and the inputs."""
        return (self.lead(), purposes(self._first()), inputs_table(self.labels, self.inputs))

    def figures(self) -> tuple[Figure, ...]:
        """The matrix of each measure, its dendrogram and its map."""
        found: list[Figure] = []
        for name, each in self.matrices.items():
            found.append(self._heat_map(name, each))
            if each.dendrogram is not None:
                found.append(self._tree(name, each.dendrogram))
            if each.positions is not None:
                found.append(self._map(name, each.positions, each.shown or 0.0))
        return tuple(found)

    def _first(self) -> dict[str, Comparison]:
        return {name: next(pair.results[name] for pair in self.pairs if name in pair.results) for name in self.matrices}

    def _heat_map(self, name: str, each: Matrices) -> Figure:
        caption = Caption(
            what=f"{name} of every pair.",
            how="Each pair by itself; the diagonal is the value of an input and itself.",
            sure=f"The largest standard error is {number(float(np.nanmax(each.error_matrix)))}.",
            means=self._extremes(each).strip(" ()").capitalize() + ".",
            todo="p-values are in the table and in result.json.",
        )
        layer = Matrix(name, each.matrix, self.labels, self.labels)
        return Figure(f"pairs-{name}-matrix", f"{name}: every pair", caption, Axis("input"), Axis("input"), (layer,))

    def _tree(self, name: str, tree: Dendrogram) -> Figure:
        k = len(self.labels)
        at = {leaf: float(place) for place, leaf in enumerate(tree.order)}
        height = dict.fromkeys(range(k), 0.0)
        x: list[float] = []
        y: list[float] = []
        marks: list[tuple[float, float, float]] = []
        for place, (a, b, top, _) in enumerate(tree.merges):
            i, j = int(a), int(b)
            x += [at[i], at[i], at[j], at[j], np.nan]
            y += [height[i], float(top), float(top), height[j], np.nan]
            at[k + place], height[k + place] = (at[i] + at[j]) / 2, float(top)
            marks.append((at[k + place], float(top), float(tree.support[place])))
        caption = Caption(
            what=f"Which inputs are near each other by {name}: the height of a merge is their mean dissimilarity.",
            how="Average linkage.",
            sure=f"The number at a merge is its support: the share of {tree.replicates:,} replicates that have it. {_REPLICATE[tree.method]}",
            means=f"The merges have support {', '.join(f'{100 * mark[2]:.0f} %' for mark in marks)}, from the lowest to the highest.",
        )
        texts = tuple(f"{100 * mark[2]:.0f} %" for mark in marks)
        points = Points("support", np.array([mark[0] for mark in marks]), np.array([mark[1] for mark in marks]), texts=texts, written=True)
        return Figure(
            f"pairs-{name}-tree",
            f"{name}: who belongs together",
            caption,
            Axis("input", categories=tuple(self.labels[i] for i in tree.order)),
            Axis(name),
            (Curve("merges", np.array(x), np.array(y)), points),
        )

    def _map(self, name: str, positions: Float[np.ndarray, "k 2"], shown: float) -> Figure:
        caption = Caption(
            what=f"The inputs in the plane, as far apart as {name} says.",
            how="Classical scaling of the dissimilarities.",
            sure=f"The plane shows {100 * shown:.0f} % of the spread.",
            means="Near means alike by this measure." if shown > 0.7 else "Much of the spread is not in the plane: trust the matrix.",
        )
        few = len(self.labels) <= _WRITTEN
        groups = np.arange(len(self.labels))
        layer = Points("inputs", positions[:, 0], positions[:, 1], groups, self.labels, texts=self.labels, written=few)
        return Figure(f"pairs-{name}-map", f"{name}: a map", caption, Axis("first axis"), Axis("second axis"), (layer,), equal=True)
