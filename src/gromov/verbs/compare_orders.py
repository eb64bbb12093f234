"""In which order each measure puts the generators, how sure that is, and which two measures disagree most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from gromov.core import Comparison, Estimate, generator
from gromov.measures.comparisons import PrecisionRecall
from gromov.verbs.compare_pairs import Pair

_REPLICATES = 1_000
_Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number by which generators are judged.

    Attributes:
        name: Its name; of a comparison with one value that of the comparison.
        asks: What it asks of a generator.
        sees: What it sees, in a few words.
        value: The number.
        p_value: Its p-value, before any correction.
        tested: What was tested: the number itself, or the statistic at the size of the null draws.
        by_chance: The mean of what chance gives for that.
        better: 1 where more is better, −1 where less is.
    """

    name: str
    asks: str
    sees: str
    value: Estimate
    p_value: float
    tested: float
    by_chance: float
    better: int


_ASKS = {
    "frechet": "fidelity",
    "kid": "fidelity",
    "geometry_score": "topology",
    "imd": "geometry",
    "gromov_wasserstein": "geometry",
    "sliced_wasserstein": "geometry",
    "memorisation": "memory",
}
_FOUR = {
    "precision": ("fidelity", "whether generated points lie among the real ones"),
    "density": ("fidelity", "how many of the real ones they lie among"),
    "recall": ("diversity", "whether real points lie among the generated ones"),
    "coverage": ("diversity", "whether every real point has a generated one near it"),
}
ORDER = ("fidelity", "diversity", "topology", "geometry", "memory", "other")


def quantities(results: Mapping[str, Comparison]) -> tuple[Quantity, ...]:
    """The numbers of one pair, by what they ask; precision and recall give four."""
    found: list[Quantity] = []
    for name, each in results.items():
        if isinstance(each, PrecisionRecall):
            for part, (asks, sees) in _FOUR.items():
                value: Estimate = getattr(each, part)
                chance: float = getattr(each.by_chance, part)
                found.append(Quantity(part, asks, sees, value, getattr(each.p_values, part), value.value, chance, 1))
        else:
            traits = each.traits()
            better = -1 if traits.larger == "apart" or name == "memorisation" else 1
            null = each.null
            found.append(Quantity(name, _ASKS.get(name, "other"), traits.sees, each.value, each.p_value, null.observed, null.mean, better))
    return tuple(sorted(found, key=lambda quantity: ORDER.index(quantity.asks)))


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two measures that put two generators in opposite order, each beyond its errors.

    Attributes:
        measures: The two measures.
        preferred: Which of the generators each puts nearer to the real: their places among the generators.
        errors: By how many standard errors of the difference, the smaller of the two.
        needed: How many would be needed for 5 % over all measures and pairs of generators.
    """

    measures: tuple[str, str]
    preferred: tuple[int, int]
    errors: float
    needed: float


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """The order of the generators by each measure.

    Attributes:
        measures: The measures, q of them.
        ranks: Rank of each of f generators by each measure, 1 the nearest to the real; ties share.
        ranks_low: 2.5 % quantile of the rank where the values are moved within their errors.
        ranks_high: 97.5 % quantile.
        tau: Kendall's τ_b of the orders of each two measures; NaN where one of them has no order.
        tau_low: 2.5 % quantile of it where the values are moved within their errors.
        tau_high: 97.5 % quantile.
        strongest: The disagreement of two measures that is largest in their errors, whether or not it is enough; None where all agree.
    """

    measures: tuple[str, ...]
    ranks: Float[np.ndarray, "q f"]
    ranks_low: Float[np.ndarray, "q f"]
    ranks_high: Float[np.ndarray, "q f"]
    tau: Float[np.ndarray, "q q"]
    tau_low: Float[np.ndarray, "q q"]
    tau_high: Float[np.ndarray, "q q"]
    strongest: Disagreement | None

    @classmethod
    def of(cls, pairs: Sequence[Pair], *, seed: int) -> "Orders | None":
        """The orders of the generators of these pairs; None for fewer than two, or where they share no measure.

        Values are moved 1,000 times by normal errors of their standard errors, taken for independent: all generators are compared with the same real points, so the
        errors of differences are rather smaller.

        Cost: 1,000·q²·f² steps.
        """
        held = [{each.name: each for each in quantities(pair.results)} for pair in pairs]
        names = tuple(name for name in (held[0] if held else ()) if all(name in each for each in held))
        if len(held) < 2 or not names:
            return None
        values = np.array([[each[name].better * each[name].value.value for each in held] for name in names])
        errors = np.array([[_error(each[name].value) for each in held] for name in names])
        moved = values + errors * generator(seed, "orders").standard_normal((_REPLICATES, *values.shape))
        ranks, tau = rankdata(-moved, axis=-1), kendall(moved)
        low, high = np.quantile(ranks, (0.025, 0.975), axis=0)
        tau_low, tau_high = np.quantile(tau, (0.025, 0.975), axis=0)
        found = cls(
            names, rankdata(-values, axis=-1), low, high, kendall(values[None])[0], tau_low, tau_high, _strongest(names, values, errors)
        )
        for array in (found.ranks, low, high, found.tau, tau_low, tau_high):
            array.flags.writeable = False
        return found


def _error(value: Estimate) -> float:
    """The standard error; of an interval that is not symmetric, as that of a share, the one its width stands for."""
    if value.ci is not None:
        return (value.ci[1] - value.ci[0]) / (2 * _Z95)
    return value.stderr or 0.0


def _signs(values: Float[np.ndarray, "... f"]) -> Float[np.ndarray, "... p"]:
    first, second = np.triu_indices(values.shape[-1], 1)
    return np.sign(values[..., first] - values[..., second])


def kendall(values: Float[np.ndarray, "b q f"]) -> Float[np.ndarray, "b q q"]:
    """Kendall's τ_b of every two rows: (agreeing − disagreeing pairs)/√(untied in one · untied in the other); NaN for a row without an order."""
    signs = _signs(values)
    untied = (signs**2).sum(axis=-1)
    scale = np.sqrt(untied[:, :, None] * untied[:, None, :])
    return np.divide(signs @ signs.transpose(0, 2, 1), scale, out=np.full_like(scale, np.nan), where=scale > 0)


def _strongest(names: tuple[str, ...], values: Float[np.ndarray, "q f"], errors: Float[np.ndarray, "q f"]) -> Disagreement | None:
    first, second = np.triu_indices(values.shape[1], 1)
    apart = values[:, first] - values[:, second]
    spread = np.sqrt(errors[:, first] ** 2 + errors[:, second] ** 2)
    scores = np.divide(apart, spread, out=np.sign(apart) * 1e3, where=spread > 0)
    opposite = np.where(np.sign(scores[:, None]) * np.sign(scores[None]) < 0, np.minimum(abs(scores[:, None]), abs(scores[None])), 0.0)
    if not opposite.any():
        return None
    one, other, place = (int(each) for each in np.unravel_index(int(np.argmax(opposite)), opposite.shape))
    a, b = int(first[place]), int(second[place])
    preferred = (a, b) if scores[one, place] > 0 else (b, a)
    needed = NormalDist().inv_cdf(1 - 0.025 / (len(names) * len(first)))
    return Disagreement((names[one], names[other]), preferred, float(opposite[one, other, place]), needed)
