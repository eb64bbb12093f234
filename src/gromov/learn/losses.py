"""Losses: the mean over a batch of how wrong an output is.

Those of metric learning take points and classes; the distance may be that of any space.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from gromov.core import InputError

Loss = Callable[[Tensor, Tensor], Tensor]
"""Outputs and targets of a batch to one number."""
PairDistances = Callable[[Float[Tensor, "n d"], Float[Tensor, "m d"]], Float[Tensor, "n m"]]
_FAR = 1e9


def cross_entropy(outputs: Float[Tensor, "b k"], targets: Int[Tensor, " b"], *, smoothing: float = 0.0) -> Float[Tensor, ""]:
    """−log softmax(z)_y in nats; `smoothing` spreads that share of the target over all classes."""
    return functional.cross_entropy(outputs, targets, label_smoothing=smoothing)


def squared(outputs: Float[Tensor, "b ..."], targets: Tensor) -> Float[Tensor, ""]:
    """‖f − y‖² over the numbers of an output; classes are taken as one-hot vectors."""
    if not targets.is_floating_point():
        targets = functional.one_hot(targets, outputs.shape[-1])
    return functional.mse_loss(outputs, targets.to(outputs.dtype).reshape(outputs.shape))


def focal(outputs: Float[Tensor, "b k"], targets: Int[Tensor, " b"], *, gamma: float = 2.0) -> Float[Tensor, ""]:
    """−(1 − p_y)^γ log p_y: what is classified well counts less. Lin et al. (2017), arXiv:1708.02002."""
    log_p = functional.log_softmax(outputs, dim=1).gather(1, targets[:, None])[:, 0]
    return (-((1 - log_p.exp()).clamp_min(0) ** gamma) * log_p).mean()


def euclidean_distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """‖x − y‖ of all pairs, with a derivative where points coincide."""
    square = (x * x).sum(1)[:, None] + (y * y).sum(1) - 2 * x @ y.T
    return square.clamp_min(1e-12).sqrt()


def supervised_contrastive(
    points: Float[Tensor, "b d"], classes: Int[Tensor, " b"], *, temperature: float = 0.1, distances: PairDistances | None = None
) -> Float[Tensor, ""]:
    """Every other sample of the class should be found before all the rest: −log softmax over a ≠ i of s(i, a)/τ, averaged over the class.

    s is the cosine, or −d where distances are given. Samples alone in their class do not count. Khosla et al. (2020), arXiv:2004.11362.

    Raises:
        InputError: no two samples of a class are in the batch.
    """
    unit = functional.normalize(points, dim=1)
    scores = (unit @ unit.T if distances is None else -distances(points, points)) / temperature
    itself = torch.eye(len(points), dtype=torch.bool, device=points.device)
    log_p = functional.log_softmax(scores.masked_fill(itself, -_FAR), dim=1)
    same = (classes[:, None] == classes) & ~itself
    count = same.sum(1)
    if not bool(count.any()):
        raise InputError("no two samples of a class are in the batch: take larger batches, or batches balanced over classes")
    return -((log_p * same).sum(1)[count > 0] / count[count > 0]).mean()


def pairwise_contrastive(
    points: Float[Tensor, "b d"], classes: Int[Tensor, " b"], *, margin: float = 1.0, distances: PairDistances = euclidean_distances
) -> Float[Tensor, ""]:
    """d² for pairs of a class, max(0, margin − d)² for other pairs, the two kinds weighing the same. Hadsell, Chopra, LeCun (2006)."""
    d = distances(points, points)
    upper = torch.ones_like(d, dtype=torch.bool).triu(1)
    same = (classes[:, None] == classes) & upper
    other = upper & ~same
    near = (d * d)[same].mean() if bool(same.any()) else d.sum() * 0
    far = functional.relu(margin - d)[other].square().mean() if bool(other.any()) else d.sum() * 0
    return near + far


def triplet(
    points: Float[Tensor, "b d"], classes: Int[Tensor, " b"], *, margin: float = 0.2, distances: PairDistances = euclidean_distances
) -> Float[Tensor, ""]:
    """max(0, margin + the farthest of the class − the nearest of another), batch-hard. Hermans, Beyer, Leibe (2017), arXiv:1703.07737.

    Raises:
        InputError: no sample of the batch has both one of its class and one of another.
    """
    d = distances(points, points)
    itself = torch.eye(len(points), dtype=torch.bool, device=points.device)
    same = (classes[:, None] == classes) & ~itself
    other = classes[:, None] != classes
    anchors = same.any(1) & other.any(1)
    if not bool(anchors.any()):
        raise InputError("no sample of the batch has both one of its class and one of another: take larger or balanced batches")
    farthest = d.masked_fill(~same, -_FAR).amax(1)
    nearest = d.masked_fill(~other, _FAR).amin(1)
    return functional.relu(margin + farthest - nearest)[anchors].mean()


def hyperplane(outputs: Float[Tensor, "b k"], targets: Int[Tensor, " b"], *, margin: float = 1.0) -> Float[Tensor, ""]:
    """max over other classes of max(0, margin + z_j − z_y), for z the signed distances to a hyperplane of each class. Crammer, Singer (2001)."""
    own = outputs.gather(1, targets[:, None])[:, 0]
    others = outputs.scatter(1, targets[:, None], -_FAR).amax(1)
    return functional.relu(margin + others - own).mean()


LOSSES: dict[str, Loss] = {
    "cross-entropy": cross_entropy,
    "squared": squared,
    "focal": focal,
    "supervised-contrastive": supervised_contrastive,
    "pairwise-contrastive": pairwise_contrastive,
    "triplet": triplet,
    "hyperplane": hyperplane,
}
