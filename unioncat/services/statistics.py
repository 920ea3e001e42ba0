"""Figures for those who steer: who is connected, what has grown, how good it is, who needs help."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from unioncat.model import MEMBER_KINDS, WrongUse
from unioncat.services.accounts import note
from unioncat.services.roles import Actor
from unioncat.store import Settings, Store
from unioncat.store.stamping import utc_now
from unioncat.store.tables import (
    ClusterRow,
    ClusterSetRow,
    HarvestRow,
    HoldingRow,
    MemberRow,
    SourceBodyRow,
    SourceRecordRow,
    SourceRow,
)

__all__ = ["Connected", "Figures", "League", "Month", "Statistics", "Target"]

MONTHS = 24
STALE = timedelta(days=45)
TARGETS = "targets"


@dataclass(frozen=True, slots=True)
class Target:
    """What the authority sets for one kind of library. of: how many there are in the province; percent: wanted."""

    of: int
    percent: int


@dataclass(frozen=True, slots=True)
class Connected:
    """One kind of library. connected: those with live records here."""

    kind: str
    members: int
    connected: int
    target: Target | None

    @property
    def share(self) -> float:
        """Connected among all there are, 0-1."""
        whole = max(self.target.of if self.target else 0, self.members)
        return self.connected / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Month:
    """month: ``2026-03``. titles: merged records at its end; received: records stored by runs in it; findings: for
    each 100 records last changed in it, None if there were none."""

    month: str
    titles: int
    received: int
    findings: float | None


@dataclass(frozen=True, slots=True)
class League:
    """One library. unique: titles that only it holds; findings: for each 100 records; state: of its last run."""

    member: str
    name: str
    name_en: str
    kind: str
    district: str
    titles: int
    unique: int
    records: int
    findings: float | None
    last_run: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Figures:
    """merged: source records that joined another's; local, local_digital: titles of the local-history collection."""

    connected: tuple[Connected, ...]
    months: tuple[Month, ...]
    league: tuple[League, ...]
    titles: int
    holdings: int
    records: int
    merged: int
    digital: int
    local: int
    local_digital: int
    running: int
    held: int
    stale: int


class Statistics:
    """Reads whole tables with counts in the database; a page asks it rarely, so what it finds is kept a minute."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._kept: tuple[datetime, Figures] | None = None

    def figures(self, actor: Actor) -> Figures:
        """Up to a minute old. Raises NotAllowed."""
        actor.require("watch")
        now = self._clock()
        if self._kept is None or now - self._kept[0] > timedelta(minutes=1):
            with self._store.read() as session:
                self._kept = (now, self._count(session, now))
        return self._kept[1]

    def targets(self) -> dict[str, Target]:
        with self._store.read() as session:
            return _targets(session)

    def set_targets(self, actor: Actor, targets: Mapping[str, Target]) -> None:
        """Raises NotAllowed, WrongUse."""
        actor.require("administer")
        for kind, one in targets.items():
            if kind not in MEMBER_KINDS or not 0 <= one.percent <= 100 or not 0 <= one.of <= 100_000:
                raise WrongUse("a target is a number of libraries and 0 to 100 percent of them")
        with self._store.write() as session:
            text = json.dumps({kind: [one.of, one.percent] for kind, one in targets.items()})
            Settings(session).set(TARGETS, text)
            note(session, self._clock(), actor.login, "targets-change", "", targets=text)
        self._kept = None

    def _count(self, session: Session, now: datetime) -> Figures:
        live = SourceRecordRow.deleted.is_(False)
        titles = session.scalar(select(func.count()).where(ClusterRow.deleted.is_(False))) or 0
        records = session.scalar(select(func.count()).where(live)) or 0
        holdings = session.scalar(select(func.count()).select_from(HoldingRow)) or 0
        league = self._league(session)
        targets = _targets(session)
        connected = []
        for kind in MEMBER_KINDS:
            of_kind = [one for one in league if one.kind == kind]
            if of_kind or kind in targets:
                with_records = sum(one.records > 0 for one in of_kind)
                connected.append(Connected(kind, len(of_kind), with_records, targets.get(kind)))
        return Figures(
            connected=tuple(connected),
            months=tuple(self._months(session, now)),
            league=tuple(league),
            titles=titles,
            holdings=holdings,
            records=records,
            merged=max(0, records - titles),
            digital=_in_set(session, "digital"),
            local=_in_set(session, "collection:diachi"),
            local_digital=_in_both(session, "collection:diachi", "digital"),
            running=_runs(session, "running"),
            held=_runs(session, "held"),
            stale=sum(one.last_run is not None and now - one.last_run > STALE for one in league),
        )

    def _league(self, session: Session) -> list[League]:
        by_member = select(HoldingRow.member, func.count(func.distinct(HoldingRow.cluster))).group_by(HoldingRow.member)
        held = {row[0]: row[1] for row in session.execute(by_member)}
        alone = (
            select(HoldingRow.cluster, func.min(HoldingRow.member).label("member"))
            .group_by(HoldingRow.cluster)
            .having(func.count(func.distinct(HoldingRow.member)) == 1)
            .subquery()
        )
        only = select(alone.c.member, func.count()).group_by(alone.c.member)
        unique = {row[0]: row[1] for row in session.execute(only)}
        findings = func.sum(func.json_array_length(SourceBodyRow.findings))
        counted = {
            member: (count, total or 0)
            for member, count, total in session.execute(
                select(SourceRow.member, func.count(), findings)
                .join(SourceRecordRow, SourceRecordRow.source == SourceRow.id)
                .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
                .where(SourceRecordRow.deleted.is_(False))
                .group_by(SourceRow.member)
            )
        }
        newest = select(HarvestRow.source, func.max(HarvestRow.id).label("id")).group_by(HarvestRow.source).subquery()
        last: dict[str, tuple[datetime, str]] = {}
        for member, started, state in session.execute(
            select(SourceRow.member, HarvestRow.started, HarvestRow.state)
            .join(newest, newest.c.source == SourceRow.id)
            .join(HarvestRow, HarvestRow.id == newest.c.id)
        ):
            if member not in last or started > last[member][0]:
                last[member] = (started, state)
        rows = []
        for row in session.scalars(select(MemberRow).where(MemberRow.active.is_(True)).order_by(MemberRow.code)):
            count, total = counted.get(row.code, (0, 0))
            run = last.get(row.code)
            rows.append(
                League(
                    member=row.code,
                    name=row.name,
                    name_en=row.name_en,
                    kind=row.kind,
                    district=row.district,
                    titles=held.get(row.code, 0),
                    unique=unique.get(row.code, 0),
                    records=count,
                    findings=round(100 * total / count, 1) if count else None,
                    last_run=run[0] if run else None,
                    state=run[1] if run else "",
                )
            )
        return sorted(rows, key=lambda one: (-one.titles, one.member))

    def _months(self, session: Session, now: datetime) -> list[Month]:
        names = _month_names(now, MONTHS)
        begin = datetime.fromisoformat(f"{names[0]}-01T00:00:00+00:00")
        made = _by_month(session, ClusterRow.created, begin, func.count(), ClusterRow.deleted.is_(False))
        before = (
            session.scalar(select(func.count()).where(ClusterRow.deleted.is_(False), ClusterRow.created < begin)) or 0
        )
        received = _by_month(session, HarvestRow.started, begin, func.sum(HarvestRow.stored))
        month = _month_of(session, SourceRecordRow.datestamp)
        quality = {
            name: 100 * (total or 0) / count
            for name, count, total in session.execute(
                select(month, func.count(), func.sum(func.json_array_length(SourceBodyRow.findings)))
                .join(SourceBodyRow, SourceBodyRow.record == SourceRecordRow.id)
                .where(SourceRecordRow.deleted.is_(False), SourceRecordRow.datestamp >= begin)
                .group_by(month)
            )
            if count
        }
        rows = []
        for name in names:
            before += made.get(name, 0)
            findings = quality.get(name)
            rows.append(
                Month(name, before, received.get(name, 0), round(findings, 1) if findings is not None else None)
            )
        return rows


def _month_names(now: datetime, count: int) -> list[str]:
    year, month = now.year, now.month
    names = []
    for _ in range(count):
        names.append(f"{year:04}-{month:02}")
        month -= 1
        if month == 0:
            year, month = year - 1, 12
    return names[::-1]


def _month_of(session: Session, column: InstrumentedAttribute[datetime]) -> ColumnElement[str]:
    assert session.bind is not None
    if session.bind.dialect.name == "sqlite":
        return func.substr(column, 1, 7)
    return func.to_char(func.timezone("UTC", column), "YYYY-MM")


def _by_month(
    session: Session,
    column: InstrumentedAttribute[datetime],
    begin: datetime,
    what: ColumnElement[Any],
    *where: ColumnElement[bool],
) -> dict[str, int]:
    month = _month_of(session, column)
    query = select(month, what).where(column >= begin, *where).group_by(month)
    return {name: int(count or 0) for name, count in session.execute(query)}


def _in_set(session: Session, spec: str) -> int:
    query = select(func.count()).where(ClusterSetRow.set_spec == spec, ClusterSetRow.gone.is_(False))
    return session.scalar(query) or 0


def _in_both(session: Session, one: str, other: str) -> int:
    inside = and_(ClusterSetRow.gone.is_(False), ClusterSetRow.set_spec.in_((one, other)))
    both = (
        select(ClusterSetRow.cluster)
        .where(inside)
        .group_by(ClusterSetRow.cluster)
        .having(func.sum(case((ClusterSetRow.set_spec == one, 1), else_=0)) > 0)
        .having(func.sum(case((ClusterSetRow.set_spec == other, 1), else_=0)) > 0)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(both)) or 0


def _runs(session: Session, state: str) -> int:
    return session.scalar(select(func.count()).where(HarvestRow.state == state)) or 0


def _targets(session: Session) -> dict[str, Target]:
    text = Settings(session).get(TARGETS) or "{}"
    return {kind: Target(int(of), int(percent)) for kind, (of, percent) in json.loads(text).items()}
