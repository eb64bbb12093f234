"""Exact nearest neighbours against faiss alone."""

from timing import alternate, write

import faiss
import numpy as np

from gromov.core import as_representation
from gromov.graphs import nearest_neighbors


def main() -> None:
    points = np.random.default_rng(0).normal(size=(50_000, 64)).astype(np.float32)
    representation = as_representation(points)

    def flat() -> np.ndarray:
        index = faiss.IndexFlatL2(64)
        index.add(points)
        return index.search(points, 7)[1]

    ours = nearest_neighbors(representation, 6, queries=50_000).indices
    same = float((ours == flat()[:, 1:]).mean())
    row: dict[str, object] = {"work": "exact 6 neighbours, 50,000 × 64", "agreement": same}
    write("neighbors", [row | alternate(3, gromov=lambda: nearest_neighbors(representation, 6, queries=50_000), faiss_flat=flat)])


if __name__ == "__main__":
    main()
