"""Datestamps that a harvester can trust (OAI-PMH 2.0 §2.4, §2.7.1).

A harvester asks for everything from the responseDate of its last answer. If a record stamped 10:00:00 became
visible at 10:00:02, a harvester answered at 10:00:01 would never see it. So the second of a stamp must be the
second of its commit, or a later one, which nobody can know before the commit. Therefore:

1. the change numbers drawn by a writer are listed in `unsettled`, in the same transaction;
2. after the commit the clock is read: if it is still in the second of the stamp, all is well;
3. else the clusters are stamped again, in a new short transaction, until it is;
4. then the line in `unsettled` is removed. What a crash leaves there is stamped again at the next start.

A record may thus be listed twice to a harvester, and is never missed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from unioncat.store.changes import take_change_lock
from unioncat.store.store import Store
from unioncat.store.tables import ChangeRow, ClusterRow, ClusterSetRow, UnsettledRow

LEFT_BEHIND = timedelta(minutes=2)  # a living writer settles within seconds
ATTEMPTS = 3
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def second_of(moment: datetime) -> datetime:
    """`moment` cut to whole seconds: the form of every datestamp."""
    return moment.replace(microsecond=0)


def list_unsettled(session: Session, first: int, last: int) -> None:
    """Changes `first` to `last` of this transaction wait for `settle` after its commit."""
    session.execute(insert(UnsettledRow), [{"first": first, "last": last}])


def settle(store: Store, first: int, last: int, stamp: datetime, clock: Clock = utc_now) -> datetime:
    """After the commit of these changes: stamp their clusters again until the second is that of a commit.

    stamp: the datestamp they were committed with. Returns the datestamp that they have in the end.
    """
    attempts = 0
    while second_of(clock()) != stamp:
        if attempts == ATTEMPTS and first < last:  # too many to be stamped within one second here: halve them
            middle = (first + last) // 2
            with store.write() as session:
                session.execute(update(UnsettledRow).where(UnsettledRow.first == first).values(last=middle))
                list_unsettled(session, middle + 1, last)
            settle(store, first, middle, stamp, clock)
            return settle(store, middle + 1, last, stamp, clock)
        attempts += 1
        with store.write() as session:
            stamp = _stamp_again(session, first, last, clock)
    with store.write() as session:
        session.execute(delete(UnsettledRow).where(UnsettledRow.first == first))
    return stamp


def settle_left_behind(store: Store, clock: Clock = utc_now) -> int:
    """Settle what a crash left, older than LEFT_BEHIND; how many lines. Called at the start of a writer."""
    with store.read() as session:
        query = (
            select(UnsettledRow.first, UnsettledRow.last)
            .join(ChangeRow, ChangeRow.number == UnsettledRow.first)
            .where(ChangeRow.made < clock() - LEFT_BEHIND)
        )
        left = session.execute(query).all()
    for first, last in left:
        with store.write() as session:
            stamp = _stamp_again(session, first, last, clock)
        settle(store, first, last, stamp, clock)
    return len(left)


def _stamp_again(session: Session, first: int, last: int, clock: Clock) -> datetime:
    """Give the clusters of these changes, and the set lines that were stamped with them, the present second."""
    take_change_lock(session)
    stamp = second_of(clock())
    clusters = select(ChangeRow.cluster).where(ChangeRow.number.between(first, last))
    before = select(ClusterRow.datestamp).where(ClusterRow.id == ClusterSetRow.cluster).scalar_subquery()
    session.execute(
        update(ClusterSetRow)
        .where(ClusterSetRow.cluster.in_(clusters), ClusterSetRow.datestamp == before)
        .values(datestamp=stamp)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(ClusterRow)
        .where(ClusterRow.id.in_(clusters))
        .values(datestamp=stamp)
        .execution_options(synchronize_session=False)
    )
    return stamp
