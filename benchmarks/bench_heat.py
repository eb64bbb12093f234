"""Heat traces and IMD: signature against the reference algorithm (piq's copy), error on digits, calibration and power of the test.

python bench_heat.py                 all but the last: about half an hour
python bench_heat.py million [KIND]  a signature of 1,000,000 × 128: `plane` (12 dimensions and noise) or `gaussian`; kept in heat.json, too
"""

from timing import RESULTS, alternate, cpu_seconds, process

import importlib
import importlib.util
import json
import subprocess
import sys
import types
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import kstest
from sklearn.datasets import load_digits

from gromov.core import environment, as_representation
from gromov.graphs import Laplacian, every_neighbor, heat, neighbor_graph, spectral_trace
from gromov.measures import heat_trace
from gromov.measures.comparisons import imd

TIMES = np.geomspace(0.1, 10, 256)


def cloud(n: int, d: int, kind: str = "gaussian") -> np.ndarray:
    rng = np.random.default_rng(0)
    if kind == "gaussian":
        return rng.standard_normal((n, d), dtype=np.float32)
    frame = rng.standard_normal((12, d), dtype=np.float32)
    points = np.empty((n, d), dtype=np.float32)
    for start in range(0, n, 50_000):
        rows = points[start : start + 50_000]
        rows[:] = rng.standard_normal((len(rows), 12), dtype=np.float32) @ frame + 0.05 * rng.standard_normal(rows.shape, dtype=np.float32)
    return points


def signature(points: np.ndarray) -> np.ndarray:
    """Ours: neighbours, graph, 64 probes."""
    found = every_neighbor(as_representation(points), 5)
    adjacency = neighbor_graph(found.neighbors)
    recall = found.recall
    del found
    if recall is not None:
        print(json.dumps({"recall": recall.value, "recall_ci": recall.ci}), file=sys.stderr, flush=True)
    return spectral_trace(Laplacian(adjacency), heat(TIMES), exact=False).value


def peer() -> Callable[..., np.ndarray]:
    """The descriptor of piq, from its one file: the package itself also wants torchvision, which the descriptor does not use.

    Raises:
        ImportError: piq is not there.
    """
    if "piq.msid" in sys.modules:
        return sys.modules["piq.msid"]._msid_descriptor
    spec = importlib.util.find_spec("piq")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("piq is not installed")
    package, base = types.ModuleType("piq"), types.ModuleType("piq.base")
    package.__path__ = list(spec.submodule_search_locations)
    base.BaseFeatureMetric = object
    sys.modules.setdefault("piq", package)
    sys.modules.setdefault("piq.base", base)
    return importlib.import_module("piq.msid")._msid_descriptor


def reference(points: np.ndarray) -> np.ndarray:
    """The reference algorithm, one thread."""
    return described(points, TIMES, normalised=True)


def described(points: np.ndarray, times: np.ndarray, *, normalised: bool) -> np.ndarray:
    """Its heat trace, which it gives in millionths."""
    return 1e-6 * peer()(points, ts=times, k=5, m=10, niters=100, rademacher=False, normalized_laplacian=normalised, normalize="empty")


def weighted(one: np.ndarray, other: np.ndarray) -> float:
    """IMD of two signatures, in millionths."""
    return 1e6 * float((np.exp(-2 * (TIMES + 1 / TIMES)) * np.abs(one - other)).max())


def digits() -> dict[str, object]:
    points = load_digits().data
    laplacian = Laplacian(neighbor_graph(every_neighbor(as_representation(points), 5).neighbors))
    exact = np.exp(-TIMES[:, None] * np.linalg.eigvalsh(laplacian.matrix().toarray())).mean(axis=1)
    row: dict[str, object] = {
        "work": "IMD error on digits against exact eigenvalues, 1e6",
        "exact": weighted(heat_trace(points, null_draws=1).normalised, exact),
    }
    for probes in (32, 64):
        sampled = [weighted(spectral_trace(laplacian, heat(TIMES), exact=False, probes=probes, seed=s).value, exact) for s in range(20)]
        row |= {f"sampled_{probes}_mean": float(np.mean(sampled)), f"sampled_{probes}_max": max(sampled)}
    try:
        np.random.seed(0)  # noqa: NPY002 - the reference draws from it
        row["reference"] = weighted(reference(points), exact)
    except ImportError as error:
        row["reference_missing"] = str(error)
    return row


def unnormalised() -> dict[str, object]:
    """The combinatorial Laplacian at t = 1 and 10: ours sampled against its eigenvalues, in standard errors; the reference in ratio."""
    points = load_digits().data
    laplacian = Laplacian(neighbor_graph(every_neighbor(as_representation(points), 5).neighbors), "combinatorial")
    times = np.array([1.0, 10.0])
    exact = np.exp(-times[:, None] * np.linalg.eigvalsh(laplacian.matrix().toarray())).mean(axis=1)
    found = [spectral_trace(laplacian, heat(times), exact=False, seed=seed) for seed in range(20)]
    scores = np.stack([(each.value - exact) / each.error for each in found])
    row: dict[str, object] = {
        "work": "unnormalised heat trace of digits at t = 1, 10",
        "exact_ratio": list(spectral_trace(laplacian, heat(times)).value / exact),
        "sampled_ratio": list(np.mean([each.value for each in found], axis=0) / exact),
        "standard_errors_rms_of_20": list(np.sqrt((scores**2).mean(axis=0))),
        "steps": found[0].steps,
    }
    try:
        np.random.seed(0)  # noqa: NPY002 - the reference draws from it
        row["reference_ratio"] = list(described(points, times, normalised=False) / exact)
    except ImportError as error:
        row["reference_missing"] = str(error)
    return row


def speed(n: int, runs: int) -> dict[str, object]:
    points = cloud(n, 64)
    row: dict[str, object] = {"work": f"IMD signature, {n:,} × 64, CPU s"}
    try:
        row["difference_1e6"] = weighted(signature(points), reference(points))
    except ImportError as error:
        return row | {"peer_missing": str(error), "gromov": cpu_seconds(partial(signature, points))}
    return row | alternate(runs, gromov=partial(signature, points), reference=partial(reference, points))


def memory(n: int) -> dict[str, object]:
    peak = {w: process([sys.executable, __file__, w, str(n)], runs=1)["peak_mb"]["median"] for w in ("imports", "signature", "reference")}
    above = {f"{w}_above_imports": peak[w] - peak["imports"] for w in ("signature", "reference")}
    return {"work": f"peak memory of a signature, {n:,} × 64, MB", **peak, **above}


def calibration(pairs: int = 200) -> dict[str, object]:
    """Honesty and power of both nulls, 99 draws each, at n = 500; the second against 24 coordinates, which cannot be pooled."""

    def p_value(seed: int, d: int, wide: bool) -> float:
        rng = np.random.default_rng([seed, d, wide])
        x, y = rng.standard_normal((2, 500, 16))
        y[:, d:] = 0
        return imd(x, np.pad(y, ((0, 0), (0, 8))) if wide else y, null=99, seed=seed).p_value

    row: dict[str, object] = {"work": "nulls of IMD, n = 500, N(0, I16), 99 draws", "pairs": pairs}
    for name, wide in (("pool", False), ("halves", True)):
        same = np.array([p_value(seed, 16, wide) for seed in range(pairs)])
        jitter = np.random.default_rng(0).random(pairs) / 100
        row |= {f"{name}_ks_p": float(kstest(same - jitter, "uniform").pvalue), f"{name}_rejected_at_5": float((same <= 0.05).mean())}
        for d in (15, 12, 8):
            row[f"{name}_power_against_I{d}"] = float(np.mean([p_value(seed, d, wide) <= 0.05 for seed in range(pairs // 4)]))
        print(row, file=sys.stderr, flush=True)
    return row


def million(kind: str) -> dict[str, object]:
    peak = {"imports": process([sys.executable, __file__, "imports", "0"], runs=1)["peak_mb"]["median"]}
    code = (
        f"import resource, time; import bench_heat as b; x = b.cloud(10**6, 128, {kind!r}); t = time.process_time(); b.signature(x); "
        "print(time.process_time() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=str(RESULTS.parent))
    seconds, megabytes = (float(word) for word in done.stdout.split())
    recall = json.loads(done.stderr.strip().splitlines()[-1])
    return {"work": f"IMD signature, 1,000,000 × 128, {kind}", "cpu_s": seconds, "peak_mb": megabytes, "points_mb": 512.0, **recall, **peak}


def keep(rows: list[dict[str, object]]) -> None:
    """Write the rows beside those of other works that are there."""
    path = RESULTS / "heat.json"
    old = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    names = {row["work"] for row in rows}
    for row in rows:
        print(json.dumps(row), flush=True)
    kept = [row for row in old if row["work"] not in names] + rows
    path.write_text(json.dumps({"environment": environment(), "rows": kept}, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    warnings.simplefilter("ignore")
    match arguments:
        case ["imports", _]:
            signature(cloud(20, 64))
        case ["signature", n]:
            signature(cloud(int(n), 64))
        case ["reference", n]:
            reference(cloud(int(n), 64))
        case ["million", *kinds]:
            for kind in kinds or ("plane", "gaussian"):
                keep([million(kind)])
        case ["calibration"]:
            keep([calibration()])
        case _:
            for work in (digits, unnormalised, partial(memory, 50_000), partial(speed, 50_000, 3), calibration):
                keep([work()])
            print(RESULTS)


if __name__ == "__main__":
    main(sys.argv[1:])
