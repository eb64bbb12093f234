"""A statement of theory held against a measurement."""

from dataclasses import dataclass
from typing import Literal

from gromov.core.estimate import Estimate

Verdict = Literal["holds", "fails", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement, tested.

    Attributes:
        name: Short identifier, unique within its study.
        statement: The claim in a sentence.
        source: Where it is made (authors, year, arXiv number, theorem).
        expected: What it predicts.
        measured: What was found.
        verdict: `holds`, `fails` or `inconclusive`; a failing claim is shown failing.
        why: The reason for the verdict, in a sentence.
    """

    name: str
    statement: str
    source: str
    expected: str
    measured: Estimate
    verdict: Verdict
    why: str
