"""The options of `fit images`, and what of them cannot be used."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import cast

from gromov.core import InputError, Tree
from gromov.models.images import SPACES

EXPORTS = ("onnx",)
EPOCHS = 10


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """All that the numbers of a run depend on, but for the images; see `fit_images`."""

    space: str = "hyperbolic"
    backbone: str = "conv4"
    weights: str | None = None
    finetune: bool = False
    width: int | None = None
    dim: int = 128
    curvature: str | float = "auto"
    clip: float = 2.3
    temperature: float | None = None
    steps: int = 1000
    batch: int = 128
    per_class: int = 4
    rate: float = 0.003
    seeds: int = 1
    labels: str | None = None
    superclass: str | None = None
    image_shape: str | None = None
    size: int | None = None
    sample: int | None = None
    test_classes: tuple[str, ...] | None = None
    test_share: float = 0.5
    validation: float = 0.2
    foreign: str | None = None
    one_shot: str | None = None
    episodes: int = 10_000
    augment: bool = True
    controls: bool = True
    export: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what nothing can be done with.

        Raises:
            InputError: with the option, what it is and what it must be.
        """
        if self.space not in SPACES:
            raise InputError(f"--space is {self.space!r}; it must be one of {', '.join(SPACES)}")
        for name, least in (
            ("dim", 2),
            ("steps", EPOCHS),
            ("per_class", 2),
            ("batch", 4),
            ("seeds", 1),
            ("episodes", 2),
            ("size", 4),
            ("sample", 8),
        ):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"--{name.replace('_', '-')} is {value}; it must be {least} or more")
        if self.batch // self.per_class < 2:
            raise InputError(
                f"--batch {self.batch} with --per-class {self.per_class} leaves one class in a batch, and pairs need others: two classes are the least"
            )
        for name in ("clip", "rate", "temperature"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InputError(f"--{name} is {value:g}; it must be a positive number")
        for name in ("test_share", "validation"):
            value = getattr(self, name)
            if not 0 < value < 1:
                raise InputError(f"--{name.replace('_', '-')} is {value:g}; it must be between 0 and 1")
        self._check_words()

    def _check_words(self) -> None:
        if isinstance(self.curvature, str):
            if self.curvature not in ("auto", "learned"):
                raise InputError(f"--curvature is {self.curvature!r}; it must be auto, learned or a number below 0")
        elif not (self.curvature < 0 and math.isfinite(self.curvature)):
            raise InputError(f"--curvature is {self.curvature:g}; hyperbolic space has K < 0 in 1/length²")
        for each in self.export:
            if each not in EXPORTS:
                raise InputError(f"--export is {each!r}; it must be {', '.join(EXPORTS)}; points are in index.npz anyway")

    def config(self) -> Tree:
        """As result.json holds them."""
        return {key: list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


DEFAULTS: Mapping[str, object] = {each.name: list[str]() if each.default == () else each.default for each in fields(ImageOptions)}
"""The options as they are if nothing is said."""


def curvature_of(text: str) -> str | float:
    """A curvature as it is typed: auto, learned or a number."""
    try:
        return float(text)
    except ValueError:
        return text
