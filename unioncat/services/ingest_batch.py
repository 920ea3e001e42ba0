"""One batch of an ingest: what each record comes to, decided in order before anything is written.

Within a batch the later record wins, as it does between batches: a source that sends a record twice means the
second. The one exception is a file whose own numbers (001) repeat: there two unlike records under one number
are two books with a wrong number more often than one book corrected, so both are kept, the later ones under
``number~digest`` with a finding (decision 0042).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import orjson

from unioncat.model import Account, HarvestedRecord, RawRecord, RecordId, Refusal, SourceId
from unioncat.services.pipeline import Prepared, Stages, as_raw
from unioncat.store import NewRecord, RecordWriting, Session

__all__ = ["UNCHANGED", "Item", "Outcome", "digest_of", "settle_batch"]

UNCHANGED = Prepared()  # found stored as it came; the writer looks again
LONGEST_IDENTIFIER = 500


@dataclass(slots=True)
class Item:
    """One record on its way. digest: b"" for one without bytes; prepared: filled by the pool."""

    harvested: HarvestedRecord
    digest: bytes
    prepared: Prepared | None = None


@dataclass(slots=True)
class Outcome:
    """What to write. By identifier, so that what comes twice in one batch is written once."""

    new: dict[str, NewRecord] = field(default_factory=dict)
    changed: dict[str, tuple[RecordId, NewRecord]] = field(default_factory=dict)
    gone: dict[str, tuple[RecordId, datetime]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    seen: set[RecordId] = field(default_factory=set)
    account: Account = field(default_factory=Account)
    duplicates: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """A record as it stands after the items so far. id: None for one that this batch brings; seen: by this run."""

    id: RecordId | None
    digest: bytes
    deleted: bool
    seen: bool


def digest_of(raw: RawRecord) -> bytes:
    """Sixteen bytes by which an unchanged record is known: over its bytes, and the hints it is read by."""
    digest = sha256(raw.data)
    if raw.hints:
        digest.update(orjson.dumps(dict(raw.hints), option=orjson.OPT_SORT_KEYS))
    return digest.digest()[:16]


def storable(text: str) -> str:
    """`text` without what databases refuse: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def settle_batch(
    session: Session, items: Sequence[Item], *, source: SourceId, harvest: int, now: datetime, stages: Stages
) -> Outcome:
    """Decide over `items`. stages: to prepare what was thought unchanged and is not."""
    writing = RecordWriting(session)
    names = _identifiers(writing, items, source, stages)
    heads = writing.by_identifier(source, {name for name in names if name})
    seen = writing.seen_among(harvest, [head.id for head in heads.values()])
    known = {name: _Known(head.id, head.digest, head.deleted, head.id in seen) for name, head in heads.items()}
    outcome = Outcome()
    account = outcome.account
    for item, name in zip(items, names, strict=True):
        prepared = item.prepared
        assert prepared is not None
        before = known.get(name)
        if prepared.refused is not None:
            account.refused += 1
            outcome.refusals.append(_refusal(item, name, prepared.refused, source, harvest))
            if before is not None and before.id is not None:
                outcome.seen.add(before.id)
        elif prepared.deleted:
            twins = writing.numbered_twins(source, name) if item.harvested.identifier is None else []
            gone = [(name, before)] + [(twin.identifier, _Known(twin.id, twin.digest, False, False)) for twin in twins]
            done = [_delete(outcome, each, state, item.harvested.datestamp or now) for each, state in gone]
            if before is not None and not any(done):
                account.unchanged += 1
            else:
                account.deleted += 1
            known.update({each: _Known(state.id, b"", True, True) for each, state in gone if state is not None})
        elif before is not None and not before.deleted and before.digest == item.digest:
            account.unchanged += 1
            before.seen = True
            if before.id is not None:
                outcome.seen.add(before.id)
        else:
            finding = None
            if before is not None and before.seen and not before.deleted and item.harvested.identifier is None:
                outcome.duplicates.append(name)
                finding = ["duplicate-identifier", "warning", "001", name, False]
                name = f"{name}~{item.digest.hex()[:12]}"
                if name not in known:
                    found = writing.by_identifier(source, [name]).get(name)
                    if found is not None:
                        known[name] = _Known(found.id, found.digest, found.deleted, False)
                before = known.get(name)
                if before is not None and not before.deleted and before.digest == item.digest:
                    account.unchanged += 1
                    if before.id is not None:
                        outcome.seen.add(before.id)
                    continue
            account.stored += 1
            record = _new_record(item, prepared, name, now, finding)
            outcome.gone.pop(name, None)
            if before is None or before.id is None:
                outcome.new[name] = record
                known[name] = _Known(None, item.digest, False, True)
            else:
                outcome.changed[name] = (before.id, record)
                known[name] = _Known(before.id, item.digest, False, True)
    return outcome


def _delete(outcome: Outcome, name: str, state: _Known | None, stamp: datetime) -> bool:
    """Note a deletion; False if there is nothing live to delete."""
    if state is None or state.deleted:
        return False
    outcome.new.pop(name, None)
    outcome.changed.pop(name, None)
    if state.id is not None:
        outcome.gone[name] = (state.id, stamp)
    return True


def _identifiers(writing: RecordWriting, items: Sequence[Item], source: SourceId, stages: Stages) -> list[str]:
    """The identifier of each item; "" for a refused one that has none."""
    unchanged = writing.by_digest(source, [item.digest for item in items if item.prepared is UNCHANGED])
    names = []
    for item in items:
        if item.prepared is UNCHANGED:
            head = unchanged.get(item.digest)
            if head is not None and item.harvested.identifier in (None, head.identifier):
                names.append(head.identifier)
                continue
            assert item.harvested.raw is not None
            item.prepared = stages.prepare([as_raw(item.harvested.raw)])[0]
        assert item.prepared is not None
        name = storable(item.harvested.identifier or item.prepared.identifier or "").strip()
        if not name and item.prepared.refused is None:
            name = item.digest.hex()
        if len(name) > LONGEST_IDENTIFIER:
            item.prepared = Prepared(refused=f"its identifier is longer than {LONGEST_IDENTIFIER} characters")
            name = ""
        names.append(name)
    return names


def _new_record(item: Item, prepared: Prepared, name: str, now: datetime, finding: list[object] | None) -> NewRecord:
    raw = item.harvested.raw
    assert raw is not None
    findings = prepared.findings
    if finding is not None:
        findings = orjson.dumps([*orjson.loads(findings), finding]).decode()
    return NewRecord(
        identifier=name,
        format=raw.format,
        digest=item.digest,
        datestamp=item.harvested.datestamp or now,
        marc=prepared.marc,
        raw=raw.data,
        view=prepared.view,
        keys=prepared.keys,
        findings=findings,
        hints=orjson.dumps(dict(raw.hints)).decode() if raw.hints else "{}",
    )


def _refusal(item: Item, name: str, reason: str, source: SourceId, harvest: int) -> Refusal:
    raw = item.harvested.raw
    return Refusal(
        id=0,
        harvest=harvest,
        source=source,
        reason=storable(reason),
        position=raw.position if raw else None,
        identifier=name,
        format=raw.format if raw else "",
        raw=raw.data if raw else b"",
        hints=raw.hints if raw else {},
    )
