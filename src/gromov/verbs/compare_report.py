"""What a comparison of two inputs says first: the verdict, and a table of the measures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gromov.core import About, Comparison, Estimate, Finding, Result, Table, Tree
from gromov.report import number
from gromov.report.words import interval
from gromov.verbs.compare_pairs import LEVEL, Pair

_COLUMNS = ("measure", "value", "tested", "by chance", "p", "p, Holm", "verdict")
_HOLM = "S. Holm (1979), A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6."


@dataclass(frozen=True, slots=True, eq=False)
class Verdict(Result):
    """What the measures say together of two inputs.

    Attributes:
        labels: The two, by short name.
        inputs: What each is.
        pair: The results.
        draws: Number of draws of each null.
    """

    labels: tuple[str, str]
    inputs: Sequence[Tree]
    pair: Pair
    draws: int

    @classmethod
    def about(cls) -> About:
        """How the verdict comes about."""
        return About(
            "Verdict",
            "Are the two more different than chance explains?",
            "Each measure has a null of its own, described in its section. p-values are corrected by Holm's procedure, the unpaired measures (is there a difference?) and the paired ones "
            f"(is there agreement?) each as one family, so the chance of any false alarm within a family is at most {100 * LEVEL:g} %. That no measure sees a difference does not show that there "
            "is none: a difference within the null is too small to be seen with so many points.",
            (_HOLM,),
        )

    def rows(self) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
        """Nothing: the numbers are those of the measures."""
        yield from ()

    def summary(self) -> str:
        """The verdicts in a sentence."""
        return " ".join(f"{each.answer}." for each in self.findings())

    def findings(self) -> tuple[Finding, ...]:
        """Is there a difference? If rows are paired: is there agreement?"""
        found: list[Finding] = []
        if apart := {name: each for name, each in self.pair.results.items() if not each.traits().paired}:
            found.append(difference(self.labels, apart, self.pair.corrected, self.draws))
        if alike := {name: each for name, each in self.pair.results.items() if each.traits().paired}:
            found.append(agreement(alike, self.pair.corrected, self.draws))
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        """The measures, what each is for, and the inputs."""
        return (self.lead(), purposes(self.pair.results), inputs_table(self.labels, self.inputs))

    def lead(self) -> Table:
        """Each measure with its interval, null and p-value."""
        corrected = self.pair.corrected
        rows = tuple(
            (
                name,
                f"{number(each.value.value)} {interval(each.value)}",
                number(each.null.observed),
                number(each.null.mean),
                f"{each.p_value:.3g}",
                f"{corrected[name]:.3g}",
                verdict_word(name, self.pair.results, corrected, self.draws),
            )
            for name, each in self.pair.results.items()
        )
        return Table("verdict-measures", f"{self.labels[0]} against {self.labels[1]}", _COLUMNS, rows, note(self.draws, self.pair.results))


def verdict_word(name: str, results: Mapping[str, Comparison], corrected: Mapping[str, float], draws: int) -> str:
    """`different`, `agree`, `within chance`, or `not tested` where there are too few draws for the measures of its family."""
    paired = results[name].traits().paired
    if corrected[name] > LEVEL:
        family = sum(each.traits().paired is paired for each in results.values())
        return "within chance" if can_be_small(draws, family) else "not tested"
    return "agree" if paired else "different"


def about_shape(result: Comparison) -> bool:
    """Whether a measure sees shape alone: moving or turning one cloud leaves it as it is."""
    traits = result.traits()
    return not traits.paired and "rotation" in traits.apart


def can_be_small(draws: int, measures: int) -> bool:
    """Whether the smallest p-value of this many draws is below the level after Holm's correction over so many measures."""
    return measures / (draws + 1) <= LEVEL


def draws_needed(measures: int) -> int:
    """The number of draws from which on a p-value can be small enough."""
    return round(measures / LEVEL)


def difference(labels: tuple[str, str], results: Mapping[str, Comparison], corrected: Mapping[str, float], draws: int) -> Finding:
    """The finding on a difference."""
    seen = {name: each for name, each in results.items() if corrected[name] <= LEVEL}
    question = "Are they different?"
    told = "; ".join(f"{name} {_value(each)}, by chance {number(each.null.mean)}, p = {each.p_value:.3g}" for name, each in results.items())
    n = min(each.value.n for each in results.values())
    if seen:
        shape = [name for name, each in seen.items() if about_shape(each)]
        answer = f"Different{' in shape' if shape else ''}: {len(seen)} of {len(results)} measures beyond chance"
        rest = (
            ""
            if shape or not any(about_shape(each) for each in results.values())
            else " No measure of shape alone sees a difference: they may differ in place, direction or unit only."
        )
        action = (
            "See in the tables what the measures that differ are sensitive to; measure both (gromov measure A B) to learn which number moved."
            if shape
            else "Centre, turn or rescale them (--normalize center, standard) and compare again, if place and unit do not matter to you."
        )
        return Finding(question, answer, f"{told}.{rest}", action, "caution")
    if not can_be_small(draws, len(results)):
        detail = f"{told}. With {draws} draws and {len(results)} measures no p-value can be small enough."
        return Finding(question, "Not tested", detail, f"Ask for --null {draws_needed(len(results))} or more.", "neutral")
    missed = "; ".join(f"{name} {number(each.null.high)}" for name, each in results.items())
    detail = f"{told}. What would pass unseen: values up to the 95 % point of each null, {missed}."
    answer = f"No measure sees a difference at n = {n:,}"
    return Finding(question, answer, detail, "More points would show smaller differences.", "neutral")


def _value(result: Comparison) -> str:
    """The value, and beside it that at the size of the null draws where it is another."""
    value, tested = number(result.value.value), number(result.null.observed)
    return value if value == tested else f"{value} (at the size of the draws {tested})"


def agreement(results: Mapping[str, Comparison], corrected: Mapping[str, float], draws: int) -> Finding:
    """The finding on agreement of paired rows."""
    seen = sum(corrected[name] <= LEVEL for name in results)
    told = "; ".join(f"{name} {each.value}, random pairing {number(each.null.mean)}" for name, each in results.items())
    question = "Do their rows agree?"
    if seen:
        detail = f"{told}. That the agreement is more than chance does not make it large: read the values."
        return Finding(question, f"Yes, beyond chance: {seen} of {len(results)} measures", detail, tone="good")
    if not can_be_small(draws, len(results)):
        detail = f"{told}. With {draws} draws and {len(results)} measures no p-value can be small enough."
        return Finding(question, "Not tested", detail, f"Ask for --null {draws_needed(len(results))} or more.", "neutral")
    return Finding(question, "Not beyond chance", f"{told}.", "Check that row i of one is the same object as row i of the other.", "bad")


def purposes(results: Mapping[str, Comparison]) -> Table:
    """What each measure is sensitive to, and when it applies."""
    rows = tuple((name, each.traits().sees, each.traits().applies, each.traits().tests) for name, each in results.items())
    return Table("verdict-purposes", "What each measure is for", ("measure", "sees", "applies to", "test"), rows)


def inputs_table(labels: Sequence[str], inputs: Sequence[Tree]) -> Table:
    """The inputs and their hashes."""
    rows = tuple(
        (
            label,
            str(each["kind"]),
            f"{each['n']:,}",
            "" if each["d"] is None else f"{each['d']:,}",
            f"{str(each['sha256'])[:12]}…",
            "; ".join(map(str, _list(each["notes"]))),
        )
        for label, each in zip(labels, inputs, strict=True)
    )
    return Table("verdict-inputs", "The inputs", ("input", "kind", "n", "d", "SHA-256", "on the way in"), rows)


def note(draws: int, results: Mapping[str, Comparison]) -> str:
    """How the p-values are to be read."""
    families = [
        name
        for name, paired in (("difference", False), ("agreement", True))
        if any(each.traits().paired is paired for each in results.values())
    ]
    return (
        f"“tested” is the statistic at the size of the null draws, “by chance” their mean; p is the share of {draws} null draws at least as extreme, the observed one counted; Holm's correction is over the measures of {' and, apart, of '.join(families)}. "
        "For paired measures a small p means agreement."
    )


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value  # pyright: ignore[reportUnknownVariableType]
