"""Whether p-values are honest, and how small a difference each comparison sees.

Null: 200 pairs of N(0, I₁₆) at n = 500, the share of p ≤ .05 and the Kolmogorov–Smirnov p-value of all. Power: N(0, I₁₆) against N(0, I₁₅)
in 16 coordinates, 50 pairs. Paired measures: unrelated rows for the null; rows with noise of eight times the signal for the power.

    python bench_compare.py [NAME …]     these comparisons only (all take about an hour); the others keep the figures they have
"""

from timing import RESULTS

import json
import sys
import time

import numpy as np
from scipy.stats import kstest

from gromov.core import environment
from gromov.verbs import COMPARISONS
from gromov.verbs.comparisons import comparison, traits

PAIRS, N, NULL = 200, 500, 99


def p_values(name: str, pairs: int, n: int, *, differ: bool) -> tuple[list[float], float]:
    """p of each pair, and CPU seconds of one."""
    found: list[float] = []
    start = time.process_time()
    for seed in range(pairs):
        rng = np.random.default_rng([seed, int(differ)])
        x, y = rng.standard_normal((2, n, 16))
        if differ and traits(name).paired:
            y = x + 8 * y
        elif differ:
            y[:, 15] = 0
        found.append(comparison(name).function(x, y, seed=seed, null=NULL).p_value)
    return found, (time.process_time() - start) / pairs


def main() -> None:
    path = RESULTS / "compare.json"
    rows: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))["comparisons"] if path.exists() else {}
    for name in sys.argv[1:] or COMPARISONS:
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
        tree = {"pairs": PAIRS, "n": N, "d": 16, "null": NULL, "environment": environment(), "comparisons": rows}
        path.write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
