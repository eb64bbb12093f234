"""The ground floor: representations in, results and figures out, and how a run is run."""

from gromov.core.claim import Claim, Verdict
from gromov.core.comparison import Comparison, Null, Traits
from gromov.core.devices import Device, resolve_device
from gromov.core.environment import environment
from gromov.core.errors import (
    CostWarning,
    DataWarning,
    GromovError,
    GromovWarning,
    InputError,
    MemoryEstimateError,
    MissingDependencyError,
    NotHereError,
    NumericalWarning,
    PluginError,
    RunFolderError,
    UnsuitableError,
)
from gromov.core.estimate import Estimate
from gromov.core.executor import SERIAL, Executor, cpu_seconds, pinned
from gromov.core.figure import Axis, Bars, Caption, Curve, Disk, Figure, Layer, Matrix, Points, Rule, Table, histogram
from gromov.core.finding import About, Finding, Tone
from gromov.core.memory import readable_bytes, require_memory
from gromov.core.progress import Progress, Silent, terminal_progress
from gromov.core.representation import MIN_POINTS, Distances, Graph, Kind, PointsLike, Representation, Source, as_array, as_representation
from gromov.core.result import Result, field_meanings, readable
from gromov.core.seeds import generator
from gromov.core.serial import Arrays, Tree, decode, encode
from gromov.core.space import Space

__all__ = [
    "MIN_POINTS",
    "SERIAL",
    "About",
    "Arrays",
    "Axis",
    "Bars",
    "Caption",
    "Claim",
    "Comparison",
    "CostWarning",
    "Curve",
    "DataWarning",
    "Device",
    "Disk",
    "Distances",
    "Estimate",
    "Executor",
    "Figure",
    "Finding",
    "Graph",
    "GromovError",
    "GromovWarning",
    "InputError",
    "Kind",
    "Layer",
    "Matrix",
    "MemoryEstimateError",
    "MissingDependencyError",
    "NotHereError",
    "Null",
    "NumericalWarning",
    "PluginError",
    "Points",
    "PointsLike",
    "Progress",
    "Representation",
    "Result",
    "Rule",
    "RunFolderError",
    "Silent",
    "Source",
    "Space",
    "Table",
    "Tone",
    "Traits",
    "Tree",
    "UnsuitableError",
    "Verdict",
    "as_array",
    "as_representation",
    "cpu_seconds",
    "decode",
    "encode",
    "environment",
    "field_meanings",
    "generator",
    "histogram",
    "pinned",
    "readable",
    "readable_bytes",
    "require_memory",
    "resolve_device",
    "terminal_progress",
]
