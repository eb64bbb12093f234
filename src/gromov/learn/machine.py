"""Where training runs: accelerate's view of the device, of the processes and of the precision."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
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

    What begins with *together* is a meeting of all processes of a launch: each of them must call it, and in one process it changes nothing.

    Attributes:
        accelerator: Accelerate's.
        device: `cpu` or `cuda`.
        rounds: Whether products are rounded to bfloat16.
        processes: Number of processes of the launch; 1 where there was none.
        process: Number of this process, from 0.
    """

    accelerator: "Accelerator"
    device: str
    rounds: bool
    processes: int = 1
    process: int = 0

    @classmethod
    def of(cls, device: str, precision: str) -> "Machine":
        """The machine of a device."""
        from accelerate import Accelerator

        accelerator = Accelerator(cpu=device == "cpu", step_scheduler_with_optimizer=False)
        return cls(accelerator, device, precision == "bf16", int(accelerator.num_processes), int(accelerator.process_index))

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes and tells."""
        return self.process == 0

    def prepare(self, model: nn.Module, optimizer: Optimizer, *, compiled: bool) -> tuple[nn.Module, Optimizer]:
        """The model and the optimiser as the loop calls them; compiled, and wrapped where there are several processes."""
        runs = cast(nn.Module, torch.compile(model)) if compiled else model
        if self.processes > 1:
            runs = cast(nn.Module, self.accelerator.prepare_model(runs))
        return runs, optimizer

    def share(self, indices: np.ndarray) -> tuple[np.ndarray, float]:
        """The part of a batch that this process works on, and how many times its mean counts in the mean over processes.

        Shares of b samples differ by one at most, and Σ weightₚ·meanₚ/P is the mean over the batch for all P processes together. A process for which nothing is left
        takes the first sample with weight 0, since every process must take part in every step.
        """
        if self.processes == 1:
            return indices, 1.0
        part = np.array_split(indices, self.processes)[self.process]
        return (part, len(part) * self.processes / len(indices)) if len(part) else (indices[:1], 0.0)

    def placed(self, what: Placed) -> Placed:
        """A tensor or a module on the device; images and the kernels that see them with their channels last, which is quicker."""
        found = what.to(self.accelerator.device if self.processes > 1 else self.device)
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
        return torch.autocast(self.device, dtype=torch.bfloat16) if self.rounds else nullcontext()

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss."""
        if self.processes == 1:
            loss.backward()  # accelerate's would divide by one first
        else:
            self.accelerator.backward(loss)

    # ---- meetings of all processes

    def together_mean(self, parameters: Iterable[nn.Parameter]) -> None:
        """The gradients of these parameters replaced by their mean over the processes; a model that was prepared has seen to its own."""
        if self.processes > 1:
            for parameter in parameters:
                if parameter.grad is not None:
                    parameter.grad.copy_(cast(Tensor, self.accelerator.reduce(parameter.grad, reduction="mean")))

    def together_sum(self, values: Tensor) -> Tensor:
        """The sum over the processes, on the CPU."""
        if self.processes == 1:
            return values.cpu()
        return cast(Tensor, self.accelerator.reduce(values.to(self.accelerator.device), reduction="sum")).cpu()

    def together_joined(self, values: Tensor, lengths: list[int]) -> Tensor:
        """The rows of all processes, one process after the other, on the CPU; `lengths` says how many each has."""
        most = max(lengths)
        padded = values.new_zeros((most, *values.shape[1:]))
        padded[: len(values)] = values
        found = cast(Tensor, self.accelerator.gather(padded.to(self.accelerator.device))).cpu()
        return torch.cat([found[place * most : place * most + length] for place, length in enumerate(lengths)])

    def together_as_main(self, tensors: Iterable[Tensor]) -> None:
        """Each tensor overwritten by the main process's."""
        if self.processes > 1:
            from accelerate.utils import broadcast

            for tensor in tensors:
                tensor.copy_(cast(Tensor, broadcast(tensor.clone())))
