"""Hierarchies: reconstruction and link prediction in hyperbolic and Euclidean space, and gensim's Poincaré embeddings on the same pairs.

    python benchmarks/bench_hierarchy.py [--runs FOLDER] [--only NAME,…]

Every gromov run keeps its folder under --runs, so that a benchmark that was stopped goes on, and one that was finished is only read. gensim is left out, with
its reason, where it is not installed (benchmarks/peers.txt). CPU seconds are those of one thread.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import time
from pathlib import Path

import numpy as np

from gromov.core import environment
from gromov.models.hierarchy import rank_relatives
from gromov.verbs.fit import fit_hierarchy
from gromov.verbs.fit_data import read_hierarchy

RESULTS = Path(__file__).parent / "results" / "hierarchy.json"
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "mammals-2": ("wordnet-mammals", {"dim": 2}),
    "mammals-5": ("wordnet-mammals", {"dim": 5}),
    "mammals-10": ("wordnet-mammals", {"dim": 10}),
    "mammals-links": ("wordnet-mammals", {"dim": 5, "reveal": [10.0, 25.0, 50.0], "seeds": 2, "scales": [20.0]}),
    "phylo-tree": ("phylo-tree", {"dim": 2, "seeds": 3}),
    "diseasome": ("diseasome", {"dim": 2, "seeds": 3}),
    "grqc": ("grqc", {"dim": 10, "seeds": 2, "scales": [5.0]}),
    "phd-advisors": ("phd-advisors", {"dim": 2, "seeds": 3}),
    "disease": ("disease", {"dim": 2, "seeds": 3}),
    "nouns-5": ("wordnet-nouns", {"dim": 5, "seeds": 1, "scales": [20.0]}),
    "nouns-10": ("wordnet-nouns", {"dim": 10, "seeds": 1, "scales": [20.0], "controls": False}),
}
KEPT = (
    "map",
    "mean_rank",
    "distortion",
    "worst_distortion",
    "direction",
    "depth_correlation",
    "curvature",
    "loss",
    "space",
    "dim",
    "first_scale",
)


def ours(name: str, runs: Path) -> dict[str, object]:
    """One case: the numbers of every space, and what the fits cost."""
    source, options = CASES[name]
    run = fit_hierarchy(source, out=runs / name, **options)  # pyright: ignore[reportArgumentType]
    tree = run.to_dict()["results"]
    assert isinstance(tree, dict)
    timings = json.loads((runs / name / "timings.json").read_text())
    controls = tree["controls"]
    found: dict[str, object] = {
        "data": source,
        "nodes": len(run.embedding.names),
        "options": options,
        "test": {key: tree["test"][key] for key in KEPT},
        "controls": {
            key: None if controls[key] is None else {k: controls[key][k] for k in KEPT} for key in ("euclidean", "euclidean_4x", "sarkar")
        },
        "gain": controls["gain"],
        "gain_4x": controls["gain_4x"],
        "cpu_s": {fit: seconds["cpu_s"] for fit, seconds in timings.items()},
        "skipped": dict(run.skipped),
    }
    if "link_prediction" in tree:
        found["links"] = {
            share: {"pairs": each["pairs"], **{k: {key: each[k][key] for key in KEPT} for k in ("test", "euclidean", "euclidean_4x")}}
            for share, each in tree["link_prediction"]["revealed"].items()
        }
    return found


def gensim_mammals(dim: int = 5, epochs: int = 200) -> dict[str, object]:
    """gensim's PoincareModel with its own defaults on the same pairs, ranked by the same function."""
    try:
        import gensim
        from gensim.models.poincare import PoincareModel
    except ImportError as error:
        return {"left_out": f"gensim cannot be imported: {error}"}
    hierarchy = read_hierarchy("wordnet-mammals")
    pairs = [(hierarchy.names[u], hierarchy.names[v]) for u, v in hierarchy.relation.pairs.tolist()]
    cpu = time.process_time()
    model = PoincareModel(pairs, size=dim, seed=0)
    model.train(epochs=epochs, print_every=10**9)
    cpu = time.process_time() - cpu
    points = np.array([model.kv[name] for name in hierarchy.names], dtype=np.float64)

    def distances(nodes: np.ndarray) -> np.ndarray:
        square = (points**2).sum(1)
        gap = ((points[nodes][:, None] - points[None]) ** 2).sum(2)
        return np.arccosh(1 + 2 * gap / ((1 - square[nodes])[:, None] * (1 - square)))

    found = rank_relatives(distances, hierarchy.relation)
    return {
        "version": gensim.__version__,
        "dim": dim,
        "epochs": epochs,
        "map": found.mean_average_precision,
        "mean_rank": found.mean_rank,
        "cpu_s": cpu,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs/bench-hierarchy"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    wanted = [name for name in (*CASES, "gensim") if not options.only or name in options.only.split(",")]
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"cases": {}}
    for name in wanted:
        kept["cases"][name] = gensim_mammals() if name == "gensim" else ours(name, options.runs)
        kept["environment"] = environment()
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        print(name, json.dumps(kept["cases"][name], ensure_ascii=False)[:400], flush=True)


if __name__ == "__main__":
    main()
