"""`gromov doctor`."""

from collections.abc import Generator

import typer


def doctor() -> None:
    """Print what gromov runs on: versions, processor, memory, GPU, data folders, plug-ins."""
    import os

    from gromov.core import environment, readable_bytes, resolve_device
    from gromov.data.store import cache

    found = environment()
    packages = found.pop("packages")
    assert isinstance(packages, dict)
    memory = found.pop("memory_bytes")
    for name, value in {**found, "memory": readable_bytes(memory) if isinstance(memory, int) else "unknown"}.items():
        typer.echo(f"{name:<14}{value}")
    typer.echo(f"{'device':<14}{resolve_device('auto')}")
    typer.echo(f"{'GROMOV_DATA':<14}{os.environ.get('GROMOV_DATA', 'not set')}")
    typer.echo(f"{'data cache':<14}{cache()}")
    for name, number in packages.items():
        typer.echo(f"{name:<14}{number or 'not installed'}")
    for line in _plugins():
        typer.echo(f"{'plug-in':<14}{line}")


def _plugins() -> Generator[str]:
    """Each plug-in, where it comes from, and whether it loads."""
    from gromov.core import PluginError
    from gromov.verbs.catalogue import plugins
    from gromov.verbs.comparisons import comparison_plugins
    from gromov.verbs.plugins import COMPARISON_GROUP, GROUP, load

    for plugin, group in (*((each, GROUP) for each in plugins()), *((each, COMPARISON_GROUP) for each in comparison_plugins())):
        try:
            load(plugin, group)
        except PluginError as error:
            yield str(error).removeprefix("the plug-in ")
        else:
            yield f"{plugin.name} ({plugin.origin}) loads"
