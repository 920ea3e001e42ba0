"""Peak memory of a process and everything that it started, sampled from outside."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil

INTERVAL = 0.1  # seconds


class MemoryWatch:
    """peak: bytes, proportional set size summed over the tree, so that shared pages count once.

    A context manager around the time that the process lives.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        try:
            top = psutil.Process(self._pid)
            return sum(_proportional(each.pid) for each in (top, *top.children(recursive=True)))
        except psutil.NoSuchProcess:
            return 0


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return 0
    return 0
