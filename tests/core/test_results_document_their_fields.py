"""Every number a report prints has a meaning beside it."""

import dataclasses
import typing

import pytest

from gromov.core import Estimate, Result, field_meanings
from gromov.core.result import readable
from gromov.verbs import INSTRUMENTS
from gromov.verbs.catalogue import instrument
from gromov.verbs.comparisons import COMPARISONS, comparison
from gromov.verbs.fit_results import Controls, LinkPrediction, Reconstruction


def parts_of(kind: typing.Any) -> set[type]:
    """A dataclass and every dataclass among the types of its fields."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        inside = typing.get_type_hints(kind).values()
        return {kind} | {part for hint in inside for part in parts_of(hint)}
    return {part for argument in typing.get_args(kind) for part in parts_of(argument)}


RESULTS = (
    {instrument(name).result for name in INSTRUMENTS}
    | {comparison(name).result for name in COMPARISONS}
    | {Reconstruction, Controls, LinkPrediction}
)
KINDS = sorted({part for result in RESULTS for part in parts_of(result)}, key=lambda kind: kind.__name__)


def test_all_results_are_looked_at() -> None:
    assert {kind for kind in KINDS if issubclass(kind, Result)} == RESULTS
    assert Estimate in KINDS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_documented(kind: type) -> None:
    fields = [f.name for f in dataclasses.fields(kind)]
    meanings = field_meanings(kind)
    assert sorted(meanings) == sorted(fields)
    assert all(meaning.endswith((".", ")")) or len(meaning) > 5 for meaning in meanings.values())


def test_meanings_over_several_lines() -> None:
    class Kind:
        """Something.

        Attributes:
            one: The first
                of them.
            two: The second: with a colon.
        """

    assert field_meanings(Kind) == {"one": "The first of them.", "two": "The second: with a colon."}
    assert field_meanings(int) == {}


@pytest.mark.parametrize(
    ("item", "text"),
    [(True, "yes"), (False, "no"), (12345, "12,345"), (0.000123456, "0.0001235"), (Estimate.missing("why"), "not available (why)")],
)
def test_scalars_are_readable(item: Estimate | float, text: str) -> None:
    assert readable(item) == text
