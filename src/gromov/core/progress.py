"""Progress on long work: shown on a terminal, silent everywhere else."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """Where an instrument says how far it is."""

    def step(self, what: str, done: float) -> None:
        """Report that `what` is done to the share `done`, between 0 and 1."""
        ...


class Silent:
    """Progress that nobody watches."""

    def step(self, what: str, done: float) -> None:
        """Do nothing."""


@contextmanager
def terminal_progress(*, quiet: bool) -> Generator[Progress]:
    """A progress bar on standard error; silent when `quiet` or when standard error is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<24}"), BarColumn(bar_width=32), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        class Shown:
            def step(self, what: str, done: float) -> None:
                bar.update(task, description=what, completed=done)

        yield Shown()
