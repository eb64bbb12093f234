"""What every geometry can do, for those who only need distances."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Shaped


@runtime_checkable
class Space(Protocol):
    """A geometry in which points have distances.

    Attributes:
        name: The field's name of the space, in lower case.
        curvature: Constant sectional curvature K in 1/length²; 0 for Euclidean space.
    """

    @property
    def name(self) -> str:
        """Name of the space."""
        ...

    @property
    def curvature(self) -> float:
        """Sectional curvature K."""
        ...

    def distance(self, x: Shaped[np.ndarray, "n d"], y: Shaped[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Distance of each row of x to the same row of y, in float64."""
        ...

    def pairwise(self, x: Shaped[np.ndarray, "n d"], y: Shaped[np.ndarray, "m d"]) -> Float[np.ndarray, "n m"]:
        """All distances between rows of x and rows of y, in float64."""
        ...
