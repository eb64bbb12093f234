"""Data in: files, named sets and users' own functions, all to representations."""

from gromov.data.contents import As
from gromov.data.load import load
from gromov.data.normalize import Normalize
from gromov.data.registry import Dataset, Parameter, datasets, find

__all__ = ["As", "Dataset", "Normalize", "Parameter", "datasets", "find", "load"]
