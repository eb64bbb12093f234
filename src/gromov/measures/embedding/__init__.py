"""Embeddings in spaces of constant curvature, and how well they predict distances they have not seen."""

from gromov.measures.embedding.comparison import (
    Contest,
    curvature_without,
    fit_curvature,
    fit_for_drawing,
    mean_over_pairs,
    run_contest,
    worth_in_dimensions,
)
from gromov.measures.embedding.fitting import Embedding, embed, refine
from gromov.measures.embedding.quality import average_precision, distortion, nearest_mask
from gromov.measures.embedding.shapes import Factor, Shape, shape
from gromov.measures.embedding.split import Split, split_pairs

__all__ = [
    "Contest",
    "Embedding",
    "Factor",
    "Shape",
    "Split",
    "average_precision",
    "curvature_without",
    "distortion",
    "embed",
    "fit_curvature",
    "fit_for_drawing",
    "mean_over_pairs",
    "nearest_mask",
    "refine",
    "run_contest",
    "shape",
    "split_pairs",
    "worth_in_dimensions",
]
