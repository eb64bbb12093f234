"""Say what a step will take before it takes it."""

import psutil

from gromov.core.errors import MemoryEstimateError


def require_memory(needed: int, *, step: str, remedy: str) -> None:
    """Raise MemoryEstimateError when `needed` bytes exceed what the machine has left.

    Args:
        needed: Peak extra memory of the step, in bytes.
        step: The step, as the subject of a sentence ("the distance matrix of 60,000 points").
        remedy: What the user can do ("use --sample 20000").
    """
    available = psutil.virtual_memory().available
    if needed > available:
        raise MemoryEstimateError(f"{step} needs {readable_bytes(needed)}, but {readable_bytes(available)} are free: {remedy}")


def readable_bytes(size: float) -> str:
    """A size in the largest decimal unit that keeps it above 1: 1_500_000 -> '1.5 MB'."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
