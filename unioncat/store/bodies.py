"""Whole sources read from end to end: what rebuilding and reprocessing go through, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from unioncat.model import RecordId, SourceId
from unioncat.store.bulk import as_json
from unioncat.store.store import Store
from unioncat.store.tables import SourceBodyRow, SourceRecordRow


@dataclass(frozen=True, slots=True)
class StoredBody:
    """One live source record with everything that is kept of it."""

    record: RecordId
    identifier: str
    format: str
    digest: bytes
    datestamp: datetime
    keys: bytes
    view: bytes
    hints: Mapping[str, str]
    marc: bytes
    raw: bytes

    @property
    def hints_json(self) -> str:
        return as_json(dict(self.hints))


def bodies(store: Store, source: SourceId, page: int = 500) -> Iterator[list[StoredBody]]:
    """Live records in the order of arrival, a page at a time.

    Paged by key, a read session a page, so that a long reading holds nobody up.
    """
    after = 0
    while True:
        query = (
            select(
                SourceRecordRow.id,
                SourceRecordRow.identifier,
                SourceRecordRow.format,
                SourceRecordRow.digest,
                SourceRecordRow.datestamp,
                SourceBodyRow.keys,
                SourceBodyRow.view,
                SourceBodyRow.hints,
                SourceBodyRow.marc,
                SourceBodyRow.raw,
            )
            .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
            .where(SourceRecordRow.source == source, SourceRecordRow.deleted.is_(False), SourceRecordRow.id > after)
            .order_by(SourceRecordRow.id)
            .limit(page)
        )
        with store.read() as session:
            found = [StoredBody(RecordId(row[0]), *row[1:]) for row in session.execute(query)]
        if found:
            yield found
        if len(found) < page:
            return
        after = found[-1].record
