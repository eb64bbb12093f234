"""Persistent homology: digits in degrees 0 and 1 against Ripser and gudhi, the divergence, and the largest clouds in 2 GB and 60 CPU seconds."""

import json
import subprocess
import sys
import time
from importlib.metadata import version

from timing import RESULTS, alternate, write

import numpy as np
from sklearn.datasets import load_digits

from gromov import persistence
from gromov.core import environment
from gromov.measures.homology import Diagram, bottleneck, minimum_spanning_tree, rips, rtd, rtd_lite
from gromov.measures.homology.divergence import normalised
from gromov.spaces import EUCLIDEAN

SECONDS, BYTES = 60, 2e9
LADDERS = {
    (0, "N(0, I₆₄)"): (10_000, 20_000, 30_000, 40_000, 50_000, 60_000),
    (1, "N(0, I₈)"): (2_000, 3_000, 4_000, 5_000, 6_000, 8_000),
    (1, "MNIST-like: digits with noise"): (2_000, 3_000, 4_000, 5_000, 6_000, 8_000),
    (1, "circle"): (500, 1_000, 1_250, 1_500, 2_000),
    (2, "N(0, I₈)"): (500, 750, 1_000, 1_250, 1_500),
    (2, "sphere S²"): (200, 300, 400, 500, 600),
}


def cloud(kind: str, n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    match kind:
        case "N(0, I₆₄)":
            return rng.normal(size=(n, 64))
        case "N(0, I₈)":
            return rng.normal(size=(n, 8))
        case "circle" | "sphere S²":
            x = rng.normal(size=(n, 2 if kind == "circle" else 3))
            return x / np.linalg.norm(x, axis=1)[:, None]
        case _:
            digits = load_digits().data
            return digits[rng.integers(len(digits), size=n)] + 2 * rng.normal(size=(n, 64))


def side_by_side(runs: int) -> dict[str, object]:
    """All of the digits, from the points to the diagrams."""
    x = load_digits().data
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["gromov"] = rips(EUCLIDEAN.pairwise(x, x))[1].pairs

    works = {"gromov": ours}
    row: dict[str, object] = {"work": "persistent homology H0-H1, digits 1,797 × 64, from points"}
    try:
        from ripser import ripser

        def peer() -> None:
            found["ripser"] = ripser(x, maxdim=1)["dgms"][1]

        works["ripser"], row["ripser_version"] = peer, version("ripser")
    except ImportError as error:
        row["ripser_missing"] = str(error)
    try:
        from gudhi.sklearn import RipsPersistence

        def whole() -> None:
            found["gudhi"] = RipsPersistence([0, 1], homology_coeff_field=2).fit_transform([x])[0][1]

        works["gudhi"], row["gudhi_version"] = whole, version("gudhi")
    except ImportError as error:
        row["gudhi_missing"] = str(error)
    row |= alternate(runs, **works)
    for name, pairs in found.items():
        apart = bottleneck(Diagram.of(1, pairs), Diagram.of(1, found["gromov"]))
        assert apart < 1e-4, (name, apart)  # Ripser computes in float32
        row[f"bottleneck_{name}"] = apart
    return row


def instrument() -> dict[str, object]:
    x = load_digits().data
    return {"work": "persistence, digits: 500 landmarks, band, null", **alternate(5, gromov=lambda: persistence(x))}


def divergences() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for n in (200, 500, 2_000):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(n, 16))
        a, b = (normalised(EUCLIDEAN.pairwise(z, z)) for z in (x, x + 0.5 * rng.normal(size=x.shape)))
        works = {"rtd_lite": lambda a=a, b=b: rtd_lite(a, b)} | ({"rtd": lambda a=a, b=b: rtd(a, b)} if n <= 500 else {})
        rows.append({"work": f"topology divergence of {n:,} objects", **alternate(3, **works)})
    return rows


def step(degree: int, kind: str, n: int) -> None:
    """In a process of its own: CPU seconds and the peak memory above the imports."""
    import resource

    x = cloud(kind, n)
    rips(EUCLIDEAN.pairwise(x[:20], x[:20]), degree=max(degree, 1))
    minimum_spanning_tree(x[:20])
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    features = len(minimum_spanning_tree(x).lengths) if degree == 0 else len(rips(EUCLIDEAN.pairwise(x, x), degree=degree)[degree])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"cpu_s": time.process_time() - start, "peak_mb": (peak - before) / 1000, "features": features}))


def ladder(degree: int, kind: str) -> dict[str, object]:
    """The largest of the sizes tried that stays within both bounds, and the first that does not."""
    tried: dict[str, object] = {}
    largest = 0
    for n in LADDERS[degree, kind]:
        command = [sys.executable, __file__, "step", str(degree), kind, str(n)]
        limited = ["prlimit", f"--as={int(12e9)}", f"--cpu={2 * SECONDS}", *command]
        done = subprocess.run(limited, capture_output=True, text=True, check=False)
        if done.returncode:
            tried[str(n)] = "more than 120 CPU s or 12 GB"
            break
        found = json.loads(done.stdout)
        tried[str(n)] = found
        if found["cpu_s"] > SECONDS or found["peak_mb"] * 1e6 > BYTES:
            break
        largest = n
    return {"work": f"largest cloud in {SECONDS} CPU s and 2 GB, degree {degree}, {kind}", "largest": largest, "tried": tried}


def main(arguments: list[str]) -> None:
    match arguments:
        case ["step", degree, kind, n]:
            step(int(degree), kind, int(n))
        case ["quick"]:
            print(side_by_side(1), instrument(), environment()["packages"], sep="\n")
        case _:
            write("homology", [side_by_side(5), instrument(), *divergences(), *(ladder(*each) for each in LADDERS)])
            print(RESULTS)


if __name__ == "__main__":
    main(sys.argv[1:])
