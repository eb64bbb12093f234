"""What frequency alone explains: log X_ij ≈ aᵢ + bⱼ, by weighted least squares."""

import numpy as np
from jaxtyping import Float, Float32

TURNS = 20


def weights_of(counts: Float32[np.ndarray, "..."], most: float, power: float = 0.75) -> Float32[np.ndarray, "..."]:
    """GloVe's weight of a cell, f(X) = min(1, (X/most)^power); 0 where X is 0."""
    return np.minimum(1, (counts / np.float32(most)) ** np.float32(power), dtype=np.float32)


def fit_biases(counts: Float32[np.ndarray, "v v"], most: float) -> Float[np.ndarray, " v"]:
    """a = b of the symmetric X, by alternating means: aᵢ ← Σⱼ fᵢⱼ(log Xᵢⱼ − bⱼ)/Σⱼ fᵢⱼ, averaged with b in every turn.

    Cost: 20 passes over the cells that are not 0.
    """
    from scipy.sparse import csr_array

    kept = csr_array(counts)
    logs = np.log(kept.data)
    weights = csr_array((weights_of(kept.data, most).astype(np.float64), kept.indices, kept.indptr), shape=kept.shape)
    mass = np.maximum(weights.sum(axis=1), 1e-300)
    wanted = csr_array((weights.data * logs, kept.indices, kept.indptr), shape=kept.shape).sum(axis=1)
    a = np.zeros(len(counts))
    for _ in range(TURNS):
        a = (a + (wanted - weights @ a) / mass) / 2
    return a
