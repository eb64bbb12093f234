"""Whole models by task, and the embeddings they leave.

The names are imported when they are first used: naming a model needs no torch.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.models.embedding import Embedding, load_embedding
    from gromov.models.gram import Factor, factors_of
    from gromov.models.naming import place_of

_HOMES = {"embedding": ("Embedding", "load_embedding"), "gram": ("Factor", "factors_of"), "naming": ("place_of",)}

__all__ = ["Embedding", "Factor", "factors_of", "load_embedding", "place_of"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"gromov.models.{home}"), name)
    raise AttributeError(f"module 'gromov.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
