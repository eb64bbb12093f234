"""RankMe by the Gram matrix against the singular value decomposition."""

from timing import alternate, write

import numpy as np

from gromov.core import as_representation
from gromov.measures.moments import moments
from gromov.measures.spectral_numbers import effective_rank


def main() -> None:
    points = np.random.default_rng(0).normal(size=(10_000, 512)) * np.linspace(1, 0.01, 512)

    def by_gram() -> float:
        gram = moments(as_representation(points)).gram
        return effective_rank(np.sqrt(np.clip(np.linalg.eigvalsh(gram)[::-1], 0, None)))

    def gram_alone() -> float:
        return effective_rank(np.sqrt(np.clip(np.linalg.eigvalsh(points.T @ points)[::-1], 0, None)))

    def by_svd() -> float:
        return effective_rank(np.linalg.svd(points, compute_uv=False))

    row: dict[str, object] = {"work": "RankMe, 10,000 × 512", "difference": abs(by_gram() - by_svd())}
    assert abs(by_gram() - by_svd()) < 1e-9
    write("spectrum", [row | alternate(7, gromov_checked=by_gram, gram=gram_alone, svd=by_svd)])


if __name__ == "__main__":
    main()
