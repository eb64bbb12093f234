"""Do generated digits look like real ones? Every model of a folder of samples against MNIST, and MNIST against itself."""

import os
from pathlib import Path

import numpy as np

import gromov
from gromov.data import load

PER_CLOUD = 500


def real_and_generated() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """MNIST and the samples of each model, where they are at hand; else scikit-learn's digits and the same blurred."""
    for folder in filter(None, os.environ.get("GROMOV_DATA", "").split(os.pathsep)):
        path = Path(folder) / "gan-samples" / "mnist_generated.npz"
        images = Path(folder) / "mnist" / "t10k-images-idx3-ubyte.gz"
        if path.exists() and images.exists():
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            pixels = next(each for each in arrays.values() if each.ndim >= 3)
            model = next(each for each in arrays.values() if each.ndim == 1 and len(each) == len(pixels) and each.dtype.kind in "US")
            real = load(images, flatten=True).points / 255.0
            return real, {str(name): pixels[model == name].reshape((model == name).sum(), -1) / 255.0 for name in np.unique(model)}
    digits = load("digits").points / 16.0
    return digits, {"blurred": (digits + np.roll(digits, 1, axis=1)) / 2}


def main() -> None:
    real, generated = real_and_generated()
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(real))
    first, second = real[rows[:PER_CLOUD]], real[rows[PER_CLOUD : 2 * PER_CLOUD]]
    for name, other in {"real": second, **generated}.items():
        if other.shape[1] != real.shape[1]:
            print(f"{name}: other size of image, left out")
            continue
        run = gromov.compare(first, other[:PER_CLOUD], measures=["kid", "sliced_wasserstein"], null=59)
        print(f"{name}, n = {run['kid'].points}: {run.page().results['verdict'].summary()}")
        print("   " + " ".join(each.summary() for each in run.pairs[0].results.values()))
        if name == "real":
            assert not any(p <= 0.01 for p in run.pairs[0].corrected.values())


if __name__ == "__main__":
    main()
