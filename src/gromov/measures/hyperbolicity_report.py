"""What hyperbolicity says and shows."""

from typing import TYPE_CHECKING

import numpy as np

from gromov.core import Axis, Caption, Curve, Figure, Finding, Rule, Table, histogram

if TYPE_CHECKING:
    from gromov.measures.hyperbolicity import Hyperbolicity

_SURE = 0.01
_LARGE = 0.2
_VISIBLE = 0.02
_ROUNDING = 1e-9


def delta_findings(result: "Hyperbolicity") -> tuple[Finding, ...]:
    """The score-card lines: tree-like beyond dimension, and what the usual number is worth."""
    null, base = result.null, result.base_point_delta
    ratio = null.ratio
    detail = (
        f"Four points miss the shape of a tree, (S₁−S₂)/S₁, on average by {100 * result.mean_relative_delta.value:.1f} %: {ratio:.3f} times as much as in a {null.model} (p {_p_value(null.p_value)}). The worst four give 2δ/diameter {result.relative_delta:.3f}"
        + ("." if result.exact else f" at least, {2 * result.delta_upper / result.diameter:.3f} at most.")
    )
    cause, explains = ("degrees", "explain") if "degrees" in null.model else ("dimension", "explains")
    significant = null.p_value < _SURE
    if result.delta_upper <= _ROUNDING * result.diameter:
        tree = Finding(
            "Is it tree-like?",
            "It is a tree",
            "Every four points satisfy the tree condition: δ = 0.",
            "Embed it in hyperbolic space.",
            "good",
        )
    elif _flat(result):
        tree = Finding(
            "Is it tree-like?",
            "It looks like a tree",
            f"No four points that were looked at miss the tree condition; a bound for all of them is δ ≤ {result.delta_upper:.3g}.",
            "Embed it in hyperbolic space, or on a line if it is one.",
            "good",
        )
    elif significant and ratio.value < 1 - _LARGE:
        action = "Try hyperbolic space, and compare with a Euclidean control of larger dimension."
        tree = Finding("Is it tree-like?", f"Yes, beyond its {cause}", detail, action, "good")
    elif significant and ratio.value < 1 - _VISIBLE:
        action = f"Expect little from hyperbolic space; most of a small δ here comes from the {cause} alone."
        tree = Finding("Is it tree-like?", f"Only a little beyond its {cause}", detail, action, "neutral")
    elif significant and ratio.value > 1 + _VISIBLE:
        tree = Finding("Is it tree-like?", "No, less than chance", detail, "Hyperbolic space is not suggested by these data.", "neutral")
    else:
        tree = Finding(
            "Is it tree-like?", f"No more than its {cause} {explains}", detail, "A small δ here is no sign of a hierarchy.", "neutral"
        )
    if _flat(result):
        return (tree,)
    moved = Finding(
        "Can the usual δ be trusted?",
        f"It moves from {base.low:.3f} to {base.high:.3f}",
        f"The usual number, 2δ/diameter at one base point, would be {base.usual:.3f}; over {base.bases} base points it runs from {base.low:.3f} to "
        f"{base.high:.3f}, and the curvature inferred from it by a factor of {base.curvature_factor:.2f}.",
        "Cite the exact δ or the mean δ with its interval, not the value at one base point.",
        "caution" if base.curvature_factor > 1.1 else "good",
    )
    return tree, moved


def delta_tables(result: "Hyperbolicity") -> tuple[Table, ...]:
    """The four points behind δ, and each weakness of the usual algorithm on these data."""
    names = result.witness_names or ("",) * len(result.witness)
    roles = ("one end of the first diagonal", "its other end", "one end of the second diagonal", "its other end")
    witness = Table(
        "hyperbolicity-witness",
        "The four points that attain δ",
        ("place", "index", "name") if result.witness_names else ("place", "index"),
        tuple((role, str(i), name)[: 3 if result.witness_names else 2] for role, i, name in zip(roles, result.witness, names, strict=True)),
        "Opposite points are joined by the diagonals: the two longest of the six distances, taken as a pair.",
    )
    base = result.base_point_delta
    first = (
        "the base point",
        f"{base.low:.3f}",
        f"{base.high:.3f}",
        f"the same {base.points:,} points, {base.bases} choices of the base point",
    )
    usual = Table(
        "hyperbolicity-flaws",
        f"The usual number would be {base.usual:.3f}, and moves with",
        ("what", "from", "to", "why"),
        (first, *((flaw.name, flaw.usual, flaw.becomes, flaw.why) for flaw in result.flaws)),
        "The usual algorithm takes up to 1,500 points, one base point, float32 distances, and reports 2δ/diameter or a curvature made of it.",
    )
    return witness, usual


def delta_figures(result: "Hyperbolicity") -> tuple[Figure, ...]:
    """Growth with the sample size, distribution over quadruples, spread over base points."""
    return _growth(result), _quadruples(result), _bases(result)


def _growth(result: "Hyperbolicity") -> Figure:
    last = result.growth[-1]
    before = result.growth[-2] if len(result.growth) > 1 else last
    levels = abs(last - before) <= 0.03 * max(last, 1e-12)
    band = Curve(
        f"null: {result.null.model}",
        result.null_sizes,
        result.null_growth,
        result.null_growth_low,
        result.null_growth_high,
        reference=True,
    )
    layers = [band, Curve("data", result.growth_sizes, result.growth)]
    if result.exact:
        layers_with_rule = (*layers, Rule("exact, all points", result.relative_delta))
    else:
        layers_with_rule = (*layers, Rule("best found, all points", result.relative_delta))
    return Figure(
        "hyperbolicity-growth",
        "δ grows with the sample",
        Caption(
            "2δ/diameter of nested random subsamples, against their size.",
            "Exact δ of each subsample; the band covers 95 % of the null's draws.",
            "One nested sequence for the data; the band shows how far such a sequence wanders.",
            "The curve has levelled off: the number hardly depends on the sample."
            if levels
            else "The curve has not levelled off: δ depends on the sample size.",
            "" if levels else "Compare δ only between samples of one size, or use the mean δ.",
        ),
        Axis("number of points", log=True),
        Axis("2δ/diameter"),
        layers_with_rule,
    )


def _quadruples(result: "Hyperbolicity") -> Figure:
    high = float(max(result.relative.max(initial=0), result.null_relative.max(initial=0), 1e-9))
    data = result.mean_relative_delta
    return Figure(
        "hyperbolicity-quadruples",
        "How tree-like are four points?",
        Caption(
            "The share of quadruples against (S₁−S₂)/S₁: 0 is a tree.",
            f"Random quadruples of the data and of a {result.null.model}.",
            f"Mean of the data {data}; mean of the null {result.null.mean_relative}.",
            "Mass to the left of the null means more tree-like than the null, to the right less.",
        ),
        Axis("(S₁−S₂)/S₁"),
        Axis("share of quadruples"),
        (
            histogram(f"null: {result.null.model}", result.null_relative, low=0, high=high, reference=True),
            histogram("data", result.relative, low=0, high=high),
        ),
    )


def _bases(result: "Hyperbolicity") -> Figure:
    base = result.base_point_delta
    values = np.sort(result.base_points)
    return Figure(
        "hyperbolicity-base-points",
        "The usual number depends on its base point",
        Caption(
            f"2δ/diameter computed at each of {base.bases} base points, in order; the usual algorithm reports one of them.",
            f"The (max, min) product over {base.points:,} points, exact at each base point.",
            "No sampling error: the spread is the choice of the base point alone.",
            f"The usual number would be {base.usual:.3f}; the inferred curvature moves by a factor of {base.curvature_factor:.2f}.",
            "Cite the line, not a point.",
        ),
        Axis("base point, in order of its value"),
        Axis("2δ/diameter"),
        (
            Curve("at one base point", np.arange(1, len(values) + 1), values),
            Rule("the usual number", base.usual),
            Rule("exact" if result.exact else "best found", result.relative_delta),
        ),
    )


def _flat(result: "Hyperbolicity") -> bool:
    """Whether δ is rounding alone in all that was looked at."""
    seen = max(result.relative_delta, result.mean_relative_delta.value, result.base_point_delta.high)
    return result.delta_upper <= _ROUNDING * result.diameter or seen <= _ROUNDING


def _p_value(p: float) -> str:
    return "< 0.001" if p < 1e-3 else f"= {p:.3f}"
