"""Reprocess: make everything that is computed from a record's bytes anew, after an update of the software.

The bytes are kept as received, so a better reader or repair reaches old records too. Only what comes out
otherwise is written and clustered again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from unioncat.model import RecordId, Source
from unioncat.services.pipeline import Prepared, Raw
from unioncat.services.pool import WorkPool
from unioncat.store import NewRecord, RecordWriting, Sources, Store
from unioncat.store.bodies import StoredBody, bodies
from unioncat.store.dirty import Dirty

__all__ = ["Reprocessed", "reprocess"]

BATCH = 500


@dataclass(slots=True)
class Reprocessed:
    """read: live records; changed: written anew; unreadable: kept as they were, for they cannot be read any more."""

    read: int = 0
    changed: int = 0
    unreadable: int = 0


def reprocess(
    store: Store,
    pool: WorkPool,
    recluster: Callable[[], object] | None = None,
    progress: Callable[[Reprocessed], None] | None = None,
) -> Reprocessed:
    """Over all sources. Kill it and run it again: what is done is found unchanged."""
    done = Reprocessed()
    with store.read() as session:
        sources = Sources(session).all()
    for source in sources:
        pages: list[list[StoredBody]] = []
        for _, prepared in pool.map("prepare", _tasks(store, source, pages)):
            _write(store, source, pages.pop(0), prepared, done)
            if progress is not None:
                progress(done)
    if done.changed and recluster is not None:
        recluster()
    return done


def _tasks(store: Store, source: Source, pages: list[list[StoredBody]]) -> Iterator[tuple[list[Raw]]]:
    for page in bodies(store, source.id, BATCH):
        pages.append(page)
        yield ([(body.format, body.raw, place, body.hints) for place, body in enumerate(page, 1)],)


def _write(store: Store, source: Source, page: list[StoredBody], prepared: list[Prepared], done: Reprocessed) -> None:
    changed: list[tuple[RecordId, NewRecord]] = []
    for body, made in zip(page, prepared, strict=True):
        done.read += 1
        if made.refused is not None or made.deleted:
            done.unreadable += 1
        elif (body.marc, body.view, body.keys) != (made.marc, made.view, made.keys):
            record = NewRecord(
                identifier=body.identifier,
                format=body.format,
                digest=body.digest,
                datestamp=body.datestamp,
                marc=made.marc,
                raw=body.raw,
                view=made.view,
                keys=made.keys,
                findings=made.findings,
                hints=body.hints_json,
            )
            changed.append((body.record, record))
    if changed:
        with store.write() as session:
            writing = RecordWriting(session)
            writing.hold(source.id)
            heads = writing.by_identifier(source.id, [record.identifier for _, record in changed])
            now = {head.id: head.digest for head in heads.values() if not head.deleted}
            still = [(number, record) for number, record in changed if now.get(number) == record.digest]
            writing.replace(still, None)
            Dirty(session).mark([number for number, _ in still])
        done.changed += len(still)
