"""Numbers of a representation while it is trained: update with batches, compute, reset."""

from gromov.integrations.streaming.alignment import Alignment
from gromov.integrations.streaming.metric import State, StreamingMetric
from gromov.integrations.streaming.ranks import EffectiveRank, ParticipationRatio
from gromov.integrations.streaming.sampled import IntrinsicDimension, MeanDelta, RelativeDelta, Uniformity
from gromov.integrations.streaming.torchmetric import as_torchmetric

__all__ = [
    "Alignment",
    "EffectiveRank",
    "IntrinsicDimension",
    "MeanDelta",
    "ParticipationRatio",
    "RelativeDelta",
    "State",
    "StreamingMetric",
    "Uniformity",
    "as_torchmetric",
]
