"""Work in chunks: the same bytes from any number of workers.

Chunks are fixed by the data, never by the number of workers; every worker runs its numerical libraries on one thread; results
come back in the order of the chunks. joblib's loky processes do the work, so any joblib backend (ray, dask) can stand in.
"""

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar, cast

from threadpoolctl import threadpool_limits

_WATCH_SECONDS = 0.5

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Rest = ParamSpec("Rest")


@contextmanager
def pinned() -> Generator[None]:
    """Hold BLAS and OpenMP to one thread, as in every worker."""
    with threadpool_limits(limits=1):
        yield


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs a function over tasks.

    Attributes:
        workers: Number of processes; 1 runs in this one.
    """

    workers: int = 1

    def map(
        self,
        function: Callable[Concatenate[Task, Rest], Answer],
        tasks: Iterable[Task],
        *args: Rest.args,
        **kwargs: Rest.kwargs,
    ) -> Iterator[Answer]:
        """Yield `function(task, *args, **kwargs)` for each task, in order.

        Large arrays in the arguments reach the workers as memory maps, not as copies.
        """
        if self.workers == 1:
            for task in tasks:
                with pinned():
                    answer = function(task, *args, **kwargs)
                yield answer
            return
        from joblib import Parallel, delayed, parallel_config

        with parallel_config(backend="loky", inner_max_num_threads=1, initializer=_settle, initargs=(os.getpid(),)):
            pool = Parallel(n_jobs=self.workers, return_as="generator")
            calls = (delayed(_timed_call)(function, task, args, kwargs) for task in tasks)
            for answer, seconds in cast("Iterator[tuple[Answer, float]]", pool(calls)):
                _spent.append(seconds)
                yield answer


def _settle(parent: int) -> None:
    """In a worker: end with the process that started it, and keep what grows.

    A process that is killed says no farewell, and its workers would wait for minutes. A worker that grew by 300 MB, as by importing torch, is taken by loky for one that
    leaks, and is replaced with a warning.
    """
    from joblib.externals.loky import process_executor

    process_executor._USE_PSUTIL = False  # pyright: ignore[reportPrivateUsage]  # it collects garbage instead

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()


def _timed_call(function: Callable[..., Answer], task: object, args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[Answer, float]:
    """In a worker: the answer, and the CPU seconds it took."""
    started = time.process_time()
    with pinned():
        answer = function(task, *args, **kwargs)
    return answer, time.process_time() - started


_spent: list[float] = []


def cpu_seconds() -> float:
    """CPU seconds of this process and of what its workers have answered so far."""
    return time.process_time() + sum(_spent)


SERIAL = Executor(1)
