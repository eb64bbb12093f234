"""Tables of images that are kept as the bytes of JPEG or PNG files, as public sets of images are distributed."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from gromov.core import InputError, MissingDependencyError
from gromov.data.readers.file import listing, sentences

_IMAGES = ("image", "img", "jpg", "jpeg", "png", "bytes")
_CLASSES = ("label", "labels", "class", "fine_label", "target")
_PARTS = ("split", "part", "subset")


def holds_encoded_images(path: Path) -> bool:
    """Whether a parquet file has a column of bytes that is called as images are."""
    return _image_column(path) is not None


def read_encoded_images(path: Path, labels: str | None = None) -> tuple[UInt8[np.ndarray, "n c h w"], list[str], list[str] | None]:
    """Images (channels first), classes, and to which part of the data each belongs where the table says so.

    Args:
        path: A parquet file.
        labels: Column of the classes; None finds it by its name.

    Raises:
        InputError: no column of classes, images of several sizes, or bytes that are no image.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise MissingDependencyError("images are read by pillow: pip install 'gromov[formats]'") from error
    from pyarrow import parquet

    with sentences(str(path)):
        table = parquet.read_table(path)
    column = _image_column(path)
    assert column is not None
    classes = labels or next((name for name in _CLASSES if name in table.column_names), None)
    if classes is None or classes not in table.column_names:
        raise InputError(
            f"{path} has no column {classes or 'of classes'}: its columns are {listing(table.column_names)}; name it with --labels"
        )
    images: list[np.ndarray] = []
    for row, value in enumerate(table[column].to_pylist()):
        content = value["bytes"] if isinstance(value, dict) else value
        try:
            with Image.open(io.BytesIO(content)) as image:
                pixels = np.asarray(image.convert("L" if image.mode in ("L", "1", "I") else "RGB"))
        except (UnidentifiedImageError, OSError, ValueError, TypeError, Image.DecompressionBombError) as error:
            raise InputError(f"row {row} of {path} is no image that can be read: {error}") from error
        images.append(pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, 2, 0))
        if images[-1].shape != images[0].shape:
            raise InputError(
                f"row {row} of {path} is an image of {images[-1].shape[1:]}, and the first is one of {images[0].shape[1:]}: resize them first"
            )
    if not images:
        raise InputError(f"{path} has no rows")
    parts = next((name for name in _PARTS if name in table.column_names), None)
    told = None if parts is None else [str(value) for value in table[parts].to_pylist()]
    return np.stack(images), [str(value) for value in table[classes].to_pylist()], told


def _image_column(path: Path) -> str | None:
    import pyarrow
    from pyarrow import parquet

    with sentences(str(path)):
        try:
            schema = parquet.read_schema(path)
        except pyarrow.ArrowInvalid:
            return None
    for field in schema:
        kind = field.type
        packed = pyarrow.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
        if field.name.lower() in _IMAGES and (packed or pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)):
            return field.name
    return None
