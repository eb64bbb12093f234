"""Images that are decoded when they are needed: sets that do not fit into memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from gromov.data.image_sets import decode_images


@dataclass(frozen=True, slots=True, eq=False)
class FileImages:
    """Samples on disk.

    Attributes:
        files: The images.
        targets: The place of each one's class.
        shape: Channels, height and width they are brought to.
        inverted: Whether ink is dark on light paper.
    """

    files: Sequence[Path]
    targets: Integer[np.ndarray, " n"]
    shape: tuple[int, ...]
    inverted: bool = False

    def __len__(self) -> int:
        return len(self.files)

    def batch(self, indices: Integer[np.ndarray, " b"]) -> tuple[Tensor, Tensor]:
        """Images as numbers between 0 and 1, and their classes."""
        chosen = [self.files[int(i)] for i in indices]
        pixels = decode_images(chosen, (self.shape[1], self.shape[2]), colours=self.shape[0], inverted=self.inverted)
        return torch.from_numpy(pixels).float().div_(255), torch.from_numpy(self.targets[indices])

    def part(self, indices: Integer[np.ndarray, " b"]) -> "FileImages":
        """Some of the images."""
        return FileImages([self.files[int(i)] for i in indices], self.targets[indices], self.shape, self.inverted)
