"""Weights drawn from a named stream, with torch's own generator left as it was."""

from collections.abc import Generator
from contextlib import contextmanager

import torch

from gromov.core import InputError, generator


@contextmanager
def seeded(seed: int, path: str, device: str) -> Generator[None]:
    """Modules made inside draw from the stream `path` of `seed`, on `device`; afterwards torch draws as if nothing had been.

    Raises:
        InputError: the seed is negative.
    """
    if seed < 0:
        raise InputError(f"seed is {seed}; it must be a whole number, 0 or more")
    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.default_generator.manual_seed(int(generator(seed, "network", path).integers(2**63)))
        yield
