"""The pace of training: the share of the largest rate at each moment of it."""

import math
from collections.abc import Callable

from gromov.core import InputError

Schedule = Callable[[float], float]
"""The share of the largest rate after a share of the steps, both between 0 and 1."""


def constant(done: float) -> float:
    """1 throughout."""
    del done
    return 1.0


def cosine(done: float) -> float:
    """½(1 + cos πt): slow, fast, slow, down to 0. Loshchilov, Hutter (2017), arXiv:1608.03983."""
    return (1 + math.cos(math.pi * done)) / 2


def linear(done: float) -> float:
    """1 − t."""
    return 1 - done


def one_cycle(done: float, peak: float = 0.3, start: float = 0.04) -> float:
    """From 0.04 up to 1 over the first three tenths, and down to 0, along cosines. Smith, Topin (2018), arXiv:1708.07120."""
    if done < peak:
        return start + (1 - start) * (1 - math.cos(math.pi * done / peak)) / 2
    return (1 + math.cos(math.pi * (done - peak) / (1 - peak))) / 2


SCHEDULES: dict[str, Schedule] = {"constant": constant, "cosine": cosine, "linear": linear, "one-cycle": one_cycle}


def schedule(name: str, warm_up: float = 0.0) -> Schedule:
    """A schedule by name, after a linear rise over the share `warm_up` of the steps.

    Raises:
        InputError: no schedule of that name, or a warm-up that is no share.
    """
    if name not in SCHEDULES:
        raise InputError(f"the schedule is {name!r}; it must be {', '.join(SCHEDULES)}")
    if not 0 <= warm_up < 1:
        raise InputError(f"the warm-up is {warm_up:g}; it is a share of the steps, at least 0 and less than 1")
    of = SCHEDULES[name]
    return lambda done: done / warm_up if done < warm_up else of((done - warm_up) / (1 - warm_up))
