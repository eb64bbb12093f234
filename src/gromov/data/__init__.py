"""Data in: files, named sets and users' own functions, all to representations."""

from gromov.data.activations import Activations, activations
from gromov.data.contents import As
from gromov.data.fetching import fetch, paths, verify
from gromov.data.load import load
from gromov.data.memory import Beside
from gromov.data.normalize import Normalize
from gromov.data.registry import Dataset, Download, Parameter, datasets, find

__all__ = [
    "Activations",
    "As",
    "Beside",
    "Dataset",
    "Download",
    "Normalize",
    "Parameter",
    "activations",
    "datasets",
    "fetch",
    "find",
    "load",
    "paths",
    "verify",
]
