"""`module:factory`: data that a user's own function makes."""

import importlib
import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, cast

import numpy as np

from gromov.core import Distances, Graph, InputError, Representation, as_representation
from gromov.data.contents import Column, Contents, Values, constant, digest
from gromov.data.readers.npy import require_real

PATTERN: Final = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<factory>[^\W\d]\w*)")


def is_factory(source: str) -> bool:
    """Whether `source` reads as module:factory."""
    return PATTERN.fullmatch(source) is not None


def made_by(source: str) -> object:
    """Whatever `factory()` of `module` returns.

    The module is looked for in the current folder too.

    Raises:
        InputError: there is no such module or function, or it raises.
    """
    match = PATTERN.fullmatch(source)
    assert match is not None
    module, name = match["module"], match["factory"]
    with current_folder():
        try:
            factory = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError as error:
            if error.name and f"{module}.".startswith(f"{error.name}."):
                raise InputError(f"there is no module {error.name} for {source!r}, nor a file or data set of that name") from error
            raise InputError(f"{module} cannot be imported: it needs {error.name}, which is not installed") from error
        except (Exception, SystemExit) as error:  # a user's module may raise anything
            raise InputError(f"{module} cannot be imported: {said_of(error)}") from error
        if not callable(factory):
            raise InputError(f"{source}: {module} has no function {name}")
        try:
            return cast("Callable[[], object]", factory)()
        except (Exception, SystemExit) as error:  # a user's function may raise anything
            raise InputError(f"{source} did not return: {said_of(error)}") from error


def call_factory(source: str) -> Contents:
    """What `factory()` of `module` returns: an array, a tensor, a data frame, distances, a graph or a representation.

    Raises:
        InputError: there is no such module or function, it raises, or it returns something else.
    """
    made = made_by(source)
    if isinstance(made, Representation | Distances | Graph):
        return _contents(as_representation(made))
    array = _array(made, source)
    return Contents(array, sha256=digest(array))


def _contents(representation: Representation) -> Contents:
    labels, names, columns = representation.labels, representation.names, dict[str, Column]()
    if labels is not None:
        columns["label"] = constant(labels)
    if names is not None:
        columns["name"] = constant(np.array(names, dtype=np.str_))
    return Contents(
        representation.data,
        columns=columns,
        labels="" if labels is None else "label",
        names="" if names is None else "name",
        sha256=representation.source.sha256 or digest(representation.data),
        notes=representation.source.notes,
        space=representation.space,
    )


def _array(made: object, source: str) -> Values:
    returned = f"{source} returned a {type(made).__name__}"
    try:
        if hasattr(made, "detach"):  # torch.Tensor, without importing torch
            made = made.detach().cpu().numpy()  # pyright: ignore[reportAttributeAccessIssue]
        array = np.asarray(made)
    except Exception as error:  # a user's object may refuse to become an array in its own way
        raise InputError(f"{returned}, which does not become an array: {said_of(error)}") from error
    if array.dtype.hasobject:
        raise InputError(f"{returned}, whose values are not all numbers: return an n × d array of real numbers")
    require_real(array.dtype, returned)
    return array


@contextmanager
def current_folder() -> Generator[None]:
    """Let modules of the current folder be imported, as `python -m` does, and put the path back."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)


def said_of(error: BaseException) -> str:
    """What an error of somebody else's code says, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
