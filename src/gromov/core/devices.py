"""Where the arrays live: CPU or a CUDA GPU."""

from pathlib import Path
from typing import Literal

from gromov.core.errors import InputError

Device = Literal["auto", "cpu", "cuda"]


def resolve_device(device: Device) -> Literal["cpu", "cuda"]:
    """The device to use: `auto` is CUDA where torch finds a GPU, else the CPU.

    torch is imported only where a GPU could be (an NVIDIA driver is loaded) or was asked for.

    Raises:
        InputError: `cuda` was asked for and there is none.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"device is {device!r}; it must be auto, cpu or cuda")
    if device == "cpu" or (device == "auto" and not Path("/proc/driver/nvidia").exists()):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise InputError("device cuda was asked for, but torch finds no CUDA GPU here: use --device cpu")
    return "cpu"


def multiplies_bfloat16() -> bool:
    """Whether the processor has units for products of bfloat16 matrices (AMX), as Linux tells."""
    path = Path("/proc/cpuinfo")
    return path.is_file() and "amx_bf16" in path.read_text()
