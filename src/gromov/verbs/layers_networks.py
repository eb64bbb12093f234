"""The network whose layers are measured: a module, a file of `gromov.nn.save_network`, a folder that holds one, or `module:factory`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from gromov.core import InputError
from gromov.data.factory import is_factory, made_by
from gromov.data.recording.feeding import Preprocess
from gromov.data.recording.folder import digest_of_network

if TYPE_CHECKING:
    from torch import nn

FILE = "network.safetensors"
Model: TypeAlias = "nn.Module | tuple[nn.Module, Preprocess] | str | Path"


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A network, ready to be fed.

    Attributes:
        module: It.
        name: What the user called it.
        shape: Shape of one object that it takes; None where it does not say.
        preprocess: What makes its input of a batch; None where there is nothing to make.
        sha256: Hash of how it is built and of its weights.
    """

    module: "nn.Module"
    name: str
    shape: tuple[int, ...] | None
    preprocess: Preprocess | None
    sha256: str


def open_network(model: Model) -> Network:
    """The network that a module, a path or `module:factory` stands for.

    A factory returns a module, or a pair of a module and a function that makes the module's input of a batch of rows. A module may say what it takes in an attribute
    `input_shape`.

    Raises:
        InputError: there is none; the file is damaged or truncated; the factory raises or returns something else.
    """
    from torch import nn

    if isinstance(model, nn.Module):
        return _network(model, type(model).__name__, None)
    if isinstance(model, tuple):
        return _of_pair(model, "model")
    text = str(model)
    path = Path(text).expanduser()
    if path.exists():
        return _saved(path, text)
    if isinstance(model, str) and is_factory(text):
        return _of_pair(made_by(text), text)
    raise InputError(f"there is no network {text}: name a file of gromov.nn.save_network, a folder that holds {FILE}, or module:factory")


def _saved(path: Path, text: str) -> Network:
    from gromov.nn import load_network

    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError(f"the folder {text} holds no {FILE}: with --inputs, name a network that gromov.nn.save_network wrote")
    saved = load_network(file)
    return Network(saved.module, text, saved.shape, None, digest_of_network(saved.module))


def _of_pair(made: object, source: str) -> Network:
    from torch import nn

    parts = cast("tuple[object, ...]", made) if isinstance(made, tuple) else (made, None)
    if len(parts) != 2 or not isinstance(parts[0], nn.Module) or not (parts[1] is None or callable(parts[1])):
        raise InputError(
            f"{source} is a {type(made).__name__}; it must be a torch module, or a pair of one and a function that makes its input"
        )
    name = type(parts[0]).__name__ if source == "model" else source
    return _network(parts[0], name, parts[1])


def _network(module: "nn.Module", name: str, preprocess: Preprocess | None) -> Network:
    declared = getattr(module, "input_shape", None)
    shape = tuple(map(int, cast("tuple[int, ...]", declared))) if isinstance(declared, tuple | list) else None
    return Network(module, name, shape, preprocess, digest_of_network(module))
