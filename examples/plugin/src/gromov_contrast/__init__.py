"""The relative contrast as an instrument of gromov, and the energy distance as a comparison."""

from gromov_contrast.contrast import Contrast, contrast
from gromov_contrast.energy import Energy, energy

__all__ = ["Contrast", "Energy", "contrast", "energy"]
