"""What collapse looks like in numbers: the digits, squeezed towards one direction step by step."""

import numpy as np

import gromov


def squeezed(points: np.ndarray, strength: float) -> np.ndarray:
    """Shrink every principal direction but the first by exp(−strength)."""
    mean = points.mean(axis=0)
    left, singular, axes = np.linalg.svd(points - mean, full_matrices=False)
    shrunk = np.where(np.arange(len(singular)) == 0, singular, singular * np.exp(-strength))
    return (left * shrunk) @ axes


def main() -> None:
    digits = gromov.load("digits")
    rooms = []
    for strength in (0.0, 1.0, 2.0, 4.0):
        found = gromov.spectrum(squeezed(digits.points, strength))
        print(f"squeezed by e^{strength:.0f}: {found.participation_ratio} of {found.dimensions} directions; {found.findings()[0].answer}")
        rooms.append(found.participation_ratio.value)
    assert rooms == sorted(rooms, reverse=True)
    assert rooms[-1] < 1.01


if __name__ == "__main__":
    main()
