"""What `fit images` returns: the numbers, the trained network, the embedded test images, and everything needed to report and repeat them."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from jaxtyping import Float
from torch import nn

from gromov.core import Arrays, Result, Tree
from gromov.core.runs import to_json, to_npz
from gromov.data.readers.embedding import MODEL
from gromov.models import Embedding, load_embedding
from gromov.nn import Block, load_network, network_bytes
from gromov.report import Page
from gromov.verbs.classify_jobs import load_weights, weights_of
from gromov.verbs.images_bodies import TimmBody
from gromov.verbs.images_controls import ImageControls, ImageLevels, OneShotResult
from gromov.verbs.images_results import ImageEmbedding
from gromov.verbs.record import OneInput

NETWORK, ABOUT, INDEX = "network.safetensors", "images.json", "index.npz"
KINDS: dict[str, type[Result]] = {"test": ImageEmbedding, "controls": ImageControls, "levels": ImageLevels, "one_shot": OneShotResult}


@dataclass(frozen=True, slots=True, eq=False)
class FittedImages:
    """What is kept of a fit.

    Attributes:
        network: The declaration of the network: images, or their features, to points of the space.
        shape: Shape of what it takes.
        weights: Its weights, by name.
        embedding: The test images as points of the space, by name.
        classes: Class of each test image.
        radii: Distance of each from the origin.
    """

    network: Block
    shape: tuple[int, ...]
    weights: Arrays
    embedding: Embedding
    classes: tuple[str, ...]
    radii: Float[np.ndarray, " n"]

    def module(self) -> nn.Module:
        """The trained module: images between 0 and 1 (or features) to points of the space."""
        return load_weights(self.network.build(self.shape), self.weights)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ImagesRun(OneInput):
    """A trained embedding of images.

    Attributes:
        results: `test`, `controls`, and where they apply `levels` and `one_shot`.
        fitted: The network of the first fit, and the test images as it embeds them.
        about: How images are read for it.
        export: What else is written: `onnx`.
    """

    fitted: FittedImages
    about: Tree
    export: tuple[str, ...]

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1)."""
        return self._tree(arrays, {"verb": "fit", "task": "images"})

    def page(self) -> Page:
        """The report, as data."""
        controls = self.results["controls"]
        assert isinstance(controls, ImageControls)
        return self._page("fit", f"The images of {self.input['name']} in space", lead=controls.lead())

    def files(self) -> dict[str, bytes | str]:
        """The files of a run folder, except result.json: the network, the points in their space, and an index of them."""
        from gromov.verbs.images_export import to_onnx

        fitted = self.fitted
        module = fitted.module()
        found: dict[str, bytes | str] = {
            **OneInput.files(self),
            NETWORK: network_bytes(fitted.network, fitted.shape, module),
            MODEL: fitted.embedding.to_safetensors(),
            ABOUT: to_json(self.about),
            INDEX: to_npz(
                {
                    "points": fitted.embedding.points,
                    "classes": np.array(fitted.classes),
                    "names": np.array(fitted.embedding.names),
                    "radii": fitted.radii,
                }
            ),
        }
        if "onnx" in self.export:
            found["network.onnx"] = to_onnx(module, fitted.shape)
        return found


def load_images(folder: Path) -> FittedImages:
    """What a complete run holds.

    Raises:
        InputError: a file is missing or damaged.
    """
    saved = load_network(folder / NETWORK, also=(TimmBody,))
    with np.load(folder / INDEX, allow_pickle=False) as index:
        classes, radii = tuple(map(str, index["classes"].tolist())), cast(np.ndarray, index["radii"])
    return FittedImages(saved.network, saved.shape, weights_of(saved.module), load_embedding(folder), classes, radii)
