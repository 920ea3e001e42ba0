"""When each source is harvested, and the worker that does it.

A source has a cron expression, in the catalogue's time zone (or its quirk ``time_zone``). Any number of workers look
for sources that are due; one that claims a source moves its next time on in the same transaction, so that no other
finds it due, and the lease keeps manual runs away. What was due while nobody worked is run once.

Quirks of a source:

=============  ===============================================================================================
``jitter``     seconds by which its time is spread, so that not all sources are asked at once (300)
``blackout``   when not to ask: ``mon-fri 07:30-17:00, 22:00-02:00``
``priority``   of several sources that are due, the lower goes first (5)
``catch_up``   no: a time that passed while nobody worked is left out
``time_zone``  of its schedule and blackouts
=============  ===============================================================================================
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from unioncat.model import Account, ConfigError, Conflict, Source, UnionCatError
from unioncat.model.harvest import Harvester
from unioncat.services.blackouts import out_of_blackouts, parse_blackouts
from unioncat.services.harvesting import HarvestRunner, RunResult
from unioncat.services.leases import is_dead
from unioncat.store import Harvests, Settings, Sources, Store
from unioncat.store.stamping import utc_now

__all__ = ["Scheduler", "check_schedule"]

_log = logging.getLogger(__name__)
_JITTER = 300
_FIRST_RETRY = timedelta(minutes=10)
_LAST_RETRY = timedelta(hours=6)
_LATE = timedelta(hours=1)  # so late, a time has passed while nobody worked

AfterRun = Callable[[Source, RunResult], object]


def check_schedule(schedule: str, quirks: Mapping[str, str] | None = None) -> None:
    """Raises ConfigError for a cron expression, time zone or blackout that cannot be kept."""
    if schedule and not croniter.is_valid(schedule):
        raise ConfigError(f"{schedule!r} is no cron expression: five fields, such as '30 2 * * *' for 02:30 every day")
    given = quirks or {}
    parse_blackouts(given.get("blackout", ""))
    _zone(given.get("time_zone", ""), ZoneInfo("UTC"))


class Scheduler:
    """Plans and runs the sources of one store.

    make:       harvester by name
    zone:       time zone of schedules that name none
    after_run:  told of every run that ended, such as to send notices
    """

    def __init__(
        self,
        store: Store,
        runner: HarvestRunner,
        make: Callable[[str], Harvester],
        zone: ZoneInfo,
        *,
        after_run: AfterRun | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._runner = runner
        self._make = make
        self._zone = zone
        self._after_run = after_run
        self._clock = clock

    def next_time(self, source: Source, after: datetime) -> datetime | None:
        """The first time of its schedule behind `after`, spread and moved out of blackouts; UTC. None: by hand only.

        Raises ConfigError for a schedule that cannot be kept.
        """
        if not source.schedule:
            return None
        check_schedule(source.schedule)
        zone = _zone(source.quirks.get("time_zone", ""), self._zone)
        planned = croniter(source.schedule, after.astimezone(zone)).get_next(datetime)
        spread = int(float(source.quirks.get("jitter", _JITTER) or 0))
        if spread > 0:
            digest = hashlib.sha256(f"{source.code}\0{planned.isoformat()}".encode()).digest()
            planned += timedelta(seconds=int.from_bytes(digest[:4]) % spread)
        moved = out_of_blackouts(planned, parse_blackouts(source.quirks.get("blackout", "")))
        return moved.astimezone(UTC).replace(microsecond=0)

    def plan(self) -> int:
        """Give every scheduled source that has none its next time, and runs that died their turn; how many."""
        now = self._clock()
        planned = 0
        with self._store.read() as session:
            sources = [(source, Sources(session).next_run(source.code)) for source in Sources(session).all()]
        for source, at in sources:
            if source.paused or not source.schedule:
                continue
            wanted = at
            if at is None:
                wanted = self._tried(source, now)
            elif at > now and self._has_died(source, now):
                wanted = now
            elif now - at > _LATE and source.quirks.get("catch_up") == "no":
                wanted = self._tried(source, now)
            if wanted != at:
                with self._store.write() as session:
                    Sources(session).set_next_run(source.id, wanted)
                planned += 1
        return planned

    def due(self) -> list[Source]:
        """What is to be harvested now, the most urgent first; held sources wait for a person."""
        now = self._clock()
        with self._store.read() as session:
            waiting = Sources(session).due(now)
            last = {source.id: Harvests(session).last(source.id) for source in waiting}
        free = [source for source in waiting if (run := last[source.id]) is None or run.state != "held"]
        order = {source.id: place for place, source in enumerate(free)}
        return sorted(free, key=lambda source: (_priority(source), order[source.id]))

    def work_once(self) -> RunResult | None:
        """Harvest the most urgent source that nobody else takes; None if there is nothing to do."""
        self.plan()
        for source in self.due():
            claimed_at = self._clock()
            if not self._claim(source, claimed_at):
                continue
            try:
                result = self._runner.run(self._make(source.harvester), source)
            except Conflict as conflict:
                _log.info("%s: %s", source.code, conflict)
                continue
            except UnionCatError as error:  # a harvester that is not installed, a quirk that makes no sense
                result = RunResult(0, "failed", Account(), str(error), error=error)
            self._plan_after(source, result)
            if self._after_run is not None:
                self._after_run(source, result)
            return result
        return None

    def run_forever(
        self, stop: threading.Event, *, poll: float = 5.0, idle: Callable[[], object] | None = None
    ) -> None:
        """Work until `stop`; idle: called whenever nothing is due."""
        while not stop.is_set():
            try:
                worked = self.work_once() is not None
                if not worked and idle is not None:
                    idle()
            except UnionCatError as error:  # the store is busy or gone for a while
                _log.warning("worker: %s", error)
                worked = False
            if not worked:
                stop.wait(poll)

    def pause(self, code: str) -> None:
        """No more runs by schedule, until `resume`. Raises NotFound."""
        with self._store.write() as session:
            sources = Sources(session)
            sources.update(replace(sources.get(code), paused=True))

    def resume(self, code: str) -> None:
        """Scheduled again from now on; what was missed meanwhile is not made up for. Raises NotFound."""
        now = self._clock()
        with self._store.write() as session:
            sources = Sources(session)
            source = replace(sources.get(code), paused=False)
            sources.update(source)
            sources.set_next_run(source.id, self.next_time(source, now))

    # --- inside --------------------------------------------------------------------------------------------

    def _claim(self, source: Source, now: datetime) -> bool:
        """Move its next time on; False if another worker has just done so."""
        following = self._tried(source, now)
        with self._store.write() as session:
            sources = Sources(session)
            at = sources.next_run(source.code)
            if at is None or at > now:
                return False
            sources.set_next_run(source.id, following)
            return True

    def _plan_after(self, source: Source, result: RunResult) -> None:
        """An interrupted run is tried again soon, later and later; any other waits for its time."""
        failures = self._count_failure(source, result)
        if not failures:
            return
        now = self._clock()
        wait = min(_FIRST_RETRY * 2 ** min(failures - 1, 10), _LAST_RETRY)
        if result.retry_after is not None:
            wait = max(wait, timedelta(seconds=result.retry_after))
        zone = _zone(source.quirks.get("time_zone", ""), self._zone)
        local = (now + wait).astimezone(zone)
        again = out_of_blackouts(local, parse_blackouts(source.quirks.get("blackout", ""))).astimezone(UTC)
        with self._store.write() as session:
            sources = Sources(session)
            at = sources.next_run(source.code)
            if at is None or again < at:
                sources.set_next_run(source.id, again)

    def _count_failure(self, source: Source, result: RunResult) -> int:
        """How often in a row its runs were interrupted, this one included."""
        name = f"harvest-failures:{source.code}"
        with self._store.write() as session:
            settings = Settings(session)
            if result.state != "interrupted":
                settings.remove(name)
                return 0
            failures = int(settings.get(name) or "0") + 1
            settings.set(name, str(failures))
            return failures

    def _tried(self, source: Source, now: datetime) -> datetime | None:
        """`next_time`, or a day later for a schedule that cannot be kept: its fault is reported by the run."""
        try:
            return self.next_time(source, now)
        except (ConfigError, ValueError) as error:
            _log.warning("%s: %s", source.code, error)
            return now + timedelta(days=1)

    def _has_died(self, source: Source, now: datetime) -> bool:
        """A run that is still called running, and nobody is at it."""
        with self._store.read() as session:
            last = Harvests(session).last(source.id)
            lease = Sources(session).lease_of(source.id)
        if last is None or last.state != "running":
            return False
        return lease is None or lease[1] < now or is_dead(lease[0])


def _zone(name: str, otherwise: ZoneInfo) -> ZoneInfo:
    if not name:
        return otherwise
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"time_zone {name!r} is not a name of the tz database") from error


def _priority(source: Source) -> int:
    text = str(source.quirks.get("priority", "5"))
    return int(text) if text.lstrip("-").isdecimal() else 5
