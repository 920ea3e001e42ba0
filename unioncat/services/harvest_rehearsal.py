"""A dry run: what a harvest would change, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from unioncat.model import Account, BadRecord, HarvestedRecord, RawRecord, Source
from unioncat.model.harvest import Harvester
from unioncat.services.harvesting import MEMORY
from unioncat.services.ingest_batch import digest_of
from unioncat.store import RecordWriting, Settings, Store

__all__ = ["Rehearsal", "rehearse"]

SHOWN = 100
Parse = Callable[[RawRecord], object]


@dataclass(slots=True)
class Rehearsal:
    """What would happen. account: as of a real run (stored = new + changed).

    new, changed, deleted, refused: identifiers, the first hundred each; refused with their reasons
    missing: announced and not delivered
    """

    account: Account = field(default_factory=Account)
    new_count: int = 0
    changed_count: int = 0
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    missing: int = 0
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """For people: the account, and the first records of each kind."""
        lines = [f"would be: {self.account}", f"new {self.new_count}, changed {self.changed_count}"]
        for title, names in (("new", self.new), ("changed", self.changed), ("deleted", self.deleted)):
            if names:
                lines.append(f"{title}: {', '.join(names[:10])}{', …' if len(names) > 10 else ''}")
        lines += [f"refused {name}: {reason}" for name, reason in self.refused[:10]]
        lines += self.warnings[:10]
        if self.missing:
            lines.append(f"announced but not delivered: {self.missing}")
        return "\n".join(lines)


def rehearse(
    store: Store,
    harvester: Harvester,
    source: Source,
    *,
    full: bool = False,
    parse: Parse | None = None,
    overlap: timedelta = timedelta(minutes=5),
    watch: Callable[[Account, int | None], None] | None = None,
) -> Rehearsal:
    """Harvest as `HarvestRunner.run` would, and store nothing. parse: `Formats.parse`, to see what would be refused."""
    found = Rehearsal()
    with store.read() as session:
        memory = Settings(session).get(MEMORY + source.code)
    if memory is not None:
        source = replace(source, quirks={**source.quirks, "memory": memory})
    since = None if full or source.cursor is None else source.cursor - overlap
    for page in harvester.harvest(source, since):
        _compare(store, source, page.records, found, parse)
        found.missing += page.missing
        found.warnings += [text for text in page.warnings if text not in found.warnings]
        if watch is not None:
            watch(found.account, page.complete_size)
    return found


def _compare(
    store: Store, source: Source, records: Sequence[HarvestedRecord], found: Rehearsal, parse: Parse | None
) -> None:
    with store.read() as session:
        writing = RecordWriting(session)
        known = writing.by_identifier(source.id, {each.identifier for each in records if each.identifier})
        digests = {each.raw.position: digest_of(each.raw) for each in records if each.raw is not None}
        same = writing.by_digest(source.id, list(digests.values()))
    for each in records:
        name = each.identifier or ""
        before = known.get(name)
        digest = digests[each.raw.position] if each.raw is not None else b""
        reason = each.refused or _refusal(each, parse)
        if reason:
            found.account.refused += 1
            _note(found.refused, (name, reason))
        elif each.deleted or each.raw is None:
            if before is not None and before.deleted:
                found.account.unchanged += 1
            else:
                found.account.deleted += 1
                _note(found.deleted, name)
        elif digest in same and name in ("", same[digest].identifier):
            found.account.unchanged += 1
        else:
            found.account.stored += 1
            if before is None:
                found.new_count += 1
                _note(found.new, name or digest.hex())
            else:
                found.changed_count += 1
                _note(found.changed, name)


def _refusal(record: HarvestedRecord, parse: Parse | None) -> str:
    if parse is None or record.raw is None:
        return ""
    try:
        parse(record.raw)
    except BadRecord as error:
        return error.reason
    return ""


def _note(shown: list[Any], what: Any) -> None:
    if len(shown) < SHOWN:
        shown.append(what)
