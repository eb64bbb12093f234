"""δ: one base point against the usual numpy code, the exact search, the shifted line."""

import itertools

from timing import alternate, array_memory, cpu_seconds, write

import numpy as np
from sklearn.datasets import load_digits

from gromov.measures import base_point_delta, exact_delta, hyperbolicity
from gromov.spaces import EUCLIDEAN


def usual_delta(distances: np.ndarray, base: int = 0) -> float:
    """The code in circulation: an n × n × n array of minima."""
    row = distances[base][None, :]
    products = 0.5 * (row + row.T - distances)
    return float((np.minimum(products[:, :, None], products[None, :, :]).max(axis=1) - products).max())


def main() -> None:
    digits = load_digits().data
    rows: list[dict[str, object]] = []

    small = EUCLIDEAN.pairwise(digits[:300], digits[:300])
    assert abs(usual_delta(small) - base_point_delta(small)) < 1e-9
    rows.append(
        {"work": "one base point, digits, n = 300, against the usual code"}
        | alternate(3, gromov=lambda: base_point_delta(small), usual=lambda: usual_delta(small))
    )

    points = digits[:1500]
    whole = EUCLIDEAN.pairwise(points, points)
    for name, dtype in (("float32", np.float32), ("float64", np.float64)):
        matrix = whole.astype(dtype)
        answers = base_point_delta(matrix)
        rows.append(
            {"work": f"one base point, digits, n = 1,500, {name}", "value": answers}
            | alternate(
                9,
                delta=lambda matrix=matrix: base_point_delta(matrix),
                with_distances=lambda dtype=dtype: base_point_delta(EUCLIDEAN.pairwise(points, points).astype(dtype)),
            )
        )
    memory = array_memory(lambda: base_point_delta(EUCLIDEAN.pairwise(points, points)))
    rows.append({"work": "one base point, digits, n = 1,500, float64, distances and all: memory", "mb": memory})

    rng = np.random.default_rng(0)
    clouds = {
        "digits, n = 800": digits[:800],
        "digits, n = 1,797": digits,
        "N(0, I_64), n = 800": rng.normal(size=(800, 64)),
        "N(0, I_64), n = 1,797": rng.normal(size=(1797, 64)),
        "N(0, I_512), n = 1,797": rng.normal(size=(1797, 512)),
    }
    for (name, cloud), ptolemaic in itertools.product(clouds.items(), (True, False)):
        distances = EUCLIDEAN.pairwise(cloud, cloud)
        found = exact_delta(distances, ptolemaic=ptolemaic)
        seconds = sorted(cpu_seconds(lambda d=distances, p=ptolemaic: exact_delta(d, ptolemaic=p)) for _ in range(3))
        rows.append(
            {
                "work": f"exact δ, {name}, {'Ptolemaic' if ptolemaic else 'any metric'}",
                "value": found.lower,
                "exact": found.exact,
                "cpu_s": seconds[1],
            }
        )

    direction = np.random.default_rng(0).normal(size=64)
    for shift in (10, 100, 1000):
        line = (np.linspace(0, 1, 500)[:, None] * direction + shift).astype(np.float32)
        norms = (line * line).sum(axis=1)
        gram = np.sqrt(np.maximum(norms[:, None] + norms - 2 * line @ line.T, 0)).astype(np.float64)
        answer = hyperbolicity(line, null_draws=2)
        usual = 2 * base_point_delta((gram + gram.T) / 2) / gram.max()
        rows.append(
            {
                "work": f"float32 line shifted by {shift}",
                "gromov_relative": answer.relative_delta,
                "gromov_upper": 2 * answer.delta_upper / answer.diameter,
                "usual_relative": usual,
            }
        )
    write("hyperbolicity", rows)


if __name__ == "__main__":
    main()
