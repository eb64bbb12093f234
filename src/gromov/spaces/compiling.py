"""Compiled functions that go on uncompiled where there is no compiler."""

import types
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

    Args:
        function: Any; a function of its own, without variables of an enclosing scope, has a count of compilations of its own.

    Warns:
        CostWarning: once, when compilation fails.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self.plain = function
        self.fast: Callable[P, R] | None = None
        self.works = True

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's value."""
        if not self.works:
            return self.plain(*args, **kwargs)
        try:
            if self.fast is None:
                self.fast = torch.compile(_twin(self.plain), fullgraph=True)
            return self.fast(*args, **kwargs)
        except FailOnRecompileLimitHit:
            reason = "too many kinds of arguments, each of which needs a compilation of its own"
        except (RuntimeError, ImportError, OSError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        value = self.plain(*args, **kwargs)  # what the function itself raises, it raises again here
        self.works = False
        warnings.warn(f"optimiser steps run uncompiled, and slower: torch.compile failed ({reason})", CostWarning, stacklevel=2)
        return value


def _twin(function: Callable[P, R]) -> Callable[P, R]:
    """The same function with code of its own: torch counts compilations by code, and gives up after eight."""
    if not isinstance(function, types.FunctionType) or function.__closure__:
        return function
    twin = types.FunctionType(function.__code__.replace(), function.__globals__, function.__name__, function.__defaults__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin
