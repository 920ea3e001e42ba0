"""Threads that answer requests while the event loop goes on: a fixed number, and no address can have them all."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable
from queue import SimpleQueue

__all__ = ["Workers"]

Job = tuple[Callable[[], object], Callable[[object], None], str]


class Workers:
    """Runs jobs in threads. `submit` and the callbacks belong to the event loop's thread.

    threads:      how many jobs run at once
    per_address:  of these, for one address; more wait their turn while others go on
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int, per_address: int) -> None:
        self._loop = loop
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._per_address = per_address
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[Job]] = {}
        self._few = max(threads // 4, 1)
        self.active = 0  # jobs that run or wait
        self._threads = [
            threading.Thread(target=self._work, name=f"z3950-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def quiet(self) -> bool:
        """So few jobs that one may keep its thread, waiting for what follows."""
        return self.active < self._few

    def submit(self, work: Callable[[], object], done: Callable[[object], None], address: str) -> None:
        """`done` gets what `work` returned, in the event loop. `work` never raises."""
        job = (work, done, address)
        self.active += 1
        if self._running[address] >= self._per_address:
            self._waiting.setdefault(address, deque()).append(job)
            return
        self._running[address] += 1
        self._queue.put(job)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            work, done, address = job
            result = work()
            try:
                self._loop.call_soon_threadsafe(self._finished, done, result, address)
            except RuntimeError:  # the loop is closed: nobody waits for this any more
                return

    def _finished(self, done: Callable[[object], None], result: object, address: str) -> None:
        self.active -= 1
        waiting = self._waiting.get(address)
        if waiting:
            self._queue.put(waiting.popleft())
            if not waiting:
                del self._waiting[address]
        else:
            self._running[address] -= 1
            if not self._running[address]:
                del self._running[address]
        done(result)

    def stop(self) -> None:
        """Threads end after what they are doing; jobs that wait are dropped."""
        self._waiting.clear()
        for _ in self._threads:
            self._queue.put(None)
