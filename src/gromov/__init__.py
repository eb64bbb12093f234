"""gromov measures the geometry of learned representations and puts it to work.

Names are imported when they are first used, so that `import gromov` costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.core import Distances, Estimate, Graph, GromovError, InputError, Representation
    from gromov.data import datasets, load
    from gromov.measures import (
        classes,
        curvature,
        dimension,
        geometry_score,
        heat_trace,
        hyperbolicity,
        incoherence,
        layout,
        neighborhood,
        persistence,
        smooth_delta,
        spectrum,
    )
    from gromov.measures.comparisons import (
        cka,
        frechet,
        gromov_wasserstein,
        imd,
        kid,
        memorisation,
        neighbor_overlap,
        precision_recall,
        procrustes,
        sliced_wasserstein,
        topology_divergence,
    )
    from gromov.report.picture import Picture
    from gromov.report.plot import plot
    from gromov.verbs import ComparisonRun, Measurement, RunsCompared, Trend, compare, compare_runs, measure, trend
    from gromov.verbs.classify import fit_classify
    from gromov.verbs.classify_record import ClassifyRun
    from gromov.verbs.fit import fit_hierarchy
    from gromov.verbs.fit_record import FitRun
    from gromov.verbs.fit_words import fit_words
    from gromov.verbs.images import fit_images
    from gromov.verbs.images_record import ImagesRun
    from gromov.verbs.layers import measure_layers
    from gromov.verbs.layers_record import LayerTrend
    from gromov.verbs.predict import Prediction, predict
    from gromov.verbs.predict_images import EmbeddedImages, embed_images

__all__ = [
    "ClassifyRun",
    "ComparisonRun",
    "Distances",
    "EmbeddedImages",
    "Estimate",
    "FitRun",
    "Graph",
    "GromovError",
    "ImagesRun",
    "InputError",
    "LayerTrend",
    "Measurement",
    "Picture",
    "Prediction",
    "Representation",
    "RunsCompared",
    "Trend",
    "cka",
    "classes",
    "compare",
    "compare_runs",
    "curvature",
    "datasets",
    "dimension",
    "embed_images",
    "fit_classify",
    "fit_hierarchy",
    "fit_images",
    "fit_words",
    "frechet",
    "geometry_score",
    "gromov_wasserstein",
    "heat_trace",
    "hyperbolicity",
    "imd",
    "incoherence",
    "kid",
    "layout",
    "load",
    "measure",
    "measure_layers",
    "memorisation",
    "neighbor_overlap",
    "neighborhood",
    "persistence",
    "plot",
    "precision_recall",
    "predict",
    "procrustes",
    "sliced_wasserstein",
    "smooth_delta",
    "spectrum",
    "topology_divergence",
    "trend",
]

_HOMES = {
    "gromov.core": ("Distances", "Estimate", "Graph", "GromovError", "InputError", "Representation"),
    "gromov.data": ("datasets", "load"),
    "gromov.measures": (
        "classes",
        "curvature",
        "dimension",
        "geometry_score",
        "heat_trace",
        "hyperbolicity",
        "incoherence",
        "layout",
        "neighborhood",
        "persistence",
        "smooth_delta",
        "spectrum",
    ),
    "gromov.report.picture": ("Picture",),
    "gromov.report.plot": ("plot",),
    "gromov.measures.comparisons": (
        "cka",
        "frechet",
        "gromov_wasserstein",
        "imd",
        "kid",
        "memorisation",
        "neighbor_overlap",
        "precision_recall",
        "procrustes",
        "sliced_wasserstein",
        "topology_divergence",
    ),
    "gromov.verbs.classify": ("fit_classify",),
    "gromov.verbs.classify_record": ("ClassifyRun",),
    "gromov.verbs.fit": ("fit_hierarchy",),
    "gromov.verbs.images": ("fit_images",),
    "gromov.verbs.images_record": ("ImagesRun",),
    "gromov.verbs.fit_words": ("fit_words",),
    "gromov.verbs.layers": ("measure_layers",),
    "gromov.verbs.layers_record": ("LayerTrend",),
    "gromov.verbs.predict": ("Prediction", "predict"),
    "gromov.verbs.predict_images": ("EmbeddedImages", "embed_images"),
    "gromov.verbs.fit_record": ("FitRun",),
    "gromov.verbs": ("ComparisonRun", "RunsCompared", "compare", "compare_runs", "Measurement", "Trend", "measure", "trend"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'gromov' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
