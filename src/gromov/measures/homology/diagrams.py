"""Persistence diagrams, and what is read off them: Betti curves, landscapes, images, entropy."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from gromov.core import InputError

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """The features of one degree: when each is born and when it dies, the longest-lived first.

    The one component that never dies is left out of degree 0, as its death is no number.

    Attributes:
        degree: 0 for components, 1 for loops, 2 for voids.
        births: Length of edge at which each feature appears.
        deaths: Length of edge at which it is filled or merges with an older one; above its birth.
    """

    degree: int
    births: Float[np.ndarray, " m"]
    deaths: Float[np.ndarray, " m"]

    def __post_init__(self) -> None:
        if self.births.shape != self.deaths.shape:
            raise InputError(f"a diagram needs as many births as deaths; there are {len(self.births)} and {len(self.deaths)}")
        if not (np.isfinite(self.births).all() and np.isfinite(self.deaths).all() and (self.deaths > self.births).all()):
            raise InputError("every death of a diagram must be finite and above its birth: leave out what never dies and what dies at once")

    def __len__(self) -> int:
        return len(self.births)

    @classmethod
    def of(cls, degree: int, pairs: Float[np.ndarray, "m 2"]) -> "Diagram":
        """The diagram of pairs (birth, death); those that die at once, up to rounding, or never are dropped. Equal lives are sorted by birth."""
        kept = np.asarray(pairs, dtype=np.float64).reshape(-1, 2)
        kept = kept[np.isfinite(kept[:, 1])]
        kept = kept[kept[:, 1] - kept[:, 0] > _ROUNDING * kept[:, 1]]
        kept = kept[np.lexsort((kept[:, 0], kept[:, 0] - kept[:, 1]))]
        births, deaths = kept[:, 0].copy(), kept[:, 1].copy()
        births.flags.writeable = deaths.flags.writeable = False
        return cls(degree, births, deaths)

    @property
    def pairs(self) -> Float[np.ndarray, "m 2"]:
        """(birth, death) of each feature."""
        return np.stack([self.births, self.deaths], axis=1)

    @property
    def lives(self) -> Float[np.ndarray, " m"]:
        """death − birth of each feature, descending: its persistence."""
        return self.deaths - self.births


def betti_curve(diagram: Diagram, scales: Float[np.ndarray, " t"]) -> Integer[np.ndarray, " t"]:
    """β(t), the number of features with birth ≤ t < death; in degree 0 one more, for the component that never dies.

    Its integral over t is the sum of all lives (and the length of the range, in degree 0). Cost: (m + t)·log m.
    """
    alive = np.searchsorted(np.sort(diagram.births), scales, side="right") - np.searchsorted(np.sort(diagram.deaths), scales, side="right")
    return alive + (1 if diagram.degree == 0 else 0)


def landscapes(diagram: Diagram, scales: Float[np.ndarray, " t"], *, levels: int = 5) -> Float[np.ndarray, "k t"]:
    """Persistence landscapes: λ_k(t) is the k-th largest of the tents max(0, min(t − birth, death − t)).

    A feature (b, d) alone gives λ₁ a triangle of height (d − b)/2 over [b, d]; the integral of Σ_k λ_k over t is Σ (d − b)²/4.

    Args:
        diagram: m features.
        scales: The t at which they are taken.
        levels: Number of landscapes, from λ₁ on.

    Cost: m·t numbers.

    Raises:
        InputError: fewer than one level.

    References:
        P. Bubenik, Statistical topological data analysis using persistence landscapes, JMLR 16, 2015.
    """
    if levels < 1:
        raise InputError(f"levels is {levels}; at least one landscape is needed")
    tents = np.minimum(scales - diagram.births[:, None], diagram.deaths[:, None] - scales)
    tents = -np.sort(-np.maximum(tents, 0.0), axis=0)[:levels]
    return np.pad(tents, ((0, levels - len(tents)), (0, 0)))


def persistence_image(
    diagram: Diagram, births: Float[np.ndarray, " i"], lives: Float[np.ndarray, " j"], *, width: float
) -> Float[np.ndarray, "rows columns"]:
    """Persistence image: each feature a Gaussian at (birth, life) of weight life, integrated over every pixel.

    The integral is taken in closed form, by differences of Φ, so that pixels of any size sum to the weight that falls on them: Σ lives
    where the grid holds all.

    Args:
        diagram: m features.
        births: Edges of the pixels along births, ascending.
        lives: Edges of the pixels along lives, ascending.
        width: Standard deviation of the Gaussians, in units of length.

    Returns:
        (j − 1) × (i − 1) pixels: row is life, column is birth.

    Cost: m·(i + j + i·j).

    Raises:
        InputError: a width that is not positive.

    References:
        H. Adams et al., Persistence images: a stable vector representation of persistent homology, JMLR 18, 2017.
    """
    from scipy.special import ndtr

    if width <= 0:
        raise InputError(f"width is {width}; it is the standard deviation of a Gaussian and must be positive")
    across = np.diff(ndtr((births - diagram.births[:, None]) / width), axis=1)
    along = np.diff(ndtr((lives - diagram.lives[:, None]) / width), axis=1)
    return np.einsum("mj,mi,m->ji", along, across, diagram.lives)


def persistence_entropy(diagram: Diagram) -> float:
    """−Σ p log p in nats, p the share of each feature in the sum of lives: log m for m equal lives; 0 for none.

    References:
        H. Chintakunta et al., An entropy-based persistence barcode, Pattern Recognition 48, 2015.
    """
    if not len(diagram):
        return 0.0
    share = diagram.lives / diagram.lives.sum()
    return float(-(share * np.log(share)).sum())
