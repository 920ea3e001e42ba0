"""Links: pairs of source records that were accepted or are borderline, with their scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.store.bulk import delete_rows, put_rows
from unioncat.store.tables import LinkRow, SourceRecordRow
from unioncat.store.values import select_with


@dataclass(frozen=True, slots=True)
class Link:
    """`left` < `right`; band: merge or review."""

    left: RecordId
    right: RecordId
    score: float
    band: str


class Links:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, links: Iterable[Link]) -> None:
        rows = [(each.left, each.right, each.score, each.band) for each in links]
        put_rows(self._session, LinkRow, ("left", "right", "score", "band"), rows)

    def drop(self, pairs: Iterable[tuple[RecordId, RecordId]]) -> None:
        delete_rows(self._session, LinkRow, ("left", "right"), list(pairs))

    def of(self, records: Collection[RecordId]) -> list[Link]:
        """Links with at least one end in `records`, each once."""
        found: dict[tuple[int, int], Link] = {}
        for side in ("left", "right"):
            rows = select_with(
                self._session,
                'SELECT l."left", l."right", l.score, l.band'  # noqa: S608
                f' FROM {{values}} JOIN link l ON l."{side}" = v.value',
                records,
            )
            for left, right, score, band in rows:
                found[left, right] = Link(RecordId(left), RecordId(right), score, band)
        return list(found.values())

    def review(self, *, limit: int = 50, offset_after: tuple[float, int, int] | None = None) -> list[Link]:
        """The grey band, highest score first, both records live; pages by the key (score, left, right)."""
        gone = select(SourceRecordRow.id).where(SourceRecordRow.deleted.is_(True))
        query = (
            select(LinkRow)
            .where(LinkRow.band == "review", LinkRow.left.not_in(gone), LinkRow.right.not_in(gone))
            .order_by(LinkRow.score.desc(), LinkRow.left, LinkRow.right)
            .limit(limit)
        )
        if offset_after is not None:
            score, left, right = offset_after
            query = query.where(
                or_(
                    LinkRow.score < score,
                    (LinkRow.score == score) & (LinkRow.left > left),
                    (LinkRow.score == score) & (LinkRow.left == left) & (LinkRow.right > right),
                )
            )
        return [
            Link(RecordId(row.left), RecordId(row.right), row.score, row.band) for row in self._session.scalars(query)
        ]

    def count(self, band: str) -> int:
        return self._session.scalar(select(func.count()).select_from(LinkRow).where(LinkRow.band == band)) or 0
