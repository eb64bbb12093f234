import math

import pytest

from gromov.core import Estimate
from gromov.report.words import clean, interval, label, number, size, value


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.0, "0"),
        (3, "3"),
        (1797, "1,797"),
        (True, "yes"),
        (0.12345, "0.1235"),
        (0.1, "0.1"),
        (12.345678, "12.35"),
        (-2.5, "−2.5"),
        (12345.6, "12,346"),
        (0.00012, "0.00012"),
        (0.0000123456, "1.235 × 10⁻⁵"),
        (2.4e9, "2.4 × 10⁹"),
        (math.nan, "not available"),
        (math.inf, "∞"),
    ],
)
def test_numbers_read_well(given: float, expected: str) -> None:
    assert number(given) == expected


def test_an_estimate_says_how_sure_it_is() -> None:
    assert interval(Estimate(1.0, 0.1, (0.8, 1.2), 9, 0, "m")) == "[0.8, 1.2]"
    assert interval(Estimate(1.0, 0.1, None, 9, 0, "m")) == "± 0.1 standard error"
    assert interval(Estimate(1.0, None, None, 9, 0, "m")) == ""
    assert value(Estimate.missing("too few points")) == "not available: too few points"


def test_the_source_is_told_in_words() -> None:
    assert size({"kind": "points", "n": 1797, "d": 64, "labels": 10}) == "1,797 points in 64 dimensions, labelled with 10 classes"
    assert size({"kind": "points", "n": 5, "d": 1, "labels": 1}) == "5 points in 1 dimension, labelled with 1 class"
    assert size({"kind": "distances", "n": 30, "d": None, "labels": None}) == "the distances between 30 objects"
    assert size({"kind": "graph", "n": 30}) == "a graph of 30 nodes"


def test_texts_lose_control_characters_and_are_cut() -> None:
    assert clean("a\x1b[31m\n b") == "a�[31m b"
    assert label("<b>", 48) == "&lt;b&gt;"
    assert label("abcdef", 4) == "abc…"
