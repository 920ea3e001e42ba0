"""Stored serialisations: what a door rendered once, by kind and cluster, in a file of its own.

A cache and nothing else: it may be deleted at any time, and each machine that serves keeps its own, so that
rendering never waits for (or holds up) a writer of the store. An entry is good exactly while the cluster's
datestamp is the one it was rendered at; entries are only put in when that second is over (`SETTLED`), so that
no later change can carry the same datestamp.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from unioncat.model import ClusterId, ConfigError

__all__ = ["SETTLED", "RenderedCache"]

_log = logging.getLogger(__name__)
SETTLED = timedelta(seconds=2)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS rendered (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, cluster INTEGER NOT NULL, stamp INTEGER NOT NULL, body BLOB NOT NULL,
    UNIQUE (kind, cluster)
);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_IDS_AT_ONCE = 900
_BUSY_SECONDS = 5.0  # rather render again than wait long


class RenderedCache:
    """Safe for threads and processes.

    generation: whatever else the renderings depend on (address, formats, version); a cache of another
    generation is emptied when it is opened. Raises ConfigError if the folder cannot be written.
    """

    def __init__(self, path: Path, generation: str) -> None:
        self.path = path
        self._generation = generation
        self._local = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._prepare()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._remove()  # damaged: nothing of value is lost
                self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"the cache {path} cannot be written ({error}); check the folder") from error

    def get(self, kind: str, stamps: Mapping[ClusterId, datetime]) -> dict[ClusterId, bytes]:
        """Good entries among the clusters asked for, each with its present datestamp."""
        found: dict[ClusterId, bytes] = {}
        ids = list(stamps)
        try:
            connection = self._connection()
            for start in range(0, len(ids), _IDS_AT_ONCE):
                some = ids[start : start + _IDS_AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT cluster, stamp, body FROM rendered WHERE kind = ? AND cluster IN ({marks})"  # noqa: S608
                for cluster, stamp, body in connection.execute(query, (kind, *some)):
                    if int(stamps[cluster].timestamp()) == stamp:
                        found[cluster] = body
        except sqlite3.Error as error:  # only a cache: what it does not give is rendered anew
            _log.warning("the cache %s cannot be read: %s", self.path, error)
            return {}
        return found

    def put(self, kind: str, entries: Iterable[tuple[ClusterId, datetime, bytes]], now: datetime | None = None) -> None:
        """Keep renderings, as far as the file can be written; those whose second is not yet over are passed by."""
        latest = (now or datetime.now(UTC)) - SETTLED
        rows = [(kind, cluster, int(stamp.timestamp()), body) for cluster, stamp, body in entries if stamp <= latest]
        if not rows:
            return
        try:
            with self._connection() as connection:
                connection.executemany(
                    "INSERT INTO rendered (kind, cluster, stamp, body) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (kind, cluster) DO UPDATE SET stamp = excluded.stamp, body = excluded.body",
                    rows,
                )
        except sqlite3.Error as error:
            _log.warning("the cache %s cannot be written: %s", self.path, error)

    def drop(self, clusters: Sequence[ClusterId]) -> None:
        """Forget deleted records."""
        with self._connection() as connection:
            connection.executemany("DELETE FROM rendered WHERE cluster = ?", [(cluster,) for cluster in clusters])

    def fact(self, name: str) -> str:
        """A remembered word, such as how far a warm-up has come; "" for none."""
        row = self._connection().execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def remember(self, name: str, value: str) -> None:
        with self._connection() as connection:
            connection.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
            connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-8192;")
            self._local.connection = connection
        return connection

    def _prepare(self) -> None:
        connection = self._connection()
        connection.executescript(_SCHEMA)
        if self.fact("generation") != self._generation:
            with connection:
                connection.execute("DELETE FROM rendered")
                connection.execute("DELETE FROM fact")
            self.remember("generation", self._generation)

    def _remove(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
