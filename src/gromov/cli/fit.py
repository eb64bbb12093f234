"""`gromov fit` and its tasks."""

import typer

from gromov.cli.fit_classify import classify
from gromov.cli.fit_hierarchy import hierarchy
from gromov.cli.fit_images import images
from gromov.cli.fit_words import text_words

fit_app = typer.Typer(
    name="fit", help="Fit a model to data in a space, beside its controls, and report what it learnt.", no_args_is_help=True
)
fit_app.command("hierarchy")(hierarchy)
fit_app.command("words")(text_words)
fit_app.command("classify")(classify)
fit_app.command("images")(images)
