"""The verbs: load, run, write, report."""

from gromov.verbs.catalogue import INSTRUMENTS
from gromov.verbs.compare import compare
from gromov.verbs.compare_pairs import Pair, holm
from gromov.verbs.compare_record import ComparisonRun
from gromov.verbs.compare_runs import RunsCompared, compare_runs
from gromov.verbs.comparisons import COMPARISONS
from gromov.verbs.contract import check_answer, check_comparison, check_instrument, check_refusals, check_result
from gromov.verbs.gates import gate_holds, parse_gate
from gromov.verbs.measure import measure
from gromov.verbs.measurement import Measurement
from gromov.verbs.trend import trend
from gromov.verbs.trend_record import Trend
from gromov.verbs.trend_series import ChangeTest, Series

__all__ = [
    "COMPARISONS",
    "INSTRUMENTS",
    "ChangeTest",
    "ComparisonRun",
    "Measurement",
    "Pair",
    "RunsCompared",
    "Series",
    "Trend",
    "check_answer",
    "check_comparison",
    "check_instrument",
    "check_refusals",
    "check_result",
    "compare",
    "compare_runs",
    "gate_holds",
    "holm",
    "measure",
    "parse_gate",
    "trend",
]
