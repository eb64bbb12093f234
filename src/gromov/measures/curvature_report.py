"""What curvature says and shows."""

import math
from typing import TYPE_CHECKING

import numpy as np

from gromov.core import Axis, Bars, Caption, Curve, Disk, Estimate, Figure, Finding, Table
from gromov.measures.embedding.comparison import VISIBLE_BEND

if TYPE_CHECKING:
    from gromov.measures.curvature import Curvature
    from gromov.measures.curvature_parts import SpaceGain

_QUESTION = "Which space fits?"
_LITTLE = 0.1
AT_LIMIT = "the limit of what is tried"
_NAMES = {"euclidean": "Euclidean", "hyperbolic": "Hyperbolic", "spherical": "Spherical", "product": "A hyperbolic times a spherical space"}
_CURVED = ("hyperbolic", "spherical", "product")


def curvature_findings(result: "Curvature") -> tuple[Finding, ...]:
    """The space, what it gains, and whether that is more than chance."""
    cause, explains = ("degrees", "explain") if "degrees" in result.model else ("spectrum", "explains")
    if result.space == "euclidean":
        best = max(_CURVED, key=lambda space: result.part(space).gain.value)
        return (
            Finding(
                _QUESTION,
                "Euclidean: curvature gains nothing",
                f"At {result.dimension} dimensions the best curved space ({best}) predicts an unseen distance better by {result.part(best).gain} nats.",
                "Stay with Euclidean space.",
                "good",
            ),
        )
    part, name = result.part(result.space), _NAMES[result.space]
    detail = (
        f"At {result.dimension} dimensions it predicts an unseen distance better than Euclidean space by {part.gain} nats ({_worth(part.worth)} in all). "
        f"A {result.model} gains {part.null_gain.value:.3g}; the difference is {part.excess}{_bend(part)}."
    )
    if not result.beyond_null:
        return (
            Finding(
                _QUESTION,
                f"{name}, but no more than its {cause} {explains}",
                detail,
                f"The gain is no sign of curvature: data of the same {cause} without any gain as much.",
                "neutral",
            ),
        )
    little = not _clearly(part)
    return (
        Finding(
            _QUESTION,
            f"{name}, {f'a little beyond its {cause}' if little else 'clearly'}: {_worth(part.worth_beyond)} beyond it",
            detail,
            f"Expect less than the raw gain: most of it comes from the {cause} alone. Compare with a Euclidean control of more dimensions."
            if little
            else f"Try {'a product space' if result.space == 'product' else result.space + ' space'}, against a Euclidean control of more dimensions.",
            "neutral" if little else "good",
        ),
    )


def _clearly(part: "SpaceGain") -> bool:
    """Whether the excess is no trifle, and more than what chance gains."""
    return part.excess.value >= max(_LITTLE, part.null_gain.value)


def curvature_tables(result: "Curvature") -> tuple[Table, ...]:
    """Every space at every dimension."""
    rows = tuple(
        (
            fit.space,
            str(fit.dimension),
            f"{fit.log_likelihood.value:.3f}",
            "" if fit.space == "euclidean" else f"{fit.gain.value:+.3f} ± {fit.gain.stderr:.3f}",
            f"{fit.distortion:.3f}",
            f"{fit.worst_distortion:.3g}",
            f"{fit.average_precision:.3f}",
            ", ".join(f"{bend * result.mean_distance**2:.3g}" for bend in fit.curvatures),
        )
        for fit in sorted(result.fits, key=lambda fit: fit.dimension)
    )
    return (
        Table(
            "curvature-gains",
            "What is gained, by dimension",
            (
                "space",
                "dimension",
                "log-likelihood",
                "gain over Euclidean",
                "distortion",
                "worst distortion",
                "MAP",
                "K·(mean distance)², held out",
            ),
            rows,
            f"Log-likelihood of an unseen distance in nats; gains ± standard error. Distortion and MAP ({result.neighbors}) are over all pairs. "
            "K·(mean distance)² is the mean of the fits to four fifths of the distances, the score-card's is fitted to all; it is 0 in flat space, and a product has two.",
        ),
    )


def curvature_figures(result: "Curvature") -> tuple[Figure, ...]:
    """Likelihood over dimensions, gain against the null, the Poincaré disk."""
    return (_likelihood(result), _null(result), *(() if len(result.disk_x) == 0 else (_disk(result),)))


def _likelihood(result: "Curvature") -> Figure:
    curves: list[Curve] = []
    for space in ("euclidean", *_CURVED):
        fits = [fit for fit in result.fits if fit.space == space]
        dims = np.array([fit.dimension for fit in fits])
        bands = np.array([fit.log_likelihood.ci or (fit.log_likelihood.value,) * 2 for fit in fits])
        values = np.array([fit.log_likelihood.value for fit in fits])
        curves.append(Curve(space, dims, values, bands[:, 0], bands[:, 1], reference=space == "euclidean"))
    return Figure(
        "curvature-likelihood",
        "How well each space predicts unseen distances",
        Caption(
            "Mean log-likelihood of a held-out distance against the dimension; higher is better.",
            f"{result.n} objects embedded from four fifths of their distances, curvature fitted; the rest are predicted with an error of Student's "
            "distribution.",
            f"Bands are 95 % intervals over points and {result.repeats} splits. They move together: gains between spaces are surer than levels.",
            result.summary(),
            "Read across: a gain is worth as many dimensions as the Euclidean curve needs farther right to reach the same height.",
        ),
        Axis("dimension"),
        Axis("log-likelihood of an unseen distance, in nats"),
        tuple(curves),
    )


def _null(result: "Curvature") -> Figure:
    places = np.arange(len(_CURVED))
    gains = [result.part(space).gain for space in _CURVED]
    spread = 1.96 * result.null_gains.std(axis=0, ddof=1)
    return Figure(
        "curvature-null",
        "Is the gain more than chance?",
        Caption(
            f"Gain over Euclidean space at {result.dimension} dimensions, of the data and of a {result.model}.",
            f"The same comparison on {len(result.null_gains)} draws of the null of as many points.",
            "Bars of the data: 95 % intervals. Bars of the null cover 95 % of single draws.",
            "; ".join(f"{space}: {result.part(space).excess} beyond the null" for space in _CURVED) + ".",
            "Only what stands above the null is a sign of curvature.",
        ),
        Axis("space", categories=_CURVED),
        Axis("gain over Euclidean space, in nats"),
        (
            Bars(f"null: {result.model}", places, result.null_gains.mean(axis=0), spread, reference=True),
            Bars("data", places, np.array([gain.value for gain in gains]), np.array([1.96 * (gain.stderr or 0.0) for gain in gains])),
        ),
    )


def _disk(result: "Curvature") -> Figure:
    bend = VISIBLE_BEND**2
    curved = result.beyond_null and result.space == "hyperbolic"
    means = (
        "The data can be drawn in this plane, but nothing says that they are curved like it: read it as any map."
        if not curved
        else "The hyperbolic plane suits these data: depth is distance from the centre, and branches are sectors."
        if _clearly(result.hyperbolic)
        else "The data are a little more curved than chance alone: depth is distance from the centre, to be read with care."
    )
    return Figure(
        "curvature-disk",
        "The data in the hyperbolic plane",
        Caption(
            f"{result.n} objects in the Poincaré disk"
            + (", joined where the graph joins them." if len(result.edges_from) else ".")
            + (f" Coloured by {len(result.labels)} labels." if result.labels else ""),
            f"Positions and curvature fitted to all pairs in two dimensions, K·(mean distance)² held to at least −{bend:.0f}: beyond that all points "
            "crowd at the rim.",
            f"Distances are off by {100 * result.disk_distortion:.0f} % on average: what two dimensions leave out cannot be seen here.",
            means,
        ),
        Axis("first coordinate"),
        Axis("second coordinate"),
        (
            Disk(
                "objects",
                result.disk_x,
                result.disk_y,
                np.column_stack([result.edges_from, result.edges_to]) if len(result.edges_from) else None,
                result.codes if len(result.codes) else None,
                result.labels,
                result.names,
            ),
        ),
        equal=True,
    )


def _worth(worth: Estimate) -> str:
    if math.isnan(worth.value):
        return worth.reason
    if worth.value < 1:
        return f"worth {worth.value:.1f} of a Euclidean dimension"
    return f"worth {worth.value:.1f} Euclidean dimensions"


def _bend(part: "SpaceGain") -> str:
    bend = part.scaled_curvature
    if math.isnan(bend.value):
        return ""
    if AT_LIMIT in bend.method:
        return f". K times (mean distance)² is {bend.value:.3g}, {AT_LIMIT}"
    return f". The fitted K is {part.curvature}, times (mean distance)² {bend}"
