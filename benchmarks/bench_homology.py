"""Persistent homology: digits against Ripser and gudhi, the largest clouds in 2 GB and 60 CPU seconds, and whether two comparisons' p-values are honest.

python bench_homology.py [SECTION …]     these sections only (all take about an hour); the others keep the figures they have
(a section is peers, instrument, divergences, ladder-0, ladder-1, ladder-2 or calibrations)
"""

from timing import RESULTS, alternate

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import kstest
from sklearn.datasets import load_digits

from gromov import persistence, precision_recall, topology_divergence
from gromov.core import environment
from gromov.measures.homology import Diagram, bottleneck, minimum_spanning_tree, rips, rtd, rtd_lite
from gromov.measures.homology.divergence import normalised
from gromov.spaces import EUCLIDEAN

N = 500
SECONDS, BYTES = 60, 2e9
START = 6  # CPU seconds that a process takes to import what it needs, at most
LADDERS = {
    (0, "N(0, I₆₄)"): (20_000, 40_000, 50_000, 60_000),
    (1, "N(0, I₈)"): (4_000, 5_000, 6_000),
    (1, "digits, drawn again with noise"): (4_000, 5_000, 6_000),
    (1, "circle"): (1_000, 1_250, 1_500),
    (2, "N(0, I₈)"): (1_000, 1_250, 1_500, 1_750),
    (2, "sphere S²"): (300, 350, 400),
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
        case "digits":
            return load_digits().data[:n]
        case _:
            digits = load_digits().data
            return digits[rng.integers(len(digits), size=n)] + 2 * rng.normal(size=(n, 64))


def peers(x: np.ndarray, degree: int) -> tuple[dict[str, Callable[[], np.ndarray]], dict[str, object]]:
    """From points to the diagram of the highest degree, by each implementation that is here; and the versions, or why one is missing."""
    works: dict[str, Callable[[], np.ndarray]] = {"gromov": lambda: rips(EUCLIDEAN.pairwise(x, x), degree=degree)[degree].pairs}
    said: dict[str, object] = {}
    try:
        from ripser import ripser

        works["ripser"] = lambda: ripser(x, maxdim=degree)["dgms"][degree]
        said["ripser_version"] = version("ripser")
    except ImportError as error:
        said["ripser_missing"] = str(error)
    try:
        from gudhi.sklearn import RipsPersistence

        degrees = list(range(degree + 1))
        works["gudhi"] = lambda: RipsPersistence(degrees, homology_coeff_field=2).fit_transform([x])[0][degree]
        said["gudhi_version"] = version("gudhi")
    except ImportError as error:
        said["gudhi_missing"] = str(error)
    return works, said


def side_by_side(kind: str, n: int, degree: int, runs: int) -> dict[str, object]:
    """The same diagrams, CPU seconds from points to diagrams, and the peak memory of a fresh process above its imports."""
    x = cloud(kind, n)
    works, said = peers(x, degree)
    found = {name: Diagram.of(degree, work()) for name, work in works.items()}
    for name, diagram in found.items():
        apart = bottleneck(diagram, found["gromov"])
        assert apart < 1e-5 * float(found["gromov"].deaths.max()), (name, apart)  # Ripser computes in float32
        said[f"bottleneck_{name}"] = apart
    seconds = alternate(runs, **works)
    ratios = {f"{name}_over_gromov": seconds[name]["median"] / seconds["gromov"]["median"] for name in works if name != "gromov"}
    memory = {name: alone("peak", name, kind, str(n), str(degree))["peak_mb"] for name in works}
    return {"work": f"persistent homology H0-H{degree}, {kind}, n = {n:,}, from points", **seconds, **ratios, "peak_mb": memory, **said}


def alone(*arguments: str) -> dict[str, float]:
    """What a process of its own prints."""
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def peak(name: str, kind: str, n: int, degree: int) -> None:
    """In a process of its own: the peak memory of one implementation above its imports, which a call on 20 points has made."""
    peers(cloud(kind, 20), degree)[0][name]()
    work = peers(cloud(kind, n), degree)[0][name]
    before = resident()
    work()
    print(json.dumps({"peak_mb": resident(peak=True) - before}))


def resident(*, peak: bool = False) -> float:
    """Resident memory of this process in MB, or the most it has been; what getrusage tells starts at the peak of the parent."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (found,) = (line.split()[1] for line in lines if line.startswith("VmHWM:" if peak else "VmRSS:"))
    return int(found) * 1024 / 1e6


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
    x = cloud(kind, n)
    rips(EUCLIDEAN.pairwise(x[:20], x[:20]), degree=max(degree, 1))
    minimum_spanning_tree(x[:20])
    before, start = resident(), time.process_time()
    features = len(minimum_spanning_tree(x).lengths) if degree == 0 else len(rips(EUCLIDEAN.pairwise(x, x), degree=degree)[degree])
    cpu = time.process_time() - start
    print(json.dumps({"cpu_s": cpu, "peak_mb": resident(peak=True) - before, "features": features}))


def ladder(degree: int, kind: str) -> dict[str, object]:
    """The largest of the sizes tried that stays within both bounds, and the first that does not."""
    tried: dict[str, object] = {}
    largest = 0
    for n in LADDERS[degree, kind]:
        command = [sys.executable, __file__, "step", str(degree), kind, str(n)]
        limited = ["prlimit", f"--as={int(12e9)}", f"--cpu={SECONDS + START}", *command]
        done = subprocess.run(limited, capture_output=True, text=True, check=False)
        if done.returncode:
            tried[str(n)] = f"more than {SECONDS} CPU s, or 12 GB of address space"
            break
        found = json.loads(done.stdout)
        tried[str(n)] = found
        if found["cpu_s"] > SECONDS or found["peak_mb"] * 1e6 > BYTES:
            break
        largest = n
    print(degree, kind, tried, flush=True)
    return {"work": f"largest cloud in {SECONDS} CPU s and 2 GB, degree {degree}, {kind}", "largest": largest, "tried": tried}


def p_values(name: str, x: np.ndarray, y: np.ndarray, null: int, seed: int) -> list[float]:
    if name == "precision_recall":
        return [precision_recall(x, y, seed=seed, null=null).p_value]
    found = topology_divergence(x, y, seed=seed, null=null)
    return [found.p_value, found.lite_p_value]


def share(p: np.ndarray) -> dict[str, float]:
    part = float((p <= 0.05).mean())
    return {"pairs": len(p), "p_at_most_5": part, "stderr": float(np.sqrt(part * (1 - part) / len(p)))}


def calibration(name: str, n: int, pairs: int, null: int) -> list[dict[str, object]]:
    """p-values of samples of N(0, I16) that have nothing to do with each other, against the uniform distribution."""
    drawn = [np.random.default_rng([seed, 0]).standard_normal((2, n, 16)) for seed in range(pairs)]
    columns = np.array([p_values(name, x, y, null, seed) for seed, (x, y) in enumerate(drawn)]).T
    jitter = np.random.default_rng(0).uniform(size=pairs) / (null + 1)
    return [
        {
            "work": f"null of {what}, N(0, I16), n = {n}, {null} draws",
            **share(p),
            "ks_p": float(kstest(p - jitter, "uniform").pvalue),
        }
        for what, p in zip((name, "its lite"), columns, strict=False)
    ]


def power(name: str, change: str, n: int, pairs: int, null: int) -> list[dict[str, object]]:
    """p ≤ .05 where there is something to find."""
    found: list[list[float]] = []
    for seed in range(pairs):
        x, y = np.random.default_rng([seed, 1]).standard_normal((2, n, 16))
        match change:
            case "N(0, I15)":
                y[:, 15] = 0
            case "the same rows without one coordinate":
                y = x * (np.arange(16) < 15)
            case _:
                y = x + float(change.rsplit(maxsplit=1)[-1]) * y
        found.append(p_values(name, x, y, null, seed))
    columns = np.array(found).T
    return [
        {"work": f"power of {what}, N(0, I16) against {change}, n = {n}, {null} draws", **share(p)}
        for what, p in zip((name, "its lite"), columns, strict=False)
    ]


def calibrations() -> list[dict[str, object]]:
    """The p-value of precision and recall is one more split; that of the divergence speaks of rows, so rows are what is changed."""
    rows = [*calibration("precision_recall", N, 200, 99), *power("precision_recall", "N(0, I15)", N, 50, 99)]
    rows += calibration("topology_divergence", 100, 200, 39)
    for change in ("the same rows without one coordinate", "the same rows with noise 2", "the same rows with noise 8"):
        rows += power("topology_divergence", change, N, 20, 19)
    return rows


def ladders(degree: int) -> list[dict[str, object]]:
    return [ladder(*each) for each in LADDERS if each[0] == degree]


SECTIONS: dict[str, Callable[[], list[dict[str, object]]]] = {
    "peers": lambda: [side_by_side("digits", 1_797, 1, 5), side_by_side("N(0, I₈)", 300, 2, 5), side_by_side("sphere S²", 200, 2, 5)],
    "instrument": lambda: [instrument()],
    "divergences": divergences,
    **{f"ladder-{degree}": partial(ladders, degree) for degree in range(3)},
    "calibrations": calibrations,
}


def run(names: list[str]) -> None:
    """These sections; the others keep the figures they have."""
    path = RESULTS / "homology.json"
    for name in names:
        rows = SECTIONS[name]()
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        earlier = json.loads(path.read_text(encoding="utf-8"))["sections"] if path.exists() else {}
        earlier[name] = {"environment": environment(), "rows": rows}
        kept = {each: earlier[each] for each in SECTIONS if each in earlier}
        path.write_text(json.dumps({"sections": kept}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    match arguments:
        case ["step", degree, kind, n]:
            step(int(degree), kind, int(n))
        case ["peak", name, kind, n, degree]:
            peak(name, kind, int(n), int(degree))
        case _:
            run(arguments or list(SECTIONS))


if __name__ == "__main__":
    main(sys.argv[1:])
