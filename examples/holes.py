"""Which shapes have holes? Curves and surfaces whose loops are known, MNIST digits as drawn, and the clouds that the digits of one class make.

`python holes.py` takes about two minutes, `--quick` half a minute.
"""

import argparse

import numpy as np
from scipy.ndimage import label

import gromov
from gromov.measures.homology import rips
from gromov.spaces import EUCLIDEAN

SETS = ("mnist-test",)
INK = 128  # of 255
GRID = 2 * np.sqrt(2)  # every point of the ink is within √½ of a pixel's centre, so a loop that lives longer than 4·√½ is certain
RULES = (("certain", GRID), ("longer than the grid's own", 1.0))


def circle(rng: np.random.Generator, n: int) -> np.ndarray:
    angles = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def annulus(rng: np.random.Generator, n: int) -> np.ndarray:
    return circle(rng, n) * np.sqrt(rng.uniform(0.49, 1, n))[:, None]


def torus(rng: np.random.Generator, n: int) -> np.ndarray:
    round_, about = circle(rng, n), circle(rng, n)
    return np.concatenate([about * (3 + round_[:, :1]), round_[:, 1:]], axis=1)


def circles(rng: np.random.Generator, n: int, k: int = 3) -> np.ndarray:
    return circle(rng, n) + 4.0 * rng.integers(k, size=n)[:, None] * np.array([1.0, 0.0])


def figure_eight(rng: np.random.Generator, n: int) -> np.ndarray:
    return circle(rng, n) + np.where(rng.random(n) < 0.5, 1.0, -1.0)[:, None] * np.array([1.0, 0.0])


def noisy_circle(rng: np.random.Generator, n: int) -> np.ndarray:
    return circle(rng, n) + 0.1 * rng.normal(size=(n, 2))


def disc(rng: np.random.Generator, n: int) -> np.ndarray:
    return circle(rng, n) * np.sqrt(rng.random(n))[:, None]


SHAPES = {
    "circle": (circle, 1),
    "annulus": (annulus, 1),
    "torus": (torus, 2),
    "three circles": (circles, 3),
    "figure eight": (figure_eight, 2),
    "noisy circle": (noisy_circle, 1),
    "disc": (disc, 0),
}


def row(name: str, found: gromov.measures.Persistence, true: str) -> str:
    loops, null = found.loops, found.null
    lives = ", ".join(f"{life:.3g}" for life in (loops.deaths - loops.births)[:3])
    noise = f"{2 * found.band:.3g}"
    return f"{name:16} {true:>5} {loops.certain:>8} {null.beyond:>9} {null.p_value:>6.2f}   {lives:20} {noise:>6} {null.usual:>7.3g}"


def drawn(images: np.ndarray) -> np.ndarray:
    """For each image the loops of its ink by each rule, and the holes counted in the picture itself."""
    rows = []
    for image in images:
        ink = image.reshape(28, 28) >= INK
        pixels = np.argwhere(ink).astype(float)
        lives = rips(EUCLIDEAN.pairwise(pixels, pixels))[1].lives
        # pieces of the ground that touch by a side; what is outside is one of them
        holes = label(np.pad(~ink, 1, constant_values=True))[1] - 1
        rows.append([*((lives > least).sum() for _, least in RULES), holes])
    return np.array(rows)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer images and points")
    quick = parser.parse_args(arguments).quick
    digits = gromov.load("mnist-test", flatten=True)
    images, classes = np.asarray(digits.points), np.asarray(digits.labels).astype(int)
    rng = np.random.default_rng(0)
    head = f"{'':16} {'true':>5} {'certain':>8} {'>Gaussian':>9} {'p':>6}   {'longest lives':20} {'noise':>6} {'null':>7}"

    print("Loops of shapes\n" + head)
    for name, (shape, true) in SHAPES.items():
        found = gromov.persistence(shape(rng, 600 if quick else 3_000))
        print(row(name, found, str(true)))
        assert found.loops.certain <= true, "more loops than there are were called certain"
        assert (found.null.beyond > 0) == (true > 0), name

    count = 20 if quick else 200
    print(f"\nLoops of the ink of single digits, {count} images a class: share of images with 0, 1 and 2 or more")
    print(f"{'':8}" + "".join(f"{name:>28}" for name, _ in RULES) + f"{'holes of the picture':>28}")
    for digit in range(10):
        of = np.flatnonzero(classes == digit)
        found = drawn(images[np.sort(rng.choice(of, count, replace=False))])
        shares = ("  ".join(f"{(np.minimum(column, 2) == k).mean():.2f}" for k in range(3)) for column in found.T)
        print(f"{digit:<8}" + "".join(f"{share:>28}" for share in shares))

    print("\nLoops of the clouds of the images of one class, 784 coordinates\n" + head)
    for digit in range(10):
        of = np.flatnonzero(classes == digit)[: 300 if quick else 1_000]
        print(row(f"class {digit}", gromov.persistence(images[of] / 255), "?"))


if __name__ == "__main__":
    main()
