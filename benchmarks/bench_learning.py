"""Learning: accuracy and CPU seconds of `fit classify` on real data, and what the loop costs beside bare torch.

    GROMOV_DATA=… python benchmarks/bench_learning.py [--runs FOLDER] [--only NAME,…]

Every run keeps its folder under --runs, so that a benchmark that was stopped goes on, and one that was finished is only read. Everything runs on one thread.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import nn

from gromov.core import environment
from gromov.learn import Data, Problem, TensorSamples, Training, batches, cross_entropy, fit
from gromov.nn import Block, convnet, mlp
from gromov.verbs.classify import fit_classify

RESULTS = Path(__file__).parent / "results" / "learning.json"
RANKS = [f"{kind}:{rank}" for kind in ("tt", "low-rank", "tucker") for rank in (1, 2, 4, 8, 16, 32)]
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "wine": ("wine", {"seeds": 5}),
    "breast-cancer": ("breast-cancer", {"seeds": 5}),
    "digits": ("digits", {"seeds": 5}),
    "lenet": (
        "mnist",
        {"network": "lenet", "epochs": 10, "compress": [*RANKS, *(f"prune:{share}" for share in (0.5, 0.2, 0.1, 0.05, 0.02, 0.01))]},
    ),
    "mnist": ("mnist", {}),
    # dense layers as they are, and held in a format from the start of training: three tensor trains, and low rank with about as many parameters
    **{
        f"lenet-{linear.replace(':', '-')}": ("mnist", {"network": "lenet", "epochs": 10, "linear": linear, "controls": False})
        for linear in ("dense", "tt:4", "low-rank:2", "tt:8", "low-rank:7", "tt:2", "low-rank:1")
    },
    "cifar10": ("cifar10-jpeg", {"width": 24, "epochs": 10, "rate": 0.003}),
}


def ours(name: str, runs: Path) -> dict[str, object]:
    """One case: the numbers of the network and of the simpler models, and what the fits cost."""
    source, options = CASES[name]
    run = fit_classify(source, out=runs / name, **options)  # pyright: ignore[reportArgumentType]
    tree = run.to_dict()["results"]
    assert isinstance(tree, dict)
    keys = ("model", "accuracy", "log_loss", "calibration_error", "parameters", "flops")
    found = {
        "data": source,
        "options": options,
        "config": run.config,
        "test": {key: tree["test"][key] for key in keys},
        "controls": {name: {key: each[key] for key in keys} for name, each in tree["controls"]["others"].items()},
        "cpu_s": {fit: seconds["cpu_s"] for fit, seconds in json.loads((runs / name / "timings.json").read_text()).items()},
    }
    if "compression" in tree:
        found["compression"] = tree["compression"]
    return found


def overhead() -> dict[str, object]:
    """CPU seconds of an epoch of `fit` over those of a bare loop of torch, the same batches and steps, in turns; medians and quartiles of the ratio."""
    found: dict[str, object] = {}
    cases: dict[str, tuple[Block, tuple[int, ...], int, int]] = {
        "mlp 256, vectors of 64": (mlp(256, 2, 10), (64,), 60_000, 16),
        "convnet 16, images of 28": (convnet(16, 10), (1, 28, 28), 12_000, 6),
    }
    for name, (network, shape, n, turns) in cases.items():
        x = torch.randn(n, *shape, generator=torch.Generator().manual_seed(0))
        samples = TensorSamples(x, torch.randint(0, 10, (n,), generator=torch.Generator().manual_seed(1)))
        problem = Problem.of_block(network, shape, cross_entropy, Data(samples))
        training = Training(epochs=1, batch=128, schedule="constant")
        ratios: list[float] = []
        times: list[float] = []
        for turn in range(turns):
            works = (partial(bare, network, shape, samples), partial(fit, problem, training, device="cpu"))
            spent = {place: cpu_seconds(works[place]) for place in ((0, 1) if turn % 2 else (1, 0))}
            if turn:  # the first is warm-up
                ratios.append(spent[1] / spent[0])
                times.append(spent[1])
        low, middle, high = statistics.quantiles(ratios)
        found[name] = {"ratio": middle, "quartiles": [low, high], "epoch_cpu_s": statistics.median(times), "steps": -(-n // 128)}
    return found


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def bare(network: Block, shape: tuple[int, ...], samples: TensorSamples) -> None:
    """An epoch of plain torch."""
    model = network.build(shape)
    if len(shape) == 3:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    total = 0.0
    for chosen in batches(len(samples), 128, 0, 0):
        inputs = samples.inputs[chosen]
        if len(shape) == 3:
            inputs = inputs.to(memory_format=torch.channels_last)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), samples.targets[chosen])
        loss.backward()
        optimizer.step()
        total += float(loss.detach())


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs/bench-learning"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    wanted = [name for name in ("overhead", *CASES) if not options.only or name in options.only.split(",")]
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"cases": {}}
    for name in wanted:
        kept["cases"][name] = overhead() if name == "overhead" else ours(name, options.runs)
        kept["environment"] = environment()
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        print(name, json.dumps(kept["cases"][name], ensure_ascii=False)[:300], flush=True)


if __name__ == "__main__":
    main()
