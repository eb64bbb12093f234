"""Heat traces and IMD: signature against the reference algorithm (piq's copy), error on digits, calibration and power of the test."""

import sys
from functools import partial

from timing import RESULTS, alternate, cpu_seconds, process, write

import numpy as np
from scipy.stats import kstest
from sklearn.datasets import load_digits

from gromov.core import as_representation
from gromov.graphs import Laplacian, every_neighbor, neighbor_graph
from gromov.measures.comparisons import imd
from gromov.measures.heat_null import traces

TIMES = np.geomspace(0.1, 10, 256)


def cloud(n: int, d: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)


def signature(points: np.ndarray) -> np.ndarray:
    """Ours: neighbours, graph, 64 probes."""
    found = every_neighbor(as_representation(points), 5)
    if found.recall is not None:
        print("recall", found.recall, file=sys.stderr)
    return traces(Laplacian(neighbor_graph(found.neighbors)), TIMES, probes=64, seed=0)[0]


def reference(points: np.ndarray) -> np.ndarray:
    """The reference algorithm, one thread."""
    from piq.msid import _msid_descriptor

    return _msid_descriptor(points, ts=TIMES, k=5, m=10, niters=100, rademacher=False, normalized_laplacian=True, normalize="empty") / len(
        points
    )


def digits() -> dict[str, object]:
    points = load_digits().data
    graph = neighbor_graph(every_neighbor(as_representation(points), 5).neighbors)
    exact = np.exp(-TIMES[:, None] * Laplacian(graph).eigenvalues()).mean(axis=1)
    weight = np.exp(-2 * (TIMES + 1 / TIMES))
    sampled = [1e6 * float((weight * np.abs(traces(Laplacian(graph), TIMES, probes=64, seed=s)[0] - exact)).max()) for s in range(10)]
    row: dict[str, object] = {"work": "IMD error on digits, 1e6", "sampled_mean": float(np.mean(sampled)), "sampled_max": max(sampled)}
    try:
        row["reference"] = 1e6 * float((weight * np.abs(reference(points) - exact)).max())
    except ImportError as error:
        row["reference_missing"] = str(error)
    return row


def speed(n: int, runs: int) -> dict[str, object]:
    points = cloud(n, 64)
    row: dict[str, object] = {"work": f"IMD signature, {n:,} × 64"}
    try:
        import piq  # noqa: F401
    except ImportError as error:
        return row | {"peer_missing": str(error), "gromov": cpu_seconds(partial(signature, points))}
    return row | alternate(runs, gromov=partial(signature, points), reference=partial(reference, points))


def memory(n: int) -> dict[str, object]:
    peak = {w: process([sys.executable, __file__, w, str(n)], runs=1)["peak_mb"]["median"] for w in ("imports", "signature")}
    return {"work": f"peak memory of a signature, {n:,} × 64, MB", **peak, "above_imports": peak["signature"] - peak["imports"]}


def calibration(pairs: int = 200) -> dict[str, object]:
    def p_value(seed: int, d: int) -> float:
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(500, 16)), rng.normal(size=(500, 16))
        y[:, d:] = 0
        return imd(x, y, null=39).p_value

    same = np.array([p_value(seed, 16) for seed in range(pairs)])
    jitter = np.random.default_rng(0).random(pairs) / 40
    test = kstest(same - jitter, "uniform")
    power = np.mean([p_value(seed, 15) <= 0.05 for seed in range(40)])
    return {
        "work": "null of IMD, n = 500, N(0, I16)",
        "pairs": pairs,
        "ks_p": float(test.pvalue),
        "rejected_at_5": float((same <= 0.05).mean()),
        "power_against_I15": float(power),
    }


def main(arguments: list[str]) -> None:
    match arguments:
        case ["imports", _]:
            every_neighbor(as_representation(cloud(10, 64)), 3)
            traces(Laplacian(neighbor_graph(every_neighbor(as_representation(cloud(20, 64)), 5).neighbors)), TIMES, probes=2, seed=0)
        case ["signature", n]:
            signature(cloud(int(n), 64))
        case ["million"]:
            write("heat_million", [{"work": "IMD signature, 1,000,000 × 128", "cpu_s": cpu_seconds(lambda: signature(cloud(10**6, 128)))}])
        case _:
            write("heat", [digits(), memory(50_000), speed(50_000, 1), calibration()])
            print(RESULTS)


if __name__ == "__main__":
    main(sys.argv[1:])
