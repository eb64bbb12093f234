"""CKA by the unbiased HSIC: do two representations of the same objects agree, up to rotation and scale?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import (
    SERIAL,
    About,
    Comparison,
    Estimate,
    Executor,
    InputError,
    Null,
    PointsLike,
    Progress,
    Silent,
    Traits,
    require_memory,
)
from gromov.measures.comparisons.kernel_alignment import (
    Gaussian,
    alignment,
    alignment_without,
    biased_alignment,
    gaussian,
    shuffled_alignments,
    u_centered,
)
from gromov.measures.comparisons.splitting import check_null, chunks, groups, jackknife_error, paired_points, pairings

_NAME = "cka"
CkaKernel = Literal["linear", "rbf"]
_MOST = {"linear": 20_000, "rbf": 2_000}
_SILENT = Silent()


@dataclass(frozen=True, slots=True, eq=False)
class Cka(Comparison):
    """Centred kernel alignment of two representations of the same objects.

    Attributes:
        value: HSIC(X, Y)/√(HSIC(X, X) HSIC(Y, Y)) with the unbiased HSIC: 1 for rotated and rescaled copies, 0 on average for unrelated ones, and
            so below 0 about half the time.
        p_value: Share of random pairings with a value as large: small where the two agree beyond chance.
        null: The value for random pairings of the rows.
        biased: The usual estimate from the same data, which grows with d/n where nothing is there to agree.
        points: Number of pairs that were used.
        kernel: `linear`, the inner products, or `rbf`, a Gaussian of the distances.
        width: Width of the Gaussian in the first, the median distance of two points; missing for the linear kernel.
        second_width: Its width in the second.
    """

    biased: float
    points: int
    kernel: CkaKernel
    width: float | None
    second_width: float | None

    @classmethod
    def traits(cls) -> Traits:
        """What CKA is and promises."""
        return Traits(
            name=_NAME,
            paired=True,
            kinds=("points",),
            same_dimension=False,
            larger="alike",
            identity=1.0,
            together=("rotation", "shift", "scale", "permutation"),
            apart=("rotation", "shift", "scale"),
            symmetric=True,
            equal_sizes=False,
            sees="agreement along the directions of most variance",
            applies="the same objects in both, in the same order; any dimensions",
            tests="A small p speaks against the rows of the two having nothing to do with each other.",
        )

    @classmethod
    def about(cls) -> About:
        """What CKA is."""
        return About(
            "Centred kernel alignment (CKA)",
            "Do two representations of the same objects put alike what the other puts alike?",
            "CKA = HSIC(X, Y)/√(HSIC(X, X) HSIC(Y, Y)) with K = XXᵀ, L = YYᵀ and the unbiased estimate of HSIC, which leaves the diagonals out. All sums are taken from products of "
            "columns, so no n × n matrix is made. With the Gaussian kernel (rbf) of the median width nearby points count more, and at most 2,000 pairs are used. The usual, biased estimate is given beside it. The error is a delete-a-group jackknife over pairs; the null shuffles the rows of the "
            "second. CKA is dominated by the directions of most variance: two representations may differ in all others and have a high value.",
            (
                "S. Kornblith, M. Norouzi, H. Lee, G. Hinton (2019), Similarity of neural network representations revisited. arXiv:1905.00414.",
                "L. Song et al. (2012), Feature selection via dependence maximization. Journal of Machine Learning Research 13.",
            ),
        )

    @classmethod
    def statistic(cls, x: PointsLike, y: PointsLike, *, seed: int) -> float:
        """The alignment alone, with the linear kernel."""
        a, b = paired_points(x, y, what=_NAME, most=_MOST["linear"], seed=seed)
        return _alignment(_scaled(a), _scaled(b))

    def summary(self) -> str:
        """The agreement in a sentence."""
        return f"{'CKA' if self.kernel == 'linear' else 'CKA with the Gaussian kernel'} is {self.value} (the biased estimate would be {self.biased:.3g}); random pairings give at most {float(self.null.draws.max()):.3g}, p = {self.p_value:.3g}."


def cka(
    x: PointsLike,
    y: PointsLike,
    *,
    seed: int = 0,
    null: int = 100,
    kernel: CkaKernel = "linear",
    executor: Executor = SERIAL,
    progress: Progress = _SILENT,
) -> Cka:
    """CKA from the unbiased HSIC, with a jackknife error and the null of random pairing.

    HSIC = [tr K̃L̃ + 1ᵀK̃1·1ᵀL̃1/((n−1)(n−2)) − 2/(n−2)·1ᵀK̃L̃1]/(n(n−3)), K̃ and L̃ the kernels with zero diagonals: XXᵀ, or
    exp(−‖x − x′‖²/(2w²)) with w the median distance. Beyond 20,000 pairs (2,000 for the Gaussian), as many at random.

    Args:
        x: First representation, n × d.
        y: Second representation of the same objects, n × e.
        seed: Seed of the sample, the groups and the null.
        null: Number of random pairings.
        kernel: `linear`, which sees the directions of most variance, or `rbf`, which sees distances and those of near points most.
        executor: Runs the pairings.
        progress: Told how far the work is.

    Cost: n·d·e multiplications for each draw, d and e at most n; memory 16·n·(d + e) bytes. For the Gaussian n² of each: 48·n² bytes.

    Raises:
        InputError: no such kernel.
        UnsuitableError: no points, or different numbers of rows.

    References:
        L. Song, A. Smola, A. Gretton, J. Bedo, K. Borgwardt, Journal of Machine Learning Research 13, 2012.
    """
    check_null(null)
    if kernel not in _MOST:
        raise InputError(f"kernel is {kernel!r}; the kernels are linear and rbf")
    a, b = paired_points(x, y, what=_NAME, most=_MOST[kernel], seed=seed)
    n = len(a)
    of = groups(n, what=_NAME, seed=seed)
    left, parts = range(int(of.max()) + 1), chunks(null)
    widths: tuple[float | None, float | None] = (None, None)
    if kernel == "linear":
        a, b = (_scaled(each) for each in (a, b))
        require_memory(16 * n * (a.shape[1] + b.shape[1]), step=f"the products of {n:,} pairs", remedy="use --sample")
        observed, biased = _alignment(a, b), _biased(a, b)
        scale = np.sqrt(max(_hsic(a, a), 0.0) * max(_hsic(b, b), 0.0))
        left_out = list(executor.map(_without, left, a, b, of))
        shuffled = executor.map(_paired, parts, a, b, float(scale), seed)
    else:
        require_memory(48 * n * n, step=f"the kernels of {n:,} pairs", remedy="use --sample")
        k, m = _gaussians(a, b)
        widths = k.width, m.width
        observed, biased = alignment(k.matrix, m.matrix), biased_alignment(k.matrix, m.matrix)
        left_out = list(executor.map(alignment_without, left, k.matrix, m.matrix, of))
        shuffled = executor.map(shuffled_alignments, parts, u_centered(k.matrix), u_centered(m.matrix), _NAME, seed)
    progress.step("error", 0.15)
    draws: list[float] = []
    for part in shuffled:
        draws.extend(part)
        progress.step("null", 0.15 + 0.85 * len(draws) / null)
    found = Null.of("random pairing", np.array(draws), observed)
    return Cka(
        value=Estimate.normal(
            observed,
            jackknife_error(np.array(left_out)),
            n=n,
            seed=seed,
            method=f"unbiased HSIC, {kernel} kernel, delete-a-group jackknife",
        ),
        p_value=found.p_value(),
        null=found,
        biased=biased,
        points=n,
        kernel=kernel,
        width=widths[0],
        second_width=widths[1],
    )


def _gaussians(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n e"]) -> tuple[Gaussian, Gaussian]:
    """The Gaussian kernels of both, of points scaled to unit norm so that rounding does not depend on the unit; the widths are in the unit of the data."""
    found: list[Gaussian] = []
    for each in (a, b):
        centered = each - each.mean(axis=0)
        unit = float(np.linalg.norm(centered))
        scaled = gaussian(centered / unit)
        found.append(Gaussian(scaled.matrix, scaled.width * unit))
    return found[0], found[1]


def _scaled(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n e"]:
    """Centred, of unit norm; if there are more columns than rows, in as many coordinates as there are rows."""
    centered = points - points.mean(axis=0)
    centered /= np.linalg.norm(centered)
    if centered.shape[1] > len(centered):
        return np.asarray(np.linalg.qr(centered.T, mode="r")).T  # the same inner products in n coordinates
    return centered


def _hsic(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n e"]) -> float:
    """The unbiased HSIC of linear kernels, up to the factor 1/(n(n − 3)), for any origin."""
    n = len(a)
    own_a, own_b = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    rows_a, rows_b = a @ a.sum(axis=0) - own_a, b @ b.sum(axis=0) - own_b
    product = a.T @ b
    trace = float(np.vdot(product, product)) - float(own_a @ own_b)
    return trace + float(rows_a.sum() * rows_b.sum()) / ((n - 1) * (n - 2)) - 2 / (n - 2) * float(rows_a @ rows_b)


def _alignment(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n e"]) -> float:
    scale = np.sqrt(max(_hsic(a, a), 0.0) * max(_hsic(b, b), 0.0))
    return _hsic(a, b) / float(scale) if scale > 0 else 0.0


def _biased(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n e"]) -> float:
    """‖AᵀB‖²/(‖AᵀA‖ ‖BᵀB‖) of the centred columns."""
    cross = np.linalg.norm(a.T @ b)
    return float(cross**2 / (np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)))


def _without(group: int, a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n e"], of: Sequence[int] | Integer[np.ndarray, " n"]) -> float:
    kept = np.asarray(of) != group
    return _alignment(a[kept], b[kept])


def _paired(places: range, a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n e"], scale: float, seed: int) -> list[float]:
    orders = (pairings(place, len(b), what=_NAME, seed=seed) for place in places)
    return [_hsic(a, b[order]) / scale if scale > 0 else 0.0 for order in orders]
