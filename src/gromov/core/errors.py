"""What can go wrong, as types: one root for errors, three kinds of warnings."""


class GromovError(Exception):
    """Root of every error gromov raises on purpose; its text is one sentence a user can act on."""


class InputError(GromovError, ValueError):
    """The data or an argument cannot be used as given."""


class NotHereError(InputError, KeyError):
    """A run holds no result of this name."""

    def __str__(self) -> str:  # KeyError would show the sentence in quotes
        return str(self.args[0])


class UnsuitableError(InputError):
    """The data are sound, but this instrument does not apply to their kind (points, distances, graph)."""


class MemoryEstimateError(GromovError, MemoryError):
    """A step would take more memory than the machine has left; raised before it starts."""


class RunFolderError(GromovError):
    """A run folder holds another run, is damaged, or cannot be written."""


class PluginError(GromovError):
    """A plug-in cannot be loaded, fails, or does not keep the contract of instruments."""


class MissingDependencyError(GromovError, ImportError):
    """An optional package is needed and absent; the text names the extra that brings it."""


class GromovWarning(UserWarning):
    """Root of every warning gromov issues."""


class NumericalWarning(GromovWarning):
    """A number is less accurate than usual, and by how much."""


class CostWarning(GromovWarning):
    """A step will be slow or large, or was shortened to keep it affordable."""


class DataWarning(GromovWarning):
    """The data have a property that changes how a number should be read."""
