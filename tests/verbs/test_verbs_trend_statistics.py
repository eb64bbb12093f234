"""The statistics of a trend, against scipy's own, and over chance alone."""

from dataclasses import dataclass

import numpy as np

import gromov
from gromov.core import About, Estimate, Result
from gromov.verbs.trend_series import series_over


@dataclass(frozen=True, slots=True, eq=False)
class Numbers(Result):
    """Numbers of a test.

    Attributes:
        a: One with an error.
        b: Another.
        count: An exact one.
        word: Not a number.
    """

    a: Estimate
    b: Estimate
    count: int
    word: str

    @classmethod
    def about(cls) -> About:
        return About("Numbers", "?", "given", ())

    def summary(self) -> str:
        return "numbers"

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        return ("a", "b", "count")


def estimate(value: float, stderr: float) -> Estimate:
    return Estimate.normal(value, stderr, n=50, seed=None, method="given")


def numbers(*pairs: tuple[float, float]) -> list[dict[str, Result]]:
    return [{"test": Numbers(estimate(a, 0.3), estimate(b, 0.4), int(10 * a), "word")} for a, b in pairs]


def test_the_change_and_its_error() -> None:
    from scipy import stats

    series, test = series_over(numbers((1.0, 5.0), (9.0, 9.0), (2.0, 5.5)))
    found = series["test.a"]
    error = float(np.hypot(0.3, 0.3))
    assert found.change.value == 1.0
    assert np.isclose(found.change.stderr, error)
    assert np.isclose(found.z, 1 / error)
    assert np.isclose(found.p_value, 2 * stats.t(19).sf(1 / error))
    assert np.allclose(found.change.ci, stats.t(19, loc=1.0, scale=error).interval(0.95))
    assert test.comparisons == 2
    assert np.isclose(test.critical_z, stats.t(19).isf(0.05 / 2 / 2))
    assert (found.maximum, found.minimum, found.ratio) == (9.0, 1.0, 2.0)
    assert "test.word" not in series


def test_exact_numbers_change_and_are_not_tested() -> None:
    found = series_over(numbers((1.0, 0.0), (2.0, 0.0)))[0]["test.count"]
    assert (found.change.value, found.change.stderr, found.change.ci) == (10.0, None, None)
    assert np.isnan(found.z)
    assert not found.moved
    assert not found.constant


def test_errors_at_the_level_of_rounding_are_none() -> None:
    results: list[dict[str, Result]] = [
        {"test": Numbers(estimate(value, 1e-16), estimate(1.0, 0.1), 1, "")} for value in (1.0, 1.0 + 1e-15)
    ]
    found = series_over(results)[0]["test.a"]
    assert found.change.stderr is None
    assert not found.moved


def test_a_number_that_one_input_lacks() -> None:
    results = numbers((1.0, 2.0), (1.0, 2.0), (1.0, 2.0))
    results[0] = {}
    series, test = series_over(results)
    assert test.comparisons == 0
    assert np.isnan(series["test.a"].values[0])
    assert series["test.a"].maximum == 1.0
    assert "first" in series["test.a"].change.reason


def alarms(correlation: float, families: int = 2000) -> float:
    """Share of families of two numbers without any change in which one is said to have moved."""
    draw = np.random.default_rng(3)
    count = 0
    for _ in range(families):
        shared = draw.normal(size=2)
        parts = [np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * draw.normal(size=2) for _ in range(2)]
        series, _ = series_over(numbers(*((0.3 * float(a), 0.4 * float(b)) for a, b in parts)))
        count += any(each.moved for each in series.values())
    return count / families


def test_false_alarms_keep_to_the_level_and_shared_objects_make_them_rarer() -> None:
    independent, shared = alarms(0.0), alarms(0.8)
    assert 0.01 < independent <= 0.05
    assert shared < 0.005


def test_chance_alone_does_not_move_real_measurements() -> None:
    families = 60
    moved = 0
    for seed in range(families):
        draw = np.random.default_rng(seed)
        clouds = [draw.normal(size=(100, 5)) * np.arange(1, 6) ** -0.5 for _ in range(2)]
        trend = gromov.trend(clouds, instruments=["spectrum"])
        moved += any(each.moved for each in trend.series.values())
    assert moved <= 0.05 * families + 2 * np.sqrt(0.05 * 0.95 * families)


def test_numbers_of_different_scale_are_not_on_one_axis() -> None:
    results: list[dict[str, Result]] = [{"test": Numbers(estimate(value, 0.3), estimate(100 * value, 0.4), 1, "")} for value in (1.0, 2.0)]
    series, test = series_over(results)
    from gromov.verbs.trend_report import Changes

    shown = Changes(("a", "b"), [{"kind": "points", "n": 9, "d": 2, "classes": None, "sha256": "0" * 64}] * 2, (), series, test)
    assert [[layer.name for layer in figure] for figure in shown.figures()] == [["a"], ["b"]]
    assert shown.figures()[0].x.categories == ("a", "b")
    assert [row[0] for row in shown.lead().rows] == ["test.a", "test.b"]


def gone(count: int = 3) -> list[dict[str, Result]]:
    """Numbers over some inputs, the first of which has none of them; the second number falls far beyond its error."""
    return [{}, *({"test": Numbers(estimate(1.0, 0.3), estimate(10.0 - 4 * place, 0.4), 3 - place, "")} for place in range(count))]


def test_a_change_is_told_between_the_first_and_the_last_that_have_the_number() -> None:
    from gromov.verbs.trend_report import Changes

    series, test = series_over(gone())
    inputs = [{"kind": "points", "n": 9, "d": 2, "classes": None, "sha256": "0" * 64}] * 4
    shown = Changes(("a", "b", "c", "d"), inputs, (), series, test)
    assert series["test.b"].ends == (1, 3)
    told = series["test.b"].between_ends(test.critical_z)
    assert (told.first, told.last, told.change.value) == (10.0, 2.0, -8.0)
    assert np.isclose(told.change.stderr, np.hypot(0.4, 0.4))
    assert told.moved
    assert not series["test.b"].moved  # it is none of those tested together
    where = "from b to d, the first and the last that have it"
    assert [figure.caption.means for figure in shown.figures()] == [
        f"a did not move beyond its error {where}. count goes from 3 to 1; it has no error, and is not tested.",
        f"Beyond its error {where}: b falls.",
    ]
    (finding,) = shown.findings()
    assert "b (test) falls from 10 at b to 2 at d (−14.1 s.e., beyond the 2.1 that count)" in finding.detail
    rows = {row[0]: row for row in shown.lead().rows}
    assert rows["test.b"][1:6] == ("10 (b)", "2", "−8", "−14.1", "falls")
    assert "A number that a or d lacks" in shown.lead().note


def test_one_input_with_a_number_is_no_change() -> None:
    series, test = series_over([*gone(1), {}])
    assert series["test.b"].between_ends(test.critical_z) is series["test.b"]
    assert not series["test.b"].moved


def shown_on_axes(*columns: list[float]) -> list[tuple[list[str], str, bool]]:
    """What the figures of two numbers show: their names, the title of the vertical axis, whether it is logarithmic."""
    from gromov.verbs.trend_report import Changes

    series, test = series_over(numbers(*zip(*columns, strict=True)))
    labels = tuple(map(str, range(len(columns[0]))))
    inputs = [{"kind": "points", "n": 9, "d": 2, "classes": None, "sha256": "0" * 64}] * len(labels)
    figures = Changes(labels, inputs, (), {path: each for path, each in series.items() if path != "test.count"}, test).figures()
    return [([layer.name for layer in each], each.y.title, each.y.log) for each in figures]


def test_small_numbers_are_multiplied_and_large_ranges_are_logarithmic() -> None:
    from gromov.verbs.trend_figures import scale_of

    series, _ = series_over(numbers((9.4e-5, 4e-3), (7e-6, 1e-3)))
    assert scale_of([series["test.a"]]) == (1e6, " · 10⁶")
    assert scale_of([series["test.b"]]) == (1e3, " · 10³")
    assert scale_of([]) == (1.0, "")
    assert shown_on_axes([200.0, 9.0, 2.0], [12.0, 11.0, 10.0]) == [(["a"], "a", True), (["b"], "b", False)]
    # one is as large as the other at its largest alone: an axis for both would flatten it elsewhere
    assert shown_on_axes([40.0, 39.0, 38.0], [30.0, 3.0, 4.0]) == [(["a"], "a", False), (["b"], "b", False)]
    assert shown_on_axes([5.0, 6.0, 7.0], [5.0, 4.0, 6.0]) == [(["a", "b"], "value", False)]
