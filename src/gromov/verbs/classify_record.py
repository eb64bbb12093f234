"""What `fit classify` returns: the numbers, the trained network, and everything needed to report and repeat them."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from gromov.core import Arrays, Result, Tree
from gromov.core.runs import to_json
from gromov.nn import Block, load_network, network_bytes
from gromov.report import Page
from gromov.verbs.classify_jobs import load_weights, weights_of
from gromov.verbs.classify_results import ClassControls, Classification, Compression
from gromov.verbs.record import OneInput

NETWORK, CLASSES = "network.safetensors", "classes.json"
KINDS: dict[str, type[Result]] = {"test": Classification, "controls": ClassControls, "compression": Compression}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClassifyRun(OneInput):
    """A trained classifier.

    Attributes:
        results: `test`, `controls`, and `compression` where it was asked for.
        network: The declaration of the network.
        shape: Shape of a sample.
        weights: The weights of the first fit, by name.
        classes: Names of the classes, in the order of the outputs.
        of_bytes: Whether samples are images of bytes.
    """

    network: Block
    shape: tuple[int, ...]
    weights: Arrays
    classes: tuple[str, ...]
    of_bytes: bool

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1)."""
        return self._tree(arrays, {"verb": "fit", "task": "classify"})

    def model(self) -> nn.Module:
        """The trained module: samples to logits."""
        return load_weights(self.network.build(self.shape), self.weights)

    def page(self) -> Page:
        """The report, as data."""
        controls = self.results["controls"]
        assert isinstance(controls, ClassControls)
        return self._page("fit", f"The classes of {self.input['name']}", lead=controls.lead())

    def files(self) -> dict[str, bytes | str]:
        """The files of a run folder, except result.json: the network and the names of the classes too."""
        network = network_bytes(self.network, self.shape, self.model())
        return {**OneInput.files(self), NETWORK: network, CLASSES: to_json({"classes": list(self.classes), "bytes": self.of_bytes})}


def load_trained(folder: Path) -> Arrays:
    """The weights of a complete run.

    Raises:
        InputError: there are none, or they are damaged.
    """
    return weights_of(load_network(folder / NETWORK).module)
