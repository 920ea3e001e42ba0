"""The ruleset in use: kept in the store as a version, followed by every process, changed without standing still.

Putting one live writes its version and a mark, in one transaction; from then on every process that stores or
clusters records works by it (`follow`). The views and keys of the records that are there are made anew by the next
clustering (`rematch`), page by page behind the mark, so a crash costs only the repetition of a page. Merged records
that come out as they were are not written, so aggregators do not see them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

from unioncat.matching import MatchView, Ruleset, parse_ruleset
from unioncat.model import NotFound, RecordId
from unioncat.services.accounts import note
from unioncat.services.pool import WorkPool
from unioncat.store import Dirty, RecordWriting, Rulesets, Session, Settings, SourceRecords, Sources, Store, Version
from unioncat.store.components import Components
from unioncat.store.locks import alone
from unioncat.store.stamping import utc_now

__all__ = [
    "Rules",
    "Unfinished",
    "body_of",
    "first_version",
    "follow",
    "live_ruleset",
    "put_live",
    "rematch",
    "ruleset_of",
    "stored_ruleset",
    "title_of",
    "unfinished",
    "versions",
]

MARK = "rematch"
"""Name of the setting that holds the number of the last record whose view was made anew; absent: all are made."""
FORMAT = "view format"
"""Name of the setting that says of which make the stored views are."""
OURS = blake2b(" ".join(field.name for field in fields(MatchView)).encode(), digest_size=8).hexdigest()
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a change of rules left to be done. views, clusters: records that wait for them; records: all live ones."""

    records: int
    views: int
    clusters: int

    @property
    def share(self) -> float:
        """Done of the whole, 0-1."""
        return 1 - (self.views + self.clusters) / (2 * self.records) if self.records else 1.0


class Rules:
    """Gives the ruleset in use to what explains and compares; asks the store each time, which is cheap."""

    def __init__(self, store: Store, pool: WorkPool) -> None:
        self._store = store
        self._pool = pool

    def __call__(self) -> Ruleset:
        with self._store.read() as session:
            return follow(session, self._pool)


def title_of(ruleset: Ruleset) -> str:
    return f"{ruleset.name} {ruleset.version}"


def body_of(ruleset: Ruleset) -> str:
    """As a version keeps it."""
    return json.dumps({"ruleset": ruleset.body, "weights": ruleset.weights})


def _parse(body: str) -> Ruleset:
    facts = json.loads(body)
    return parse_ruleset(facts["ruleset"], facts["weights"])


def live_ruleset(store: Store) -> Ruleset | None:
    """The ruleset in use; None if none ever was put live: then the settings name it."""
    with store.read() as session:
        body = Rulesets(session).live()
    return None if body is None else _parse(body)


def versions(store: Store) -> list[Version]:
    """All that were put live, and the one that was rehearsed last; newest first."""
    with store.read() as session:
        return Rulesets(session).all()


def stored_ruleset(store: Store, name: str) -> Ruleset | None:
    """One that was in use: ``previous`` (what was in use before the present one), its number or its digest.

    None if the name is none of these. Raises NotFound if there was none before.
    """
    with store.read() as session:
        were = [version for version in Rulesets(session).all() if version.live_from is not None]
        if name == "previous":
            before = [version for version in were if version.digest != were[0].digest]
            if not before:
                raise NotFound("no other rules were in use before")
            return _parse(Rulesets(session).body(before[0].number))
        for version in were:
            if name in (str(version.number), version.digest):
                return _parse(Rulesets(session).body(version.number))
    return None


def ruleset_of(store: Store, number: int) -> Ruleset:
    """Of one version. Raises NotFound."""
    with store.read() as session:
        return _parse(Rulesets(session).body(number))


def follow(session: Session, pool: WorkPool) -> Ruleset:
    """The ruleset in use; `pool` works by it from now on."""
    rulesets = Rulesets(session)
    number = rulesets.live_number()
    if number is not None and number != pool.version:
        pool.use(_parse(rulesets.body(number)))
        pool.version = number
    return pool.ruleset


def first_version(store: Store, ruleset: Ruleset, *, clock: Callable[[], datetime] = utc_now) -> None:
    """Keep the ruleset that a catalogue begins with, so that a newer package does not change it unasked."""
    with store.write() as session:
        if Rulesets(session).live_number() is None:
            Rulesets(session).add(title_of(ruleset), body_of(ruleset), clock(), digest=ruleset.digest)


def put_live(
    store: Store,
    ruleset: Ruleset,
    current: Ruleset,
    *,
    who: str,
    figures: Mapping[str, Any] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Put a ruleset into use; its number. Then run `Recluster`, which brings the catalogue up to it.

    Waits until nobody clusters. current: what was in use so far, kept as a version if none is yet.
    figures: what its rehearsal said.
    """
    with alone(store, "cluster"), store.write() as session:
        rulesets, now = Rulesets(session), clock()
        if rulesets.live_number() is None:
            rulesets.add(title_of(current), body_of(current), now, digest=current.digest)
        number = rulesets.add(title_of(ruleset), body_of(ruleset), now, digest=ruleset.digest, who=who, figures=figures)
        Settings(session).set(MARK, "0")
        told = {name: value for name, value in (figures or {}).items() if isinstance(value, int)}
        note(session, now, who, "ruleset-live", title_of(ruleset), version=number, digest=ruleset.digest, **told)
    return number


def rematch(store: Store, pool: WorkPool) -> int:
    """Make views and keys anew where a change of the ruleset, or of the package, left that to be done; how many.

    Asked for by `Recluster`: runs inside its lock, with `pool` at the ruleset in use.
    """
    with store.read() as session:
        mark, make = Settings(session).get(MARK), Settings(session).get(FORMAT)
    if make != OURS:
        with store.write() as session:
            Settings(session).set(FORMAT, OURS)
            if make is not None:
                mark = "0"
                Settings(session).set(MARK, mark)
    if mark is None:
        return 0
    waiting: deque[tuple[list[RecordId], list[bytes]]] = deque()
    count = 0
    for _, made in pool.map("review", _bodies(store, RecordId(int(mark)), waiting)):
        numbers, marcs = waiting.popleft()
        with store.write() as session:
            _hold_sources(session)
            stored = Components(session).marcs(numbers)
            changed = [place for place, number in enumerate(numbers) if stored[number] != marcs[place]]
            if changed:
                fresh = pool.stages.review([stored[numbers[place]] for place in changed])
                for place, again in zip(changed, fresh, strict=True):
                    made[place] = again
            rows = zip(numbers, made, strict=True)
            RecordWriting(session).rematch((number, view, keys) for number, (view, keys) in rows)
            Dirty(session).mark(numbers)
            Settings(session).set(MARK, str(numbers[-1]))
        count += len(numbers)
    with store.write() as session:
        Settings(session).remove(MARK)
    return count


def _bodies(
    store: Store, after: RecordId, waiting: deque[tuple[list[RecordId], list[bytes]]]
) -> Iterator[tuple[list[bytes]]]:
    """Tasks for the pool; what they are about goes into `waiting`, in the same order."""
    while True:
        with store.read() as session:
            numbers = SourceRecords(session).live_ids(after=after, limit=PAGE)
            marcs = Components(session).marcs(numbers)
        if not numbers:
            return
        after = numbers[-1]
        waiting.append((numbers, [marcs[number] for number in numbers]))
        yield (waiting[-1][1],)


def _hold_sources(session: Session) -> None:
    """No loader stores a record between our reading it and our writing its view."""
    for source in sorted(Sources(session).all(), key=lambda one: one.id):
        RecordWriting(session).hold(source.id)


def unfinished(store: Store) -> Unfinished | None:
    """What waits to be made anew, by a change of rules or any other; None if nothing does."""
    with store.read() as session:
        mark = Settings(session).get(MARK)
        records = SourceRecords(session)
        views = 0 if mark is None else records.count_live(after=RecordId(int(mark)))
        clusters = Dirty(session).count() + views
        return Unfinished(records.count_live(), views, clusters) if clusters else None
