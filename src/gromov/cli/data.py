"""`gromov data`."""

import typer

data_app = typer.Typer(help="Data sets gromov knows by name.", no_args_is_help=True)


@data_app.callback()
def _data() -> None:  # pyright: ignore[reportUnusedFunction]
    """Data sets gromov knows by name."""


@data_app.command("list")
def list_datasets() -> None:
    """List the data sets: built in, and published ones found in the folders of GROMOV_DATA."""
    import sys

    from rich import box
    from rich.console import Console
    from rich.table import Table

    from gromov.data import datasets

    table = Table("name", "what it is", "licence", "here", box=box.SIMPLE_HEAD)
    for dataset in datasets():
        title = dataset.title + (f" ({dataset.known})" if dataset.known else "")
        table.add_row(
            dataset.name, title, dataset.licence, "built in" if dataset.origin == "builtin" else "yes" if dataset.available() else "no"
        )
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)
