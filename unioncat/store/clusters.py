"""Clusters: the merged records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, Holding, NotFound, Provenance, RecordKey, UnionRecord, public_id
from unioncat.store.holdings import Holdings
from unioncat.store.rows import changed, pieces
from unioncat.store.tables import ClusterRow, ClusterSetRow

_COLUMNS = (
    ClusterRow.id,
    ClusterRow.marc,
    ClusterRow.fingerprint,
    ClusterRow.created,
    ClusterRow.datestamp,
    ClusterRow.deleted,
    ClusterRow.heir,
)
PAGE = 500
_BODIES = select(ClusterRow.id, ClusterRow.marc, ClusterRow.datestamp).where(
    ClusterRow.id.in_(bindparam("ids", expanding=True)), ClusterRow.deleted.is_(False)
)


class Clusters:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, cluster: ClusterId) -> UnionRecord:
        """The record in whatever state; a deleted one too. Raises NotFound."""
        found = self.many([cluster])
        if not found:
            raise NotFound(f"there is no record {public_id(cluster)}")
        return found[0]

    def many(self, clusters: Sequence[ClusterId]) -> list[UnionRecord]:
        """The records of these ids, in this order; unknown ids are left out."""
        rows: dict[int, Any] = {}
        sets: dict[int, list[str]] = {}
        holdings: dict[ClusterId, list[Holding]] = {}
        for ids in pieces(clusters):
            for found in self._session.execute(select(*_COLUMNS).where(ClusterRow.id.in_(ids))):
                rows[found.id] = found
            named = (
                select(ClusterSetRow.cluster, ClusterSetRow.set_spec)
                .where(ClusterSetRow.cluster.in_(ids), ClusterSetRow.gone.is_(False), ClusterSetRow.set_spec != "")
                .order_by(ClusterSetRow.set_spec)
            )
            for cluster, set_spec in self._session.execute(named):
                sets.setdefault(cluster, []).append(set_spec)
            holdings.update(Holdings(self._session).of_many(ids))
        return [
            UnionRecord(
                id=cluster,
                marc=row.marc,
                fingerprint=row.fingerprint,
                created=row.created,
                datestamp=row.datestamp,
                deleted=row.deleted,
                heir=row.heir,
                holdings=tuple(holdings.get(cluster, ())),
                sets=tuple(sets.get(cluster, ())),
            )
            for cluster in clusters
            if (row := rows.get(cluster)) is not None
        ]

    def bodies(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, tuple[bytes, datetime]]:
        """(merged MARC, datestamp) of the live ones: all that a rendering without holdings needs, in one query."""
        rows = self._session.connection().execute(_BODIES, {"ids": list(clusters)})
        return {ClusterId(cluster): (marc, datestamp) for cluster, marc, datestamp in rows}

    def heir(self, cluster: ClusterId) -> ClusterId:
        """The live end of the chain of heirs (the cluster itself if it has none). Raises NotFound."""
        seen = {cluster}
        while True:
            found = self._session.execute(select(ClusterRow.heir).where(ClusterRow.id == cluster)).first()
            if found is None:
                raise NotFound(f"there is no record {public_id(cluster)}")
            if found[0] is None or found[0] in seen:
                return cluster
            cluster = ClusterId(found[0])
            seen.add(cluster)

    def provenance(self, cluster: ClusterId) -> list[Provenance]:
        """Field by field; empty for a deleted one. Raises NotFound."""
        found = self._session.scalar(select(ClusterRow.provenance).where(ClusterRow.id == cluster))
        if found is None:
            raise NotFound(f"there is no record {public_id(cluster)}")
        return _provenance(orjson.loads(found or b"[]"))

    def ids(self, *, deleted: bool | None = False) -> Iterator[ClusterId]:
        """All ids ascending, paged by key; live ones, deleted ones or (None) both."""
        after = 0
        while True:
            query = select(ClusterRow.id).where(ClusterRow.id > after).order_by(ClusterRow.id).limit(PAGE * 10)
            if deleted is not None:
                query = query.where(ClusterRow.deleted.is_(deleted))
            page = self._session.scalars(query).all()
            yield from (ClusterId(cluster) for cluster in page)
            if len(page) < PAGE * 10:
                return
            after = page[-1]

    def last_id(self) -> int:
        """The highest one there ever was a record of; 0 in an empty catalogue."""
        return self._session.scalar(select(func.max(ClusterRow.id))) or 0

    def stamps(self, after: int, span: int) -> list[tuple[ClusterId, datetime]]:
        """(id, datestamp) of those that the public sees, with an id in (after, after + span], by id."""
        query = (
            select(ClusterRow.id, ClusterRow.datestamp)
            .where(ClusterRow.id > after, ClusterRow.id <= after + span)
            .where(ClusterRow.deleted.is_(False), ClusterRow.suppressed.is_(False))
            .order_by(ClusterRow.id)
        )
        return [(ClusterId(cluster), stamp) for cluster, stamp in self._session.execute(query)]

    def count(self, *, deleted: bool = False) -> int:
        query = select(func.count()).select_from(ClusterRow).where(ClusterRow.deleted.is_(deleted))
        return self._session.scalar(query) or 0

    def suppress(self, cluster: ClusterId, suppressed: bool) -> None:
        """Hide a record from the public doors, or show it again. Raises NotFound."""
        done = self._session.execute(update(ClusterRow).where(ClusterRow.id == cluster).values(suppressed=suppressed))
        if changed(done) == 0:
            raise NotFound(f"there is no record {public_id(cluster)}")

    def suppressed_among(self, clusters: Sequence[ClusterId]) -> set[ClusterId]:
        query = select(ClusterRow.id).where(ClusterRow.id.in_(clusters), ClusterRow.suppressed.is_(True))
        return {ClusterId(cluster) for cluster in self._session.scalars(query)}

    def restamp(self, cluster: ClusterId, stamp: datetime) -> None:
        """Its datestamp, when only its being shown has changed."""
        self._session.execute(update(ClusterRow).where(ClusterRow.id == cluster).values(datestamp=stamp))

    def is_suppressed(self, cluster: ClusterId) -> bool:
        return bool(self._session.scalar(select(ClusterRow.suppressed).where(ClusterRow.id == cluster)))


def _provenance(stored: Any) -> list[Provenance]:
    """From either form: plain [[field index, record key, rule], …], or with keys and rules written once each and
    ``fields`` a flat list of (field index, place in ``keys``, place in ``rules``)."""
    if isinstance(stored, list):
        return [Provenance(index, RecordKey(key), rule) for index, key, rule in stored]
    flat = iter(stored["fields"])
    keys, rules = stored["keys"], stored["rules"]
    return [
        Provenance(index, RecordKey(keys[key]), rules[rule]) for index, key, rule in zip(flat, flat, flat, strict=True)
    ]
