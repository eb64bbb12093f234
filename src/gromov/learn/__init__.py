"""Empirical risk minimisation: a problem, its fit, a sweep of fits.

The names are imported when they are first used, torch with them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.learn.evaluating import evaluate, outputs_of
    from gromov.learn.fitted import Fit
    from gromov.learn.fitting import Logger, NonFiniteLossError, fit
    from gromov.learn.losses import (
        LOSSES,
        cross_entropy,
        euclidean_distances,
        focal,
        hyperplane,
        pairwise_contrastive,
        squared,
        supervised_contrastive,
        triplet,
    )
    from gromov.learn.machine import Machine
    from gromov.learn.metrics import accuracy, calibration_error, mean_squared_error, negative_log_likelihood
    from gromov.learn.problem import Problem
    from gromov.learn.samples import Data, DatasetSamples, Order, Samples, TensorSamples, balanced_batches, batches, split
    from gromov.learn.schedules import SCHEDULES, schedule
    from gromov.learn.sweeping import Trial, sweep
    from gromov.learn.training import Training

_HOMES = {
    "evaluating": ("evaluate", "outputs_of"),
    "fitted": ("Fit",),
    "fitting": ("Logger", "NonFiniteLossError", "fit"),
    "losses": (
        "LOSSES",
        "cross_entropy",
        "euclidean_distances",
        "focal",
        "hyperplane",
        "pairwise_contrastive",
        "squared",
        "supervised_contrastive",
        "triplet",
    ),
    "machine": ("Machine",),
    "metrics": ("accuracy", "calibration_error", "mean_squared_error", "negative_log_likelihood"),
    "problem": ("Problem",),
    "samples": ("Data", "DatasetSamples", "Order", "Samples", "TensorSamples", "balanced_batches", "batches", "split"),
    "schedules": ("SCHEDULES", "schedule"),
    "sweeping": ("Trial", "sweep"),
    "training": ("Training",),
}

__all__ = [
    "LOSSES",
    "SCHEDULES",
    "Data",
    "DatasetSamples",
    "Fit",
    "Logger",
    "Machine",
    "NonFiniteLossError",
    "Order",
    "Problem",
    "Samples",
    "TensorSamples",
    "Training",
    "Trial",
    "accuracy",
    "balanced_batches",
    "batches",
    "calibration_error",
    "cross_entropy",
    "euclidean_distances",
    "evaluate",
    "fit",
    "focal",
    "hyperplane",
    "mean_squared_error",
    "negative_log_likelihood",
    "outputs_of",
    "pairwise_contrastive",
    "schedule",
    "split",
    "squared",
    "supervised_contrastive",
    "sweep",
    "triplet",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"gromov.learn.{home}"), name)
    raise AttributeError(f"module 'gromov.learn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
