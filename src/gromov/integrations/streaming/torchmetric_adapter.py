"""The adapter itself; importing it imports torchmetrics."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torchmetrics import Metric  # pyright: ignore[reportMissingImports]  # optional
from torchmetrics.utilities.distributed import gather_all_tensors  # pyright: ignore[reportMissingImports]

from gromov.core import MIN_POINTS, Estimate
from gromov.integrations.streaming.batches import Batch
from gromov.integrations.streaming.gathering import pack, unpack
from gromov.integrations.streaming.metric import StreamingMetric


class TorchMetric(Metric):  # pyright: ignore[reportUntypedBaseClass]
    """A streaming metric that torchmetrics can reset, synchronise and collect.

    No state is declared to torchmetrics, because a collection takes metrics of equal declared states for one. When torchmetrics
    synchronises, the metric's own state travels as the bytes of its arrays, by the same function that would have gathered tensors.
    """

    is_differentiable = False
    full_state_update = False

    def __init__(self, metric: StreamingMetric) -> None:
        super().__init__()
        self.metric = metric
        self._parts: list[torch.Tensor] = []

    def update(self, *batch: Batch) -> None:
        """Count a batch, as the metric itself does."""
        self.metric.update(*batch)  # pyright: ignore[reportAttributeAccessIssue]  # each kind names its own arguments

    def forward(self, *batch: Batch) -> torch.Tensor:
        """Count a batch and return the number of this batch alone; NaN where it is too small for one."""
        self.update(*batch)
        alone = self.metric.fresh()
        alone.update(*batch)  # pyright: ignore[reportAttributeAccessIssue]
        return self._tensor(alone.compute().value if alone.rows_seen >= MIN_POINTS else float("nan"))

    def compute(self) -> torch.Tensor:
        """The number, over all processes where torchmetrics has synchronised them."""
        return self._tensor(self.estimate().value)

    def estimate(self) -> Estimate:
        """The number with its error."""
        if not self._is_synced:
            return self.metric.compute()
        whole = self.metric.fresh()
        for part in self._parts:
            whole.merge_state(unpack(part.cpu().numpy().tobytes()))
        return whole.compute()

    def reset(self) -> None:
        """Forget every batch."""
        super().reset()
        self.metric.reset()

    def sync(self, dist_sync_fn: Callable[..., Any] | None = None, process_group: Any | None = None, **options: Any) -> None:
        """Gather the states of all processes, where there are several."""
        super().sync(dist_sync_fn, process_group, **options)
        if self._is_synced:
            mine = torch.from_numpy(np.frombuffer(pack(self.metric.state()), dtype=np.uint8).copy()).to(self.device)
            self._parts = (dist_sync_fn or gather_all_tensors)(mine, group=process_group or self.process_group)

    def unsync(self, should_unsync: bool = True) -> None:
        """Go back to this process alone."""
        super().unsync(should_unsync)
        if not self._is_synced:
            self._parts = []

    def _tensor(self, value: float) -> torch.Tensor:
        return torch.tensor(value, device=self.device)
