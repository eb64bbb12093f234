"""Findings: what an instrument says to someone who does not know its name."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "caution", "bad", "neutral"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the score-card.

    Attributes:
        question: The user's question in plain words ("Is it collapsed?").
        answer: The answer in a few words ("No").
        detail: The numbers behind it in a sentence, with intervals.
        action: What to do next; empty where nothing needs doing.
        tone: How the answer should look: `good`, `caution`, `bad` or `neutral`.
    """

    question: str
    answer: str
    detail: str
    action: str = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class About:
    """What an instrument is, for its section of the report.

    Attributes:
        title: Its name in plain words.
        question: What it answers, in a sentence.
        method: How it answers, in two or three sentences.
        references: Where the method comes from, one citation each.
    """

    title: str
    question: str
    method: str
    references: tuple[str, ...]
