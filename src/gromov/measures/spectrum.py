"""The spectrum of a cloud: how many directions it uses, and how evenly."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import (
    SERIAL,
    About,
    Axis,
    Caption,
    Curve,
    Estimate,
    Executor,
    Figure,
    Finding,
    PointsLike,
    Result,
    as_representation,
)
from gromov.measures.jackknife import GROUPS, jackknife
from gromov.measures.moments import principal_axes
from gromov.measures.separation import ClassSeparation, class_separation
from gromov.measures.spectral_numbers import (
    effective_rank,
    participation_ratio,
    power_law,
    power_law_straightness,
    power_law_window,
    stable_rank,
)
from gromov.measures.spectral_parts import duplicate_columns, grouped_squares, shuffled_columns, singular_values

Vector = NDArray[np.float64]
_DEAD = 1e-24
_STRAIGHT = 0.98
_NARROW = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum(Result):
    """Singular values of the points, eigenvalues of their covariance, and numbers made of them.

    Attributes:
        effective_rank: RankMe, exp of the entropy of σ/Σσ, σ the singular values of the points as given (not centred).
        stable_rank: Σσ²/σ₁² of the points as given.
        participation_ratio: (Σλ)²/Σλ², λ the eigenvalues of the covariance: number of directions if all were equal.
        power_law_exponent: α of λ_k ~ k^−α by least squares on the logarithms over `power_law_window`.
        power_law_window: First and last k of that fit.
        power_law_straightness: R² of that line; below 0.98 the spectrum bends there, and the exponent is a slope and no law.
        condition: σ₁ over the smallest singular value that is not zero in float64.
        rank: Number of singular values above rounding (max(n, d)·2⁻⁵²·σ₁).
        dimensions: Number of coordinates d.
        significant_dimensions: Leading directions with more variance than independent coordinates of the same marginals show (95 % of 10
            column shuffles: parallel analysis, Horn 1965).
        null_effective_rank: Effective rank of the centred data after shuffling each column: what the marginals alone would give.
        centered_effective_rank: Effective rank of the centred data, to compare with the null.
        anisotropy: Mean cosine between two points as given; 0 when directions are balanced about the origin.
        dead_dimensions: Coordinates that never change.
        duplicate_dimensions: Coordinates that are a multiple of an earlier one (|correlation| > 1 − 1e-9).
        separation: How far the classes are apart; None without labels.
        singular_values: Singular values of the points as given, largest first.
        eigenvalues: Eigenvalues of the covariance, largest first.
        eigenvalues_low: 2.5 % bound of each eigenvalue (delete-a-group jackknife).
        eigenvalues_high: 97.5 % bound of each.
        null_eigenvalues: 95 % quantile of each eigenvalue under column shuffles.
    """

    effective_rank: Estimate
    stable_rank: Estimate
    participation_ratio: Estimate
    power_law_exponent: Estimate
    power_law_window: tuple[int, int]
    power_law_straightness: float
    condition: float
    rank: int
    dimensions: int
    significant_dimensions: int
    null_effective_rank: Estimate
    centered_effective_rank: Estimate
    anisotropy: Estimate
    dead_dimensions: int
    duplicate_dimensions: int
    separation: ClassSeparation | None
    singular_values: Float[np.ndarray, " r"]
    eigenvalues: Float[np.ndarray, " s"]
    eigenvalues_low: Float[np.ndarray, " s"]
    eigenvalues_high: Float[np.ndarray, " s"]
    null_eigenvalues: Float[np.ndarray, " s"]

    @classmethod
    def about(cls) -> About:
        """What the spectrum is."""
        return About(
            "Spectrum",
            "How many directions does the cloud really use, and is it collapsed?",
            "Second moments are summed in float64 over blocks of rows and diagonalised. Errors come from a delete-a-group jackknife over 20 groups of "
            "rows, with eigenvalues to first order; the null shuffles every column on its own.",
            (
                "Garrido, Balestriero, Najman, LeCun (2023), RankMe. arXiv:2210.02885.",
                "Stringer, Pachitariu, Steinmetz, Carandini, Harris (2019), High-dimensional geometry of population responses. Nature 571.",
                "Horn (1965), A rationale and test for the number of factors in factor analysis. Psychometrika 30.",
            ),
        )

    def summary(self) -> str:
        """Ranks in a sentence."""
        return (
            f"Of {self.dimensions:,} dimensions, {self.effective_rank.value:.1f} are used by RankMe, {self.participation_ratio.value:.1f} by the participation "
            f"ratio; {self.significant_dimensions} carry more than independent coordinates would."
        )

    def findings(self) -> tuple[Finding, ...]:
        """Is it collapsed? How much of its dimension does it use?"""
        pr, er = self.participation_ratio, self.effective_rank
        most = len(self.singular_values)  # fewer points than dimensions fill no more than there are points
        share = er.value / most
        collapsed = pr.value < 2 and self.dimensions > 4
        partly = not collapsed and share < 0.1 and self.dimensions >= 16
        limit = "" if most == self.dimensions else f" ({most:,} points fill {most:,} at most)"
        detail = (
            f"Of {self.dimensions:,} dimensions{limit}, the spread fills {pr} by the participation ratio and {er} by RankMe; "
            f"the widest direction is {self.condition:,.0f} times the narrowest"
        )
        useless = [(self.dead_dimensions, "never change"), (self.duplicate_dimensions, "repeat another")]
        detail += "".join(f"; {count:,} {what}" for count, what in useless if count)
        if collapsed:
            answer, tone = "Yes", "bad"
            action = "Nearly all variance lies in one or two directions: check the training loss, or remove the leading direction and measure again."
        elif partly:
            answer, tone, action = (
                "Partly",
                "caution",
                f"About {math.ceil(er.value)} dimensions would carry the same spread: try a smaller width.",
            )
        else:
            answer, tone, action = "No", "good", ""
        found = [Finding("Is it collapsed?", answer, detail + ".", action, tone)]
        if abs(self.anisotropy.value) > 0.3:
            found.append(
                Finding(
                    "Is it centred?",
                    "No",
                    f"Two points have a mean cosine of {self.anisotropy}: {self._directions()}.",
                    "Subtract the mean before comparing by cosine (--normalize center).",
                    "caution",
                )
            )
        if self.separation is not None:
            found.append(self.separation.finding())
        return tuple(found)

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("effective_rank", "participation_ratio", "power_law_exponent", "significant_dimensions", "dimensions")

    def _directions(self) -> str:
        if self.anisotropy.value < 0:
            return "they point away from each other"
        return "all point nearly the same way" if self.anisotropy.value > _NARROW else "they share a direction, that of the mean"

    def _law(self) -> str:
        """Whether the spectrum is a power law over the ranks it was fitted to."""
        if not math.isfinite(self.power_law_exponent.value):
            return "There are too few to fit a power law."
        low, high = self.power_law_window
        if self.power_law_straightness < _STRAIGHT:
            return (
                f"Between ranks {low} and {high} the spectrum bends (R² {self.power_law_straightness:.3f}): it is no power law there, and {self.power_law_exponent} "
                "is a mean slope."
            )
        return f"Between ranks {low} and {high} it is nearly straight, a power law with exponent {self.power_law_exponent}."

    def figures(self) -> tuple[Figure, ...]:
        """Eigenvalues against their rank."""
        k = np.arange(1, len(self.eigenvalues) + 1)
        low, high = self.power_law_window
        positive = self.eigenvalues > 0
        layers = [
            Curve("null: columns shuffled, 95 %", k[positive], self.null_eigenvalues[positive], reference=True),
            Curve(
                "covariance eigenvalues",
                k[positive],
                self.eigenvalues[positive],
                self.eigenvalues_low[positive],
                self.eigenvalues_high[positive],
            ),
        ]
        if math.isfinite(self.power_law_exponent.value):
            window = np.arange(low, high + 1)
            center = float(np.log(self.eigenvalues[low - 1 : high]).mean() + self.power_law_exponent.value * np.log(window).mean())
            layers.append(
                Curve(
                    f"k^−{self.power_law_exponent.value:.2f}",
                    window,
                    np.exp(center) * window**-self.power_law_exponent.value,
                    reference=True,
                )
            )
        return (
            Figure(
                "spectrum-eigenvalues",
                "Variance along each principal direction",
                Caption(
                    "Eigenvalues of the covariance against their rank, both logarithmic.",
                    "Second moments in float64, diagonalised; the null shuffles each column on its own.",
                    "The band is a 95 % interval by a delete-a-group jackknife over 20 groups of rows.",
                    f"{self.significant_dimensions} directions stand above the null. {self._law()}",
                    "A cliff marks the dimension to keep; a long flat tail is noise or unused width.",
                ),
                Axis("rank k", log=True),
                Axis("eigenvalue", log=True),
                tuple(layers),
            ),
        )


def spectrum(points: PointsLike, *, seed: int = 0, executor: Executor = SERIAL) -> Spectrum:
    """Singular values, effective rank (RankMe), stable rank, participation ratio, power law, condition, dead and duplicate dimensions, anisotropy.

    RankMe = exp(−Σ p_i log p_i), p_i = σ_i/Σσ, of the points as given; participation ratio = (Σλ)²/Σλ² of the covariance eigenvalues.

    Args:
        points: n × d points.
        seed: Seed of the column shuffles of the null.
        executor: Where blocks of rows are multiplied.

    Cost: 3·n·d² multiplications in float64 streamed over rows, d³ for the eigenvalues, 40·d² bytes; ten shuffles of at most 5,000 rows.

    Raises:
        UnsuitableError: distances or a graph.
    """
    representation = as_representation(points)
    n, d = representation.points.shape
    principal = principal_axes(representation, executor=executor)
    parts = grouped_squares(representation, principal, executor)
    variances, count = principal.variances, min(n, d)
    singular = singular_values(representation, principal)
    floor = max(n, d) * 2.0**-52 * singular[0]
    null = shuffled_columns(representation, seed)
    ceiling = np.zeros(count)
    ceiling[: null.eigenvalues.shape[1]] = np.quantile(null.eigenvalues, 0.95, axis=0)[:count]
    above = variances > ceiling
    window = power_law_window(variances)
    spread = jackknife(parts.variances, parts.sizes, lambda value: value, variances)
    dead = principal.deviations**2 <= _DEAD * float(max((principal.deviations**2).max(), (principal.mean**2).max()))

    def estimate(number: Callable[[Vector], float], value: float, *, centered: bool, log: bool = True) -> Estimate:
        sums, whole = (parts.variances, variances) if centered else (parts.squares, principal.squares)
        error = float(jackknife(sums, parts.sizes, number, whole))
        make = Estimate.log_normal if log else Estimate.normal
        return make(value, error, n=n, seed=None, method=f"delete-a-group jackknife, {GROUPS} groups")

    def exponent(value: Vector) -> float:
        return power_law(value, window)

    def rank_of_squares(value: Vector) -> float:
        return effective_rank(np.sqrt(value))

    return Spectrum(
        effective_rank=estimate(rank_of_squares, effective_rank(singular), centered=False),
        stable_rank=estimate(lambda value: stable_rank(np.sqrt(value)), stable_rank(singular), centered=False),
        participation_ratio=estimate(participation_ratio, participation_ratio(variances), centered=True),
        power_law_exponent=estimate(exponent, exponent(variances), centered=True, log=False)
        if window[1] - window[0] >= 3
        else Estimate.missing("fewer than four eigenvalues to fit", n=n),
        power_law_window=window,
        power_law_straightness=power_law_straightness(variances, window),
        condition=float(singular[0] / singular[singular > floor][-1]),
        rank=int((singular > floor).sum()),
        dimensions=d,
        significant_dimensions=count if above.all() else int(np.argmin(above)),
        null_effective_rank=null.effective_rank,
        centered_effective_rank=estimate(rank_of_squares, rank_of_squares(variances), centered=True),
        anisotropy=parts.cosine,
        dead_dimensions=int(dead.sum()),
        duplicate_dimensions=duplicate_columns(representation, principal, dead),
        separation=class_separation(representation, principal.mean, float(variances.sum()) * (n - 1)),
        singular_values=singular,
        eigenvalues=variances,
        eigenvalues_low=variances * np.exp(-1.96 * spread / np.maximum(variances, 1e-300)),
        eigenvalues_high=variances * np.exp(1.96 * spread / np.maximum(variances, 1e-300)),
        null_eigenvalues=ceiling,
    )
