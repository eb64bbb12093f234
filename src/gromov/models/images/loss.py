"""The loss of metric learning, with the space as a part that can be learnt."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gromov.learn import supervised_contrastive
from gromov.models.images.geometry import Geometry


class MetricLoss(nn.Module):
    """Cross-entropy over pairs: −log softmax over a ≠ i of −d(i, a)/τ, averaged over the other images of i's class in the batch.

    Args:
        geometry: The space; its curvature is fitted along where it is a parameter.
        temperature: τ, in the unit of the distance.

    References:
        Khosla et al. (2020), Supervised contrastive learning. arXiv:2004.11362; Ermolov et al. (2022), arXiv:2203.10833.
    """

    def __init__(self, geometry: Geometry, temperature: float) -> None:
        super().__init__()
        self.geometry, self.temperature = geometry, temperature

    def forward(self, vectors: Float[Tensor, "b d"], classes: Int[Tensor, " b"]) -> Float[Tensor, ""]:
        """The loss of a batch, in float32."""
        with torch.autocast(vectors.device.type, enabled=False):  # distances of near points would be lost in half precision
            points = self.geometry(vectors.float())
            return supervised_contrastive(points, classes, temperature=self.temperature, distances=self.geometry.distances)
