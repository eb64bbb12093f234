"""Blocks by what they do: dense, convolution, normalisation, attention, pooling, tokens, hyperbolic."""
