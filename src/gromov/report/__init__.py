"""From results to something a person reads: one HTML page, or a screen of a terminal."""

from gromov.report.drawing import Drawing, draw
from gromov.report.markdown import code, render_markdown
from gromov.report.page import Page, render_page
from gromov.report.palette import PALETTE
from gromov.report.sections import key_numbers
from gromov.report.terminal import print_summary
from gromov.report.words import number

__all__ = ["PALETTE", "Drawing", "Page", "code", "draw", "key_numbers", "number", "print_summary", "render_markdown", "render_page"]
