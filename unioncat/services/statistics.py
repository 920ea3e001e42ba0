"""Figures for those who steer: who is connected, what has grown, how good it is, who needs help."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from unioncat.model import MEMBER_KINDS, WrongUse
from unioncat.services.accounts import note
from unioncat.services.roles import Actor
from unioncat.store import Holdings, Members, Session, Settings, Store
from unioncat.store.counts import Counts
from unioncat.store.stamping import utc_now

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
        counts = Counts(session)
        titles, records = counts.titles(), counts.records()
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
            holdings=counts.holdings(),
            records=records,
            merged=max(0, records - titles),
            digital=counts.in_set("digital"),
            local=counts.in_set("collection:diachi"),
            local_digital=counts.in_both("collection:diachi", "digital"),
            running=counts.runs("running"),
            held=counts.runs("held"),
            stale=sum(one.last_run is not None and now - one.last_run > STALE for one in league),
        )

    def _league(self, session: Session) -> list[League]:
        counts = Counts(session)
        held = Holdings(session).count_by_member()
        unique = counts.unique_by_member()
        counted = counts.findings_by_member()
        last = counts.last_runs()
        rows = []
        for row in Members(session).all():
            if not row.active:
                continue
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
        counts = Counts(session)
        made = counts.titles_by_month(begin)
        before = counts.titles(begin)
        received = counts.received_by_month(begin)
        quality = {
            name: 100 * total / count for name, (count, total) in counts.findings_by_month(begin).items() if count
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


def _targets(session: Session) -> dict[str, Target]:
    text = Settings(session).get(TARGETS) or "{}"
    return {kind: Target(int(of), int(percent)) for kind, (of, percent) in json.loads(text).items()}
