"""A picture that can be shown, opened and saved."""

import html
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from gromov.core.errors import InputError
from gromov.core.estimate import Estimate
from gromov.core.figure import Figure
from gromov.core.runs import write_atomically
from gromov.measures.projections.distortion import Distortion
from gromov.report.disk import disk_svg
from gromov.report.page import scripts_for, template
from gromov.report.sections import figure_view

_FRAME_HEIGHT = 980


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One figure or several, ready to be looked at; in a notebook it shows itself.

    Attributes:
        title: Its heading.
        figures: What is drawn, as data.
        trustworthiness: Whether neighbours in the picture are neighbours in the data; None where nothing was projected.
        distortion: How the picture changes distances; None where nothing was projected.
    """

    title: str
    figures: tuple[Figure, ...]
    trustworthiness: Estimate | None = None
    distortion: Distortion | None = None

    def html(self) -> str:
        """The picture as one HTML page that loads nothing from elsewhere; disks can be moved there, and saved as they are seen.

        Cost: linear in the number of values drawn; about 100 bytes a point, and 1.1 MB more where plotly draws.
        """
        from markupsafe import Markup

        taken: set[str] = set()
        views = [figure_view(figure, taken) for figure in self.figures]
        return template("picture.html.j2").render(
            title=self.title, figures=[{"view": view, "script": Markup(view.script)} for view in views], **scripts_for(views)
        )

    def svg(self) -> str:
        """The disk as an SVG document.

        Raises:
            InputError: the picture is not one disk.
        """
        if len(self.figures) != 1 or self.figures[0].disk is None:
            raise InputError(
                "only a single disk can be written as SVG: save the picture as .html, where every figure has a button that saves it"
            )
        return disk_svg(self.figures[0])

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the picture, whole or not at all, as `.html` or `.svg` by the ending of the path.

        Raises:
            InputError: another ending, or no single disk for SVG.
            RunFolderError: the file cannot be written.
        """
        target = Path(path)
        match target.suffix.lower():
            case ".html" | ".htm":
                write_atomically(target, self.html())
            case ".svg":
                write_atomically(target, self.svg())
            case other:
                raise InputError(f"a picture is saved as .html or .svg, and {target.name!r} ends in {other or 'nothing'!r}")
        return target

    def _repr_html_(self) -> str:
        """The page in a frame of its own, for notebooks."""
        page = html.escape(self.html(), quote=True)
        return f'<iframe srcdoc="{page}" sandbox="allow-scripts allow-downloads" title="{html.escape(self.title)}" style="width:100%;height:{_FRAME_HEIGHT}px;border:0"></iframe>'
