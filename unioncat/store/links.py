"""Links: pairs of source records that were accepted or are borderline, with their scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from unioncat.model import RecordId
from unioncat.store.bulk import delete_rows, put_rows
from unioncat.store.tables import LinkRow
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
