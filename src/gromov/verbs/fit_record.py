"""What `fit` returns: the numbers, the embedding, and everything needed to report and repeat them."""

from collections.abc import Mapping
from dataclasses import dataclass

from gromov.core import Arrays, Tree
from gromov.models import Embedding
from gromov.report import Page
from gromov.verbs.fit_export import FILES, export
from gromov.verbs.fit_results import Controls
from gromov.verbs.fit_words_results import WordControls
from gromov.verbs.record import OneInput

MODEL = "model.safetensors"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FitRun(OneInput):
    """Fitted points of a space.

    Attributes:
        task: What was fitted: `hierarchy` or `words`.
        results: `test` (the reported space), `controls`, and of a hierarchy `link_prediction` where it was asked for.
        embedding: The first seed's points, with names and space.
        input: What was read.
        skipped: What was left out, and why.
        timings: CPU seconds of each fit.
        exports: Formats written beside the model.
    """

    task: str
    embedding: Embedding
    timings: Mapping[str, Mapping[str, float]]
    exports: tuple[str, ...]

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1)."""
        return self._tree(arrays, {"verb": "fit", "task": self.task})

    def page(self) -> Page:
        """The report, as data."""
        controls = self.results["controls"]
        assert isinstance(controls, Controls | WordControls)
        return self._page("fit", f"The {self.task} of {self.input['name']}", lead=controls.lead())

    def files(self) -> dict[str, bytes | str]:
        """The files of a run folder, except result.json: the model and the exports too."""
        exported = {FILES[form]: export(self.embedding, form) for form in self.exports}
        return {**OneInput.files(self), MODEL: self.embedding.to_safetensors(), **exported}
