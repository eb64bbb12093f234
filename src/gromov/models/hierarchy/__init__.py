"""Embeddings of hierarchies: trees, partial orders and graphs in curved and flat spaces.

The names are imported when they are first used: reading pairs needs no torch.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.models.hierarchy.coarse import Start, among, general_nodes, spread
    from gromov.models.hierarchy.evaluation import Ranking, distortion, rank_relatives
    from gromov.models.hierarchy.order import closed_share, depths, find_circle, parents_of, transitive_closure
    from gromov.models.hierarchy.relation import Relation
    from gromov.models.hierarchy.scoring import Score, Yardstick, score
    from gromov.models.hierarchy.splits import Split, split
    from gromov.models.hierarchy.training import Fitted, Schedule, Trainer
    from gromov.models.hierarchy.tree_embedding import TreeEmbedding, best_sarkar, sarkar

_HOMES = {
    "coarse": ("Start", "among", "general_nodes", "spread"),
    "evaluation": ("Ranking", "distortion", "rank_relatives"),
    "order": ("closed_share", "depths", "find_circle", "parents_of", "transitive_closure"),
    "relation": ("Relation",),
    "tree_embedding": ("TreeEmbedding", "best_sarkar", "sarkar"),
    "scoring": ("Score", "Yardstick", "score"),
    "splits": ("Split", "split"),
    "training": ("Fitted", "Schedule", "Trainer"),
}

__all__ = [
    "Fitted",
    "Ranking",
    "Relation",
    "Schedule",
    "Score",
    "Split",
    "Start",
    "Trainer",
    "TreeEmbedding",
    "Yardstick",
    "among",
    "best_sarkar",
    "closed_share",
    "depths",
    "distortion",
    "find_circle",
    "general_nodes",
    "parents_of",
    "rank_relatives",
    "sarkar",
    "score",
    "split",
    "spread",
    "transitive_closure",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"gromov.models.hierarchy.{home}"), name)
    raise AttributeError(f"module 'gromov.models.hierarchy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
