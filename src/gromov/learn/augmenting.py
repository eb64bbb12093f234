"""Images changed at random, in ways that leave what they show: shifts, flips, small turns."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def shifted(images: Float[Tensor, "b c h w"], drawn: torch.Generator, *, most: int = 4, flip: bool = True) -> Float[Tensor, "b c h w"]:
    """Each image moved by up to `most` points each way, its rim mirrored into the gap, and turned left to right half of the time."""
    b, c, h, w = images.shape
    padded = functional.pad(images, (most,) * 4, mode="reflect")
    across, down = (torch.randint(0, 2 * most + 1, (b, 1), generator=drawn) for _ in range(2))
    columns = torch.arange(w).expand(b, w).clone()
    if flip:
        turned = torch.rand(b, generator=drawn) < 0.5
        columns[turned] = columns[turned].flip(1)
    rows, columns = torch.arange(h) + down, columns + across
    places = torch.arange(b)[:, None, None, None], torch.arange(c)[None, :, None, None]
    return padded[places[0], places[1], rows[:, None, :, None], columns[:, None, None, :]]


def turned(
    images: Float[Tensor, "b c h w"], drawn: torch.Generator, *, degrees: float = 10.0, scale: float = 0.1, shift: float = 0.07
) -> Float[Tensor, "b c h w"]:
    """Each image turned by up to `degrees`, stretched by up to `scale` along either axis, and moved by up to `shift` of its size."""
    b = len(images)
    angle = (2 * torch.rand(b, generator=drawn) - 1) * math.radians(degrees)
    stretch = 1 + (2 * torch.rand(b, 2, generator=drawn) - 1) * scale
    moved = (2 * torch.rand(b, 2, generator=drawn) - 1) * 2 * shift
    cosine, sine = angle.cos(), angle.sin()
    across = torch.stack([cosine * stretch[:, 0], -sine * stretch[:, 1], moved[:, 0]], dim=1)
    down = torch.stack([sine * stretch[:, 0], cosine * stretch[:, 1], moved[:, 1]], dim=1)
    grid = functional.affine_grid(torch.stack([across, down], dim=1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)
