"""The right to harvest a source: one holder at a time, over any number of workers and machines.

A lease runs out by itself two minutes after its holder's last sign of life, so that a dead worker blocks nobody for
long; one whose process died on this machine is taken over at once.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType

from unioncat.model import Conflict, Source, UnionCatError
from unioncat.store import Sources, Store
from unioncat.store.stamping import utc_now

__all__ = ["LEASE", "Lease", "is_dead", "owner_name"]

LEASE = timedelta(minutes=2)
_BEAT = 30.0  # seconds


def owner_name() -> str:
    """``host/pid/nonce``: unique to one holder."""
    return f"{socket.gethostname()[:80]}/{os.getpid()}/{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """True if `owner` was a process of this machine that is no more."""
    host, _, rest = owner.partition("/")
    pid, _, _ = rest.partition("/")
    if host != socket.gethostname()[:80] or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class Lease:
    """Held from `with` to its end, kept alive by a thread. Raises Conflict if somebody else has it.

    `lost` is set if the store said meanwhile that somebody else has it: stop writing then.
    """

    def __init__(self, store: Store, source: Source, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._owner = owner_name()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self.lost = threading.Event()

    def __enter__(self) -> Lease:
        if not self._take():
            with self._store.read() as session:
                held = Sources(session).lease_of(self._source.id)
            if held is None or not is_dead(held[0]):
                who = "somebody" if held is None else f"{held[0]}, until {held[1]:%Y-%m-%d %H:%M:%S} UTC,"
                raise Conflict(f"the source {self._source.code} is being harvested: {who} holds it")
            with self._store.write() as session:
                Sources(session).release(self._source.id, held[0])
            if not self._take():
                raise Conflict(f"the source {self._source.code} has just been taken by another worker")
        self._thread = threading.Thread(target=self._beat, name=f"lease-{self._source.code}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        with self._store.write() as session:
            Sources(session).release(self._source.id, self._owner)

    def check(self) -> None:
        """Raises Conflict once the lease is lost."""
        if self.lost.is_set():
            raise Conflict(f"the lease on the source {self._source.code} was lost to another worker")

    def _take(self) -> bool:
        now = self._clock()
        with self._store.write() as session:
            return Sources(session).lease(self._source.id, self._owner, now + LEASE, now)

    def _beat(self) -> None:
        while not self._end.wait(_BEAT):
            try:
                if not self._take():
                    self.lost.set()
                    return
            except UnionCatError:  # the store is busy: the next beat comes before the lease runs out
                continue
