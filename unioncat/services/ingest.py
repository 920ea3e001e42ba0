"""Ingest: raw records in, source records stored, every one accounted for.

A run is a sequence of batches; each is one transaction with the records, their refusals, the account and the
place to go on from. Kill it anywhere: what is committed is whole, and the next run over the same input finds it
unchanged. The costly part (parse, normalise, view, keys) runs in the pool, ahead of the writing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from types import TracebackType

from unioncat.model import Account, Harvest, HarvestedRecord, Source, WrongUse
from unioncat.services.ingest_batch import UNCHANGED, Item, digest_of, settle_batch
from unioncat.services.live_ruleset import follow
from unioncat.services.pipeline import Prepared, Raw, as_raw
from unioncat.services.pool import WorkPool, calm_collector
from unioncat.store import Harvests, RecordWriting, Refusals, Store
from unioncat.store.dirty import Dirty
from unioncat.store.stamping import utc_now

__all__ = ["BATCH", "Ingest", "IngestRun"]

BATCH = 500  # records a transaction and a task of the pool
DUPLICATES_SHOWN = 100
MOST_MISSING = 0.3  # share of a source that a complete run may find gone without a person's word
FEW = 20  # so many may always go
Progress = Callable[[Account], None]


class IngestRun:
    """One run against one source. A context manager: leaving it by an exception ends the run as what it was.

    number:     of the harvest
    account:    so far
    inferred:   records deleted because a full run did not come by them (not in the account: they were not read)
    duplicates: identifiers that one file used for several unlike records (the first hundred); duplicate_count: all
    seconds:    processor time of this process: reading, storing
    """

    def __init__(
        self, store: Store, pool: WorkPool, source: Source, harvest: Harvest, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._pool = pool
        self._source = source
        self._harvest = harvest
        self._clock = clock
        self.number = harvest.id
        self._resume = harvest.resume
        with store.read() as session:
            self._was_empty = RecordWriting(session).is_empty(source.id)
        self.state = harvest.state
        self.account = replace(harvest.account)
        self.inferred = 0
        self.duplicates: list[str] = []
        self.duplicate_count = 0
        self.seconds: dict[str, float] = {"read": 0.0, "store": 0.0}

    def add(
        self,
        records: Iterable[HarvestedRecord],
        *,
        resume: str = "",
        response_date: datetime | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Store these; with the last of them, `resume` is kept as the place to go on from."""
        pending: list[tuple[list[Item], str]] = []
        with self._store.read() as session:
            follow(session, self._pool)

        def tasks() -> Iterator[tuple[list[Raw]]]:
            for items in self._batches(records):
                pending.append((items, self._pool.ruleset.digest))
                raws = [item.harvested.raw for item in items if item.prepared is None]
                yield ([as_raw(raw) for raw in raws if raw is not None],)

        done = False
        with calm_collector():
            for _, prepared in self._pool.map("prepare", tasks()):
                begun = time.thread_time()
                items, rules = pending.pop(0)
                made = iter(prepared)
                for item in items:
                    if item.prepared is None and item.harvested.raw:
                        item.prepared = next(made)
                self._store_batch(items, rules)
                done = True
                self.seconds["store"] += time.thread_time() - begun
                if progress is not None:
                    progress(self.account)
        if resume or response_date is not None or not done:
            with self._store.write() as session:
                Harvests(session).progress(self.number, self.account, resume, response_date=response_date)
            self._resume = resume

    def _batches(self, records: Iterable[HarvestedRecord]) -> Iterator[list[Item]]:
        source = iter(records)
        while True:
            begun = time.thread_time()
            batch = [Item(each, digest_of(each.raw) if each.raw is not None else b"") for each in islice(source, BATCH)]
            if batch:
                self._find_unchanged(batch)
            self.seconds["read"] += time.thread_time() - begun
            if not batch:
                return
            yield batch

    def _find_unchanged(self, batch: list[Item]) -> None:
        """Spare the pool what is stored already as it came, and what needs no preparing."""
        wanted = [item.digest for item in batch if item.digest and item.harvested.refused is None]
        if self._was_empty:
            wanted = []  # the writer knows by identifier what this run itself brought
        with self._store.read() as session:
            known = RecordWriting(session).by_digest(self._source.id, wanted)
        for item in batch:
            harvested = item.harvested
            if harvested.refused is not None:
                item.prepared = Prepared(identifier=harvested.identifier, refused=harvested.refused)
            elif harvested.deleted or harvested.raw is None:
                item.prepared = Prepared(identifier=harvested.identifier, deleted=True)
            elif (head := known.get(item.digest)) is not None and harvested.identifier in (None, head.identifier):
                item.prepared = UNCHANGED

    def _store_batch(self, items: list[Item], rules: str) -> None:
        """rules: digest of the ruleset by which they were prepared; if another is in use by now, they are again."""
        with self._store.write() as session:
            writing = RecordWriting(session)
            writing.hold(self._source.id)
            if follow(session, self._pool).digest != rules:
                for item in items:
                    if item.prepared is not None and item.prepared.view and item.harvested.raw is not None:
                        item.prepared = self._pool.stages.prepare([as_raw(item.harvested.raw)])[0]
            outcome = settle_batch(
                session, items, source=self._source.id, harvest=self.number, now=self._clock(), stages=self._pool.stages
            )
            numbers = writing.insert(self._source.id, list(outcome.new.values()), self.number)
            writing.replace(list(outcome.changed.values()), self.number)
            writing.delete(list(outcome.gone.values()), self.number)
            Refusals(session).add(outcome.refusals)
            touched = [number for number, _ in (*outcome.changed.values(), *outcome.gone.values())]
            Dirty(session).mark([*numbers, *touched])
            writing.saw(self.number, {*numbers, *touched, *outcome.seen})
            account = _sum(self.account, outcome.account)
            Harvests(session).progress(self.number, account, self._resume)
        self.account = account
        self.duplicate_count += len(outcome.duplicates)
        self.duplicates.extend(outcome.duplicates[: DUPLICATES_SHOWN - len(self.duplicates)])

    def missing(self) -> tuple[int, int]:
        """(live records of the source that this run did not come by, live records of the source)."""
        with self._store.read() as session:
            return RecordWriting(session).count_unseen(self._source.id, self.number)

    def finish(self, *, most_missing: float = MOST_MISSING, progress: Progress | None = None) -> str:
        """End the run: infer deletions if it was full; the state it ended in, ``complete`` or ``held``.

        A full run that would delete more than `most_missing` (0-1) of the source's records, and more than FEW,
        deletes nothing and is held: see `Ingest.release`.
        """
        if self._harvest.full:
            gone, live = self.missing()
            if gone > FEW and gone > most_missing * live:
                message = f"{gone} of {live} records did not come any more; nothing was deleted, a person must confirm"
                self._end("held", message)
                return "held"
            self._delete_missing(progress)
        self._end("complete", "")
        return "complete"

    def interrupt(self, state: str, message: str) -> None:
        """End the run as ``interrupted`` or ``failed``; what is stored stays, and it can be resumed."""
        self._end(state, message)

    def _delete_missing(self, progress: Progress | None) -> None:
        while True:
            now = self._clock()
            with self._store.write() as session:
                writing = RecordWriting(session)
                writing.hold(self._source.id)
                missing = writing.unseen(self._source.id, self.number, limit=BATCH)
                writing.delete([(record, now) for record in missing], self.number)
                Dirty(session).mark(missing)
                self.inferred += len(missing)
            if not missing:
                return
            if progress is not None:
                progress(self.account)

    def _end(self, state: str, message: str) -> None:
        with self._store.write() as session:
            if state == "complete":
                RecordWriting(session).forget_seen(self._source.id)
            Harvests(session).finish(self.number, state, self._clock(), message)
        self.state = state

    def __enter__(self) -> IngestRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            if self.state == "running":
                self.finish()
        elif isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            self.interrupt("interrupted", "interrupted; run it again to go on")
        else:
            self.interrupt("failed", str(error))


class Ingest:
    """Takes records into the store, and then (`recluster`) into the catalogue."""

    def __init__(
        self,
        store: Store,
        pool: WorkPool,
        recluster: Callable[[], object] | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._pool = pool
        self._recluster = recluster
        self._clock = clock

    def begin(
        self, source: Source, *, full: bool = False, since: datetime | None = None, harvest: int | None = None
    ) -> IngestRun:
        """A new run, or (harvest) an unfinished one taken up again with its account and what it has seen."""
        with self._store.write() as session:
            harvests = Harvests(session)
            if harvest is None:
                harvest = harvests.start(source.id, self._clock(), full=full, since=since)
            else:
                harvests.resume(harvest)
            found = harvests.get(harvest)
        return IngestRun(self._store, self._pool, source, found, self._clock)

    def run(
        self,
        source: Source,
        records: Iterable[HarvestedRecord],
        *,
        full: bool = False,
        progress: Progress | None = None,
        most_missing: float = MOST_MISSING,
        recluster: bool = True,
    ) -> IngestRun:
        """One whole run: store everything, infer deletions if `full`, then cluster what was touched."""
        with self.begin(source, full=full) as run:
            run.add(records, progress=progress)
            run.finish(most_missing=most_missing, progress=progress)
        if recluster and self._recluster is not None:
            self._recluster()
        return run

    def release(self, source: Source, harvest: int) -> IngestRun:
        """A person confirmed a held run: delete what it did not come by."""
        with self._store.read() as session:
            if Harvests(session).get(harvest).state != "held":
                raise WrongUse(f"harvest {harvest} is not held")
        with self.begin(source, harvest=harvest) as run:
            run.finish(most_missing=1.0)
        if self._recluster is not None:
            self._recluster()
        return run

    def discard(self, source: Source, harvest: int) -> None:
        """A person said that a held run was wrong: nothing is deleted, its marks are forgotten."""
        with self._store.write() as session:
            if Harvests(session).get(harvest).state != "held":
                raise WrongUse(f"harvest {harvest} is not held")
            Harvests(session).finish(harvest, "discarded", self._clock())
            RecordWriting(session).forget_seen(source.id)

    def retry(self, source: Source, progress: Progress | None = None) -> Account:
        """Try the waiting refused records of a source again; those that go well now are stored and settled."""
        with self._store.read() as session:
            numbers = [refusal.id for refusal in Refusals(session).all(source=source.id)]
        with self.begin(source) as run:
            for start in range(0, len(numbers), BATCH):
                with self._store.read() as session:
                    waiting = [Refusals(session).get(number) for number in numbers[start : start + BATCH]]
                made = self._pool.stages.prepare([as_raw(refusal.raw_record()) for refusal in waiting])
                good = [refusal for refusal, result in zip(waiting, made, strict=True) if result.refused is None]
                run.add(
                    [HarvestedRecord(refusal.identifier or None, refusal.raw_record()) for refusal in good],
                    progress=progress,
                )
                with self._store.write() as session:
                    Refusals(session).settle([refusal.id for refusal in good])
        if self._recluster is not None:
            self._recluster()
        return run.account

    def remove_records(self, source: Source) -> int:
        """Every live record of a source is deleted, as when its library leaves; how many."""
        with self.begin(source, full=True) as run:
            run.finish(most_missing=1.0)
        if self._recluster is not None:
            self._recluster()
        return run.inferred


def _sum(a: Account, b: Account) -> Account:
    return Account(a.stored + b.stored, a.unchanged + b.unchanged, a.deleted + b.deleted, a.refused + b.refused)
