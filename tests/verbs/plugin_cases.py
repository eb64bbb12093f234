"""An instrument as small as one can be, and packages that offer it, for the tests of plug-ins."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

POINTS = np.random.default_rng(0).normal(size=(60, 3))

# For the tests to break in one place at a time.
CODE = '''
from dataclasses import dataclass
import numpy as np
from gromov.core import About, Estimate, Executor, Result, SERIAL, UnsuitableError, as_representation

@dataclass(frozen=True, slots=True, eq=False)
class Width(Result):
    """How wide.

    Attributes:
        width: Largest difference of two coordinates.
        mean: Mean coordinate.
    """

    width: float
    mean: Estimate

    @classmethod
    def about(cls):
        return About("Width", "How wide is it?", "Largest less smallest.", ("A reference long enough to find it.",))

    def summary(self):
        return f"It is {self.width} wide."

def width(points, *, seed: int = 0, executor: Executor = SERIAL) -> Width:
    """Largest less smallest coordinate."""
    x = as_representation(points).points
    low, high = executor.map(extreme, (-1.0, 1.0), x)
    mean = Estimate.normal(float(x.mean()), float(x.std() / x.size**.5), n=x.size, seed=None, method="mean")
    return Width(high + low, mean)

def extreme(sign, x):
    return float((sign * x).max())
'''


def offer(entry_points: str, files: Mapping[str, str] | None = None, *, name: str = "gromov-odd", version: str = "1.0") -> None:
    """Put a distribution on the path, as an installer leaves one."""
    info = Path("packages", f"{name.replace('-', '_')}-{version}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(entry_points)
    for file, text in (files or {}).items():
        Path("packages", file).write_text(text, encoding="utf-8")


def group(*lines: str) -> str:
    return "[gromov.instruments]\n" + "\n".join(lines) + "\n"


def forget(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Let the next import of a module read its file, as a new process would."""
    monkeypatch.delitem(sys.modules, module, raising=False)


def broken(old: str, new: str) -> str:
    assert CODE.count(old) >= 1, old
    return CODE.replace(old, new)
