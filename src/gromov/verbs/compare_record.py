"""What `compare` returns: the results of every pair, and everything needed to report and repeat them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gromov.core import Arrays, Comparison, InputError, Result, Tree, environment
from gromov.report import Page
from gromov.verbs.compare_inputs import short_labels
from gromov.verbs.compare_matrix import Matrices, Pairs
from gromov.verbs.compare_pairs import Pair
from gromov.verbs.compare_report import Verdict
from gromov.verbs.record import SCHEMA, Record, frame_of, named

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComparisonRun(Record):
    """Several inputs, compared pair by pair.

    Attributes:
        pairs: Results of each pair that was compared.
        matrices: Values and p-values of each measure over all pairs, by name.
        inputs: What was compared: name, kind, n, d, classes, sha256, notes.
        timings: Wall and CPU seconds of each comparison, by pair.
    """

    pairs: tuple[Pair, ...]
    matrices: Mapping[str, Matrices]
    inputs: Sequence[Tree]
    timings: Mapping[str, Mapping[str, Mapping[str, float]]]

    def __getitem__(self, name: str) -> Comparison:
        """The result of one comparison of the only pair.

        Raises:
            InputError: there are several pairs: take `pair(i, j)` or `matrices`.
        """
        if len(self.inputs) != 2:
            raise InputError(
                f"{len(self.inputs)} inputs make {len(self.pairs)} pairs: take run.pair(0, 1)[{name!r}], or run.matrices[{name!r}]"
            )
        return named(self.pairs[0].results, name, "measure")

    def pair(self, first: int, second: int) -> Pair:
        """The results of two inputs, by their places from 0.

        Raises:
            InputError: the two were not compared.
        """
        for each in self.pairs:
            if {each.first, each.second} == {first, second}:
                return each
        raise InputError(
            f"inputs {first} and {second} were not compared; the pairs are {', '.join(f'{p.first}–{p.second}' for p in self.pairs)}"
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The inputs, by short name."""
        return short_labels([str(each["name"]) for each in self.inputs])

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1): of two inputs each measure's result, of more its matrices, and the results below `pairs`."""
        store: Arrays = {} if arrays is None else arrays
        top: Tree = {
            "schema": SCHEMA,
            "gromov": self.version,
            "verb": "compare",
            "input": self.inputs[0],
            "inputs": list(self.inputs),
            "config": self.config,
        }
        if len(self.inputs) == 2:
            pair = self.pairs[0]
            results: Tree = {name: each.to_dict(store, prefix=name) for name, each in pair.results.items()}
            skipped: Tree = dict(pair.skipped)
            more: Tree = {}
        else:
            results = {name: each.to_dict(store, name) for name, each in self.matrices.items()}
            skipped = {}
            for name in dict.fromkeys(name for pair in self.pairs for name in pair.skipped):
                if name not in self.matrices:
                    skipped[name] = next(pair.skipped[name] for pair in self.pairs if name in pair.skipped)
            more = {"pairs": [_pair(each, store) for each in self.pairs]}
        verdict: Tree = {"p_holm": self.pairs[0].corrected} if len(self.inputs) == 2 else {}
        return {**top, "results": results, **verdict, **more, "skipped": skipped, "warnings": list(self.warnings)}

    def to_frame(self) -> "pandas.DataFrame":
        """One row for each measure of each pair: first, second, measure, value, stderr, ci_low, ci_high, null_mean, p_value, p_holm. Needs pandas."""
        columns = ("first", "second", "measure", "value", "stderr", "ci_low", "ci_high", "null_mean", "p_value", "p_holm")
        rows = [
            (
                self.labels[pair.first],
                self.labels[pair.second],
                name,
                each.value.value,
                each.value.stderr,
                *(each.value.ci or (None, None)),
                each.null.mean,
                each.p_value,
                pair.corrected[name],
            )
            for pair in self.pairs
            for name, each in pair.results.items()
        ]
        return frame_of(columns, rows)

    def page(self) -> Page:
        """The report, as data: the verdict first, then a section for each measure of two inputs."""
        labels, draws = self.labels, self.config["null"]
        assert isinstance(draws, int)
        two = len(self.inputs) == 2
        pair_of_labels = labels[0], labels[-1]
        overview = (
            Verdict(pair_of_labels, self.inputs, self.pairs[0], draws)
            if two
            else Pairs(labels, self.inputs, self.pairs, self.matrices, draws)
        )
        results: dict[str, Result] = {"verdict" if two else "pairs": overview}
        if two:
            results |= self.pairs[0].results
        widths = {each["d"] for each in self.inputs}
        kinds = {each["kind"] for each in self.inputs}
        first, second = pair_of_labels
        name = f"{first} with {second}" if two else f"{len(labels)} inputs, {', '.join(labels[:6])}{' …' if len(labels) > 6 else ''}"
        return Page(
            title=f"{first} against {second}" if two else f"{len(labels)} inputs compared",
            verb="compare",
            source={
                "name": name,
                "kind": kinds.pop() if len(kinds) == 1 else "points",
                "n": sum(n for each in self.inputs if isinstance(n := each["n"], int)),
                "d": widths.pop() if len(widths) == 1 else None,
                "labels": None,
                "sha256": "",  # there are several: see the table of inputs
                "notes": [],
            },
            results=results,
            skipped=self._skipped(),
            warnings=self.warnings,
            config={**self.config, "command": self.command},
            environment=environment(),
            version=self.version,
            lead=overview.lead(),
        )

    def _skipped(self) -> dict[str, str]:
        labels = self.labels
        if len(self.inputs) == 2:
            return dict(self.pairs[0].skipped)
        return {
            f"{name} of {labels[pair.first]} and {labels[pair.second]}": reason
            for pair in self.pairs
            for name, reason in pair.skipped.items()
        }


def _pair(pair: Pair, arrays: Arrays) -> Tree:
    prefix = f"pair-{pair.first}-{pair.second}"
    return {
        "first": pair.first,
        "second": pair.second,
        "results": {name: each.to_dict(arrays, prefix=f"{prefix}.{name}") for name, each in pair.results.items()},
        "p_holm": pair.corrected,
        "skipped": dict(pair.skipped),
    }
