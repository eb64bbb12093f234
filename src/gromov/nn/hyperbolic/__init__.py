"""Hyperbolic layers as torch modules; the formulas are in `gromov.spaces`."""
