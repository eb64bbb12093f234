"""A finished fit of an embedding, and how it is kept in the run folder, so that a killed run need not fit it again."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

import numpy as np

from gromov.core import Tree
from gromov.core.runs import RunFolder
from gromov.models import Embedding
from gromov.spaces.described import describe_space, space_of

if TYPE_CHECKING:
    from gromov.spaces import Manifold


class Numbers(Protocol):
    """A dataclass of plain numbers."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Score = TypeVar("Score", bound=Numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Done(Generic[Score]):
    """What a fit brought.

    Attributes:
        embedding: The points and their space.
        score: Its numbers; None where only the loss was asked for.
        losses: Mean loss in each epoch.
        stopped: Why training ended.
        cpu: CPU seconds.
    """

    embedding: Embedding
    score: Score | None
    losses: np.ndarray
    stopped: str
    cpu: float

    @property
    def loss(self) -> float:
        """Loss of the last epoch."""
        return float(self.losses[-1])


def keep(folder: RunFolder | None, name: str, done: Done[Score]) -> None:
    """Keep a fit under its name; NaN becomes null."""
    if folder is None:
        return
    numbers = None if done.score is None else {k: None if math.isnan(v) else v for k, v in asdict(done.score).items()}
    space = describe_space(done.embedding.space, done.embedding.points.shape[1])
    tree: Tree = {"score": numbers, "space": space, "stopped": done.stopped, "cpu": done.cpu}
    folder.keep(name, tree, {"points": done.embedding.points, "losses": done.losses})


def kept(folder: RunFolder | None, name: str, names: tuple[str, ...], kind: type[Score]) -> Done[Score] | None:
    """The fit of that name that an earlier run finished, if there is one; `kind` is the type of its numbers."""
    part = None if folder is None else folder.part(name)
    if part is None:
        return None
    tree, arrays = part
    space: Manifold = space_of(cast(Tree, tree["space"]))[0]
    numbers = cast("dict[str, float | None] | None", tree["score"])
    score = None if numbers is None else kind(**{k: math.nan if v is None else v for k, v in numbers.items()})
    points, losses = (cast(np.ndarray, arrays[key]) for key in ("points", "losses"))
    return Done(Embedding(points, space, names), score, losses, str(tree["stopped"]), cast(float, tree["cpu"]))
