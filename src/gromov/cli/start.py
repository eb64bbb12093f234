"""Where the command begins: importing it takes a while, and a Ctrl-C meanwhile is an interruption like any other."""

import signal
import sys


def main() -> None:
    """Import the command, and run it.

    An interruption inside the import of compiled code comes out as an ImportError there; it is told by the signal before it.
    """
    asked = False

    def stop(number: int, frame: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        from gromov.cli.main import main as command

        command()
    except (KeyboardInterrupt, Exception):
        if not asked:
            raise
        sys.stderr.write("gromov: interrupted: the same command goes on where it stopped\n")
        sys.exit(130)
