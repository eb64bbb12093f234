"""A trained image network in the format of ONNX."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn

from gromov.core import GromovError, MissingDependencyError


def to_onnx(module: nn.Module, shape: tuple[int, ...]) -> bytes:
    """The network as ONNX: images between 0 and 1 (b × channels × height × width, any b) to points of the space.

    Raises:
        MissingDependencyError: onnx is not installed.
        GromovError: an operation of the network has no counterpart there.
    """
    try:
        import onnx  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]
    except ImportError as error:
        raise MissingDependencyError("--export onnx needs onnx: pip install 'gromov[onnx]'") from error
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        try:
            torch.onnx.export(
                module.eval(),
                (torch.zeros(2, *shape),),
                path,
                input_names=["images"],
                output_names=["points"],
                dynamic_shapes=({0: torch.export.Dim("n")},),
                external_data=False,
                verbose=False,
            )
        except Exception as error:  # the exporter raises whatever an operation makes it raise
            raise GromovError(f"this network cannot be written as ONNX: {error}") from error
        return path.read_bytes()
