"""A streaming metric as one of torchmetrics, for those whose training loop speaks it."""

from typing import TYPE_CHECKING

from gromov.core import InputError, MissingDependencyError
from gromov.integrations.streaming.metric import StreamingMetric

if TYPE_CHECKING:
    from gromov.integrations.streaming.torchmetric_adapter import TorchMetric


def as_torchmetric(metric: StreamingMetric) -> "TorchMetric":
    """The metric behind the interface of `torchmetrics.Metric`: for `MetricCollection`, Lightning's `log`, and their distributed synchronisation.

    `compute` gives a tensor of one number; `adapter.estimate()` gives the number with its error. What `metric` has seen so far counts.

    Raises:
        MissingDependencyError: torchmetrics is not installed.
        InputError: not a streaming metric.
    """
    if not isinstance(metric, StreamingMetric):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"as_torchmetric takes a streaming metric, as EffectiveRank(); got a {type(metric).__name__}")
    try:
        from gromov.integrations.streaming.torchmetric_adapter import TorchMetric
    except ImportError as error:
        raise MissingDependencyError("as_torchmetric() needs torchmetrics: pip install 'gromov[torchmetrics]'") from error
    return TorchMetric(metric)
