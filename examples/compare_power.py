"""How small a difference does each measure see? MNIST with classes left out, or with noise on it, against untouched MNIST.

`python compare_power.py` draws every pair of clouds anew, many times, and counts how often p ≤ .05 (about eight minutes);
`--quick` draws few. It prints the size each measure needs, and writes compare-power.html.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

import gromov
from gromov.core import Axis, Caption, Curve, Figure, Rule

SETS = ("mnist-train", "mnist-test")
MEASURES = ("frechet", "kid", "sliced_wasserstein", "gromov_wasserstein", "imd")
DIRECTIONS = 32  # principal directions of other images: with 784 coordinates n would not be above d
NULL = 19  # the smallest p is .05, and p ≤ .05 has a chance of exactly .05 where nothing differs

Change = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def untouched(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return images


def without(classes: int) -> Change:
    """Leave out some classes, other ones at each draw."""

    def change(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return images[~np.isin(labels, rng.choice(10, size=classes, replace=False))]

    return change


def noisy(sigma: float) -> Change:
    """Add normal noise to every pixel, whose values go from 0 to 1."""

    def change(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return images + rng.normal(scale=sigma, size=images.shape)

    return change


CHANGES: dict[str, Change] = {
    "nothing": untouched,
    "1 class left out": without(1),
    "2 classes left out": without(2),
    "4 classes left out": without(4),
    "noise of .2": noisy(0.2),
    "noise of .4": noisy(0.4),
    "noise of .8": noisy(0.8),
}


def principal(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean, and the widest directions as columns."""
    mean = images.mean(axis=0)
    return mean, np.linalg.eigh(np.cov(images, rowvar=False))[1][:, ::-1][:, :DIRECTIONS]


def seen(change: Change, n: int, draw: int, data: gromov.Representation, mean: np.ndarray, axes: np.ndarray) -> list[bool]:
    """Whether each measure tells n images from n changed ones."""
    rng = np.random.default_rng([n, draw])
    rows = rng.permutation(data.n)[: 4 * n + 100]  # the file is sorted by writer: neighbours in it are no random sample
    images, labels = np.asarray(data.points[rows], dtype=np.float64) / 255, np.asarray(data.labels)[rows]
    plain, changed = images[:n], change(images[n:], labels[n:], rng)[:n]
    clouds = [(each - mean) @ axes for each in (plain, changed)]
    run = gromov.compare(*clouds, measures=MEASURES, null=NULL, seed=draw)
    return [run[name].p_value <= 0.05 for name in MEASURES]


def size_needed(sizes: Sequence[int], shares: np.ndarray, power: float = 0.8) -> str:
    """The n from which on the share stays above the power, between the sizes by a line in log n."""
    above = shares >= power
    if not above[-1]:
        return f"> {sizes[-1]}"
    first = len(sizes) - int(np.argmin(above[::-1])) if not above.all() else 0
    if first == 0:
        return f"≤ {sizes[0]}"
    low, high = first - 1, first
    part = (power - shares[low]) / (shares[high] - shares[low])
    return f"{np.exp(np.log(sizes[low]) + part * np.log(sizes[high] / sizes[low])):.0f}"


def drawn(change: str, sizes: Sequence[int], shares: np.ndarray, draws: int) -> Figure:
    """The power curves of one change."""
    caption = Caption(
        what=f"How often n images of MNIST and n others with {change} are told apart at p ≤ .05.",
        how=f"{draws} draws at each n, in {DIRECTIONS} principal directions of other images, {NULL} draws of each null.",
        sure=f"A share of {draws} has a standard error of at most {0.5 / np.sqrt(draws):.2f}.",
        means="The line of chance is .05; a measure whose curve stays there does not see this change at all.",
    )
    curves = [Curve(name, np.arange(len(sizes)), each) for name, each in zip(MEASURES, shares.T, strict=True)]
    name = "power-" + change.replace(" ", "-").replace(".", "")
    axes = Axis("images in each cloud", categories=tuple(map(str, sizes))), Axis("share of p ≤ .05")
    return Figure(name, f"Changed: {change}", caption, *axes, (*curves, Rule("chance", 0.05)))


def main(quick: bool) -> None:
    sizes, draws = ((64, 128), 3) if quick else ((64, 128, 256, 512), 20)
    changes = ("nothing", "4 classes left out", "noise of .8") if quick else tuple(CHANGES)
    data, other = gromov.load("mnist-train", flatten=True), gromov.load("mnist-test", flatten=True)
    mean, axes = principal(np.asarray(other.points[:5000], dtype=np.float64) / 255)
    shares = {change: np.zeros((len(sizes), len(MEASURES))) for change in changes}
    for change, (place, n), draw in product(changes, enumerate(sizes), range(draws)):
        shares[change][place] += np.array(seen(CHANGES[change], n, draw, data, mean, axes)) / draws

    print(f"share of p ≤ .05 in {draws} draws, at n = {', '.join(map(str, sizes))}; then the n for a power of .8")
    for change, (place, name) in product(changes, enumerate(MEASURES)):
        each = shares[change][:, place]
        print(f"{change:20} {name:20} {' '.join(f'{share:5.2f}' for share in each)}   {size_needed(sizes, each)}")
    gromov.Picture("What each measure sees", tuple(drawn(change, sizes, shares[change], draws) for change in changes)).save(
        "compare-power.html"
    )
    assert shares["4 classes left out"][-1, 0] > shares["nothing"][-1, 0], "the Fréchet distance sees four classes left out"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few draws, in half a minute")
    main(parser.parse_args().quick)
