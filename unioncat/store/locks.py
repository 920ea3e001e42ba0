"""One at a time, over all processes: a named lock that goes when its holder does, however it ends."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import text

from unioncat.store.engine import parse_url, sqlite_path
from unioncat.store.store import Store

_threads: dict[str, threading.Lock] = {}
_guard = threading.Lock()


@contextmanager
def alone(store: Store, name: str) -> Iterator[None]:
    """Wait until nobody else (thread, process, machine) is inside `alone` with this store and name.

    SQLite: a lock on a file beside the store; PostgreSQL: an advisory lock of a session of its own.
    """
    path = sqlite_path(parse_url(store.url))
    with _guard:
        mine = _threads.setdefault(f"{store.url}#{name}", threading.Lock())
    with mine:
        if store.is_sqlite:
            if path is None:
                yield  # in memory: this process is alone anyway
                return
            with Path(f"{path}-{name}.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
            return
        number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})
