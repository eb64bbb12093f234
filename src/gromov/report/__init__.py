"""From results to something a person reads: one HTML page, or a screen of a terminal."""

from gromov.report.drawing import Drawing, draw
from gromov.report.page import Page, render_page
from gromov.report.palette import PALETTE
from gromov.report.terminal import print_summary

__all__ = ["PALETTE", "Drawing", "Page", "draw", "print_summary", "render_page"]
