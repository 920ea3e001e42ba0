"""A pool of worker processes for `unioncat.services.pipeline`, with bounded work in flight.

A worker that lost its parent ends by itself, so that kill -9 leaves nothing running; Ctrl-C reaches the parent
only, which ends its workers. Small work never starts a process.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any

from unioncat.matching import Ruleset, load_ruleset, parse_ruleset
from unioncat.model import UnionCatError
from unioncat.services.formats import Formats
from unioncat.services.pipeline import Stages

__all__ = ["WorkPool", "calm_collector", "cores"]

AHEAD = 4  # tasks in flight per worker: one at work, the others waiting while this process is busy itself
COLLECT_EVERY = 50  # tasks
Task = tuple[Any, ...]

_stages: Stages | None = None
_tasks = 0


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkPool:
    """Runs stages by name. Safe for threads.

    workers: processes; 1 runs everything here; 0 is one a core
    version: number of the stored ruleset that it follows (see `unioncat.services.live_ruleset`); None: of none
    load:    how a worker comes by the ruleset, which does not travel itself; None: it is a packaged one
    busy:    stage → processor seconds spent on it so far, over all workers; here: those of them in this process
    """

    def __init__(
        self,
        ruleset: Ruleset,
        workers: int = 0,
        formats: Formats | None = None,
        load: Callable[[], Ruleset] | None = None,
    ) -> None:
        self.ruleset = ruleset
        self.version: int | None = None
        self._load = load or partial(load_ruleset, ruleset.name)
        self._formats = formats
        self.workers = workers or cores()
        self.busy: dict[str, float] = {}
        self.here = 0.0
        self._own = Stages(ruleset, formats)
        self._executor: ProcessPoolExecutor | None = None
        self._starting: threading.Thread | None = None
        self._changing = threading.Lock()

    @property
    def stages(self) -> Stages:
        """The stages in this process."""
        return self._own

    def use(self, ruleset: Ruleset) -> None:
        """Work by this ruleset from now on. Tasks that were begun are ended by the one before."""
        with self._changing:
            if ruleset.digest == self.ruleset.digest:
                return
            executor, starting = self._executor, self._starting
            self._executor = self._starting = None
            self._load = partial(parse_ruleset, ruleset.body, ruleset.weights)
            self._own = Stages(ruleset, self._formats)
            self.ruleset = ruleset
        if starting is not None:
            starting.join()
        if executor is not None:
            executor.shutdown(wait=False)

    def map(self, stage: str, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """(task, result) in the order of `tasks`, which are read only as far ahead as the workers need.

        A single task runs in this process, as do all until the workers have started, which takes a second or two.
        Raises UnionCatError if a worker dies.
        """
        source = iter(tasks)
        head: deque[Task] = deque()
        for task in source:
            head.append(task)
            if len(head) == 2:
                break
        if len(head) < 2 or self.workers == 1:
            for task in _chain(head, source):
                yield task, self._here(stage, task)
            return
        waiting: deque[tuple[Task, Future[Any]]] = deque()
        try:
            for task in _chain(head, source):
                begun = self._submit(stage, task)
                if begun is None:
                    while waiting:  # of the workers before, when the ruleset was changed meanwhile
                        done, future = waiting.popleft()
                        yield done, self._result(stage, future)
                    yield task, self._here(stage, task)
                    continue
                waiting.append((task, begun))
                if len(waiting) >= self.workers * AHEAD:
                    done, future = waiting.popleft()
                    yield done, self._result(stage, future)
            while waiting:
                done, future = waiting.popleft()
                yield done, self._result(stage, future)
        except BrokenProcessPool as error:
            raise self._broken() from error
        finally:
            for _, future in waiting:
                future.cancel()

    def submit(self, stage: str, task: Task) -> Callable[[], Any]:
        """Begin one task; calling the answer waits for its result. Without workers it is done at once, here."""
        future = self._submit(stage, task) if self.workers > 1 and self._executor is not None else None
        if future is None:
            result = self._here(stage, task)
            return lambda: result

        def wait_for_it() -> Any:
            try:
                return self._result(stage, future)
            except BrokenProcessPool as error:
                raise self._broken() from error

        return wait_for_it

    def _here(self, stage: str, task: Task) -> Any:
        begun = time.thread_time()
        result = getattr(self._own, stage)(*task)
        spent = time.thread_time() - begun
        self.busy[stage] = self.busy.get(stage, 0.0) + spent
        self.here += spent
        return result

    def _result(self, stage: str, future: Future[Any]) -> Any:
        seconds, result = future.result()
        self.busy[stage] = self.busy.get(stage, 0.0) + seconds
        return result

    def _broken(self) -> UnionCatError:
        self.close()
        return UnionCatError(
            "a worker process ended unexpectedly (perhaps for want of memory); nothing stored is lost: run it again"
        )

    def _submit(self, stage: str, task: Task) -> Future[Any] | None:
        """None while there are no workers yet."""
        with self._changing:
            if not self._is_started():
                return None
            assert self._executor is not None
            return self._executor.submit(_run, stage, task)

    def _is_started(self) -> bool:
        """Whether the workers are there; the first time it is asked, they begin to start."""
        if self._starting is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["unioncat.services.preload"])
            self._executor = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=_start, initargs=(self._load,)
            )
            self._starting = threading.Thread(target=_wait_for_start, args=(self._executor,), daemon=True)
            self._starting.start()
        return not self._starting.is_alive()

    def close(self) -> None:
        if self._starting is not None:
            self._starting.join()
            self._starting = None
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def __enter__(self) -> WorkPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def calm_collector() -> Iterator[None]:
    """Look for cycles seldom meanwhile: batches make hundreds of thousands of objects, and none in a cycle."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _chain(head: deque[Task], rest: Iterator[Task]) -> Iterator[Task]:
    while head:
        yield head.popleft()
    yield from rest


def _wait_for_start(executor: ProcessPoolExecutor) -> None:
    """Until a first worker answers. What goes wrong meanwhile is met again, and told, by the first task."""
    with suppress(Exception):
        executor.submit(os.getpid).result()


def _start(load: Callable[[], Ruleset]) -> None:
    """First thing in a worker."""
    global _stages
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    gc.disable()  # records hold no cycles; a look every COLLECT_EVERY tasks is enough
    from unioncat.services.preload import FORMATS

    _stages = Stages(load(), FORMATS)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(stage: str, task: Task) -> tuple[float, Any]:
    """(processor seconds, result)."""
    global _tasks
    assert _stages is not None
    _tasks += 1
    if _tasks % COLLECT_EVERY == 0:
        gc.collect()
    begun = time.process_time()
    result = getattr(_stages, stage)(*task)
    return time.process_time() - begun, result
