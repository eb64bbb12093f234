"""The blocks that come with gromov, and where each is."""

_HOMES = {
    "gromov.nn.composition": ("Composition",),
    "gromov.nn.blocks.dense": ("Dense",),
    "gromov.nn.blocks.tensor_dense": ("TensorTrainDense", "TuckerDense", "CanonicalDense", "LowRankDense"),
    "gromov.nn.blocks.convolution": ("Convolution",),
    "gromov.nn.blocks.pointwise": ("Pointwise", "Dropout"),
    "gromov.nn.blocks.normalisation": ("BatchNorm", "LayerNorm", "GroupNorm", "RMSNorm", "UnitLength"),
    "gromov.nn.blocks.attention": ("Attention",),
    "gromov.nn.blocks.pooling": ("MaxPool", "AveragePool", "GlobalAveragePool", "TokenPool"),
    "gromov.nn.blocks.residual": ("Residual", "Subsample"),
    "gromov.nn.blocks.reshaping": ("Flatten", "Reshape"),
    "gromov.nn.blocks.standardise": ("Standardise",),
    "gromov.nn.blocks.tokens": ("Patchify", "TokenEmbedding", "PositionEmbedding", "ClassToken"),
    "gromov.nn.blocks.hyperbolic": ("IntoBall", "OutOfBall", "MoebiusDense", "BallLogits", "HyperbolicLogits", "HyperbolicAttention"),
}

BLOCKS = {name: home for home, names in _HOMES.items() for name in names}
"""Module of each block by its name."""
