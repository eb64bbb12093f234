"""What `fit classify` returns: the numbers, the trained network, and everything needed to report and repeat them."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from torch import nn

from gromov.core import Arrays, Result, Tree, decode, environment
from gromov.core.runs import RunFolder, to_json
from gromov.nn import Block, load_network, network_bytes
from gromov.report import Page
from gromov.verbs.classify_jobs import load_weights
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
        return Page(
            title=f"The classes of {self.input['name']}",
            verb="fit",
            source={**self.input, "labels": None},
            results=self.results,
            skipped=self.skipped,
            warnings=self.warnings,
            config={**self.config, "command": self.command},
            environment=environment(),
            version=self.version,
            lead=controls.lead(),
        )

    def files(self) -> dict[str, bytes | str]:
        """The files of a run folder, except result.json: the network and the names of the classes too."""
        network = network_bytes(self.network, self.shape, self.model())
        return {**OneInput.files(self), NETWORK: network, CLASSES: to_json({"classes": list(self.classes), "bytes": self.of_bytes})}


def finished_classification(folder: RunFolder | None) -> tuple[dict[str, Result], Arrays, dict[str, str], tuple[str, ...]] | None:
    """Results, weights, what was left out and warnings of a complete run of the folder; None where it is not complete."""
    if folder is None or folder.has_parts() or (tree := folder.finished()) is None:
        return None
    try:
        arrays = folder.arrays()
        results = {name: decode(KINDS[name], each, arrays) for name, each in cast(Tree, tree["results"]).items()}
        state = load_network(folder.path / NETWORK).module.state_dict()
        weights = {key: np.asarray(value) for key, value in state.items()}
        skipped = cast("dict[str, str]", tree["skipped"])
        return results, weights, skipped, tuple(map(str, cast("list[object]", tree["warnings"])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise folder.damaged() from error
