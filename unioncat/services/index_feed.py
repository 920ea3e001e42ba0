"""Index feed: what clustering has just written goes into the search index without being read back.

The index is a projection of the change log, kept by `unioncat.services.indexing`. A bulk load is that log being
written; while it goes on, and if nobody else writes the index and the index is up to date, the merged records
are handed over as they are committed. Whenever that is not so, or a crash cuts it short, nothing is lost: the
index knows the last change that it contains, and the indexer goes on from there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unioncat.model import ClusterId, ConfigError, Conflict, Member, MemberCode, NotFound
from unioncat.search import open_engine, open_writer
from unioncat.search.engine import IndexWriter
from unioncat.services.pipeline import Indexed
from unioncat.services.pool import WorkPool
from unioncat.store import Changes, Store
from unioncat.store.cluster_writing import Stamped

__all__ = ["IndexFeed"]

COMMIT_EVERY = 50_000  # documents
MOST_WAITING = 8  # batches being made into documents


class IndexFeed:
    """documents: handed to the index so far; seconds: processor time of this process."""

    def __init__(self, store: Store, index_url: str, pool: WorkPool) -> None:
        self._store = store
        self._url = index_url
        self._pool = pool
        self._writer: IndexWriter | None = None
        self._change = 0
        self._uncommitted = 0
        self._waiting: deque[tuple[list[ClusterId], list[ClusterId], int, Callable[[], Any]]] = deque()
        self.documents = 0
        self.seconds = 0.0

    def begin(self) -> None:
        """Take the index if it is free and current; else do nothing, the indexer will follow."""
        with self._store.read() as session:
            last = Changes(session).last()
        try:
            missing = False
            try:
                current = open_engine(self._url).change_number()
            except NotFound:
                missing, current = True, 0
            if current != last:
                return
            self._writer = open_writer(self._url, fresh=missing)
        except (Conflict, ConfigError):
            return
        self._change = last

    def take(
        self,
        stamped: Stamped,
        clusters: Sequence[Indexed],
        gone: Sequence[ClusterId],
        members: Mapping[MemberCode, Member],
    ) -> None:
        """What one transaction changed, after its commit. Somebody else's change in between ends the feed.

        gone: to be taken out of the index; ids that are not there are no error
        """
        if self._writer is None:
            return
        begun = time.thread_time()
        if stamped.first != self._change + 1:
            self.finish()
        else:
            self._change = stamped.last
            made = self._pool.submit("encode", (self._url, list(clusters), stamped.stamp, members))
            self._waiting.append((list(gone), [each.id for each in clusters], stamped.last, made))
            if len(self._waiting) > MOST_WAITING:
                self._put()
        self.seconds += time.thread_time() - begun

    def finish(self) -> None:
        """Write and commit what was taken, and let go of the index."""
        writer = self._writer
        if writer is None:
            return
        begun = time.thread_time()
        try:
            while self._waiting:
                self._put()
            if self._uncommitted:
                writer.commit(self._change)
        finally:
            self._writer = None
            self._waiting.clear()
            writer.close()
        self.seconds += time.thread_time() - begun

    def abandon(self) -> None:
        """Let go of the index without what is not committed."""
        writer, self._writer = self._writer, None
        self._waiting.clear()
        if writer is not None:
            writer.close()

    def _put(self) -> None:
        assert self._writer is not None
        gone, ids, change, made = self._waiting.popleft()
        encoded = made()
        if gone:
            self._writer.delete(gone)
        if ids:
            self._writer.put_encoded(ids, encoded)
        self.documents += len(ids)
        self._uncommitted += len(ids) + len(gone)
        if self._uncommitted >= COMMIT_EVERY:
            self._writer.commit(change)
            self._uncommitted = 0
