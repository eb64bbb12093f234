"""`gromov data`."""

from typing import Annotated

import typer

data_app = typer.Typer(help="Data sets gromov knows by name.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of a data set, as `gromov data list` shows it.", metavar="NAME")]


@data_app.callback()
def _data() -> None:  # pyright: ignore[reportUnusedFunction]
    """Data sets gromov knows by name."""


@data_app.command("list")
def list_datasets() -> None:
    """List the data sets: built in, and published ones found in the folders of GROMOV_DATA or in the cache."""
    import sys

    from rich import box
    from rich.console import Console
    from rich.table import Table

    from gromov.data import datasets

    table = Table("name", "kind", "what it is", "licence", "here", box=box.SIMPLE_HEAD)
    for dataset in datasets():
        title = dataset.title + (f" ({dataset.known})" if dataset.known else "")
        absent = "can be fetched" if dataset.downloads else "no"
        here = "built in" if dataset.origin == "builtin" else "yes" if dataset.available() else absent
        table.add_row(dataset.name, dataset.kind, title, dataset.licence, here)
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)


@data_app.command("get")
def get(
    name: Name,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Fetch a data set from its official address into the cache, unless it is here; print where its files are."""
    from gromov.core import terminal_progress
    from gromov.data import fetch, find

    dataset = find(name)
    if dataset is not None and dataset.origin == "builtin":
        typer.echo(f"{dataset.name} is built in: there is nothing to fetch")
        return
    with terminal_progress(quiet=quiet) as progress:
        places = fetch(name, progress=progress)
    for place in places.values():
        typer.echo(place)


@data_app.command("path")
def path(name: Name) -> None:
    """Print where the files of a data set are."""
    from gromov.data import paths

    for place in paths(name).values():
        typer.echo(place)


@data_app.command("verify")
def verify_files(
    name: Annotated[str | None, typer.Argument(help="Name of a data set; every one where none is named.", metavar="NAME")] = None,
) -> int:
    """Compare the files of a data set with their published checksums; exit 2 where one is altered, or a named one is absent."""
    from gromov.core import InputError
    from gromov.data import verify

    wrong: list[str] = []
    counts = {"right": 0, "absent": 0, "altered": 0}
    for relative, state in {relative: state for _, relative, state in verify(name)}.items():
        counts[state] += 1
        if state != "absent" or name is not None:
            typer.echo(f"{state:<8} {relative}")
        if state == "altered" or (state == "absent" and name is not None):
            wrong.append(f"{relative} is {state}")
    if name is not None and not any(counts.values()):
        typer.echo(f"{name} is made by gromov itself: it has no files to verify")
        return 0
    typer.echo(f"{counts['right']} files right, {counts['altered']} altered, {counts['absent']} not here")
    if wrong:
        raise InputError("; ".join(wrong))
    return 0
