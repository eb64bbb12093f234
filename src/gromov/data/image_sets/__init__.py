"""Sets of images by class as they are published for metric learning and few-shot learning: their layouts, read from disk."""

from gromov.data.image_sets.decode import decode_images, image_size
from gromov.data.image_sets.image_set import ImageSet
from gromov.data.image_sets.layouts import find_layout, read_image_set
from gromov.data.image_sets.one_shot import OneShotRun, read_one_shot_runs

__all__ = [
    "ImageSet",
    "OneShotRun",
    "decode_images",
    "find_layout",
    "image_size",
    "read_image_set",
    "read_one_shot_runs",
]
