"""Work that a page begins and does not wait for: a harvest, a large upload. Its state can be asked for by name."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from unioncat.model import Conflict, UnionCatError

__all__ = ["Jobs"]

log = logging.getLogger(__name__)
MOST_REMEMBERED = 500


class Jobs:
    """threads: jobs at one time; the others wait in line."""

    def __init__(self, threads: int = 2) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="unioncat-job")
        self._lock = threading.Lock()
        self._jobs: dict[str, Future[object]] = {}

    def start(self, name: str, work: Callable[[], object]) -> None:
        """Raises Conflict while a job of this name is under way."""
        with self._lock:
            before = self._jobs.get(name)
            if before is not None and not before.done():
                raise Conflict(f"{name} is under way already")
            self._jobs.pop(name, None)
            if len(self._jobs) >= MOST_REMEMBERED:
                for old in [one for one, job in self._jobs.items() if job.done()][: MOST_REMEMBERED // 2]:
                    del self._jobs[old]
            self._jobs[name] = self._executor.submit(self._run, name, work)

    def _run(self, name: str, work: Callable[[], object]) -> object:
        try:
            return work()
        except UnionCatError:
            raise
        except Exception:
            log.exception("job %s", name)
            raise

    def is_running(self, name: str) -> bool:
        with self._lock:
            job = self._jobs.get(name)
        return job is not None and not job.done()

    def problem(self, name: str) -> str:
        """Why the last job of this name failed; "" if it did not, or there was none."""
        with self._lock:
            job = self._jobs.get(name)
        if job is None or not job.done():
            return ""
        error = job.exception()
        return "" if error is None else str(error) or type(error).__name__

    def wait(self, name: str, seconds: float = 60.0) -> None:
        """Until the job has ended."""
        with self._lock:
            job = self._jobs.get(name)
        if job is not None:
            job.exception(timeout=seconds)

    def close(self) -> None:
        """Lets running jobs end; those in line are dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
