"""Is it a tree? A tree, the same tree with a few shortcuts, and a grid, by Gromov's δ."""

import numpy as np

import gromov
from gromov.core import Graph


def binary_tree(depth: int) -> Graph:
    nodes = 2 ** (depth + 1) - 1
    return Graph(nodes, np.array([[child, (child - 1) // 2] for child in range(1, nodes)]))


def with_shortcuts(graph: Graph, count: int, seed: int = 0) -> Graph:
    extra = np.random.default_rng(seed).choice(graph.nodes, size=(count, 2))
    return Graph(graph.nodes, np.vstack([graph.edges, extra]))


def grid(side: int) -> Graph:
    index = np.arange(side * side).reshape(side, side)
    across = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    down = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    return Graph(side * side, np.vstack([across, down]))


def main() -> None:
    tree = binary_tree(6)
    for name, graph in {"tree": tree, "tree with 8 shortcuts": with_shortcuts(tree, 8), "grid 11 × 11": grid(11)}.items():
        found = gromov.hyperbolicity(graph, null_draws=4)
        print(f"{name}: δ between {found.delta_lower:g} and {found.delta_upper:g}")
    assert gromov.hyperbolicity(tree, null_draws=4).delta_upper == 0
    assert gromov.hyperbolicity(grid(11), null_draws=4).delta_lower == 10


if __name__ == "__main__":
    main()
