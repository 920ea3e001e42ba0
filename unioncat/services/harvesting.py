"""One run against one source: harvested, stored page by page, checked, and counted as done only if it is.

::

    running ──► complete      everything there was is stored; the cursor moves on
       │  ├───► interrupted   the endpoint failed, or we were stopped: the next run goes on after the last page
       │  ├───► failed        somebody must change the source first
       │  └───► held          suspicious: waits for a person (release or discard); nothing more is applied
       └─(killed)─► running   without a living lease: the next run goes on

The cursor (the next run's `from`) is the endpoint's own responseDate at the start of the last complete run, less an
overlap. It never moves on anything but ``complete``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from unioncat.model import (
    Account,
    Conflict,
    Harvest,
    HarvestedRecord,
    Source,
    SourceUnavailable,
    UnionCatError,
    WrongUse,
)
from unioncat.model.harvest import Harvester, ListsIdentifiers, Page, ReadsDrops
from unioncat.services.harvest_ahead import pages_ahead
from unioncat.services.ingest import Ingest, IngestRun
from unioncat.services.leases import Lease
from unioncat.store import Harvests, RecordWriting, Settings, SourceRecords, Sources, Store
from unioncat.store.stamping import utc_now

__all__ = ["HarvestRunner", "Policy", "RunResult", "Watch", "run"]

Watch = Callable[[Account, int | None], None]
"""Told after each batch: the account so far, and the size of the whole list if the endpoint said it."""

MEMORY = "harvest-memory:"


@dataclass(frozen=True, slots=True)
class Policy:
    """When a run is suspicious, and how far back the next one reaches.

    most_deleted:  share of a source's live records that one run may delete without a person's word, 0-1
    few:           so many deletions are never suspicious
    overlap:       the next `from` is so much earlier than the last responseDate; quirk ``overlap`` (seconds)
    """

    most_deleted: float = 0.2
    few: int = 20
    overlap: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    harvest:  its number; 0 if it did not begin
    message:  why it did not end as ``complete``; "" if it did
    retry_after: seconds that the endpoint asked for; None if it did not
    warnings: what was odd but mended, the first hundred
    """

    harvest: int
    state: str
    account: Account
    message: str = ""
    inferred: int = 0
    full: bool = False
    retry_after: float | None = None
    error: UnionCatError | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Course:
    """What a run keeps in mind. missing: records announced and not delivered; gone: live records that it deletes."""

    missing: int = 0
    gone: int = 0
    size: int | None = None
    memory: str | None = None
    warnings: list[str] = field(default_factory=list)

    def note(self, page: Page) -> None:
        if page.restarted:
            self.missing = 0
            self.warnings.append("the endpoint's resumption token had expired; its list was begun anew")
        self.missing += page.missing
        self.size = page.complete_size if page.complete_size is not None else self.size
        self.memory = page.memory if page.memory is not None else self.memory
        if len(self.warnings) < 100:
            self.warnings += [text for text in page.warnings if text not in self.warnings]


class HarvestRunner:
    """Runs harvests into a store.

    recluster: called after each run that stored anything, complete or not; None: somebody else does it
    """

    def __init__(
        self,
        store: Store,
        ingest: Ingest,
        recluster: Callable[[], object] | None = None,
        *,
        policy: Policy | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._ingest = ingest
        self._recluster = recluster
        self._policy = policy or Policy()
        self._clock = clock

    def run(self, harvester: Harvester, source: Source, *, full: bool = False, watch: Watch | None = None) -> RunResult:
        """Harvest what is new (or, full, everything); an unfinished run goes on where it broke off.

        Raises Conflict if somebody else is at it, or if the last run is held.
        """
        with Lease(self._store, source, self._clock) as lease:
            with self._store.read() as session:
                source = Sources(session).by_id(source.id)
                last = Harvests(session).last(source.id)
                unfinished = Harvests(session).unfinished(source.id)
            if last is not None and last.state == "held":
                raise Conflict(f"run {last.id} of {source.code} is held ({last.message}); release or discard it first")
            if unfinished is not None and full and not unfinished.full:
                self._set_aside(unfinished)
                unfinished = None
            if unfinished is None:
                full = full or source.cursor is None or self._full_is_due(source)
                if isinstance(harvester, ReadsDrops):
                    if not full and not harvester.has_news(self._with_memory(source)):
                        return RunResult(0, "complete", Account(), "nothing has changed there since the last run")
                    since = None if full else self._since(source)
                    full = harvester.covers_all(source)
                else:
                    since = None if full else self._since(source)
                return self._go(harvester, source, lease, full=full, since=since, watch=watch)
            return self._go(
                harvester, source, lease, full=unfinished.full, since=unfinished.since, again=unfinished, watch=watch
            )

    def release(self, harvester: Harvester, source: Source, number: int, watch: Watch | None = None) -> RunResult:
        """A person says that a held run is right: it goes on, and what it deletes is not questioned again."""
        with Lease(self._store, source, self._clock) as lease:
            held = self._held(source, number)
            return self._go(
                harvester, source, lease, full=held.full, since=held.since, again=held, watch=watch, approved=True
            )

    def discard(self, source: Source, number: int) -> None:
        """A person says that a held run is wrong: what it would have deleted stays; the next run begins anew."""
        with Lease(self._store, source, self._clock):
            self._held(source, number)
            self._ingest.discard(source, number)

    # --- inside ------------------------------------------------------------------------------------------

    def _go(
        self,
        harvester: Harvester,
        source: Source,
        lease: Lease,
        *,
        full: bool,
        since: datetime | None,
        watch: Watch | None,
        again: Harvest | None = None,
        approved: bool = False,
    ) -> RunResult:
        course = _Course()
        error: UnionCatError | None = None
        with self._ingest.begin(source, full=full, since=since, harvest=again.id if again else None) as ingest_run:
            try:
                message = self._read(harvester, source, lease, ingest_run, again, since, course, watch, approved)
                if message:
                    ingest_run.interrupt("held", message)
                else:
                    limit = 1.0 if approved else self._policy.most_deleted
                    ingest_run.finish(most_missing=limit)
            except SourceUnavailable as unavailable:
                error = unavailable
                ingest_run.interrupt("interrupted", str(unavailable))
            except UnionCatError as failure:
                error = failure
                ingest_run.interrupt("failed", str(failure))
        if ingest_run.state == "complete":
            self._complete(source, ingest_run.number, course)
        if self._recluster is not None:
            self._recluster()
        with self._store.read() as session:
            ended = Harvests(session).get(ingest_run.number)
        return RunResult(
            harvest=ended.id,
            state=ended.state,
            account=ingest_run.account,
            message=ended.message,
            inferred=ingest_run.inferred,
            full=full,
            retry_after=error.retry_after if isinstance(error, SourceUnavailable) else None,
            error=error,
            warnings=tuple(course.warnings),
        )

    def _read(
        self,
        harvester: Harvester,
        source: Source,
        lease: Lease,
        ingest_run: IngestRun,
        again: Harvest | None,
        since: datetime | None,
        course: _Course,
        watch: Watch | None,
        approved: bool,
    ) -> str:
        """Store all pages; why the run must be held, or "". Raises what the harvester raises."""
        dated = again is not None and again.response_date is not None
        resume, course.missing, course.gone, done = _read_note(again.resume if again is not None else "")
        live = self._live(source)
        if not done:
            for group in pages_ahead(harvester.harvest(self._with_memory(source), since, resume)):
                lease.check()
                kept, note, too_many = self._sift(source, group, course, live, approved)
                if kept:
                    dates = [page.response_date for page in kept if page.response_date is not None]
                    ingest_run.add(
                        (record for page in kept for record in page.records),
                        resume=note,
                        response_date=dates[0] if dates and not dated else None,
                        progress=None if watch is None else lambda account: watch(account, course.size),
                    )
                    dated = dated or bool(dates)
                if too_many:
                    return too_many
        if course.missing and not approved:
            return f"the endpoint announced {course.missing} records more than it delivered; a person must confirm"
        if source.quirks.get("infer_deletions") == "identifiers" and not approved:
            return self._infer(harvester, source, ingest_run, course, live)
        return ""

    def _sift(
        self, source: Source, group: Sequence[Page], course: _Course, live: int, approved: bool
    ) -> tuple[list[Page], str, str]:
        """(pages to store, the note behind the last of them, why the run must be held before the next or "")."""
        kept: list[Page] = []
        note = ""
        for page in group:
            gone = course.gone + self._count_deletions(source, page)
            if not approved and self._is_too_many(gone, live):
                return (
                    kept,
                    note,
                    f"{gone} of {live} records would be deleted, more than {self._policy.most_deleted:.0%};"
                    " stopped before that, a person must confirm",
                )
            course.gone = gone
            course.note(page)
            kept.append(page)
            note = _note(course, page.resume)
        return kept, note, ""

    def _infer(self, harvester: Harvester, source: Source, ingest_run: IngestRun, course: _Course, live: int) -> str:
        """Delete what a complete list of identifiers does not name; why the run must be held, or ""."""
        if not isinstance(harvester, ListsIdentifiers):
            raise WrongUse(
                f"the harvester {source.harvester} cannot list identifiers; remove the quirk infer_deletions"
            )
        listed = set(harvester.identifiers(source))
        with self._store.read() as session:
            missing = [
                HarvestedRecord(record.identifier, None, deleted=True)
                for record in SourceRecords(session).of_source(source.id)
                if record.identifier not in listed
            ]
        if self._is_too_many(len(missing), live):
            return (
                f"{len(missing)} of {live} records are not listed any more; nothing was deleted, a person must confirm"
            )
        ingest_run.add(missing, resume=_note(course, ""))
        return ""

    def _complete(self, source: Source, number: int, course: _Course) -> None:
        """The cursor moves to the endpoint's date at the start of the run; ours, if it has none."""
        with self._store.write() as session:
            done = Harvests(session).get(number)
            Sources(session).set_cursor(source.id, done.response_date or done.started)
            if course.memory is not None:
                Settings(session).set(MEMORY + source.code, course.memory)

    def _since(self, source: Source) -> datetime | None:
        if source.cursor is None:
            return None
        overlap = source.quirks.get("overlap")
        back = self._policy.overlap if overlap in (None, "") else timedelta(seconds=float(str(overlap)))
        return source.cursor - back

    def _full_is_due(self, source: Source) -> bool:
        """Every so many runs (quirk ``full_every``) everything is harvested anew."""
        every = str(source.quirks.get("full_every", "") or "0")
        if not every.isdecimal() or int(every) < 1:
            return False
        with self._store.read() as session:
            runs = [each for each in Harvests(session).all(source.id, limit=int(every) * 3) if each.state == "complete"]
        since_full = next((place for place, each in enumerate(runs) if each.full), len(runs))
        return since_full + 1 >= int(every)

    def _with_memory(self, source: Source) -> Source:
        with self._store.read() as session:
            memory = Settings(session).get(MEMORY + source.code)
        return source if memory is None else replace(source, quirks={**source.quirks, "memory": memory})

    def _live(self, source: Source) -> int:
        with self._store.read() as session:
            return SourceRecords(session).counts().get(source.id, (0, 0))[0]

    def _is_too_many(self, gone: int, live: int) -> bool:
        return gone > self._policy.few and gone > self._policy.most_deleted * live

    def _count_deletions(self, source: Source, page: Page) -> int:
        """How many live records of ours this page deletes; tombstones of what we never had are nothing."""
        named = {record.identifier for record in page.records if record.deleted and record.identifier}
        if not named:
            return 0
        with self._store.read() as session:
            known = RecordWriting(session).by_identifier(source.id, named)
        return sum(not head.deleted for head in known.values())

    def _set_aside(self, unfinished: Harvest) -> None:
        with self._store.write() as session:
            Harvests(session).finish(unfinished.id, "discarded", self._clock(), "a full run was asked for instead")

    def _held(self, source: Source, number: int) -> Harvest:
        with self._store.read() as session:
            found = Harvests(session).get(number)
        if found.state != "held" or found.source != source.id:
            raise WrongUse(f"run {number} of {source.code} is not held")
        return found


def _note(course: _Course, resume: str) -> str:
    """What a run keeps to go on by: its counts so far, and the harvester's own words ("" at the list's end)."""
    return f"{course.missing},{course.gone}|{resume}"


def _read_note(note: str) -> tuple[str, int, int, bool]:
    """(the harvester's words, records missing so far, deletions so far, whether the list was read to its end)."""
    counts, bar, resume = note.partition("|")
    missing, _, gone = counts.partition(",")
    return resume, int(missing or "0"), int(gone or "0"), bool(bar) and not resume


def run(
    store: Store,
    ingest: Ingest,
    harvester: Harvester,
    source: Source,
    *,
    full: bool = False,
    recluster: Callable[[], object] | None = None,
    watch: Watch | None = None,
    policy: Policy | None = None,
) -> RunResult:
    """One run; see `HarvestRunner.run`."""
    return HarvestRunner(store, ingest, recluster, policy=policy).run(harvester, source, full=full, watch=watch)
