"""Which shapes have holes? Curves and surfaces whose loops are known, MNIST digits as drawn, and the clouds that the digits of one class make.

Prints the tables of docs/holes.md and saves their figures as holes.html. `python holes.py` takes about 50 CPU seconds, `--quick` about 11.
"""

import argparse

import numpy as np
from scipy.ndimage import label
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

import gromov
from gromov.core import Axis, Bars, Caption, Figure, Points
from gromov.measures import Persistence
from gromov.measures.homology import rips
from gromov.spaces import EUCLIDEAN

SETS = ("mnist-test",)
INK = 128  # of 255
GRID = 2 * np.sqrt(2)  # every point of the ink is within √½ of a pixel's centre, so a loop that lives longer than 4·√½ is certain
RULES = (("certain", GRID), ("longer than 1 pixel", 1.0))
COUNTS = (*(name for name, _ in RULES), "holes of the picture")
LONGEST = 4


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


def row(name: str, found: Persistence, true: str) -> str:
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


def usual(loops: np.ndarray) -> str:
    """The number of loops that more than half of the images have, if with 95 % confidence they do."""
    number = int(np.bincount(loops).argmax())
    low = binomtest(int((loops == number).sum()), len(loops)).proportion_ci(0.95).low
    return str(number) if low > 0.5 else "–"


def shapes_figure(found: dict[str, Persistence]) -> Figure:
    """The longest lives of each shape beside what noise and a Gaussian can account for."""
    kinds = ("loop", "noise at 95 %", "usual in a Gaussian")
    places: list[tuple[float, float, int]] = []
    for place, each in enumerate(found.values()):
        lives = each.loops.deaths - each.loops.births
        places += [(place + 0.1 * (rank - LONGEST / 2), life, 0) for rank, life in enumerate(lives[:LONGEST])]  # side by side
        places += [(place + 0.3, 2 * each.band, 1), (place + 0.3, each.null.usual, 2)]
    x, y, groups = (np.array(column) for column in zip(*places, strict=True))
    (points,) = {each.points for each in found.values()}
    (among,) = {each.null.points for each in found.values()}
    caption = Caption(
        what=f"Lives of the {LONGEST} longest-lived loops of each shape.",
        how=f"{points:,} random points each; noise is twice the half-width of the confidence band, the Gaussians have {among} points.",
        sure="With 95 % confidence a loop above the noise is there.",
        means="A loop far above those below it and above the Gaussian is one of the shape, whether or not the band is narrow enough to say so.",
    )
    names = tuple(found)
    return Figure(
        "shapes",
        "How long the loops of shapes live",
        caption,
        Axis("shape", categories=names),
        Axis("life", log=True),
        (Points("loops", x, y, groups, kinds),),
    )


def digits_figure(counts: dict[int, np.ndarray]) -> Figure:
    """The mean number of loops of the ink by digit and rule."""
    means = np.array([each.mean(axis=0) for each in counts.values()])
    errors = np.array([each.std(axis=0, ddof=1) / np.sqrt(len(each)) for each in counts.values()])
    layers = [
        Bars(name, np.arange(10) + 0.27 * (place - 1), means[:, place], errors[:, place], width=0.25) for place, name in enumerate(COUNTS)
    ]
    images = len(next(iter(counts.values())))
    caption = Caption(
        what="Mean number of loops of the ink of one image.",
        how=f"{images} test images of MNIST a class, the pixels of at least half ink; loops by persistence, and holes counted in the picture.",
        sure="Lines are one standard error.",
        means="0, 6 and 9 have a loop and 8 has two; the rule that is certain misses the small ones.",
    )
    return Figure(
        "digits",
        "Loops of written digits",
        caption,
        Axis("digit", categories=tuple(map(str, range(10)))),
        Axis("loops in an image"),
        tuple(layers),
    )


def main(quick: bool) -> None:
    digits = gromov.load("mnist-test", flatten=True)
    images, classes = np.asarray(digits.points), np.asarray(digits.labels).astype(int)
    rng = np.random.default_rng(0)
    head = f"{'':16} {'true':>5} {'certain':>8} {'>Gaussian':>9} {'p':>6}   {'longest lives':20} {'noise':>6} {'null':>7}"

    print("Loops of shapes\n" + head)
    shapes = {name: gromov.persistence(shape(rng, 400 if quick else 3_000)) for name, (shape, _) in SHAPES.items()}
    for name, found in shapes.items():
        true = SHAPES[name][1]
        print(row(name, found, str(true)))
        assert found.loops.certain <= true, "more loops than there are were called certain"
        assert (found.null.beyond > 0) == (true > 0), name

    count = 20 if quick else 200
    print(
        f"\nLoops of the ink of single digits, {count} images a class: share of images with 0, 1 and 2 or more, and how many most images have"
    )
    print(f"{'':8}" + "".join(f"{name:>28}" for name in COUNTS))
    ink: dict[int, np.ndarray] = {}
    for digit in range(10):
        of = np.flatnonzero(classes == digit)
        ink[digit] = drawn(images[np.sort(rng.choice(of, count, replace=False))])
        shares = [
            " ".join(f"{(np.minimum(column, 2) == k).mean():.2f}" for k in range(3)) + f"  {usual(column)}" for column in ink[digit].T
        ]
        print(f"{digit:<8}" + "".join(f"{share:>28}" for share in shares))

    print("\nLoops of the clouds of the images of one class, 784 coordinates\n" + head)
    for digit in (0, 1, 8) if quick else range(10):
        of = np.flatnonzero(classes == digit)[: 150 if quick else 1_000]
        print(row(f"class {digit}", gromov.persistence(images[of] / 255), "?"))
    gromov.Picture("Which shapes, and which digits, have holes", (shapes_figure(shapes), digits_figure(ink))).save("holes.html")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer images and points, in 11 CPU seconds")
    with threadpool_limits(1):  # the matrices are small: threads would wait for each other
        main(parser.parse_args().quick)
