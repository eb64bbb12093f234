"""Training that can be stopped: the state goes into the run folder about every 20 seconds, and a run that goes on from it ends with the same bytes."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

from gromov.core import Arrays, Progress
from gromov.core.runs import RunFolder

_KEEP_EVERY = 20.0
Fitted_co = TypeVar("Fitted_co", covariant=True)
Fitted = TypeVar("Fitted")


class Trains(Protocol[Fitted_co]):
    """A trainer of embeddings, whose state between two epochs is arrays."""

    losses: list[float]
    stopped: str

    @property
    def epochs(self) -> int:
        """Epochs at most."""
        ...

    def run(self, watch: Callable[[], None]) -> Fitted_co:
        """Train to the end; `watch` is called after every epoch."""
        ...

    def state(self) -> Arrays:
        """All that the next epoch depends on."""
        ...

    def restore(self, kept: Arrays) -> None:
        """Go on from a state."""
        ...


@contextmanager
def one_thread() -> Generator[None]:
    """torch on one thread: sums in another order would be other bytes."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def train(trainer: Trains[Fitted], name: str, folder: RunFolder | None, progress: Progress) -> tuple[Fitted, float]:
    """Train to the end, from where an earlier run stopped; the result and the CPU seconds of all runs together."""
    cpu = time.process_time()
    state, spent = f"{name}.state", 0.0
    if folder is not None and (kept := folder.part(state)) is not None:
        trainer.restore(kept[1])
        spent = cast(float, kept[0]["cpu"])
    last = time.monotonic()

    def watch() -> None:
        nonlocal last
        if folder is not None and time.monotonic() - last > _KEEP_EVERY and not trainer.stopped:
            folder.keep(state, {"cpu": spent + time.process_time() - cpu}, trainer.state())
            last = time.monotonic()
        progress.step(f"{name}: loss {trainer.losses[-1]:.3f}", len(trainer.losses) / trainer.epochs)

    return trainer.run(watch), spent + time.process_time() - cpu
