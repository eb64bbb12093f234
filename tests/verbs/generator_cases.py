"""Clouds and images for the tests of generators, and a short way to ask."""

import base64
import io
import re

import numpy as np

import gromov
from gromov.core import Representation, Source
from gromov.verbs.compare_generator import GeneratorRun

FAST = ["precision_recall", "frechet", "memorisation"]


def groups(seed: int, n: int, of: int = 4, d: int = 6) -> np.ndarray:
    """Points about `of` of four centres."""
    draw = np.random.default_rng(seed)
    centres = 6 * np.eye(4, d)
    return centres[draw.integers(0, of, n)] + draw.standard_normal((n, d))


REAL, FRESH, FEW = groups(0, 200), groups(1, 120), groups(2, 120, of=2)
COPIES = REAL[:120] + 1e-3 * np.random.default_rng(3).standard_normal((120, 6))


def named(**clouds: np.ndarray) -> list[Representation]:
    return [Representation(each, source=Source(name)) for name, each in clouds.items()]


def asked(*clouds: np.ndarray | Representation | str, **options: object) -> GeneratorRun:
    found = gromov.compare(*clouds, task="generator", **{"measures": FAST, "null": 59, **options})  # type: ignore[arg-type]
    assert isinstance(found, GeneratorRun)
    return found


def images(seed: int, n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, size=(n, *shape)).astype(np.uint8)


def pictures(run: GeneratorRun) -> list[np.ndarray]:
    from PIL import Image

    found = re.findall(r'<img src="data:image/png;base64,([^"]+)"', run.to_html())
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))) for each in found]
