"""Images in hyperbolic, Euclidean and spherical space: retrieval and few-shot accuracy on unseen classes, Lake's one-shot runs, what the head costs.

    python benchmarks/bench_images.py [--runs FOLDER] [--only NAME,…]

Every run keeps its folder under --runs, so that a benchmark that was stopped goes on, and one that was finished is only read. CPU seconds are those of one
thread. The data sets come from the folders of GROMOV_DATA.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
from pathlib import Path

import torch
from timing import alternate

from gromov.core import environment
from gromov.models.images import Geometry, MetricLoss
from gromov.nn import Composition, Dense, preset
from gromov.verbs.images import fit_images
from gromov.verbs.images_scores import NUMBERS

RESULTS = Path(__file__).parent / "results" / "images.json"
UNSEEN = ["Japanese_(katakana)", "Sanskrit", "Tagalog"]  # the three that are not in the first small background set
OMNIGLOT: dict[str, object] = {"superclass": "alphabet", "width": 32, "steps": 300, "seeds": 5, "episodes": 2000, "foreign": "mnist-test"}
CASES: dict[str, tuple[str, dict[str, object]]] = {
    **{f"omniglot-{dim}": ("omniglot-small", {**OMNIGLOT, "test_classes": UNSEEN, "dim": dim}) for dim in (2, 4, 8, 16, 64)},
    **{
        f"omniglot-{dim}-{name}": (
            "omniglot-small",
            {**OMNIGLOT, "test_classes": UNSEEN, "dim": dim, "curvature": curvature, "controls": False},
        )
        for dim in (2, 8)
        for name, curvature in (("k1", -1.0), ("learned", "learned"))
    },
    "one-shot": (
        "omniglot-small",
        {
            "superclass": "alphabet",
            "dim": 64,
            "steps": 1000,
            "seeds": 2,
            "validation": 0.15,
            "temperature": 0.1,
            "episodes": 200,
            "test_classes": ["Tagalog"],
            "one_shot": "omniglot-runs",
        },
    ),
    "mnist": ("mnist", {"dim": 8, "width": 32, "steps": 200, "seeds": 5, "sample": 20_000, "episodes": 2000, "foreign": "omniglot-small"}),
    "cifar10": (
        "cifar10-jpeg",
        {"dim": 16, "width": 32, "steps": 200, "seeds": 5, "sample": 20_000, "episodes": 2000, "foreign": "mnist-test"},
    ),
    "cifar10-efficientnet": (
        "cifar10-jpeg",
        {"dim": 16, "backbone": "efficientnet-lite0", "steps": 1000, "seeds": 5, "sample": 4000, "episodes": 2000},
    ),
    "omniglot-efficientnet": (
        "omniglot-small",
        {
            "superclass": "alphabet",
            "dim": 16,
            "backbone": "efficientnet-lite0",
            "steps": 1000,
            "seeds": 5,
            "episodes": 2000,
            "test_classes": UNSEEN,
        },
    ),
}


def case(name: str, runs: Path) -> dict[str, object]:
    """One case: the numbers of every space, their differences, and what the fits cost."""
    source, options = CASES[name]
    run = fit_images(source, out=runs / name, **options)  # pyright: ignore[reportArgumentType]
    tree = run.to_dict()["results"]
    assert isinstance(tree, dict)
    timings = json.loads((runs / name / "timings.json").read_text())
    kept = ("space", "dim", "temperature", *NUMBERS)
    test = tree["test"]
    return {
        "data": source,
        "options": options,
        **{key: test[key] for key in ("train_images", "train_classes", "validation_classes", "test_images", "delta_before")},
        "curvature_khrulkov2020": test["curvature_khrulkov2020"],
        "spaces": {
            each["space"]: {key: each[key] for key in kept} for each in (tree["controls"]["reported"], *tree["controls"]["others"].values())
        },
        "gains": tree["controls"]["gains"],
        "chance": tree["controls"]["chance"],
        **{key: tree[key] for key in ("levels", "one_shot") if key in tree},
        "cpu_s": {fit: seconds["cpu_s"] for fit, seconds in timings.items()},
        "skipped": dict(run.skipped),
    }


def head(dim: int = 128, batch: int = 128) -> dict[str, object]:
    """Seconds of 20 steps (forward, loss, backward) of a conv4 body with each head, one after the other in every round; the goal is 1.15 of the Euclidean."""
    x = torch.rand(batch, 1, 28, 28)
    y = torch.arange(batch) // 4
    body = preset("conv4", classes=dim)
    network = Composition(*body.blocks[:-1], Dense(dim, initial="orthogonal")).build((1, 28, 28))

    def steps(loss: MetricLoss) -> None:
        for _ in range(20):
            network.zero_grad()
            loss(network(x), y).backward()

    losses = {space: MetricLoss(Geometry(space), 0.2) for space in ("euclidean", "hyperbolic", "sphere")}
    losses["hyperbolic_learned"] = MetricLoss(Geometry("hyperbolic", learn_curvature=True), 0.2)
    seconds = alternate(7, **{name: (lambda loss=loss: steps(loss)) for name, loss in losses.items()})
    ratios = {name: each["median"] / seconds["euclidean"]["median"] for name, each in seconds.items()}
    return {"dim": dim, "batch": batch, "steps": 20, "seconds": seconds, "ratio": ratios, "goal": 1.15}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs/bench-images"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    wanted = [name for name in (*CASES, "head") if not options.only or name in options.only.split(",")]
    for name in wanted:
        found = head() if name == "head" else case(name, options.runs)
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"cases": {}}
        kept["cases"][name] = found
        kept["environment"] = environment()
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        print(name, json.dumps(found, ensure_ascii=False)[:300], flush=True)


if __name__ == "__main__":
    main()
