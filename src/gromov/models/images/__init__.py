"""Images as points of a space: the space, the loss, and what is asked of the points."""

from gromov.models.images.clustering import k_means, mutual_information
from gromov.models.images.few_shot import few_shot_accuracy
from gromov.models.images.geometry import SPACES, Geometry, ball_distances
from gromov.models.images.loss import MetricLoss
from gromov.models.images.radius import Levels, blurred, levels_of, ranked_above
from gromov.models.images.retrieval import Retrieval, retrieve

__all__ = [
    "SPACES",
    "Geometry",
    "Levels",
    "MetricLoss",
    "Retrieval",
    "ball_distances",
    "blurred",
    "few_shot_accuracy",
    "k_means",
    "levels_of",
    "mutual_information",
    "ranked_above",
    "retrieve",
]
