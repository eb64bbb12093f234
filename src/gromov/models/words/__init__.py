"""Words of a text in curved and flat space: GloVe with distances.

The names are imported when they are first used: reading a text needs no torch.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.models.words.biases import fit_biases, weights_of
    from gromov.models.words.checks import WordChecks, WordScore, centred, directions, explained, score_words
    from gromov.models.words.corpus import Corpus, read_corpus
    from gromov.models.words.counting import HeldOut, cooccurrence, hold_out
    from gromov.models.words.glove import FittedWords, WordSchedule, WordTrainer

_HOMES = {
    "biases": ("fit_biases", "weights_of"),
    "checks": ("WordChecks", "WordScore", "centred", "directions", "explained", "score_words"),
    "counting": ("HeldOut", "cooccurrence", "hold_out"),
    "corpus": ("Corpus", "read_corpus"),
    "glove": ("FittedWords", "WordSchedule", "WordTrainer"),
}

__all__ = [
    "Corpus",
    "FittedWords",
    "HeldOut",
    "WordChecks",
    "WordSchedule",
    "WordScore",
    "WordTrainer",
    "centred",
    "cooccurrence",
    "directions",
    "explained",
    "fit_biases",
    "hold_out",
    "read_corpus",
    "score_words",
    "weights_of",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"gromov.models.words.{home}"), name)
    raise AttributeError(f"module 'gromov.models.words' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
