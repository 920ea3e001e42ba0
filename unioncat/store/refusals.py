"""Refused records: bytes, place and reason, kept until a retry goes well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from unioncat.model import NotFound, Refusal, SourceId
from unioncat.store.bulk import as_json, insert_rows
from unioncat.store.tables import RefusalRow

PAGE = 200


class Refusals:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, refusals: Sequence[Refusal]) -> None:
        """Their `id` is given by the store."""
        columns = ("harvest", "source", "position", "identifier", "format", "raw", "hints", "reason", "settled")
        rows = [
            (
                each.harvest,
                each.source,
                each.position,
                each.identifier,
                each.format,
                each.raw,
                as_json(dict(each.hints)),
                each.reason,
                each.settled,
            )
            for each in refusals
        ]
        insert_rows(self._session, RefusalRow, columns, rows)

    def get(self, number: int) -> Refusal:
        """Raises NotFound."""
        row = self._session.get(RefusalRow, number, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no refused record number {number}")
        return _refusal(row)

    def page(
        self,
        *,
        source: SourceId | None = None,
        harvest: int | None = None,
        settled: bool | None = False,
        after: int = 0,
        limit: int = PAGE,
    ) -> list[Refusal]:
        """By number, after `after`; waiting ones, settled ones or (None) both."""
        query = select(RefusalRow).where(RefusalRow.id > after).order_by(RefusalRow.id).limit(limit)
        if source is not None:
            query = query.where(RefusalRow.source == source)
        if harvest is not None:
            query = query.where(RefusalRow.harvest == harvest)
        if settled is not None:
            query = query.where(RefusalRow.settled.is_(settled))
        return [_refusal(row) for row in self._session.scalars(query)]

    def all(
        self, *, source: SourceId | None = None, harvest: int | None = None, settled: bool | None = False
    ) -> Iterator[Refusal]:
        """As `page`, all of them, read page by page."""
        after = 0
        while page := self.page(source=source, harvest=harvest, settled=settled, after=after):
            yield from page
            after = page[-1].id

    def count(self, *, source: SourceId | None = None, harvest: int | None = None, settled: bool = False) -> int:
        query = select(func.count()).select_from(RefusalRow).where(RefusalRow.settled.is_(settled))
        if source is not None:
            query = query.where(RefusalRow.source == source)
        if harvest is not None:
            query = query.where(RefusalRow.harvest == harvest)
        return self._session.scalar(query) or 0

    def settle(self, numbers: Sequence[int]) -> None:
        self._session.execute(update(RefusalRow).where(RefusalRow.id.in_(numbers)).values(settled=True))


def _refusal(row: RefusalRow) -> Refusal:
    return Refusal(
        id=row.id,
        harvest=row.harvest,
        source=SourceId(row.source),
        reason=row.reason,
        position=row.position,
        identifier=row.identifier,
        format=row.format,
        raw=row.raw,
        hints=row.hints,
        settled=row.settled,
    )
