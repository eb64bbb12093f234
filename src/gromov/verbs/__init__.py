"""The verbs: load, run, write, report."""

from gromov.verbs.catalogue import INSTRUMENTS
from gromov.verbs.gates import gate_holds, parse_gate
from gromov.verbs.measure import measure
from gromov.verbs.measurement import Measurement

__all__ = ["INSTRUMENTS", "Measurement", "gate_holds", "measure", "parse_gate"]
