"""One number over several inputs: its values, its change from the first to the last, and whether that is more than its error.

The change is last − first with error √(se₁² + se₂²), and its z is compared with Student's t of 19 degrees of freedom, because most
errors here come from about 20 groups of points. The headline numbers share one level of 5 % (Bonferroni).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from gromov.core import Arrays, Estimate, Result, Tree, decode, encode
from gromov.report import key_numbers

LEVEL = 0.05
DEGREES = 19
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A number over the inputs, in their order; NaN where an input has none.

    Attributes:
        values: The number for each input; a boolean counts as 1 or 0.
        stderr: Its standard error; NaN where it is exact.
        low: Lower end of its 95 % interval; NaN where none is known.
        high: Upper end of it.
        first: The number for the first input.
        last: The number for the last input.
        change: last − first; its error takes the two for independent, and its 95 % interval is that of Student's t.
        z: The change in its standard errors; NaN where the number is exact or has no error.
        p_value: Two-sided, by Student's t with 19 degrees of freedom, before the correction for the number of comparisons.
        ratio: last / first.
        minimum: The smallest of the values.
        maximum: The largest of the values.
        headline: Whether it is one of the few numbers of its instrument that are tested.
        moved: Whether it is, and its change is beyond its error at the level that all tests share.
    """

    values: Float[np.ndarray, " k"]
    stderr: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    high: Float[np.ndarray, " k"]
    first: float
    last: float
    change: Estimate
    z: float
    p_value: float
    ratio: float
    minimum: float
    maximum: float
    headline: bool
    moved: bool

    @property
    def constant(self) -> bool:
        """Whether the number is exact and the same wherever there is one."""
        return bool(np.isnan(self.stderr).all()) and not self.maximum > self.minimum

    @property
    def ends(self) -> tuple[int, int]:
        """Places of the first and the last input that have the number; of the first and the last of all where fewer than two have it."""
        known = np.flatnonzero(np.isfinite(self.values))
        return (int(known[0]), int(known[-1])) if len(known) > 1 else (0, len(self.values) - 1)

    def between_ends(self, critical_z: float) -> "Series":
        """Itself, with the change from the first to the last input that have the number in place of that from the first to the last of all.

        Args:
            critical_z: The z beyond which it counts as moved, where the first or the last of all lacks it.
        """
        one, other = self.ends
        if (one, other) == (0, len(self.values) - 1):
            return self
        first, last = float(self.values[one]), float(self.values[other])
        errors = (float(np.nan_to_num(self.stderr[one])), float(np.nan_to_num(self.stderr[other])))
        change = _difference((first, last), errors, 0)
        z = change.value / change.stderr if change.stderr else math.nan
        return replace(
            self,
            **{"first": first, "last": last, "change": change, "z": z, "p_value": _p_value(z)},
            ratio=last / first if first else math.nan,
            moved=self.headline and abs(z) > critical_z,
        )


_FIELDS = {field.name for field in fields(Series)}


@dataclass(frozen=True, slots=True)
class ChangeTest:
    """How it is decided which numbers moved.

    Attributes:
        comparisons: Number of changes tested.
        level: Probability of a false alarm among all of them, where nothing has changed.
        degrees: Degrees of freedom of Student's t.
        critical_z: The z beyond which a number counts as moved.
    """

    comparisons: int
    level: float
    degrees: int
    critical_z: float

    @classmethod
    def over(cls, comparisons: int) -> "ChangeTest":
        """The test for this many changes: each at the level divided by their number."""
        return cls(comparisons, LEVEL, DEGREES, _quantile(1 - LEVEL / (2 * max(1, comparisons))))


def series_over(measured: Sequence[Mapping[str, Result]]) -> tuple[dict[str, Series], ChangeTest]:
    """Every number of the results of several inputs, by instrument and dotted name, and how the headline numbers were tested."""
    found: dict[str, list[Estimate | float]] = {}
    headline: set[str] = set()
    missing = Estimate.missing("an input has no such number")
    for place, results in enumerate(measured):
        for name, result in results.items():
            headline.update(f"{name}.{path}" for path, item in key_numbers(name, result) if not isinstance(item, bool))
            for path, item in result.rows():
                if isinstance(item, str):
                    continue
                column = found.setdefault(f"{name}.{path}", [missing] * len(measured))
                column[place] = item if isinstance(item, Estimate) else float(item)
    in_order = _like_the_last(found, measured)
    series = {path: _series(found[path], path in headline) for path in in_order}
    test = ChangeTest.over(sum(each.headline and math.isfinite(each.z) for each in series.values()))
    return {
        path: replace(each, moved=True) if each.headline and abs(each.z) > test.critical_z else each for path, each in series.items()
    }, test


def nested(series: Mapping[str, Series], arrays: Arrays) -> Tree:
    """The series as JSON by instrument and field, as `results` is; arrays of more than 64 numbers are put into `arrays`."""
    tree: Tree = {}
    for path, each in series.items():
        *stems, last = path.split(".")
        here = tree
        for stem in stems:
            here = cast(Tree, here.setdefault(stem, {}))
        here[last] = encode(each, f"trend.{path}", arrays)
    return tree


def flattened(tree: Tree, arrays: Arrays, stem: str = "") -> dict[str, Series]:
    """The series that `nested` turned into `tree` and `arrays`."""
    found: dict[str, Series] = {}
    for name, item in tree.items():
        below = cast(Tree, item)
        if set(below) >= _FIELDS:
            found[f"{stem}{name}"] = decode(Series, below, arrays)
        else:
            found |= flattened(below, arrays, f"{stem}{name}.")
    return found


def _like_the_last(paths: Iterable[str], measured: Sequence[Mapping[str, Result]]) -> list[str]:
    names = list(dict.fromkeys(name for results in reversed(measured) for name in results))
    return sorted(paths, key=lambda path: names.index(path.partition(".")[0]))


def _series(items: Sequence[Estimate | float], headline: bool) -> Series:
    values = _array(float(item) for item in items)
    stderr = _array(_error(item) for item in items)
    ends = [item.ci if isinstance(item, Estimate) and item.ci is not None else (math.nan, math.nan) for item in items]
    first, last = float(values[0]), float(values[-1])
    change = _change(items[0], items[-1])
    z = change.value / change.stderr if change.stderr else math.nan
    known = values[np.isfinite(values)]
    return Series(
        values=values,
        stderr=stderr,
        low=_array(low for low, _ in ends),
        high=_array(high for _, high in ends),
        first=first,
        last=last,
        change=change,
        z=z,
        p_value=_p_value(z),
        ratio=last / first if first else math.nan,
        minimum=float(known.min()) if len(known) else math.nan,
        maximum=float(known.max()) if len(known) else math.nan,
        headline=headline,
        moved=False,
    )


def _change(first: Estimate | float, last: Estimate | float) -> Estimate:
    """The last minus the first, with the errors of both added in quadrature; an error at the level of rounding counts as none."""
    for place, item in (("first", first), ("last", last)):
        if not math.isfinite(float(item)):
            reason = item.reason if isinstance(item, Estimate) and item.reason else "it is not finite"
            return Estimate.missing(f"the {place} input has no value: {reason}")
    n = min((item.n for item in (first, last) if isinstance(item, Estimate)), default=0)
    return _difference((float(first), float(last)), (_error(first, exact=0.0), _error(last, exact=0.0)), n)


def _difference(ends: tuple[float, float], errors: tuple[float, float], n: int) -> Estimate:
    value, error = ends[1] - ends[0], math.hypot(*errors)
    if not error > _ROUNDING * max(map(abs, ends)):
        return Estimate(value, None, None, n, None, "last − first, no error known")
    half = _quantile(1 - LEVEL / 2) * error
    return Estimate(
        value, error, (value - half, value + half), n, None, f"last − first, errors added in quadrature, Student's t({DEGREES})"
    )


def _error(item: Estimate | float, exact: float = math.nan) -> float:
    return item.stderr if isinstance(item, Estimate) and item.stderr is not None and math.isfinite(item.stderr) else exact


def _array(numbers: Iterable[float]) -> NDArray[np.float64]:
    array = np.array(list(numbers), dtype=np.float64)
    array.flags.writeable = False
    return array


def _quantile(share: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(DEGREES, share))


def _p_value(z: float) -> float:
    from scipy.special import stdtr

    return math.nan if math.isnan(z) else float(2 * stdtr(DEGREES, -abs(z)))
