"""Uploads: a file is shown before it counts, then committed or discarded; a committed one can be undone whole.

All files of a library go into its source ``<code>-upload``, under the numbers that the records bear, so that a
newer file of the same records replaces the older. What the records had been before is kept with the batch; undoing
puts that back, unless a later batch has changed them again.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from mappings.spreadsheet import ColumnMapping
from mappings.spreadsheet import Preview as Sheet
from mappings.spreadsheet import preview as look
from unioncat.marc import first, from_json
from unioncat.matching import MatchView, decide
from unioncat.model import (
    Conflict,
    Harvest,
    HarvestedRecord,
    MemberCode,
    NotFound,
    RawRecord,
    RecordId,
    Source,
    SourceId,
    UnreadableInput,
)
from unioncat.model.packing import unpack_numbers
from unioncat.services.accounts import note
from unioncat.services.batch_preview import Preview, PreviewRow
from unioncat.services.formats import Formats
from unioncat.services.ingest import Ingest
from unioncat.services.ingest_batch import digest_of
from unioncat.services.live_ruleset import follow
from unioncat.services.pipeline import Prepared
from unioncat.services.pool import WorkPool
from unioncat.services.roles import Actor
from unioncat.services.spooled import Spooled
from unioncat.services.spreadsheets import FORMATS, Spreadsheets
from unioncat.store import Harvests, MatchKeys, Members, RecordWriting, Session, SourceRecords, Sources, Store
from unioncat.store.components import Components
from unioncat.store.kept_batches import Batch, KeptBatches
from unioncat.store.stamping import utc_now

__all__ = ["SHOWN", "Batch", "Batches", "Preview", "PreviewRow"]

SHOWN = 200  # records that a preview looks into
MOST_RECORDS = 200_000
UPLOAD_RANK = 50
BLOCK = 50  # records under one match key that a preview compares with
PIECE = 500


class Batches:
    """limit: bytes of an uploaded file."""

    def __init__(
        self,
        store: Store,
        formats: Formats,
        ingest: Ingest,
        pool: WorkPool,
        recluster: Callable[[], object],
        *,
        limit: int = 64 * 1024 * 1024,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._formats = formats
        self._ingest = ingest
        self._pool = pool
        self._recluster = recluster
        self._limit = limit
        self._clock = clock

    @property
    def readable(self) -> list[str]:
        """Names of the formats that a file can be in."""
        return sorted(self._formats.read)

    def upload(
        self, actor: Actor, member: str, name: str, content: bytes, *, format: str = "", hints: Mapping[str, str] = {}
    ) -> int:
        """Keeps the file for a preview; the batch's number.

        Raises NotAllowed, NotFound (member), UnreadableInput (empty, too large, or in no format that is known).
        """
        actor.require("contribute", member)
        if not content:
            raise UnreadableInput(f"{name or 'the file'} is empty")
        if len(content) > self._limit:
            raise UnreadableInput(f"{name} is larger than {self._limit // (1024 * 1024)} MB")
        if format:
            self._formats.reader(format)
        with Spooled(name, content) as path:
            known = format or self._formats.sniff(path)
        with self._store.write() as session:
            Members(session).get(member)
            source = self._source(session, member)
            kept = source.quirks.get("hint.mapping", "") if known in FORMATS else ""
            name = Path(name).name[:200] or "file"
            read_with = {"mapping": kept, **hints} if kept else hints
            packed = gzip.compress(content, 3)
            now = self._clock()
            number = KeptBatches(session).add(member, actor.login, name, known, read_with, packed, now)
            note(session, now, actor.login, "batch-upload", f"{member}/{number}", name=name, format=known)
            return number

    def get(self, actor: Actor, number: int) -> Batch:
        """Raises NotFound, NotAllowed."""
        with self._store.read() as session:
            batch = KeptBatches(session).get(number)
            actor.require("contribute", batch.member)
            return batch

    def all(self, actor: Actor, member: str, limit: int = 50) -> list[Batch]:
        """Newest first. Raises NotAllowed."""
        actor.require("contribute", member)
        with self._store.read() as session:
            return KeptBatches(session).of_member(member, limit)

    def change(self, actor: Actor, number: int, *, format: str, hints: Mapping[str, str]) -> None:
        """Other words on how to read the file, as long as it is a preview."""
        self._formats.reader(format)
        with self._store.write() as session:
            self._mine(actor, session, number, "preview")
            KeptBatches(session).read_as(number, format, hints)

    def preview(self, actor: Actor, number: int) -> Preview:
        """What committing would do, found out by reading, not by storing. Raises UnreadableInput, NotAllowed."""
        batch = self.get(actor, number)
        rows: list[PreviewRow] = []
        total = 0
        for harvested in self._records(number):
            total += 1
            if total <= SHOWN:
                rows.append(self._look(batch, harvested, total))
            if total >= MOST_RECORDS:
                break
        return Preview(tuple(rows), total)

    def sheet(self, actor: Actor, number: int) -> Sheet | None:
        """How the columns of a spreadsheet are understood; None for any other format. Raises UnreadableInput."""
        batch = self.get(actor, number)
        if batch.format not in FORMATS:
            return None
        known = ColumnMapping.from_json(batch.hints["mapping"]) if batch.hints.get("mapping") else None
        return look(io.BytesIO(self._content(number)), batch.format, known)

    def annotated(self, actor: Actor, number: int, language: str) -> bytes:
        """The committed spreadsheet as an .xlsx with a result beside every row. Raises NotFound for other batches."""
        batch = self.get(actor, number)
        if batch.format not in FORMATS or batch.harvest is None:
            raise NotFound("there is no such file")
        source = f"{batch.member}-upload"
        content = self._content(number)
        return Spreadsheets(self._store).hand_back(source, batch.harvest, content, batch.format, language)

    def commit(self, actor: Actor, number: int) -> Batch:
        """Stores the file's records and clusters them. Raises NotAllowed, Conflict (it is no preview any more)."""
        with self._store.write() as session:
            batch = self._mine(actor, session, number, "preview")
            now = self._clock()
            KeptBatches(session).settle(number, "committed", now)
            source = self._source(session, batch.member)
            note(session, now, actor.login, "batch-commit", f"{batch.member}/{number}", name=batch.name)
        try:
            before = self._before(source, number)
            with self._store.write() as session:
                KeptBatches(session).keep_before(number, gzip.compress(before, 3))
            run = self._ingest.run(source, self._records(number), recluster=False)
        except Exception:
            with self._store.write() as session:
                KeptBatches(session).set_state(number, "preview")
            raise
        with self._store.write() as session:
            KeptBatches(session).stored_by(number, run.number)
            mapping = KeptBatches(session).get(number).hints.get("mapping", "")
        if mapping:  # the next file of this library is read in the same way
            Spreadsheets(self._store).keep(source.code, ColumnMapping.from_json(mapping))
        self._recluster()
        return self.get(actor, number)

    def discard(self, actor: Actor, number: int) -> None:
        """Forgets a preview. Raises NotAllowed, Conflict."""
        with self._store.write() as session:
            batch = self._mine(actor, session, number, "preview")
            now = self._clock()
            KeptBatches(session).settle(number, "discarded", now)
            KeptBatches(session).forget_content(number)
            note(session, now, actor.login, "batch-discard", f"{batch.member}/{number}", name=batch.name)

    def undo(self, actor: Actor, number: int) -> int:
        """Puts back what the batch changed; how many records. Those changed again since then are left alone.

        Raises NotAllowed, Conflict (it is not committed).
        """
        with self._store.write() as session:
            batch = self._mine(actor, session, number, "committed")
            KeptBatches(session).set_state(number, "undone")
            source = self._source(session, batch.member)
            packed = KeptBatches(session).before(number)
            before = orjson.loads(gzip.decompress(packed)) if packed else []
            note(session, self._clock(), actor.login, "batch-undo", f"{batch.member}/{number}", name=batch.name)
        back = list(self._restored(source, before))
        if back:
            self._ingest.run(source, back, recluster=False)
            self._recluster()
        return len(back)

    def account(self, batch: Batch) -> Harvest | None:
        """The run that stored it."""
        if batch.harvest is None:
            return None
        with self._store.read() as session:
            return Harvests(session).get(batch.harvest)

    # --- inside --------------------------------------------------------------------------------------------

    @staticmethod
    def _mine(actor: Actor, session: Session, number: int, state: str) -> Batch:
        """A batch in this state that `actor` may change. Raises NotFound, NotAllowed, Conflict."""
        batch = KeptBatches(session).get(number)
        actor.require("contribute", batch.member)
        if batch.state != state:
            raise Conflict(f"batch {number} is {batch.state} already")
        return batch

    def _content(self, number: int) -> bytes:
        with self._store.read() as session:
            return gzip.decompress(KeptBatches(session).content(number))

    def _records(self, number: int) -> Iterator[HarvestedRecord]:
        with self._store.read() as session:
            batch = KeptBatches(session).get(number)
            packed = KeptBatches(session).content(number)
        with Spooled(batch.name, gzip.decompress(packed)) as path:
            yield from self._formats.open(path, batch.format, dict(batch.hints))

    def _source(self, session: Session, member: str) -> Source:
        code = f"{member}-upload"
        try:
            return Sources(session).get(code)
        except NotFound:
            made = Source(SourceId(0), code, MemberCode(member), "upload", rank=UPLOAD_RANK)
            return Sources(session).add(made)

    def _look(self, batch: Batch, harvested: HarvestedRecord, position: int) -> PreviewRow:
        if harvested.refused is not None:
            return PreviewRow(position, harvested.identifier or "", "", "refused", harvested.refused)
        if harvested.raw is None or harvested.deleted:
            return PreviewRow(position, harvested.identifier or "", "", "deleted")
        made = self._pool.stages.prepare([harvested.raw])[0]
        identifier = harvested.identifier or made.identifier or digest_of(harvested.raw).hex()
        if made.refused is not None:
            return PreviewRow(position, identifier, "", "refused", made.refused)
        if made.deleted:
            return PreviewRow(position, identifier, "", "deleted")
        title = first(from_json(made.marc), "245$abnp") or ""
        findings = len(orjson.loads(made.findings))
        with self._store.read() as session:
            try:
                source = Sources(session).get(f"{batch.member}-upload")
                head = RecordWriting(session).by_identifier(source.id, [identifier]).get(identifier)
            except NotFound:
                head = None
            outcome = "new"
            if head is not None and not head.deleted:
                outcome = "unchanged" if head.digest == digest_of(harvested.raw) else "changed"
            key, likely = self._meets(session, made, head.id if head else None)
        return PreviewRow(position, identifier, title.strip(" /:;"), outcome, "", findings, key, likely)

    def _meets(self, session: Session, made: Prepared, itself: RecordId | None) -> tuple[str, bool]:
        """Key of the stored record that is most like this one, and whether a person should look; "" for none."""
        blocks, _large = MatchKeys(session).blocks(unpack_numbers(made.keys), BLOCK)
        met = {record for block in blocks.values() for record in block if record != itself}
        if not met:
            return "", False
        view, ruleset = MatchView.from_bytes(made.view), follow(session, self._pool)
        stored = Components(session).views(sorted(met)[:BLOCK])
        decided = [(decide(view, MatchView.from_bytes(other), ruleset), record) for record, other in stored.items()]
        accepted = [(one, record) for one, record in decided if one.band != "different"]
        if not accepted:
            return "", False
        best, record = max(accepted, key=lambda pair: (pair[0].band == "merge", pair[0].score, -pair[1]))
        return SourceRecords(session).get(record).key, best.band == "review"

    def _before(self, source: Source, number: int) -> bytes:
        """What the records of the file were: ``[[identifier, digest after, format, raw or null, hints], …]``."""
        kept: list[list[Any]] = []
        pending: list[RawRecord] = []

        def settle() -> None:
            made = self._pool.stages.prepare(pending)
            names = [one.identifier or digest_of(raw).hex() for one, raw in zip(made, pending, strict=True)]
            with self._store.read() as session:
                heads = RecordWriting(session).by_identifier(source.id, names)
                live = [head.id for head in heads.values() if not head.deleted]
                old = {record.identifier: record for record in SourceRecords(session).many(live)}
            for name, raw, one in zip(names, pending, made, strict=True):
                if one.refused is None:
                    record = old.get(name)
                    text = record.raw.decode("latin-1") if record is not None else None
                    kept.append([name, digest_of(raw).hex(), record.format if record else "", text])
            pending.clear()

        for harvested in self._records(number):
            if harvested.raw is not None and harvested.refused is None:
                pending.append(harvested.raw)
            if len(pending) >= PIECE:
                settle()
        if pending:
            settle()
        return orjson.dumps(kept)

    def _restored(self, source: Source, before: Iterable[list[Any]]) -> Iterator[HarvestedRecord]:
        latest = {row[0]: row for row in before}
        with self._store.read() as session:
            heads = RecordWriting(session).by_identifier(source.id, list(latest))
        position = 0
        for name, (_name, digest, kind, text) in latest.items():
            head = heads.get(name)
            if head is None or head.deleted or head.digest.hex() != digest:
                continue
            position += 1
            if text is None:
                yield HarvestedRecord(name, None, deleted=True)
            elif (raw := RawRecord(kind, text.encode("latin-1"), position)) and digest_of(raw) != head.digest:
                yield HarvestedRecord(name, raw)
