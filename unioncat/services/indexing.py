"""The search index as a projection of the change log: catch up, rebuild beside the live one, follow for ever.

The index knows the number of the last change that it contains. Whatever happened in between (kill -9, a lost
disk, a restored backup), the next run goes on from there or builds anew; nothing else is kept about it.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from unioncat.model import ClusterId, ConfigError, Conflict, Member, MemberCode, NotFound, UnionRecord
from unioncat.search import document_from_json, open_engine, open_writer
from unioncat.search.engine import IndexWriter
from unioncat.search.index_life import encoder, file_damage, forget_rebuild_request, rebuild_requested, request_rebuild
from unioncat.store import Changes, Clusters, Members, Store

__all__ = ["IndexStatus", "Indexer", "record_version"]

log = logging.getLogger(__name__)

_PAGE = 500  # records a task of the pool
_CHANGES_AT_ONCE = 20_000
_POLL_SECONDS = 0.25
_POOL_FROM = 2000
"""Below so many records a pool of processes costs more than it brings."""

State = Literal["current", "behind", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """state: behind: `lag` changes are not yet in the index. message: what is wrong and what to do, else ""."""

    url: str
    state: State
    documents: int
    change: int
    last_change: int
    message: str = ""

    @property
    def lag(self) -> int:
        return max(self.last_change - self.change, 0)


def record_version(record: UnionRecord) -> int:
    """63 bits of the fingerprint: the same as long as record and holdings are."""
    return int.from_bytes(record.fingerprint[:8].ljust(8, b"\0"), "big") >> 1


class Indexer:
    """Keeps the index at `index_url` in step with `store`.

    workers: processes that make documents when there are many; 1 makes all of them here
    """

    def __init__(self, store: Store, index_url: str, workers: int = 1) -> None:
        self._store = store
        self._url = index_url
        self._workers = workers
        self._checked = False

    # ------------------------------------------------------------ what operators ask

    def status(self, check: bool = False) -> IndexStatus:
        """How far the index is. check: also read all its files and compare their checksums."""
        with self._store.read() as session:
            last = Changes(session).last()
        engine = open_engine(self._url)
        try:
            if check and (damage := file_damage(self._url)):
                return IndexStatus(self._url, "damaged", 0, 0, last, f"{damage}; run: unioncat index rebuild")
            change, documents = engine.change_number(), engine.count()
        except NotFound as error:
            return IndexStatus(self._url, "missing", 0, 0, last, str(error))
        except ConfigError as error:
            return IndexStatus(self._url, "damaged", 0, 0, last, str(error))
        state: State = "behind" if change < last else "current"
        return IndexStatus(self._url, state, documents, change, last)

    def catch_up(self, progress: Callable[[int], None] = lambda done: None) -> int:
        """Bring the index up to the last change; how many records were written or removed.

        A missing index, a damaged one, one of another layout or of a store that has fewer changes is built anew.
        Raises Conflict while another process writes it.
        """
        with self._writing(progress) as writing:
            return writing.done + writing.catch_up()

    def rebuild(self, progress: Callable[[int], None] = lambda done: None, wait: float = 3600.0) -> int:
        """Build a new index beside the one that is read, then swap; how many records it holds.

        If another process (``unioncat worker``) writes the index, that one is asked to do it, and this call
        waits for it, up to `wait` seconds. Raises Conflict when that was in vain.
        """
        try:
            with self._writing(progress, fresh=True) as writing:
                writing.catch_up()
        except Conflict:
            self._ask_the_writer(wait)
        return open_engine(self._url).count()

    def run_forever(self, stop: threading.Event) -> None:
        """Follow the change log until `stop`; a change is visible within a second. Errors are logged and retried."""
        while not stop.is_set():
            try:
                with self._writing(lambda done: None) as writing:
                    while not stop.is_set():
                        if rebuild_requested(self._url):
                            break
                        if not writing.catch_up():
                            stop.wait(_POLL_SECONDS)
                if not stop.is_set() and rebuild_requested(self._url):
                    with self._writing(lambda done: None, fresh=True) as writing:
                        writing.catch_up()
                    forget_rebuild_request(self._url)
            except Conflict:
                stop.wait(1.0)  # another process follows; take over when it ends
            except Exception:
                log.exception("the index %s could not be brought up to date; trying again", self._url)
                stop.wait(5.0)

    # ------------------------------------------------------------ how

    def _ask_the_writer(self, wait: float) -> None:
        request_rebuild(self._url)
        end = time.monotonic() + wait
        while rebuild_requested(self._url):
            if time.monotonic() > end:
                forget_rebuild_request(self._url)
                raise Conflict(f"the process that writes {self._url} did not rebuild it; stop it and try again")
            time.sleep(0.2)

    def _writing(self, progress: Callable[[int], None], *, fresh: bool = False) -> _Writing:
        return _Writing(self._store, self._url, self._workers, progress, fresh or not self._usable())

    def _usable(self) -> bool:
        """The index can be gone on with: it is there, whole, of this layout, and not ahead of the store."""
        try:
            if not self._checked and (damage := file_damage(self._url)):
                log.error("%s; it is built anew", damage)
                return False
            change = open_engine(self._url).change_number()
        except NotFound:
            return False
        except ConfigError as error:
            log.error("%s (done now)", error)
            return False
        self._checked = True
        with self._store.read() as session:
            if change > Changes(session).last():
                log.error("the index %s is ahead of the store, which was restored perhaps; it is built anew", self._url)
                return False
        return True


class _Writing:
    """One stretch of writing: holds the writer's lock and, when there is much to do, a pool of processes."""

    def __init__(self, store: Store, url: str, workers: int, progress: Callable[[int], None], fresh: bool) -> None:
        self._store = store
        self._url = url
        self._workers = workers
        self._progress = progress
        self._pool: ProcessPoolExecutor | None = None
        self._writer: IndexWriter = open_writer(url, fresh=fresh)
        self._change = 0
        self.done = 0
        try:
            if fresh:
                self._fill()
            else:
                self._change = open_engine(url).change_number()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._writer.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _fill(self) -> None:
        """All live records. Changes made meanwhile are caught up with afterwards: their numbers are above `change`."""
        with self._store.read() as session:
            self._change = Changes(session).last()
            total = Clusters(session).count()
            ids = list(Clusters(session).ids())
        self._put(ids, total)
        self._writer.commit(self._change)

    def catch_up(self) -> int:
        """Everything after the last change contained, in several commits if it is much; how many records."""
        done = 0
        while True:
            with self._store.read() as session:
                changes = Changes(session).after(self._change, _CHANGES_AT_ONCE)
            if not changes:
                return done
            ids = list(dict.fromkeys(cluster for _, cluster in changes))
            self._put(ids, len(ids))
            self._change = changes[-1][0]
            self._writer.commit(self._change)
            done += len(ids)

    def _put(self, ids: Sequence[ClusterId], total: int) -> None:
        with self._store.read() as session:
            members = {member.code: member for member in Members(session).all()}
        tasks = (self._load(ids[start : start + _PAGE]) for start in range(0, len(ids), _PAGE))
        for gone, kept, encoded in self._made(tasks, members, total):
            if gone:
                self._writer.delete(gone)
            if kept:
                self._writer.put_encoded(kept, encoded)
            self.done += len(gone) + len(kept)
            self._progress(len(gone) + len(kept))

    def _load(self, ids: Sequence[ClusterId]) -> tuple[list[ClusterId], list[UnionRecord]]:
        """(no longer to be found, live records)."""
        with self._store.read() as session:
            records = Clusters(session).many(ids)
            hidden = Clusters(session).suppressed_among(ids)
        live = [record for record in records if not record.deleted and record.id not in hidden]
        kept = {record.id for record in live}
        return [cluster for cluster in ids if cluster not in kept], live

    def _made(
        self,
        tasks: Iterable[tuple[list[ClusterId], list[UnionRecord]]],
        members: dict[MemberCode, Member],
        total: int,
    ) -> Iterator[tuple[list[ClusterId], list[ClusterId], list[Any]]]:
        """(to delete, ids put, their documents encoded) of each task; made in the pool when there is much."""
        if self._workers < 2 or total < _POOL_FROM:
            for gone, live in tasks:
                yield gone, [record.id for record in live], _encode(self._url, members, live)
            return
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([__name__])
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context)
        waiting: list[tuple[list[ClusterId], list[ClusterId], Any]] = []
        for gone, live in tasks:
            future = self._pool.submit(_encode, self._url, members, live)
            waiting.append((gone, [record.id for record in live], future))
            if len(waiting) > self._workers * 2:
                first = waiting.pop(0)
                yield first[0], first[1], first[2].result()
        for gone, ids, future in waiting:
            yield gone, ids, future.result()


def _encode(url: str, members: dict[MemberCode, Member], records: Sequence[UnionRecord]) -> list[Any]:
    """Documents of these records, in the form that the engine's writer takes."""
    make = encoder(url)
    documents = (
        document_from_json(
            record.marc,
            record.holdings,
            members,
            record.datestamp,
            cluster=record.id,
            created=record.created,
            sets=record.sets,
            version=record_version(record),
        )
        for record in records
    )
    return [make(each) for each in documents]
