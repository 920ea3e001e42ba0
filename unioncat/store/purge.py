"""Forget a source for good, when nothing of it stands in the catalogue any more."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from unioncat.model import Conflict, SourceId
from unioncat.store.tables import (
    DirtyRecordRow,
    HarvestRow,
    MatchedRow,
    RefusalRow,
    SeenRow,
    SourceBodyRow,
    SourceRecordRow,
)


def purge_source(session: Session, source: SourceId) -> None:
    """Remove its deleted records, its runs and its refused records. Raises Conflict while anything is live or dirty."""
    mine = select(SourceRecordRow.id).where(SourceRecordRow.source == source)
    live = session.scalar(mine.where(SourceRecordRow.deleted.is_(False)).limit(1))
    dirty = session.scalar(select(DirtyRecordRow.record).where(DirtyRecordRow.record.in_(mine)).limit(1))
    if live is not None or dirty is not None:
        raise Conflict("records of this source are still in the catalogue; wait until they are clustered")
    runs = select(HarvestRow.id).where(HarvestRow.source == source)
    session.execute(delete(SourceBodyRow).where(SourceBodyRow.record.in_(mine)))
    session.execute(delete(MatchedRow).where(MatchedRow.record.in_(mine)))
    session.execute(delete(SourceRecordRow).where(SourceRecordRow.source == source))
    session.execute(delete(SeenRow).where(SeenRow.harvest.in_(runs)))
    session.execute(delete(RefusalRow).where(RefusalRow.source == source))
    session.execute(delete(HarvestRow).where(HarvestRow.source == source))
