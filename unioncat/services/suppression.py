"""Hiding a merged record from the world, and showing it again.

To every door a suppressed record is a deleted one: its datestamp moves, its set lines are marked as gone and the
change is logged, so that harvesters, the index and feeds hear of it as of any other change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update

from unioncat.marc import from_json
from unioncat.model import ClusterId, MemberCode
from unioncat.services.oai_sets import set_specs
from unioncat.store import Changes, Clusters, Members, Store
from unioncat.store.changes import take_change_lock
from unioncat.store.stamping import list_unsettled, second_of, settle, utc_now
from unioncat.store.tables import ClusterRow, ClusterSetRow

__all__ = ["suppress"]


def suppress(
    store: Store, cluster: ClusterId, suppressed: bool = True, *, clock: Callable[[], datetime] = utc_now
) -> bool:
    """Hide (or show) a record; False if it was so already, or if it is deleted anyway. Raises NotFound."""
    with store.write() as session:
        clusters = Clusters(session)
        record = clusters.get(cluster)
        if clusters.is_suppressed(cluster) == suppressed:
            return False
        clusters.suppress(cluster, suppressed)
        if record.deleted:
            return False
        take_change_lock(session)
        stamp = second_of(clock())
        members = {MemberCode(member.code): member for member in Members(session).all()}
        shown = {"", *set_specs(from_json(record.marc), record.holdings, members)}
        lines = update(ClusterSetRow).where(ClusterSetRow.cluster == cluster)
        if suppressed:
            lines = lines.where(ClusterSetRow.gone.is_(False)).values(gone=True, datestamp=stamp)
        else:
            lines = lines.where(ClusterSetRow.set_spec.in_(shown)).values(gone=False, datestamp=stamp)
        session.execute(lines.execution_options(synchronize_session=False))
        session.execute(update(ClusterRow).where(ClusterRow.id == cluster).values(datestamp=stamp))
        changes = Changes(session)
        before = changes.last()
        changes.append([cluster], stamp)
        last = changes.last()
        list_unsettled(session, before + 1, last)
    settle(store, before + 1, last, stamp, clock)
    return True
