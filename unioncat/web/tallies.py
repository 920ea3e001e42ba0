"""Counts of the whole catalogue for the pages: asked of the store at most once in SECONDS."""

from __future__ import annotations

import time
from threading import Lock

from unioncat.services.catalogue import Catalogue, Counts

__all__ = ["SECONDS", "Tallies"]

SECONDS = 30.0


class Tallies:
    """Safe for threads; while one thread counts again, the others get the older figures."""

    def __init__(self, catalogue: Catalogue, seconds: float = SECONDS) -> None:
        self._catalogue = catalogue
        self._seconds = seconds
        self._lock = Lock()
        self._counts: Counts | None = None
        self._until = 0.0

    def __call__(self) -> Counts:
        """At most `seconds` old, or as old as the count under way is slow."""
        counts = self._counts
        if counts is not None and time.monotonic() < self._until:
            return counts
        if counts is not None and not self._lock.acquire(blocking=False):
            return counts
        if counts is None:
            self._lock.acquire()
        try:
            if self._counts is None or time.monotonic() >= self._until:
                self._counts = self._catalogue.counts()
                self._until = time.monotonic() + self._seconds
            return self._counts
        finally:
            self._lock.release()
