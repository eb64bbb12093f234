"""The covariance spectrum that a Gaussian null is drawn with."""

import numpy as np
from jaxtyping import Float

from gromov.core import Representation
from gromov.measures.moments import moments, principal_axes
from gromov.measures.spectral_numbers import population_spectrum

_COVARIANCE_UP_TO = 1_024


def null_variances(representation: Representation, among: Float[np.ndarray, "n n"]) -> Float[np.ndarray, " d"]:
    """Variances along the principal axes; for distances, curved spaces and very many dimensions, those of classical scaling."""
    flat = representation.kind == "points" and representation.space is None
    if flat and representation.points.shape[1] <= _COVARIANCE_UP_TO:
        n, d = representation.points.shape
        # fewer points than dimensions: their singular values spare the d × d covariance
        spectrum = principal_axes(representation).variances if n < d else np.linalg.eigvalsh(moments(representation).covariance)[::-1]
        return population_spectrum(np.maximum(spectrum, 0.0), n, d)
    squared = among**2
    centered = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    spectrum = np.linalg.eigvalsh(-centered / (2 * max(1, len(among) - 1)))[::-1]
    spectrum = spectrum[spectrum > 1e-12 * spectrum[0]]
    return population_spectrum(spectrum, len(among), representation.points.shape[1] if flat else len(spectrum))
