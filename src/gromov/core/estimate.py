"""A number that says how sure it is."""

import math
from dataclasses import dataclass
from statistics import NormalDist

_Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A random quantity with its uncertainty.

    Attributes:
        value: The point estimate; NaN where it could not be computed, and then `reason` says why.
        stderr: Standard error, in the unit of `value`; None where none is known.
        ci: 95 % confidence interval (low, high); None where none is known.
        n: Number of independent units behind the estimate (points, quadruples, draws).
        seed: Seed of the random draws behind it; None where nothing was drawn.
        method: How it was computed, in a few words.
        reason: Why `value` is NaN; empty otherwise.
    """

    value: float
    stderr: float | None
    ci: tuple[float, float] | None
    n: int
    seed: int | None
    method: str
    reason: str = ""

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if math.isnan(self.value):
            return f"not available ({self.reason})"
        text = f"{self.value:.4g}"
        return text if self.ci is None else f"{text} [{self.ci[0]:.4g}, {self.ci[1]:.4g}]"

    def __format__(self, spec: str) -> str:
        """A format for numbers, as in `f"{estimate:.2f}"`, applies to the value and to both ends of the interval; any other to the text."""
        if not spec or spec[-1] not in "eEfFgGn%" or math.isnan(self.value):
            return format(str(self), spec)
        text = format(self.value, spec)
        return text if self.ci is None else f"{text} [{self.ci[0]:{spec}}, {self.ci[1]:{spec}}]"

    @classmethod
    def normal(cls, value: float, stderr: float, *, n: int, seed: int | None, method: str) -> "Estimate":
        """Estimate with the symmetric interval value ± 1.96 stderr of a normal limit."""
        half = _Z95 * stderr
        return cls(value, stderr, (value - half, value + half), n, seed, method)

    @classmethod
    def log_normal(cls, value: float, stderr: float, *, n: int, seed: int | None, method: str) -> "Estimate":
        """Estimate of a positive quantity, its interval symmetric on the logarithmic scale: value · exp(± 1.96 stderr / value)."""
        if value <= 0:
            return cls.normal(value, stderr, n=n, seed=seed, method=method)
        factor = math.exp(_Z95 * stderr / value)
        return cls(value, stderr, (value / factor, value * factor), n, seed, method)

    @classmethod
    def share(cls, value: float, n: int, *, seed: int | None, method: str) -> "Estimate":
        """Estimate of a probability by a share of n independent units, with Wilson's interval.

        Reference: Wilson (1927), Probable inference, the law of succession, and statistical inference. J. Am. Stat. Assoc. 22.
        """
        center = (value + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
        half = _Z95 / (1 + _Z95**2 / n) * math.sqrt(value * (1 - value) / n + _Z95**2 / (4 * n * n))
        ends = min(value, max(0.0, center - half)), max(value, min(1.0, center + half))  # rounding must not leave the share outside
        return cls(value, math.sqrt(value * (1 - value) / n), ends, n, seed, method)

    @classmethod
    def missing(cls, reason: str, *, n: int = 0, seed: int | None = None, method: str = "") -> "Estimate":
        """Estimate that could not be computed, and why."""
        return cls(math.nan, None, None, n, seed, method, reason)
