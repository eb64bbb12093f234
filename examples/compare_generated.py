"""Do generated digits look like real ones? Eight generative models against MNIST, and what this few images can show.

64 images of each model after each of four epochs; `python compare_generated.py` takes about three minutes, `--quick` half a minute.
It prints the order of the models, whether the measures agree, what training does, and what would be seen; compare-generated.html shows it.
"""

import argparse
from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.stats import kendalltau, rankdata

import gromov
from gromov.core import Axis, Caption, Figure, Matrix, Source

SETS = ("mnist-train", "mnist-test", "gan-mnist")
MEASURES = ("frechet", "kid", "sliced_wasserstein", "gromov_wasserstein", "imd")
MODELS = ("BEGAN", "DRAGAN", "EBGAN", "GAN", "LSGAN", "VAE", "WGAN", "WGAN_GP")
EPOCHS = (0, 1, 9, 24)
DIRECTIONS = 32  # principal directions of other images: with 784 coordinates n would not be above d


class Digits:
    """Real and generated images in the widest directions of real ones that are used for nothing else; in all 784 they are only turned."""

    def __init__(self, directions: int) -> None:
        self.directions = directions
        other = np.asarray(gromov.load("mnist-test", flatten=True).points[:5000], dtype=np.float64) / 255
        self.mean, self.axes = other.mean(axis=0), np.linalg.eigh(np.cov(other, rowvar=False))[1][:, ::-1][:, :directions]
        self.real = gromov.load("mnist-train", flatten=True).points
        sets = {each: "model=={} and epoch=={}".format(*each) for each in product(MODELS, EPOCHS)}
        self.fake = {each: self.projected(gromov.load("gan-mnist", flatten=True, where=rows).points) for each, rows in sets.items()}

    def projected(self, images: np.ndarray) -> np.ndarray:
        return (np.asarray(images, dtype=np.float64) / 255 - self.mean) @ self.axes

    def reals(self, count: int, *seed: int) -> np.ndarray:
        """Random real images: the file is sorted by writer."""
        return self.projected(self.real[np.random.default_rng(seed).permutation(len(self.real))[:count]])

    def late(self, model: str) -> np.ndarray:
        """The 128 images of a model after epochs 9 and 24."""
        return np.concatenate([self.fake[model, 9], self.fake[model, 24]])


def against(real: np.ndarray, others: dict[str, np.ndarray], null: int, seed: int) -> gromov.ComparisonRun:
    inputs = [gromov.Representation(each, source=Source(name)) for name, each in {"MNIST": real, **others}.items()]
    return gromov.compare(*inputs, measures=MEASURES, reference=0, null=null, seed=seed)


def order(digits: Digits, null: int, draws: int) -> np.ndarray:
    """Print the models by each measure, against several samples of MNIST; return the mean ranks, one row for each measure."""
    print(f"models from the nearest to MNIST to the farthest, 128 images after epochs 9 and 24, in {digits.directions} directions")
    values = np.zeros((draws, len(MEASURES), len(MODELS) + 1))
    for draw in range(draws):
        real = digits.reals(256, draw)
        others = {model: digits.late(model) for model in MODELS} | {"other MNIST": real[128:]}
        run = against(real[:128], others, null if draw == 0 else 1, draw)
        values[draw] = [run.matrices[name].matrix[0, 1:] for name in MEASURES]
        if draw == 0:
            p = np.array([run.matrices[name].p_matrix[0, 1:] for name in MEASURES])
            run.save_html(f"compare-generated-{digits.directions}.html")
    ranks = rankdata(values[..., :-1], axis=-1)
    for row, name in enumerate(MEASURES):
        mean, rank = values[:, row].mean(axis=0), ranks[:, row]
        best = np.argsort(rank.mean(axis=0), kind="stable")
        told = [f"{MODELS[i]} {mean[i]:.3g} (rank {rank[:, i].min():.0f}–{rank[:, i].max():.0f}, p {p[row, i]:.2g})" for i in best]
        print(f"  {name}: {', '.join(told)}; other MNIST {mean[-1]:.3g} (p {p[row, -1]:.2g})")
    assert min(p[:, -1]) > 0.05 / len(MEASURES), "MNIST must not differ from itself"
    return ranks.mean(axis=0)


def agreement(ranks: np.ndarray) -> Figure:
    """Kendall's τ of the orders of the models by every two measures."""
    tau = np.array([[kendalltau(one, other).statistic for other in ranks] for one in ranks])
    for name, row in zip(MEASURES, tau, strict=True):
        print(f"  {name:20} {' '.join(f'{each:6.2f}' for each in row)}")
    caption = Caption(
        what="Kendall's τ of the orders in which two measures put the eight models.",
        how="Mean ranks over several samples of MNIST, 128 images each.",
        sure="Eight models: where two orders have nothing to do with each other, τ has a standard deviation of .29.",
        means="1: the same order. Near 0: the two measures look at different things.",
    )
    return Figure("orders", "Do the measures agree?", caption, Axis("measure"), Axis("measure"), (Matrix("τ", tau, MEASURES, MEASURES),))


def training(digits: Digits, null: int) -> None:
    """Print how each measure moves with the epochs."""
    values, p = np.zeros((2, len(EPOCHS), len(MODELS), len(MEASURES)))
    for i, epoch in enumerate(EPOCHS):
        run = against(digits.reals(64, 99), {model: digits.fake[model, epoch] for model in MODELS}, null, epoch)
        for k, name in enumerate(MEASURES):
            values[i, :, k], p[i, :, k] = run.matrices[name].matrix[0, 1:], run.matrices[name].p_matrix[0, 1:]
    for k, name in enumerate(MEASURES):
        means, seen = " ".join(f"{each:9.3g}" for each in values[..., k].mean(axis=1)), (p[..., k] <= 0.05).sum(axis=1)
        nearer = (values[-1, :, k] < values[0, :, k]).sum()
        print(f"  {name:20} mean {means}   models told from MNIST {seen}   nearer at the end than at the start: {nearer} of 8")


def mixtures(digits: Digits, models: Sequence[str], sizes: Sequence[int], shares: Sequence[float], draws: int) -> None:
    """Print how often n images, some of them generated, are told from n real ones."""
    for model, n in product(models, sizes):
        seen = np.zeros((len(shares), len(MEASURES)))
        for (i, share), draw in product(enumerate(shares), range(draws)):
            real, rng = digits.reals(2 * n, 7, draw), np.random.default_rng([8, draw])
            bad = rng.permutation(digits.late(model))[: round(share * n)]
            run = against(real[:n], {"mixture": np.concatenate([bad, real[n + len(bad) :]])}, 19, draw)
            seen[i] += np.array([run[name].p_value <= 0.05 for name in MEASURES]) / draws
        for k, name in enumerate(MEASURES):
            print(f"  {model:8} n = {n:3} {name:20} {' '.join(f'{each:5.2f}' for each in seen[:, k])}")


def narrower(digits: Digits, sizes: Sequence[int], draws: int) -> None:
    """Print how much narrower than MNIST the VAE is, and how often real images drawn together as far are told from real ones."""
    wide = [digits.reals(128, draw).var(axis=0, ddof=1).sum() for draw in range(8)]
    ratio = digits.late("VAE").var(axis=0, ddof=1).sum() / np.mean(wide)
    print(
        f"  total variance of the VAE over that of MNIST: {ratio:.3f}; smallest of eight samples of MNIST: {min(wide) / np.mean(wide):.3f}"
    )
    for n in sizes:
        seen, values = np.zeros(len(MEASURES)), np.zeros(2)
        for draw in range(draws):
            real, other = np.split(digits.reals(2 * n, 50, draw), 2)
            run = against(real, {"narrower": other.mean(axis=0) + np.sqrt(ratio) * (other - other.mean(axis=0))}, 19, draw)
            seen += np.array([run[name].p_value <= 0.05 for name in MEASURES]) / draws
            values += np.array([run["frechet"].value.value, gromov.frechet(real, other, null=1).value.value]) / draws
        print(f"  n = {n}: {', '.join(f'{name} {share:.2f}' for name, share in zip(MEASURES, seen, strict=True))}")
        print(f"    mean frechet {values[0]:.3g}, of images left as they are {values[1]:.3g}")


def main(quick: bool) -> None:
    null, draws, shares, models = (3, 2, (1.0,), ("VAE",)) if quick else (99, 8, (0.25, 0.5, 1.0), ("VAE", "GAN"))
    digits = Digits(DIRECTIONS)
    figure = agreement(order(digits, null, draws))
    if not quick:
        order(Digits(784), 19, 1)
    print(f"mean over the models after epochs {', '.join(map(str, EPOCHS))}, 64 images of each")
    training(digits, 1 if quick else 19)
    print(f"share of p ≤ .05 where the share of generated images is {', '.join(f'{each:g}' for each in shares)}")
    mixtures(digits, models, (64,) if quick else (64, 128), shares, 1 if quick else 12)
    print("share of p ≤ .05 for real images drawn together to the variance of the VAE")
    narrower(digits, (128,) if quick else (128, 512), 1 if quick else 12)
    gromov.Picture("Eight generative models against MNIST", (figure,)).save("compare-generated.html")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few draws, in half a minute")
    main(parser.parse_args().quick)
