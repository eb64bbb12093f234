"""What a run ran on, for whoever wants to repeat it."""

import os
import platform
from importlib import metadata
from pathlib import Path

import psutil

_PACKAGES = ("gromov", "numpy", "scipy", "numba", "scikit-learn", "faiss-cpu", "POT", "torch")


def environment() -> dict[str, object]:
    """Versions of Python and the numerical packages, processor, cores, memory. Nothing personal: no user, host or path."""
    packages: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = None
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "packages": packages,
    }


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
