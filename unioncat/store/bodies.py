"""Whole sources read from end to end: what rebuilding and reprocessing go through, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import select

from unioncat.model import SourceId
from unioncat.store.store import Store
from unioncat.store.tables import SourceBodyRow, SourceRecordRow

PAGE = 500


def raw_records(store: Store, source: SourceId) -> Iterator[tuple[str, str, bytes, Mapping[str, str], datetime]]:
    """(identifier, format, raw bytes, hints, datestamp) of every live record, in the order of arrival.

    Paged by key, a read session a page, so that a long reading holds nobody up.
    """
    after = 0
    while True:
        query = (
            select(
                SourceRecordRow.id,
                SourceRecordRow.identifier,
                SourceRecordRow.format,
                SourceBodyRow.raw,
                SourceBodyRow.hints,
                SourceRecordRow.datestamp,
            )
            .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
            .where(SourceRecordRow.source == source, SourceRecordRow.deleted.is_(False), SourceRecordRow.id > after)
            .order_by(SourceRecordRow.id)
            .limit(PAGE)
        )
        with store.read() as session:
            page = session.execute(query).all()
        for number, identifier, format_name, raw, hints, stamp in page:
            after = number
            yield identifier, format_name, raw, hints, stamp
        if len(page) < PAGE:
            return
