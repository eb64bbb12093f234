"""A folder of activations: one .npy for each layer, and a list of them that is written last."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from gromov.core import RunFolderError, Tree
from gromov.core.runs import to_json, write_atomically

if TYPE_CHECKING:
    from torch import Tensor

LIST = "activations.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class LayerActivations:
    """What one layer gave.

    Attributes:
        name: Dotted name of the module; from its second call in a pass on, `#2` and so on after it.
        points: n × d, float32; a map of a file where a folder was given.
        objects: Object that each point is of; None where point i is of object i.
        shape: Shape of the output for one object, before pooling, in the first batch.
    """

    name: str
    points: Float[NDArray[np.float32], "k d"]
    objects: Int[NDArray[np.int64], " k"] | None
    shape: tuple[int, ...]


class Folder:
    """Where the activations of one network for the same inputs go.

    Raises:
        RunFolderError: the folder holds something else, or cannot be made.
    """

    def __init__(self, path: Path, identity: Tree) -> None:
        self.path, self._identity = path, cast(Tree, json.loads(json.dumps(identity)))
        try:
            path.mkdir(parents=True, exist_ok=True)
            found = [entry.name for entry in path.iterdir() if not entry.name.startswith(".")]
        except OSError as error:
            raise RunFolderError(f"the folder {path} cannot be made: {error.strerror or error}") from error
        if not found:
            self._write([], {}, 0, complete=False)
        elif LIST not in found:
            raise RunFolderError(f"{path} is not empty and holds no activations: choose another folder")
        elif self._list()["identity"] != self._identity:
            raise RunFolderError(f"{path} holds the activations of another network, input or choice of layers: choose another folder")

    def file(self, place: int, name: str) -> Path:
        """Where a layer goes."""
        return self.path / f"{place:03d}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:80]}.npy"

    def finished(self) -> tuple[list[LayerActivations], dict[str, str], int] | None:
        """The layers, what was left out and the number of objects, if an earlier run wrote them all."""
        tree = self._list()
        if tree["complete"] is not True:
            return None
        try:
            layers = [self._layer(each) for each in cast("list[Tree]", tree["layers"])]
            return layers, {str(name): str(why) for name, why in cast(Tree, tree["left_out"]).items()}, int(cast(int, tree["objects"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunFolderError(
                f"the activations in {self.path} are damaged: remove the folder, and the same call writes it again"
            ) from error

    def finish(self, layers: list[LayerActivations], left_out: Mapping[str, str], objects: int) -> None:
        """Write what stands beside the points, and the list of all."""
        rows: list[Tree] = []
        for place, layer in enumerate(layers):
            file = self.file(place, layer.name)
            owners = None
            if layer.objects is not None:
                owners = f"{file.stem}.objects.npy"
                write_atomically(self.path / owners, _npy_bytes(layer.objects))
            n, d = layer.points.shape
            rows.append({"name": layer.name, "file": file.name, "objects": owners, "n": n, "d": d, "shape": list(layer.shape)})
        self._write(rows, left_out, objects, complete=True)

    def _layer(self, row: Tree) -> LayerActivations:
        points = np.load(self.path / str(row["file"]), mmap_mode="r")
        if points.shape != (row["n"], row["d"]) or points.dtype != np.float32:
            raise ValueError("another shape")
        owners = None if row["objects"] is None else np.load(self.path / str(row["objects"]))
        return LayerActivations(str(row["name"]), points, owners, tuple(cast("list[int]", row["shape"])))

    def _list(self) -> Tree:
        path = self.path / LIST
        try:
            tree: object = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFolderError(f"{path} is damaged or cannot be read: remove the folder {self.path}") from error
        if not isinstance(tree, dict) or cast(Tree, tree).get("format") != _FORMAT or "complete" not in tree or "identity" not in tree:
            raise RunFolderError(f"{path} is no list of activations: choose another folder")
        return cast(Tree, tree)

    def _write(self, layers: list[Tree], left_out: Mapping[str, str], objects: int, *, complete: bool) -> None:
        tree: Tree = {
            "format": _FORMAT,
            "identity": self._identity,
            "complete": complete,
            "objects": objects,
            "layers": layers,
            "left_out": dict(left_out),
        }
        write_atomically(self.path / LIST, to_json(tree))


def digest_of_tensors(tensors: "Mapping[str, Tensor]", about: str = "") -> str:
    """SHA-256 of names, types, shapes and bytes, and of a text beside them."""
    import hashlib

    import torch

    total = hashlib.sha256(about.encode())
    for name, tensor in tensors.items():
        total.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        if flat.numel():
            total.update(flat.view(torch.uint8).numpy().data)
    return total.hexdigest()


def digest_of_network(model: "object") -> str:
    """SHA-256 of a network: how it is built, as it prints itself, and its weights."""
    from torch import Tensor, nn

    assert isinstance(model, nn.Module)
    state = {name: each for name, each in model.state_dict().items() if isinstance(each, Tensor)}
    return digest_of_tensors(state, repr(model))


def _npy_bytes(array: NDArray[np.int64]) -> bytes:
    import io

    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()
