"""Whether p-values are honest, how small a difference each comparison sees, and what the Gromov–Wasserstein solvers cost against POT alone.

Null: 200 pairs of N(0, I₁₆) at n = 500, the share of p ≤ .05 and the Kolmogorov–Smirnov p-value of all. Power: N(0, I₁₆) against N(0, I₁₅)
in 16 coordinates, 50 pairs. Paired measures: unrelated rows for the null; rows with noise of eight times the signal for the power.
Solvers: 256 points of each, for one start and for all; POT's own solver from the product coupling is the peer, and a plain conditional
gradient on scipy's assignment stands beside it.

    python bench_compare.py [--only NAME …]     these rows only (all take about two hours); the others keep the figures they have
    (a name is a comparison, cka_rbf, or solvers)
"""

from timing import RESULTS, alternate

import argparse
import json
import time
from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import kstest

from gromov.core import environment
from gromov.measures.comparisons.transport_bounds import first_bound, of_matching, second_bound, third_bound
from gromov.measures.comparisons.transport_solvers import conditional_gradient, entropic
from gromov.spaces import EUCLIDEAN
from gromov.verbs import COMPARISONS
from gromov.verbs.comparisons import comparison, traits

PAIRS, N, NULL = 200, 500, 99
VARIANTS: dict[str, tuple[str, dict[str, str]]] = {"cka_rbf": ("cka", {"kernel": "rbf"})}
POINTS, RUNS = 256, 5


def p_values(name: str, pairs: int, n: int, *, differ: bool) -> tuple[list[float], float]:
    """p of each pair, and CPU seconds of one."""
    name, options = VARIANTS.get(name, (name, {}))
    found: list[float] = []
    start = time.process_time()
    for seed in range(pairs):
        rng = np.random.default_rng([seed, int(differ)])
        x, y = rng.standard_normal((2, n, 16))
        if differ and traits(name).paired:
            y = x + 8 * y
        elif differ:
            y[:, 15] = 0
        found.append(comparison(name).function(x, y, seed=seed, null=NULL, **options).p_value)
    return found, (time.process_time() - start) / pairs


def plain(d: np.ndarray, e: np.ndarray, start: np.ndarray) -> float:
    """A conditional gradient with exact line search, written out on scipy's assignment."""
    coupling, n = start, len(d)
    product = d @ coupling @ e
    for _ in range(200):
        matched = linear_sum_assignment(-product)[1]
        direction = -coupling
        direction[np.arange(n), matched] += 1 / n
        slope = -4 * np.vdot(product, direction)
        if slope >= -1e-12 * ((d * d).mean() + (e * e).mean()):
            break
        moved = d @ direction @ e
        curvature = -2 * np.vdot(moved, direction)
        length = 1.0 if curvature <= 0 else min(1.0, -slope / (2 * curvature))
        coupling, product = coupling + length * direction, product + length * moved
    squared = ((d * d).sum() + (e * e).sum()) / n**2 - 2 * np.vdot(d @ coupling @ e, coupling)
    return min(0.5 * float(np.sqrt(squared)), of_matching(d, e, linear_sum_assignment(-coupling)[1]))


def solvers() -> dict[str, dict[str, object]]:
    """CPU seconds and values of the solvers, of POT alone, and of the bounds."""
    import ot

    rng = np.random.default_rng(0)
    clouds = {
        "N(0, I16) and N(0, I15)": (rng.standard_normal((POINTS, 16)), rng.standard_normal((POINTS, 16)) * (np.arange(16) < 15)),
        "N(0, I2) and a flat one": (rng.standard_normal((POINTS, 2)), rng.standard_normal((POINTS, 2)) * [1, 0.3]),
    }
    found: dict[str, dict[str, object]] = {}
    for name, (x, y) in clouds.items():
        d, e = EUCLIDEAN.pairwise(x, x), EUCLIDEAN.pairwise(y, y)
        weights, start = np.full(POINTS, 1 / POINTS), np.full((POINTS, POINTS), 1 / POINTS**2)
        works = {
            "pot_alone": lambda d=d, e=e, w=weights: 0.5 * float(np.sqrt(ot.gromov.gromov_wasserstein2(d, e, w, w, "square_loss"))),
            "plain": partial(plain, d, e, start),
            "conditional_gradient": partial(conditional_gradient, d, e, [start]),
            "entropic": partial(entropic, d, e, [start]),
            "first_bound": partial(first_bound, d, e),
            "second_bound": partial(second_bound, d, e),
            "third_bound": lambda d=d, e=e: third_bound(d, e)[0],
            "comparison": lambda x=x, y=y: comparison("gromov_wasserstein").function(x, y, null=NULL).upper,
        }
        seconds = alternate(RUNS, **works)
        values = {work: call() for work, call in works.items()}
        assert abs(values["conditional_gradient"] / values["pot_alone"] - 1) < 1e-3
        assert abs(values["plain"] / values["pot_alone"] - 1) < 1e-2
        assert values["third_bound"] <= min(values["entropic"], values["comparison"])
        found[name] = {work: {"value": values[work], "cpu_seconds": seconds[work]["median"]} for work in works}
        print(name, found[name], flush=True)
    return found


def main() -> None:
    names = [*COMPARISONS, *VARIANTS, "solvers"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    path = RESULTS / "compare.json"
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows: dict[str, dict[str, float]] = earlier.get("comparisons", {})
    costs: dict[str, dict[str, object]] = earlier.get("solvers", {})
    for name in parser.parse_args().only:
        if name == "solvers":
            costs = solvers()
        else:
            calm, seconds = p_values(name, PAIRS, N, differ=False)
            stirred, _ = p_values(name, PAIRS // 4, N, differ=True)
            spread = np.array(calm) - np.random.default_rng(0).uniform(size=PAIRS) / (NULL + 1)
            rows[name] = {
                "false_alarms": float(np.mean(np.array(calm) <= 0.05)),
                "ks_p_value": float(kstest(spread, "uniform").pvalue),
                "power": float(np.mean(np.array(stirred) <= 0.05)),
                "cpu_seconds": seconds,
            }
            print(name, rows[name], flush=True)
        tree = {"pairs": PAIRS, "n": N, "d": 16, "null": NULL, "environment": environment(), "comparisons": rows, "solvers": costs}
        path.write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
