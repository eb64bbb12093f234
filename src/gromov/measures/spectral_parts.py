"""The passes over the rows that a spectrum and its error bars need."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped

from gromov.core import Estimate, Executor, Representation, generator
from gromov.core.representation import row_blocks
from gromov.measures.jackknife import GROUPS
from gromov.measures.moments import PrincipalAxes
from gromov.measures.spectral_numbers import effective_rank

NULL_DRAWS = 10
NULL_POINTS = 5_000
_SAME = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class GroupedSquares:
    """Sums of squares by group of rows (row i belongs to group i mod 20).

    Attributes:
        variances: Along each principal direction, about the mean.
        squares: Along each right singular vector, about the origin.
        sizes: Rows of each group.
        cosine: Mean cosine of two points.
    """

    variances: Float[np.ndarray, "g s"]
    squares: Float[np.ndarray, "g s"]
    sizes: Float[np.ndarray, " g"]
    cosine: Estimate


def grouped_squares(representation: Representation, principal: PrincipalAxes, executor: Executor) -> GroupedSquares:
    """One pass over the rows: what the jackknife leaves out, group by group."""
    points = representation.points
    n, d = points.shape
    count = principal.directions.shape[1]
    variances, squares, sizes = np.zeros((GROUPS, count)), np.zeros((GROUPS, count)), np.zeros(GROUPS)
    units, lengths = np.zeros((GROUPS, d)), np.zeros(GROUPS)
    blocks = row_blocks(n, 8 * d)
    for part in executor.map(_block_squares, blocks, points, principal.mean, principal.directions, principal.axes):
        for total, added in zip((variances, squares, sizes, units, lengths), part, strict=True):
            total += added

    def cosine(keep: Float[np.ndarray, " g"]) -> float:
        total, number = keep @ units, float(keep @ lengths)
        return (float(total @ total) - number) / max(1.0, number * (number - 1))

    everyone = np.ones(GROUPS)
    left_out = np.array([cosine(everyone - np.eye(GROUPS)[g]) for g in range(GROUPS) if sizes[g] > 0])
    error = math.sqrt((len(left_out) - 1) / len(left_out) * float(((left_out - left_out.mean()) ** 2).sum()))
    method = f"all pairs; delete-a-group jackknife, {GROUPS} groups"
    return GroupedSquares(variances, squares, sizes, Estimate.normal(cosine(everyone), error, n=n, seed=None, method=method))


def _block_squares(
    rows: slice,
    points: Shaped[np.ndarray, "n d"],
    mean: Float[np.ndarray, " d"],
    directions: Float[np.ndarray, "d s"],
    axes: Float[np.ndarray, "d s"],
) -> tuple[Float[np.ndarray, "g s"], Float[np.ndarray, "g s"], Float[np.ndarray, " g"], Float[np.ndarray, "g d"], Float[np.ndarray, " g"]]:
    block = np.asarray(points[rows], dtype=np.float64)
    member = np.arange(rows.start, rows.stop) % GROUPS
    norms = np.sqrt(np.einsum("ij,ij->i", block, block))
    unit = np.divide(block, norms[:, None], out=np.zeros_like(block), where=norms[:, None] > 0)
    centered = ((block - mean) @ directions) ** 2
    given = (block @ axes) ** 2

    def by_group(values: Float[np.ndarray, "b ..."]) -> Float[np.ndarray, "g ..."]:
        return np.stack([values[member == g].sum(axis=0) for g in range(GROUPS)])

    return (
        by_group(centered),
        by_group(given),
        np.bincount(member, minlength=GROUPS).astype(float),
        by_group(unit),
        by_group((norms > 0).astype(float)),
    )


def singular_values(representation: Representation, principal: PrincipalAxes) -> Float[np.ndarray, " r"]:
    """Singular values of the points as given, largest first, min(n, d) of them.

    Roots of the Gram eigenvalues lose the digits of those below 1e-5 of the largest; where there are such, the triangular factor is
    taken block by block instead (TSQR), at twice the cost.
    """
    count = min(representation.points.shape)
    squares = principal.squares[:count]
    if squares[-1] >= 1e-10 * squares[0]:
        return np.sqrt(squares)
    triangle = np.empty((0, representation.points.shape[1]))
    for block in representation.blocks():
        triangle = np.linalg.qr(np.concatenate([triangle, block]), mode="r")
    return np.linalg.svd(triangle, compute_uv=False)[:count]


@dataclass(frozen=True, slots=True, eq=False)
class ShuffledColumns:
    """The spectrum that the marginals alone would give.

    Attributes:
        eigenvalues: Covariance eigenvalues of each draw, largest first.
        effective_rank: Mean effective rank of the draws.
    """

    eigenvalues: Float[np.ndarray, "r s"]
    effective_rank: Estimate


def shuffled_columns(representation: Representation, seed: int) -> ShuffledColumns:
    """Ten draws of up to 5,000 rows whose columns are shuffled independently: the same marginals, no dependence."""
    n = representation.n
    rows = np.sort(generator(seed, "shuffle").choice(n, min(n, NULL_POINTS), replace=False))
    sample = np.asarray(representation.points[rows], dtype=np.float64)
    sample = sample - sample.mean(axis=0)
    values: list[Float[np.ndarray, " s"]] = []
    for draw in range(NULL_DRAWS):
        mixed = generator(seed, "shuffle", draw).permuted(sample, axis=0)
        product = mixed @ mixed.T if mixed.shape[1] > mixed.shape[0] else mixed.T @ mixed
        values.append(np.clip(np.linalg.eigvalsh(product)[::-1], 0, None) / (len(rows) - 1))
    ranks = [effective_rank(np.sqrt(value)) for value in values]
    spread = float(np.std(ranks, ddof=1))
    return ShuffledColumns(
        np.array(values), Estimate.normal(float(np.mean(ranks)), spread, n=NULL_DRAWS, seed=seed, method=f"{NULL_DRAWS} column shuffles")
    )


def duplicate_columns(representation: Representation, principal: PrincipalAxes, dead: Bool[np.ndarray, " d"]) -> int:
    """Number of columns that are a multiple of an earlier one after centring.

    Every column, scaled to unit variance, is projected onto two fixed random vectors: multiples agree in both up to a common sign,
    and others do so with probability below 1e-9.
    """
    d, start = len(principal.mean), 0
    sums = np.zeros((2, d))
    rng = generator(0, "duplicate-columns")
    for block in representation.blocks():
        sums += rng.standard_normal((2, len(block))) @ (block - principal.mean)
        start += len(block)
    keys = (sums / np.where(dead, 1.0, principal.deviations))[:, ~dead] / math.sqrt(start)
    keys *= np.where(keys[0] < 0, -1, 1)
    order = np.argsort(keys[0], kind="stable")
    return int((np.abs(np.diff(keys[:, order], axis=1)) < _SAME).all(axis=0).sum())
