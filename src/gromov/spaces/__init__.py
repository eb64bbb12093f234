"""Geometries: how far apart points are, and how to move among them."""

from gromov.spaces.euclidean import EUCLIDEAN, Euclidean

__all__ = ["EUCLIDEAN", "Euclidean"]
