"""A fitted embedding: named points of a space, and what can be asked of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import InputError
from gromov.data.readers.embedding import FORMAT, MODEL, is_embedding, read_embedding
from gromov.models.naming import place_of
from gromov.spaces import Manifold
from gromov.spaces.described import describe_space


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Named points of a space.

    Attributes:
        points: n × entries, in the chart of `space`.
        space: Where they are.
        names: Name of each.
    """

    points: Float[np.ndarray, "n w"]
    space: Manifold
    names: tuple[str, ...]

    def distances(self, nodes: Integer[np.ndarray, " b"]) -> Float[np.ndarray, "b n"]:
        """Distances from some nodes to all."""
        return self.space.pairwise(self.points[nodes], self.points)

    def radii(self) -> Float[np.ndarray, " n"]:
        """Distance of every point from the origin: small for what is general, large for what is special, where the space has room for that."""
        x = torch.from_numpy(np.ascontiguousarray(self.points))
        origin = self.space.origin(self.space.dimension(x.shape[1]), dtype=x.dtype)
        return self.space.distance(x, origin.expand_as(x)).numpy()

    def neighbors(self, name: str, k: int = 10) -> list[tuple[str, float]]:
        """The k nodes nearest to one, nearest first, with their distances."""
        place = place_of(name, self.names)
        distances = self.distances(np.array([place]))[0]
        distances[place] = np.inf
        return [(self.names[i], float(distances[i])) for i in np.argsort(distances, kind="stable")[: min(k, len(self.names) - 1)].tolist()]

    def ancestors(self, name: str, k: int = 10) -> list[tuple[str, float]]:
        """The k nearest nodes that are nearer to the origin: what the geometry alone takes for more general."""
        place, radii = place_of(name, self.names), self.radii()
        distances = self.distances(np.array([place]))[0]
        distances[radii >= radii[place]] = np.inf
        order = [i for i in np.argsort(distances, kind="stable")[:k].tolist() if np.isfinite(distances[i])]
        return [(self.names[i], float(distances[i])) for i in order]

    def to_safetensors(self) -> bytes:
        """The embedding as a safetensors file: points, names (UTF-8, one a line), and the space in its header."""
        from safetensors.numpy import save

        words = "\n".join(name.replace("\n", " ") for name in self.names)
        tensors = {"points": np.ascontiguousarray(self.points), "names": np.frombuffer(words.encode(), dtype=np.uint8)}
        # one entry alone: the library writes several in an order that changes from call to call, and a run is to give the same bytes
        return save(tensors, metadata={FORMAT: json.dumps(describe_space(self.space, self.points.shape[1]))})


def load_embedding(folder: str | Path) -> Embedding:
    """The embedding of a run of `gromov fit hierarchy` or `gromov fit words`.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = Path(folder)
    if not is_embedding(path):
        raise InputError(f"{folder} holds no {MODEL}: name the run folder of a finished gromov fit")
    found = read_embedding(path)
    assert isinstance(found.data, np.ndarray)
    assert isinstance(found.space, Manifold)
    return Embedding(np.asarray(found.data, dtype=np.float64), found.space, tuple(map(str, found.columns["name"]().tolist())))
