"""What a comparison of generators with the real says first: is it faithful, diverse, of the same topology and geometry, and does it memorise?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gromov.core import About, Axis, Bars, Caption, Estimate, Figure, Finding, Matrix, Points, Result, Table, Tone, Tree
from gromov.measures.comparisons import Memorisation
from gromov.report import number
from gromov.report.words import interval
from gromov.verbs.compare_orders import Orders, Quantity, quantities
from gromov.verbs.compare_pairs import LEVEL, Pair, holm
from gromov.verbs.compare_report import can_be_small, draws_needed, inputs_table, purposes

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class _Question:
    """A question put to every generator: the numbers that decide, and what is said where they are beyond chance."""

    asks: str
    text: str
    deciding: tuple[str, ...]
    yes: str
    no: str
    tone: Tone
    action: str


_QUESTIONS = (
    _Question(
        "fidelity",
        "Is it faithful?",
        ("precision", "density"),
        "No: generated points lie where no real ones do",
        "No lack is seen",
        "bad",
        "Look at generated points outside the real ones: they are what precision leaves out.",
    ),
    _Question(
        "diversity",
        "Is it diverse?",
        ("recall", "coverage"),
        "No: real points have no generated ones near them",
        "No lack is seen",
        "bad",
        "Look for what is missing: compare class by class (--where), or count the classes of what is generated.",
    ),
    _Question(
        "topology",
        "Has it the topology?",
        ("geometry_score",),
        "No: the loops differ",
        "No difference is seen",
        "caution",
        "See how long how many loops live (gromov measure --instruments geometry_score of both).",
    ),
    _Question(
        "geometry",
        "Has it the geometry?",
        ("imd", "gromov_wasserstein", "sliced_wasserstein"),
        "No: the shape or its place differs",
        "No difference is seen",
        "caution",
        "Measure both (gromov measure REAL FAKE) to learn which number moved.",
    ),
    _Question(
        "memory",
        "Does it memorise?",
        ("memorisation",),
        "Yes: nearer to single training points than held-out real ones are",
        "No sign of it",
        "bad",
        "Look at the closest pairs; take duplicates out of the training set, and stop earlier or regularise.",
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class GeneratorReading(Result):
    """Generators against the real, question by question.

    Attributes:
        labels: The inputs, by short name.
        inputs: What each is.
        pairs: The results of each generator.
        generators: Place of each generator among the inputs.
        draws: Number of draws of each null.
        orders: The order of the generators by each measure; None for fewer than two.
    """

    labels: tuple[str, ...]
    inputs: Sequence[Tree]
    pairs: Sequence[Pair]
    generators: tuple[int, ...]
    draws: int
    orders: Orders | None

    @classmethod
    def about(cls) -> About:
        """How the answers come about."""
        return About(
            "Generators against the real",
            "What is generated: is it like the real, all of it, of the same shape, and new?",
            "Every generator is compared with the real by itself. A question is decided by measures of its own, each with its null, the p-values corrected over the measures of the question (Holm), so the chance of a "
            f"false alarm is at most {100 * LEVEL:g} % for each question and generator. Fidelity is decided by precision and density, which look at single points; frechet and kid, which look at the distribution as a whole, stand beside them because they mix fidelity with diversity. "
            "The order of the generators by each measure is as sure as 1,000 draws within the errors of the values leave it. That nothing is seen does not show that there is nothing.",
            (
                "M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo (2020), Reliable fidelity and diversity metrics for generative models. ICML, arXiv:2002.09797.",
                "M. G. Kendall (1938), A new measure of rank correlation. Biometrika 30.",
                "S. Holm (1979), A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.",
            ),
        )

    def rows(self) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
        """Nothing: the numbers are those of the measures."""
        yield from ()

    def summary(self) -> str:
        """The answers in a sentence each."""
        return " ".join(f"{each.question} {each.answer.rstrip('.')}." for each in self.findings())

    def findings(self) -> tuple[Finding, ...]:
        """A finding for each question whose measures ran, and on which measures disagree."""
        held = [{each.name: each for each in quantities(pair.results)} for pair in self.pairs]
        found = [
            self._answer(question, held) for question in _QUESTIONS if any(name in each for each in held for name in question.deciding)
        ]
        return (*found, *self._disagreement(held))

    def lead(self) -> Table:
        """Every number of every generator."""
        rows = [
            (
                self._name(at),
                each.name,
                each.asks,
                f"{number(each.value.value)} {interval(each.value)}",
                f"{each.p_value:.3g}",
                number(each.by_chance),
                number(each.tested),
                self._rank(each.name, at),
            )
            for at, pair in enumerate(self.pairs)
            for each in quantities(pair.results)
        ]
        shown = slice(None) if self.orders else slice(0, -1)
        columns = ("generated", "measure", "asks for", "value", "p", "by chance", "tested", "rank")[shown]
        note = (
            f"“tested” is the statistic that the {self.draws} null draws are compared with, “by chance” their mean; p is the share of draws at least as extreme, the observed one counted, before any correction. "
            "A small p says: less precise, less diverse, different, or nearer to training points than chance explains."
        )
        ranked = " “rank” is 1 for the nearest to the real (least memory), with the 95 % range within the errors." if self.orders else ""
        return Table(
            "generators-measures", "Every measure of what was generated", columns, tuple(row[shown] for row in rows), note + ranked
        )

    def tables(self) -> tuple[Table, ...]:
        """The numbers, what each measure is for, and the inputs."""
        held = {name: each for pair in self.pairs for name, each in pair.results.items()}
        return (self.lead(), purposes(held), inputs_table(self.labels, self.inputs))

    def figures(self) -> tuple[Figure, ...]:
        """Of several: each measure of every generator, their ranks, and the agreement of the measures."""
        if self.orders is None:
            return ()
        held = [{each.name: each for each in quantities(pair.results)} for pair in self.pairs]
        return (self._ranks(self.orders), self._agreement(self.orders), *(self._bars(name, held) for name in self.orders.measures))

    def _name(self, at: int) -> str:
        return self.labels[self.generators[at]]

    def _rank(self, name: str, at: int) -> str:
        if self.orders is None or name not in self.orders.measures:
            return ""
        row, of = self.orders.measures.index(name), self.orders
        return f"{of.ranks[row, at]:g} [{of.ranks_low[row, at]:.0f}, {of.ranks_high[row, at]:.0f}]"

    def _answer(self, question: _Question, held: Sequence[Mapping[str, Quantity]]) -> Finding:
        """The finding on one question, over all generators."""
        beyond: list[int] = []
        testable = True
        for at, each in enumerate(held):
            deciding = {name: each[name].p_value for name in question.deciding if name in each}
            testable = testable and can_be_small(self.draws, len(deciding))
            if deciding and min(holm(deciding).values()) <= LEVEL:
                beyond.append(at)
        shown = range(len(held)) if len(held) == 1 else beyond
        detail = "; ".join(self._told(question, at, held[at]) for at in shown) + ("." if shown else "")
        if len(held) > 1 and len(beyond) < len(held):
            rest = ", ".join(self._name(at) for at in range(len(held)) if at not in beyond)
            detail = f"{detail} Within chance by {' and '.join(question.deciding)}: {rest}.".strip()
        if not beyond and not testable:
            action = f"Ask for --null {draws_needed(len(question.deciding))} or more."
            return Finding(question.text, "Not tested", f"{detail} With {self.draws} draws no p-value can be small enough.", action)
        if not beyond:
            n = min(value.value.n for each in held for name, value in each.items() if name in question.deciding)
            return Finding(question.text, f"{question.no} at n = {n:,}", detail + self._whole(question, held))
        which = "" if len(held) == 1 else f" ({len(beyond)} of {len(held)}: {', '.join(map(self._name, beyond))})"
        answer, tone = question.yes + which, question.tone
        if question.asks == "memory" and not any(self._remembers(at) for at in beyond):
            answer, tone = f"Signs of it, no copies{which}", "caution"
        return Finding(question.text, answer, detail + self._whole(question, held), question.action, tone)

    def _remembers(self, at: int) -> bool:
        """Whether more points lie at single training points than among these themselves, beyond the error."""
        found = self.pairs[at].results["memorisation"]
        return (
            isinstance(found, Memorisation)
            and found.value.ci is not None
            and found.expected.ci is not None
            and found.value.ci[0] > found.expected.ci[1]
        )

    def _told(self, question: _Question, at: int, each: Mapping[str, Quantity]) -> str:
        said = ", ".join(
            f"{name} {number(each[name].value.value)}" + (self._memory(at) if name == "memorisation" else _chance(each[name]))
            for name in question.deciding
            if name in each
        )
        return said if len(self.pairs) == 1 else f"{self._name(at)}: {said}"

    def _memory(self, at: int) -> str:
        found = self.pairs[at].results["memorisation"]
        assert isinstance(found, Memorisation)
        return f" {interval(found.value)} of the points (training points {number(found.expected.value)}), {found.copies:,} exact copies, p = {found.p_value:.3g}"

    def _whole(self, question: _Question, held: Sequence[Mapping[str, Quantity]]) -> str:
        """On fidelity: whether the distribution as a whole differs."""
        whole = [name for name in ("frechet", "kid") if any(name in each for each in held)]
        if question.asks != "fidelity" or not whole:
            return ""
        told: list[str] = []
        for at, each in enumerate(held):
            corrected = holm({name: each[name].p_value for name in whole if name in each})
            if seen := [name for name, p in corrected.items() if p <= LEVEL]:
                told.append(f"{'it' if len(held) == 1 else self._name(at)} (by {', '.join(seen)})")
        said = f"differs for {', '.join(told)}" if told else f"is within chance by {' and '.join(whole)}"
        return f" The distribution as a whole {said}; missing parts count there too."

    def _disagreement(self, held: Sequence[Mapping[str, Quantity]]) -> tuple[Finding, ...]:
        question = "Which measures disagree?"
        if self.orders is None:
            return self._verdicts(question, held[0]) if len(held) == 1 else ()
        worst = self.orders.strongest
        if worst is None:
            return (Finding(question, "None", "Every measure that orders two of the generators orders them alike.", tone="good"),)
        (one, other), (a, b) = worst.measures, (self._name(each) for each in worst.preferred)
        values = " and ".join(
            f"{name} ({', '.join(f'{self._name(at)} {held[at][name].value}' for at in worst.preferred)})" for name in worst.measures
        )
        tau = self.orders.tau[self.orders.measures.index(one), self.orders.measures.index(other)]
        detail = (
            f"Most of all {values}: {one} puts {a} before {b}, {other} the other way round, both by {number(worst.errors)} standard errors or more (needed for {100 * LEVEL:g} % over all measures and pairs: {number(worst.needed)}). "
            f"{one} sees {held[0][one].sees}; {other} sees {held[0][other].sees}. Kendall's τ of their orders is {number(float(tau))}."
        )
        if worst.errors < worst.needed:
            return (Finding(question, "None beyond their errors", detail, "More points would tell differences from errors."),)
        return (
            Finding(
                question, f"{one} and {other}", detail, "Decide which of the two you care for before you choose a generator.", "caution"
            ),
        )

    def _verdicts(self, question: str, each: Mapping[str, Quantity]) -> tuple[Finding, ...]:
        """Of one generator: which measures see a difference, and which do not."""
        seen = [name for name, quantity in each.items() if quantity.p_value <= LEVEL]
        rest = [name for name in each if name not in seen]
        if not seen or not rest:
            said = "all see a difference" if seen else "none sees a difference"
            return (Finding(question, "None", f"Of {len(each)} measures {said} (p ≤ {LEVEL:g}, uncorrected)."),)
        words = [", ".join(f"{name} ({each[name].sees})" for name in names) for names in (seen, rest)]
        detail = f"Beyond chance (p ≤ {LEVEL:g}, uncorrected): {words[0]}. Within chance: {words[1]}."
        return (Finding(question, f"{len(seen)} of {len(each)} see a difference", detail),)

    def _bars(self, name: str, held: Sequence[Mapping[str, Quantity]]) -> Figure:
        each = [one[name] for one in held]
        at = np.arange(len(each), dtype=np.float64)
        names = tuple(map(self._name, range(len(each))))
        values, errors = (np.array(numbers) for numbers in ([q.value.value for q in each], [_Z95 * (q.value.stderr or 0.0) for q in each]))
        caption = Caption(
            what=f"{name} of every generator: {each[0].sees}.",
            how="Each against the real by itself; asks for " + each[0].asks + ".",
            sure="Bars are 95 % intervals. p before correction: "
            + ", ".join(f"{n} {q.p_value:.3g}" for n, q in zip(names, each, strict=True))
            + ".",
            means="More is better." if each[0].better > 0 else "Less is better.",
        )
        layers: tuple[Bars | Points, ...] = (Bars(name, at, values, error=errors, width=0.6),)
        if all(q.tested == q.value.value for q in each):
            layers += (Points("by chance", at, np.array([q.by_chance for q in each]), texts=names),)
        return Figure(f"generators-{name}", f"{name}: every generator", caption, Axis("generator", categories=names), Axis(name), layers)

    def _ranks(self, orders: Orders) -> Figure:
        names = tuple(map(self._name, range(orders.ranks.shape[1])))
        wide = float(np.mean(orders.ranks_high - orders.ranks_low))
        caption = Caption(
            what="Rank of every generator by every measure, 1 for the nearest to the real.",
            how="Values sorted; of memorisation the least is first.",
            sure=f"Within the errors of the values a rank ranges over {number(wide)} places on average; the table has each range.",
            means="A column of like ranks: the measures agree on this generator.",
        )
        layer = Matrix("rank", orders.ranks, orders.measures, names)
        return Figure(
            "generators-ranks", "Who is nearest to the real, by which measure", caption, Axis("generator"), Axis("measure"), (layer,)
        )

    def _agreement(self, orders: Orders) -> Figure:
        count = orders.ranks.shape[1]
        spread = np.sqrt(2 * (2 * count + 5) / (9 * count * (count - 1)))
        caption = Caption(
            what="Kendall's τ of the orders in which two measures put the generators.",
            how="τ_b over all pairs of generators, ties taken out.",
            sure=f"Where two orders have nothing to do with each other, τ of {count} has a standard deviation of {number(float(spread))}.",
            means="1: the same order. Near 0: the two look at different things. −1: what one calls near the other calls far.",
        )
        layer = Matrix("τ", orders.tau, orders.measures, orders.measures)
        return Figure("generators-agreement", "Do the measures agree?", caption, Axis("measure"), Axis("measure"), (layer,))


def _chance(quantity: Quantity) -> str:
    tested = "" if quantity.tested == quantity.value.value else f"tested {number(quantity.tested)}, "
    return f" ({tested}by chance {number(quantity.by_chance)}, p = {quantity.p_value:.3g})"
