"""One encoder early and late in training, the same encoder from other seeds, and controls: what changes, and what stays?

A small network learns the digits of MNIST; its 64 hidden units are measured on 1,000 test images, row by row (`cka`, `procrustes`,
`neighbor_overlap`) and as clouds (`gromov_wasserstein`, `imd`, `frechet`). Controls: the network before training, and one trained on
shuffled labels. `python compare_checkpoints.py` takes about three minutes, `--quick` a few seconds of training. It prints the pairs
and writes the full report to compare-checkpoints.html.
"""

import argparse
from itertools import combinations

import numpy as np
import torch

import gromov
from gromov.core import Source

SETS = ("mnist-train", "mnist-test")
PAIRED = ("cka", "procrustes", "neighbor_overlap")
UNPAIRED = ("frechet", "gromov_wasserstein", "imd")
EARLY = 25  # steps
BATCH = 128


def encoder(seed: int) -> torch.nn.Sequential:
    """Two hidden layers; the second, of 64 units, is what is measured."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
    )


def hidden(network: torch.nn.Sequential, images: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return network[:4](images).numpy().astype(np.float64)


def trained(
    images: torch.Tensor, labels: torch.Tensor, probe: torch.Tensor, *, seed: int, epochs: int
) -> tuple[torch.nn.Sequential, list[np.ndarray]]:
    """The network after training, and what it made of the probe before, early and late."""
    network = encoder(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    kept = [hidden(network, probe)]
    order = torch.Generator().manual_seed(seed)
    step = 0
    for _ in range(epochs):
        for rows in torch.randperm(len(images), generator=order).split(BATCH):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(network(images[rows]), labels[rows]).backward()
            optimiser.step()
            step += 1
            if step == EARLY:
                kept.append(hidden(network, probe))
    return network, [*kept, hidden(network, probe)]


def right(network: torch.nn.Sequential, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Share of the images that are given their label."""
    with torch.no_grad():
        return float((network(images).argmax(dim=1) == labels).float().mean())


def read(name: str, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random images with values from 0 to 1, and their digits: the files are sorted by writer."""
    data = gromov.load(name, flatten=True)
    assert data.labels is not None
    chosen = np.random.default_rng(0).permutation(data.n)[:rows]
    images = np.asarray(data.points[chosen], dtype=np.float32) / 255
    return torch.from_numpy(images), torch.from_numpy(np.asarray(data.labels)[chosen].astype(np.int64))


def turned(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every second row of both, the second cloud turned and moved onto the first by the other rows."""
    fitted, kept = slice(0, None, 2), slice(1, None, 2)
    means = first[fitted].mean(axis=0), second[fitted].mean(axis=0)
    left, _, right = np.linalg.svd((second[fitted] - means[1]).T @ (first[fitted] - means[0]))
    return first[kept], (second[kept] - means[1]) @ (left @ right) + means[0]


def main(quick: bool) -> None:
    torch.set_num_threads(1)
    rows, probes, epochs, seeds, null, bootstrap = (3_000, 200, 3, 2, 9, 0) if quick else (20_000, 1_000, 10, 5, 39, 50)
    images, labels = read("mnist-train", rows)
    tests, digits = read("mnist-test", 2_000)
    probe = tests[:probes]
    shuffled = labels[torch.randperm(rows, generator=torch.Generator().manual_seed(0))]

    network, (before, early, late) = trained(images, labels, probe, seed=0, epochs=epochs)
    others = [trained(images, labels, probe, seed=seed, epochs=epochs) for seed in range(1, seeds)]
    blind, (*_, misled) = trained(images, shuffled, probe, seed=0, epochs=epochs)
    accuracies = ", ".join(f"{right(each, tests[probes:], digits[probes:]):.3f}" for each in (network, *(each for each, _ in others)))
    print(f"test accuracy {accuracies}; trained on shuffled labels {right(blind, tests[probes:], digits[probes:]):.3f}")

    clouds = {"untrained": before, "early": early, "late": late, "other seed": others[0][1][-1], "shuffled labels": misled}
    inputs = [gromov.Representation(each, source=Source(name)) for name, each in clouds.items()]
    run = gromov.compare(*inputs, measures=(*PAIRED, *UNPAIRED), paired=True, null=null, bootstrap=bootstrap)
    run.save_html("compare-checkpoints.html")
    names = (*PAIRED, *UNPAIRED)
    print(f"{'':28}" + " ".join(f"{name:>22}" for name in names))
    for i, j in combinations(range(len(inputs)), 2):
        cells = [run.pair(i, j)[name] for name in names]
        print(
            f"{' | '.join((run.labels[i], run.labels[j])):28}"
            + " ".join(f"{each.value.value:13.4g} p={each.p_value:<7.3g}" for each in cells)
        )

    # how much of a difference is that of the seed alone: every pair of late networks of different seeds
    same = [late, *(kept[-1] for _, kept in others)]
    for name in PAIRED:
        measure = getattr(gromov, name)
        values = [measure(x, y, null=1).value.value for x, y in combinations(same, 2)]
        print(f"{name} of {len(values)} pairs of seeds: {np.mean(values):.3f}, from {min(values):.3f} to {max(values):.3f}")
    for name, first, second in (("two seeds", late, others[0][1][-1]), ("early and late", late, early)):
        as_is, rotated = gromov.frechet(first[1::2], second[1::2], null=null), gromov.frechet(*turned(first, second), null=null)
        print(f"frechet of {name}: {as_is.value.value:.4g}; after a rotation {rotated.value.value:.4g}, by chance {rotated.null.mean:.3g}")
    agreement = run.matrices["cka"].matrix
    assert agreement[2, 3] > agreement[0, 3], "two trained networks agree more than a trained and an untrained one"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer images, in half a minute")
    main(parser.parse_args().quick)
