"""Hiding a merged record from the world, and showing it again.

To every door a suppressed record is a deleted one: its datestamp moves, its set lines are marked as gone and the
change is logged, so that harvesters, the index and feeds hear of it as of any other change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from unioncat.marc import from_json
from unioncat.model import ClusterId, MemberCode
from unioncat.services.oai_sets import set_specs
from unioncat.store import Changes, Clusters, ClusterSets, Members, Store
from unioncat.store.changes import take_change_lock
from unioncat.store.stamping import list_unsettled, second_of, settle, utc_now

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
        if suppressed:
            ClusterSets(session).hide(cluster, stamp)
        else:
            ClusterSets(session).show(cluster, shown, stamp)
        clusters.restamp(cluster, stamp)
        changes = Changes(session)
        before = changes.last()
        changes.append([cluster], stamp)
        last = changes.last()
        list_unsettled(session, before + 1, last)
    settle(store, before + 1, last, stamp, clock)
    return True
