"""The review queue, read side: borderline pairs that wait for a person, one for each two merged records.

A pair waits if it was linked and its records still stand apart: it lies in the grey band, or it would merge but a
guard or a third record holds it back. One word on it decides about all pairs between the two merged records, so
two that have a live verdict between them wait no more. Records that are to be clustered anew are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, MemberCode, RecordKey, record_key
from unioncat.store.bulk import is_sqlite
from unioncat.store.values import select_with

Place = tuple[int, float, int, int]
"""Where a pair stands in the queue: its weight, its score, the ids of both merged records; the queue pages by it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair that waits for a verdict, for the two merged records that it would join or part for good.

    left, right: by record key; of several pairs the one with the highest score
    band:     review, or merge if something else holds the two apart
    clusters: the two merged records, the lower id first
    settles:  borderline pairs between the two merged records, all decided by one verdict
    records:  live source records in both of them
    """

    left: RecordKey
    right: RecordKey
    score: float
    band: str
    clusters: tuple[ClusterId, ClusterId]
    settles: int
    records: int

    @property
    def place(self) -> Place:
        return (self.settles * self.records, self.score, *self.clusters)


class WaitingPairs:
    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self, *, member: MemberCode | None = None, after: Place | None = None, limit: int = 50
    ) -> tuple[list[Waiting], int]:
        """(what a verdict would settle most of first, how many wait in all); ties: the higher score, then the ids.

        member: only pairs with a record of this library. after: the place of the last one seen.
        """
        given: dict[str, Any] = {"most": limit}
        if after is not None:
            given |= dict(zip(("weight", "score", "one", "other"), after, strict=True))
        rows = self._ask(_PAGE.replace("@behind@", _BEHIND if after is not None else ""), member, given)
        if not rows:
            return [], self.count(member)
        best = self._best(member, {(row.one, row.other) for row in rows})
        found = []
        for row in rows:
            low, high, band = best[row.one, row.other]
            both = (ClusterId(row.one), ClusterId(row.other))
            found.append(Waiting(low, high, row.score, band, both, row.settles, row.records))
        return found, int(rows[0].total)

    def count(self, member: MemberCode | None = None) -> int:
        """How many there are in all pages of `page`."""
        rows = self._ask(_COUNT, member, {})
        return int(rows[0][0])

    def _best(
        self, member: MemberCode | None, wanted: set[tuple[int, int]]
    ) -> dict[tuple[int, int], tuple[RecordKey, RecordKey, str]]:
        """(one, other) → the record keys and the band of the pair with the highest score; ties: the keys."""
        ranked: dict[tuple[int, int], tuple[float, RecordKey, RecordKey, str]] = {}
        statement = _filled(_PAIRS_OF, member)
        given = {"member": member} if member else {}
        rows = select_with(self._session, statement, sorted({one for one, _ in wanted}), **given)
        for one, other, score, band, source, identifier, their_source, their_identifier in rows:
            both = (min(one, other), max(one, other))
            if both in wanted:
                low, high = sorted((record_key(source, identifier), record_key(their_source, their_identifier)))
                ranked[both] = min(ranked.get(both, (1.0, low, high, band)), (-score, low, high, band))
        return {both: (low, high, band) for both, (_, low, high, band) in ranked.items()}

    def _ask(self, statement: str, member: MemberCode | None, given: dict[str, Any]) -> list[Any]:
        slash = "instr(v.right_key, '/')" if is_sqlite(self._session) else "strpos(v.right_key, '/')"
        filled = _filled(_QUEUE + statement, member).replace("@slash@", slash)
        return list(self._session.execute(text(filled), given | ({"member": member} if member else {})))


def _filled(statement: str, member: MemberCode | None) -> str:
    """With what makes a pair one that waits, and one of this library."""
    return statement.replace("@apart@", _APART).replace("@own@", _OWN if member else "1 = 1")


_OWN = """(a.source IN (SELECT id FROM source WHERE member = :member)
           OR b.source IN (SELECT id FROM source WHERE member = :member))"""

_APART = """a.cluster <> b.cluster AND NOT a.deleted AND NOT b.deleted
      AND NOT EXISTS (SELECT 1 FROM dirty_record d WHERE d.record IN (a.id, b.id))"""

_QUEUE = """
WITH pair AS (
    SELECT CASE WHEN a.cluster < b.cluster THEN a.cluster ELSE b.cluster END AS one,
           CASE WHEN a.cluster < b.cluster THEN b.cluster ELSE a.cluster END AS other,
           l.score, CASE WHEN @own@ THEN 1 END AS own
    FROM link l JOIN source_record a ON a.id = l."left" JOIN source_record b ON b.id = l."right"
    WHERE @apart@
), both_of AS (
    SELECT one, other, count(*) AS settles, max(CASE WHEN own = 1 THEN score END) AS score
    FROM pair GROUP BY one, other HAVING count(own) > 0
), waiting AS (
    SELECT one, other, settles, score,
           (SELECT count(*) FROM source_record x WHERE x.cluster IN (one, other) AND NOT x.deleted) AS records
    FROM both_of
    WHERE NOT EXISTS (
        SELECT 1 FROM source_record x
        JOIN source sx ON sx.id = x.source
        JOIN verdict v ON v.left_key = sx.code || '/' || x.identifier AND v.superseded IS NULL
        JOIN source sy ON sy.code = substr(v.right_key, 1, @slash@ - 1)
        JOIN source_record y ON y.source = sy.id AND y.identifier = substr(v.right_key, @slash@ + 1)
        WHERE x.cluster IN (one, other) AND y.cluster IN (one, other) AND x.cluster <> y.cluster
          AND NOT x.deleted AND NOT y.deleted)
), queue AS (
    SELECT one, other, score, settles, records, settles * records AS weight FROM waiting
)
"""

_COUNT = "SELECT count(*) FROM queue"
_PAGE = """
SELECT queue.*, (SELECT count(*) FROM queue) AS total FROM queue @behind@
ORDER BY weight DESC, score DESC, one, other LIMIT :most
"""
_BEHIND = """
WHERE weight < :weight OR (weight = :weight AND (score < :score OR (score = :score AND (
      one > :one OR (one = :one AND other > :other)))))
"""

_PAIRS_OF = """
SELECT v.value, b.cluster, l.score, l.band, sa.code, a.identifier, sb.code, b.identifier
FROM {values} JOIN source_record a ON a.cluster = v.value
JOIN (SELECT "left" AS here, "right" AS there, score, band FROM link
      UNION ALL SELECT "right", "left", score, band FROM link) l ON l.here = a.id
JOIN source_record b ON b.id = l.there
JOIN source sa ON sa.id = a.source JOIN source sb ON sb.id = b.source
WHERE @apart@ AND @own@
"""
