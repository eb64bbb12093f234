"""Where training runs: accelerate's view of the device, of the processes and of the precision."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

if TYPE_CHECKING:
    from accelerate import Accelerator

Placed = TypeVar("Placed", Tensor, nn.Module)


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """The device, the processes and the precision of one fit.

    Attributes:
        accelerator: Accelerate's.
        device: `cpu` or `cuda`.
        rounds: Whether products are rounded to bfloat16.
    """

    accelerator: "Accelerator"
    device: str
    rounds: bool

    @classmethod
    def of(cls, device: str, precision: str) -> "Machine":
        """The machine of a device."""
        from accelerate import Accelerator

        accelerator = Accelerator(cpu=device == "cpu", step_scheduler_with_optimizer=False)
        return cls(accelerator, device, precision == "bf16")

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes."""
        return bool(self.accelerator.is_main_process)

    def prepare(self, model: nn.Module, optimizer: Optimizer, *, compiled: bool) -> tuple[nn.Module, Optimizer]:
        """The model and the optimiser as the loop calls them; compiled, and wrapped where there are several processes."""
        runs = cast(nn.Module, torch.compile(model)) if compiled else model
        if self.accelerator.num_processes > 1:
            runs = cast(nn.Module, self.accelerator.prepare_model(runs))
        return runs, optimizer

    def share(self, indices: np.ndarray) -> np.ndarray:
        """The part of a batch that this process works on."""
        count = self.accelerator.num_processes
        return indices if count == 1 else np.array_split(indices, count)[self.accelerator.process_index]

    def placed(self, what: Placed) -> Placed:
        """A tensor or a module on the device; images and the kernels that see them with their channels last, which is quicker."""
        found = what.to(self.accelerator.device if self.accelerator.num_processes > 1 else self.device)
        if isinstance(found, nn.Module):
            for parameter in found.parameters():
                if parameter.ndim == 4:
                    parameter.data = parameter.data.to(memory_format=torch.channels_last)
            return found
        return found.to(memory_format=torch.channels_last) if found.ndim == 4 and found.is_floating_point() else found

    def rounded(self) -> AbstractContextManager[object]:
        """Products rounded to bfloat16, where that was asked for.

        Accelerate keeps one precision for the whole life of a process; two fits in one process may each have their own.
        """
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.rounds)

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss."""
        self.accelerator.backward(loss)
