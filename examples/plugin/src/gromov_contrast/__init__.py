"""The relative contrast as an instrument of gromov."""

from gromov_contrast.contrast import Contrast, contrast

__all__ = ["Contrast", "contrast"]
