"""Ctrl-C and SIGTERM: neither is ever lost."""

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from gromov.core import Progress


@contextmanager
def interruptible(progress: Progress) -> Generator[Progress]:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt, now or at the next step of the progress.

    An exception raised inside a callback of compiled code (a compiler, a finaliser) is printed and forgotten there; here it is not
    printed, and the next step raises it again.
    """
    asked = False

    def stop(number: int, frame: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    class Watched:
        def step(self, what: str, done: float) -> None:
            if asked:
                raise KeyboardInterrupt
            progress.step(what, done)

    if threading.current_thread() is not threading.main_thread():
        yield progress
        return

    def quiet(unraisable: "sys.UnraisableHookArgs") -> None:
        if not (asked and issubclass(unraisable.exc_type, KeyboardInterrupt)):
            hook(unraisable)

    hook, sys.unraisablehook = sys.unraisablehook, quiet
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield Watched()
    except Exception as error:
        if asked:  # what became of it inside the import of compiled code
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook
