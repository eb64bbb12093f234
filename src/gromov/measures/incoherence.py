"""Incoherence: whether a matrix could be completed from a few of its entries."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gromov.core import (
    About,
    Axis,
    Caption,
    Estimate,
    Figure,
    Finding,
    InputError,
    PointsLike,
    Representation,
    Result,
    Rule,
    Table,
    as_representation,
    generator,
    histogram,
)
from gromov.core.representation import row_blocks
from gromov.measures.moments import PrincipalAxes, principal_axes
from gromov.measures.spectral_numbers import effective_rank

_NULL_DRAWS = 20
_NULL_ROWS = 20_000
_LISTED = 5
_OWN_DIRECTION = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Incoherence(Result):
    """How evenly the leading singular vectors are spread over rows and columns.

    Attributes:
        rank: Rank r at which it is taken: the effective rank (RankMe) rounded, unless given.
        mu_rows: μ of the rows, (n/r) max_i ‖Uᵀe_i‖²; between 1 and n/r.
        mu_columns: μ of the columns, (d/r) max_j ‖Vᵀe_j‖²; between 1 and d/r.
        null_rows: μ of the rows of Gaussian matrices of this size and rank; its interval covers 95 % of the draws.
        null_columns: The same for the columns.
        needed: Share of the entries that the bound asks for, C μ r log²(n)/n with C = 1, μ the larger and n the smaller side.
        vacuous: Whether that share is 1 or more, so that the bound says nothing at this size.
        heaviest_rows: Rows of the largest leverage, largest first.
        heaviest_names: Their names, where the points have names.
        row_leverage: ‖Uᵀe_i‖² n/r of each row; the mean is 1.
        column_leverage: ‖Vᵀe_j‖² d/r of each column; the mean is 1.
    """

    rank: int
    mu_rows: float
    mu_columns: float
    null_rows: Estimate
    null_columns: Estimate
    needed: float
    vacuous: bool
    heaviest_rows: tuple[int, ...]
    heaviest_names: tuple[str, ...]
    row_leverage: Float[np.ndarray, " n"]
    column_leverage: Float[np.ndarray, " d"]

    @classmethod
    def about(cls) -> About:
        """What incoherence is."""
        return About(
            "Incoherence",
            "Is the information spread over all rows and columns, or held by a few?",
            "The leading r singular vectors are summed in squares over each row and column (leverage); μ is the largest leverage over the mean. The null "
            "draws Gaussian matrices of the same size and rank. Low incoherence alone is no sign of quality: noise has the lowest.",
            (
                "Candès, Recht (2009), Exact matrix completion via convex optimization. Found. Comput. Math. 9.",
                "Chen (2015), Incoherence-optimal matrix completion. IEEE Trans. Inf. Theory 61.",
                "Munkhoeva, Oseledets (2023), Neural harmonics: bridging spectral embedding and matrix completion in self-supervised learning. NeurIPS.",
            ),
        )

    @classmethod
    def headline(cls) -> tuple[str, ...]:
        """The numbers to cite first."""
        return ("rank", "mu_rows", "mu_columns")

    def summary(self) -> str:
        """μ in a sentence."""
        bound = "says nothing at this size" if self.vacuous else f"asks for {100 * self.needed:.1f} % of the entries"
        return f"At rank {self.rank}, μ is {self.mu_rows:.2f} over rows and {self.mu_columns:.2f} over columns; the bound for completing the matrix from a part of its entries {bound}."

    def findings(self) -> tuple[Finding, ...]:
        """Do a few rows carry it?"""
        expected = self.null_rows.ci[1] if self.null_rows.ci else self.null_rows.value
        beyond = self.mu_rows > 2 * expected
        # a leverage of 1 is a direction that one row alone spans; above a half it is mostly its own (Huber's rule)
        share = self.mu_rows * self.rank / len(self.row_leverage)
        heavy = beyond and share > _OWN_DIRECTION
        answer = "Yes" if heavy else "No, but some stand out" if beyond else "No"
        held = f", and holds {100 * share:.0f} % of one direction" if beyond else ""
        action = "Look at the rows of largest leverage: they may be errors, or a small group that deserves its own model."
        return (
            Finding(
                "Is the spread carried by a few points?",
                answer,
                f"The heaviest row has {self.mu_rows:.1f} times the mean leverage (its part in the leading {self.rank} directions){held}; "
                f"in Gaussian noise of this size {self.null_rows} times.",
                action if heavy else "Look at the rows of largest leverage: rare or odd records stand there." if beyond else "",
                "caution" if heavy else "neutral" if beyond else "good",
            ),
        )

    def tables(self) -> tuple[Table, ...]:
        """The heaviest rows."""
        rows = tuple((str(i), f"{self.row_leverage[i]:.2f}") for i in self.heaviest_rows)
        columns = ("row", "leverage over mean")
        if self.heaviest_names:
            columns = (*columns, "name")
            rows = tuple((*row, name) for row, name in zip(rows, self.heaviest_names, strict=True))
        return (Table("incoherence-rows", "Rows of largest leverage", columns, rows),)

    def figures(self) -> tuple[Figure, ...]:
        """Leverage of the rows."""
        high = float(self.row_leverage.max())
        return (
            Figure(
                "incoherence-leverage",
                "Leverage of the rows",
                Caption(
                    "The share of rows against their leverage over its mean; μ is the right end.",
                    f"Squared lengths of the rows of the leading {self.rank} left singular vectors, times n/r.",
                    f"Exact for these data; the null's μ is {self.null_rows}.",
                    "A narrow hump means that every row carries its part; a long tail, that a few rows carry much.",
                    "Look at the rows in the tail.",
                ),
                Axis("leverage over mean"),
                Axis("share of rows"),
                (histogram("rows", self.row_leverage, low=0, high=high), Rule("μ expected of noise", self.null_rows.value, vertical=True)),
            ),
        )


def incoherence(points: PointsLike, *, rank: int | None = None, seed: int = 0) -> Incoherence:
    """Incoherence μ of rows and columns at rank r, and the number of entries that matrix completion would need.

    With X = USVᵀ cut at rank r: max_i ‖Uᵀe_i‖² = μ_rows r/n, max_j ‖Vᵀe_j‖² = μ_columns r/d; 1 ≤ μ ≤ n/r. A matrix can be completed
    from a random share p ≥ C μ r log²(n)/n of its entries (C of order 1, n the smaller side).

    Args:
        points: n × d points.
        rank: r, between 1 and min(n, d); None takes the effective rank, rounded.
        seed: Seed of the null.

    Cost: n·d² for the singular vectors, n·d·r for the leverages; the null repeats this on at most 20,000 rows twenty times.

    Raises:
        UnsuitableError: distances or a graph.
        InputError: the rank is out of range.
    """
    representation = as_representation(points)
    n, d = representation.points.shape
    principal = principal_axes(representation)
    positive = int((principal.squares > 0).sum())
    r = min(positive, max(1, round(effective_rank(np.sqrt(principal.squares))))) if rank is None else rank
    if not 1 <= r <= positive:
        raise InputError(f"rank is {rank}; it must be between 1 and {positive}, the rank of the data")
    rows, columns = _leverages(representation, principal, r)
    draws = [_null_draw(n, d, r, seed, draw) for draw in range(_NULL_DRAWS)]
    heaviest = np.argsort(-rows, kind="stable")[:_LISTED]
    mu_rows, mu_columns, side = float(rows.max()), float(columns.max()), min(n, d)
    needed = max(mu_rows, mu_columns) * r * math.log(side) ** 2 / side
    return Incoherence(
        rank=r,
        mu_rows=mu_rows,
        mu_columns=mu_columns,
        null_rows=_of_draws([a for a, _ in draws], seed),
        null_columns=_of_draws([b for _, b in draws], seed),
        needed=needed,
        vacuous=needed >= 1,
        heaviest_rows=tuple(int(i) for i in heaviest),
        heaviest_names=tuple(representation.names[i] for i in heaviest) if representation.names else (),
        row_leverage=rows,
        column_leverage=columns,
    )


def _leverages(representation: Representation, principal: PrincipalAxes, r: int) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " d"]]:
    n, d = representation.points.shape
    axes = principal.axes[:, :r] / np.sqrt(principal.squares[:r])
    rows = np.empty(n)
    for block in row_blocks(n, 8 * d):
        left = np.asarray(representation.points[block], dtype=np.float64) @ axes
        rows[block] = np.einsum("ij,ij->i", left, left)
    return rows * n / r, np.einsum("ij,ij->i", principal.axes[:, :r], principal.axes[:, :r]) * d / r


def _null_draw(n: int, d: int, r: int, seed: int, draw: int) -> tuple[float, float]:
    """μ of the left and right singular vectors of a Gaussian matrix: orthonormal bases of random r-dimensional subspaces."""
    rng = generator(seed, "incoherence-null", draw)
    # the leverage of row i is ‖g_i‖² over its mean up to O(r/n): sampling g alone is enough for many rows
    left = rng.standard_normal((n, r)) if n <= _NULL_ROWS else None
    rows = _largest_leverage(left) if left is not None else float(rng.chisquare(r, size=n).max() / r)
    return rows, _largest_leverage(rng.standard_normal((d, r)))


def _largest_leverage(gaussian: Float[np.ndarray, "n r"]) -> float:
    basis = np.linalg.qr(gaussian)[0]
    return float((basis**2).sum(axis=1).max() * len(gaussian) / gaussian.shape[1])


def _of_draws(values: list[float], seed: int) -> Estimate:
    low, high = np.quantile(values, [0.025, 0.975])
    method = f"{len(values)} Gaussian matrices; spread of the draws"
    return Estimate(float(np.mean(values)), float(np.std(values, ddof=1)), (float(low), float(high)), len(values), seed, method)
