"""Where the command begins: importing it takes a while, and a Ctrl-C meanwhile is an interruption like any other."""

import sys


def main() -> None:
    """Import the command, and run it."""
    try:
        from gromov.cli.main import main as command
    except KeyboardInterrupt:
        sys.stderr.write("gromov: interrupted: the same command goes on where it stopped\n")
        sys.exit(130)
    command()
