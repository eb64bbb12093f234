"""The Poincaré disk, drawn: for the page, which moves it, and as SVG, which stands still."""

from gromov.report.disk.drawing import DiskDrawing, draw_disk
from gromov.report.disk.geodesics import Arcs, geodesic_arcs
from gromov.report.disk.svg import disk_svg

__all__ = ["Arcs", "DiskDrawing", "disk_svg", "draw_disk", "geodesic_arcs"]
