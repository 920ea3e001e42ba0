"""Verify: the catalogue equals its rebuild, and the store's books agree.

The truth is {source records, verdicts, ruleset}; all else is computed. So everything is computed again from the
raw bytes, in a store of its own that is thrown away, and compared merged record by merged record. Ids and
datestamps are history, not computation: they are left out of the comparison.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from unioncat.model import HarvestedRecord, MemberCode, RawRecord, RecordKey, Source, SourceId, Verdict, public_id
from unioncat.services.ingest import Ingest
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.store import Members, Sources, Store, Verdicts
from unioncat.store.bodies import bodies
from unioncat.store.dirty import Dirty
from unioncat.store.fingerprints import Made, catalogue_content
from unioncat.store.integrity import Broken, broken_rules

__all__ = ["Difference", "Verification", "rebuild_store", "verify"]

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """One merged record that a rebuild makes otherwise.

    kind: ``members`` (other source records together), ``content`` (another record, holdings or sets)
    """

    kind: str
    public_id: str
    keys: tuple[RecordKey, ...]


@dataclass(slots=True)
class Verification:
    """records, clusters: compared. waiting: records not clustered yet. differences: the first SHOWN, and how many."""

    records: int = 0
    clusters: int = 0
    waiting: int = 0
    differences: list[Difference] = field(default_factory=list)
    difference_count: int = 0
    broken: list[Broken] = field(default_factory=list)
    fingerprint: str = ""
    rebuilt_fingerprint: str = ""

    @property
    def is_sound(self) -> bool:
        return not self.difference_count and not self.broken and not self.waiting

    def note(self, kind: str, made: Made) -> None:
        self.difference_count += 1
        if len(self.differences) < SHOWN:
            self.differences.append(Difference(kind, public_id(made.id), made.keys))


def verify(
    store: Store, pool: WorkPool, *, rebuild: bool = True, progress: Callable[[int], None] | None = None
) -> Verification:
    """Check the books and (unless told not to) compare with a rebuild. progress: told the records read so far."""
    found = Verification()
    with store.read() as session:
        found.broken = broken_rules(session)
        found.waiting = Dirty(session).count()
    if rebuild:
        with (
            tempfile.TemporaryDirectory(prefix="unioncat-verify-") as folder,
            rebuild_store(store, pool, Path(folder) / "rebuilt.db", progress) as rebuilt,
        ):
            _compare(store, rebuilt, found)
    return found


def rebuild_store(store: Store, pool: WorkPool, path: Path, progress: Callable[[int], None] | None = None) -> Store:
    """A new store at `path` made from the members, sources, verdicts and raw records of `store`, and nothing else."""
    rebuilt = Store.create(str(path))
    ingest = Ingest(rebuilt, pool)
    with store.read() as session:
        members, sources = Members(session).all(), Sources(session).all()
    with rebuilt.write() as session:
        for member in members:
            Members(session).add(member)
    done = 0
    for source in sources:
        with rebuilt.write() as session:
            copy = Sources(session).add(replace(source, id=SourceId(0), member=MemberCode(source.member)))
        before = done

        def told(account: object, before: int = before) -> None:
            if progress is not None:
                progress(before + getattr(account, "read", 0))

        run = ingest.run(copy, _raws(store, source), progress=told, recluster=False)
        done += run.account.read
    _copy_verdicts(store, rebuilt)
    Recluster(rebuilt, pool).run()
    return rebuilt


def _raws(store: Store, source: Source) -> Iterator[HarvestedRecord]:
    for page in bodies(store, source.id):
        for body in page:
            yield HarvestedRecord(body.identifier, RawRecord(body.format, body.raw, 1, body.hints), body.datestamp)


def _copy_verdicts(store: Store, rebuilt: Store) -> None:
    after = 0
    while True:
        with store.read() as session:
            page: list[Verdict] = Verdicts(session).all(live=True, after=after)
        if not page:
            return
        after = page[-1].id
        with rebuilt.write() as session:
            for each in page:
                assert each.made is not None
                Verdicts(session).add(each.left, each.right, same=each.same, who=each.who, why=each.why, now=each.made)


def _compare(store: Store, rebuilt: Store, found: Verification) -> None:
    """Line the two catalogues up by membership. Holds 32 bytes a merged record."""
    with rebuilt.read() as session:
        wanted = {made.membership: made.content for made in catalogue_content(session)}
    lines = []
    with store.read() as session:
        for made in catalogue_content(session):
            found.clusters += 1
            found.records += len(made.keys)
            lines.append(made.membership + made.content)
            content = wanted.get(made.membership)
            if content is None:
                found.note("members", made)
            elif content != made.content:
                found.note("content", made)
    ours = blake2b(b"".join(sorted(lines)), digest_size=16)
    theirs = blake2b(b"".join(sorted(key + value for key, value in wanted.items())), digest_size=16)
    found.fingerprint, found.rebuilt_fingerprint = ours.hexdigest(), theirs.hexdigest()
    missing = len(wanted) - found.clusters
    if missing > 0 and not found.difference_count:
        found.difference_count = missing
