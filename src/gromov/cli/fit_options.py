"""The options that several tasks of `gromov fit` take."""

from typing import Annotated

import typer

from gromov.cli.running import PANEL

FIT = "Fit"

Dim = Annotated[int, typer.Option(help="Dimension of the space.", min=1, rich_help_panel=FIT)]
Seeds = Annotated[int, typer.Option(help="Fits from different starts.", min=1, rich_help_panel=FIT)]
Export = Annotated[str | None, typer.Option(help="Write vectors as well: npz,parquet,word2vec.", metavar="LIST", rich_help_panel=PANEL)]
FitBudget = Annotated[float | None, typer.Option(help="Seconds after which no further fit is started.", min=0)]
