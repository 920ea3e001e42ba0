"""The OAI-PMH page index: which merged record is (or was) in which set since when.

Set ``""`` is the whole catalogue and holds every cluster that ever was visible. A row stays when a record
leaves a set or is deleted, marked `gone`, for a harvester of that set must hear of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from unioncat.model import ClusterId
from unioncat.store.tables import ClusterSetRow


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One line of a set's list; `gone`: it left the set or was deleted at `datestamp`."""

    datestamp: datetime
    cluster: ClusterId
    gone: bool


class ClusterSets:
    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self,
        set_spec: str = "",
        *,
        from_: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, ClusterId] | None = None,
        limit: int = 100,
    ) -> list[SetEntry]:
        """Up to `limit` entries by (datestamp, cluster), after the key `after`; bounds inclusive, UTC."""
        query = select(ClusterSetRow.datestamp, ClusterSetRow.cluster, ClusterSetRow.gone).where(
            ClusterSetRow.set_spec == set_spec
        )
        if after is not None:
            query = query.where(tuple_(ClusterSetRow.datestamp, ClusterSetRow.cluster) > after)
        elif from_ is not None:
            query = query.where(ClusterSetRow.datestamp >= from_)
        if until is not None:
            query = query.where(ClusterSetRow.datestamp <= until)
        query = query.order_by(ClusterSetRow.datestamp, ClusterSetRow.cluster).limit(limit)
        return [SetEntry(stamp, ClusterId(cluster), gone) for stamp, cluster, gone in self._session.execute(query)]

    def count(self, set_spec: str = "", *, from_: datetime | None = None, until: datetime | None = None) -> int:
        """Entries between the bounds, the gone ones too."""
        query = select(func.count()).select_from(ClusterSetRow).where(ClusterSetRow.set_spec == set_spec)
        if from_ is not None:
            query = query.where(ClusterSetRow.datestamp >= from_)
        if until is not None:
            query = query.where(ClusterSetRow.datestamp <= until)
        return self._session.scalar(query) or 0

    def of(self, cluster: ClusterId) -> list[tuple[str, SetEntry]]:
        """Every set that this cluster is or was in, by set name."""
        query = (
            select(ClusterSetRow.set_spec, ClusterSetRow.datestamp, ClusterSetRow.gone)
            .where(ClusterSetRow.cluster == cluster)
            .order_by(ClusterSetRow.set_spec)
        )
        return [(spec, SetEntry(stamp, cluster, gone)) for spec, stamp, gone in self._session.execute(query)]

    def counts(self) -> dict[str, int]:
        """Live records per set; the whole catalogue under ``""``."""
        query = (
            select(ClusterSetRow.set_spec, func.count())
            .where(ClusterSetRow.gone.is_(False))
            .group_by(ClusterSetRow.set_spec)
            .order_by(ClusterSetRow.set_spec)
        )
        return {spec: int(count) for spec, count in self._session.execute(query)}

    def specs(self) -> list[str]:
        """All setSpecs ever used, sorted, without ``""``."""
        query = select(ClusterSetRow.set_spec).distinct().where(ClusterSetRow.set_spec != "")
        return list(self._session.scalars(query.order_by(ClusterSetRow.set_spec)))

    def hide(self, cluster: ClusterId, stamp: datetime) -> None:
        """It leaves every set that it is in, at `stamp`."""
        lines = update(ClusterSetRow).where(ClusterSetRow.cluster == cluster, ClusterSetRow.gone.is_(False))
        self._session.execute(lines.values(gone=True, datestamp=stamp).execution_options(synchronize_session=False))

    def show(self, cluster: ClusterId, specs: Collection[str], stamp: datetime) -> None:
        """It is again in those of `specs` that it ever was in (``""``: the whole catalogue), since `stamp`."""
        lines = update(ClusterSetRow).where(ClusterSetRow.cluster == cluster, ClusterSetRow.set_spec.in_(specs))
        self._session.execute(lines.values(gone=False, datestamp=stamp).execution_options(synchronize_session=False))

    def earliest(self) -> datetime | None:
        """The smallest datestamp in the catalogue; None while it is empty."""
        return self._session.scalar(
            select(ClusterSetRow.datestamp)
            .where(ClusterSetRow.set_spec == "")
            .order_by(ClusterSetRow.datestamp)
            .limit(1)
        )
