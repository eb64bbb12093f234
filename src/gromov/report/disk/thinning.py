"""A disk with few enough points and edges to be drawn."""

import math
from dataclasses import replace

import numpy as np

from gromov.core.figure import Disk
from gromov.report.words import number

MAX_POINTS = 50_000
MAX_EDGES = 20_000


def thin_disk(layer: Disk) -> tuple[Disk, tuple[str, ...]]:
    """The layer with at most 50,000 points and 20,000 edges, evenly taken, and what was left out."""
    notes: tuple[str, ...] = ()
    n, edges = len(layer.x), layer.edges
    if n > MAX_POINTS:
        kept = np.arange(0, n, math.ceil(n / MAX_POINTS))
        place = np.full(n, -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        if edges is not None:
            edges = place[edges]
            edges = edges[(edges >= 0).all(axis=1)]
        layer = replace(
            layer,
            x=layer.x[kept],
            y=layer.y[kept],
            edges=edges,
            groups=None if layer.groups is None else layer.groups[kept],
            texts=tuple(layer.texts[i] for i in kept) if layer.texts else (),
            sizes=None if layer.sizes is None else layer.sizes[kept],
            shown=None if layer.shown is None else place[layer.shown][place[layer.shown] >= 0],
            pictures=() if layer.shown is None else tuple(at for at, i in zip(layer.pictures, layer.shown, strict=False) if place[i] >= 0),
        )
        notes += (f"{number(len(kept))} of {number(n)} points are drawn, evenly taken.",)
    if edges is not None and len(edges) > MAX_EDGES:
        notes += (f"{number(MAX_EDGES)} of {number(len(edges))} edges are drawn, evenly taken.",)
        layer = replace(layer, edges=edges[np.linspace(0, len(edges) - 1, MAX_EDGES).round().astype(np.int64)])
    return layer, notes
