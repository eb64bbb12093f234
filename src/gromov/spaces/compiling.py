"""Compiled functions that go on uncompiled where there is no compiler."""

import warnings
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

import torch
from torch._dynamo.exc import FailOnRecompileLimitHit

from gromov.core import CostWarning

P = ParamSpec("P")
R = TypeVar("R")


class Compiled(Generic[P, R]):
    """A function, compiled by `torch.compile` when it is first called, once for each kind of argument.

    Compilation comes before the first element is computed, so where it fails the arguments are untouched, and the function itself is called
    instead: then and from then on.

    Warns:
        CostWarning: once, when compilation fails.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self.plain = function
        self.fast: Callable[P, R] | None = None
        self.works = True

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's value."""
        if self.works:
            try:
                if self.fast is None:
                    self.fast = torch.compile(self.plain, fullgraph=True)
                return self.fast(*args, **kwargs)
            except (RuntimeError, ImportError, OSError, FailOnRecompileLimitHit) as error:
                # what the function itself raises, it raises again below
                value = self.plain(*args, **kwargs)
                self.works = False
                reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
                warnings.warn(f"optimiser steps run uncompiled, and slower: torch.compile failed ({reason})", CostWarning, stacklevel=2)
                return value
        return self.plain(*args, **kwargs)
