"""The pure stages of a record's way, in a pool of processes over the cores.

    raw bytes ─ prepare ─► MARC, findings, match view, keys ─ compare ─► decisions ─ group ─► clusters
                                                           ─ unite ─► merged MARC, holdings, sets, document

Whatever happens here depends on nothing but its arguments: no store, no clock. Tasks and results are tuples and
bytes, for they travel between processes (a frozen dataclass with slots costs ten times as much to pickle as a named
tuple). What is too small to be worth a process runs in this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from unioncat.marc import first, from_json, to_json
from unioncat.matching import MatchView, Ruleset, ScoredPair, Verdict, linked, match_keys, match_view, partition_in_full
from unioncat.matching.partition import Partition
from unioncat.merging import Contribution, merge
from unioncat.model import (
    BadRecord,
    ClusterId,
    Finding,
    Holding,
    Item,
    Member,
    MemberCode,
    Provenance,
    RawRecord,
    RecordId,
    RecordKey,
    public_id,
)
from unioncat.model.packing import pack_numbers
from unioncat.quality import check
from unioncat.search import document_from_json
from unioncat.search.index_life import encoder
from unioncat.services.formats import Formats
from unioncat.services.oai_sets import set_specs

__all__ = ["Component", "Grouped", "Indexed", "Input", "Prepared", "Raw", "Stages", "United", "as_raw"]


VIEWS_KEPT = 4000
"""Match views kept from one comparison to the next, by each process; a few kilobytes each."""

Raw = tuple[str, bytes, int, Mapping[str, str]]
"""A RawRecord as it travels: format, data, position, hints."""


def as_raw(raw: RawRecord) -> Raw:
    return raw.format, raw.data, raw.position, raw.hints


class Prepared(NamedTuple):
    """What is made of one raw record. `refused` is the reason if nothing could be; then all else is empty.

    identifier: what the record itself says (001 or the like); None: nothing
    keys:       packed (see `unioncat.model.packing`); findings: JSON text
    """

    identifier: str | None = None
    deleted: bool = False
    marc: bytes = b""
    view: bytes = b""
    keys: bytes = b""
    findings: str = "[]"
    refused: str | None = None


class Input(NamedTuple):
    """One source record on its way into a cluster. source: code of its source, for the record key."""

    record: RecordId
    key: RecordKey
    member: MemberCode
    rank: int
    marc: bytes


class Component(NamedTuple):
    """Records that links or verdicts hold together, to be cut into clusters."""

    views: Mapping[RecordKey, bytes]
    pairs: Sequence[tuple[RecordKey, RecordKey, float, str]]
    verdicts: Sequence[Verdict]


class Grouped(NamedTuple):
    """The clusters of one component. guarded, blocked, overruled: see `unioncat.matching.partition`."""

    clusters: tuple[frozenset[RecordKey], ...]
    guarded: int = 0
    blocked: int = 0
    overruled: tuple[int, ...] = ()


class United(NamedTuple):
    """One merged record, ready to be stored.

    provenance, holdings: JSON as the store keeps them; holdings: rows after (cluster, place)
    fingerprint: digest over MARC and holdings, without the id, so that rebuilds compare
    """

    cluster: int
    marc: bytes
    provenance: bytes
    fingerprint: bytes
    holdings: tuple[tuple[Any, ...], ...]
    sets: tuple[str, ...]


class Indexed(NamedTuple):
    """A merged record on its way into the index. holdings: as in United."""

    id: ClusterId
    marc: bytes
    fingerprint: bytes
    holdings: Sequence[tuple[Any, ...]]
    sets: Sequence[str]
    created: datetime


class Stages:
    """The stages with what they need. One lives in each worker process, made once."""

    def __init__(self, ruleset: Ruleset, formats: Formats | None = None) -> None:
        self._ruleset = ruleset
        self._formats = formats
        self._views: dict[bytes, MatchView] = {}  # of the tasks before: neighbours meet the same records

    def prepare(self, raws: Sequence[Raw | RawRecord]) -> list[Prepared]:
        """Parse, normalise, look over, and make the match view and its keys. One bad record harms no other."""
        formats = self._formats
        if formats is None:
            formats = self._formats = Formats.load()
        return [self._prepare(formats, raw if isinstance(raw, RawRecord) else RawRecord(*raw)) for raw in raws]

    def _prepare(self, formats: Formats, raw: RawRecord) -> Prepared:
        try:
            parsed = formats.parse(raw)
        except BadRecord as error:
            return Prepared(identifier=error.control_number, refused=error.reason)
        if parsed.deleted or str(parsed.record.leader)[5:6] == "d":  # record status: deleted
            return Prepared(identifier=parsed.identifier, deleted=True)
        view = match_view(parsed.record, self._ruleset)
        return Prepared(
            identifier=parsed.identifier,
            marc=to_json(parsed.record),
            view=view.to_bytes(),
            keys=pack_numbers(match_keys(view)),
            findings=findings_json((*parsed.findings, *check(parsed.record))),
        )

    def review(self, marcs: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """(view, packed keys) of stored MARC, for a changed ruleset."""
        found = []
        for marc in marcs:
            view = match_view(from_json(marc), self._ruleset)
            found.append((view.to_bytes(), pack_numbers(match_keys(view))))
        return found

    def compare(self, views: Sequence[bytes], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, float, str]]:
        """Pairs (as places in `views`) that merge or ask for review: (place in `pairs`, score, band)."""
        ruleset, known = self._ruleset, self._views
        made: list[MatchView] = []
        for packed in views:
            view = known.get(packed)
            if view is None:
                view = known[packed] = MatchView.from_bytes(packed)
            made.append(view)
        if len(known) > VIEWS_KEPT:
            known.clear()
        found: list[tuple[int, float, str]] = []
        for place, (left, right) in enumerate(pairs):
            decision = linked(made[left], made[right], ruleset)
            if decision is not None:
                found.append((place, decision.score, decision.band))
        return found

    def encode(
        self, url: str, clusters: Sequence[Indexed], datestamp: datetime, members: Mapping[MemberCode, Member]
    ) -> list[Any]:
        """Merged records as the writer of the index at `url` takes them."""
        make = encoder(url)
        return [
            make(
                document_from_json(
                    each.marc,
                    [_holding(row) for row in each.holdings],
                    members,
                    datestamp,
                    cluster=each.id,
                    created=each.created,
                    sets=each.sets,
                    version=version_of(each.fingerprint),
                )
            )
            for each in clusters
        ]

    def group(self, components: Sequence[Component]) -> list[Grouped]:
        """Cut each component into clusters."""
        return [self._group(component) for component in components]

    def _group(self, component: Component) -> Grouped:
        views = {key: MatchView.from_bytes(view) for key, view in component.views.items()}
        found: Partition = partition_in_full(
            list(views),
            [ScoredPair(*pair) for pair in component.pairs],
            component.verdicts,
            views=views,
            ruleset=self._ruleset,
        )
        return Grouped(
            tuple(found.clusters),
            len(found.guarded),
            len(found.blocked),
            tuple(verdict.number for verdict in found.overruled),
        )

    def unite(self, tasks: Sequence[tuple[int, Sequence[Input]]], members: Mapping[MemberCode, Member]) -> list[United]:
        """Merge each cluster; with its sets."""
        return [self._unite(cluster, inputs, members) for cluster, inputs in tasks]

    def _unite(self, cluster: int, inputs: Sequence[Input], members: Mapping[MemberCode, Member]) -> United:
        name = public_id(cluster)  # type: ignore[arg-type]
        contributions = []
        for each in inputs:
            record = from_json(each.marc)
            contributions.append(Contribution(each.key, each.member, each.rank, first(record, "001") or "", record))
        merged = merge(contributions, name, self._ruleset)
        records = {each.key: each.record for each in inputs}
        holdings = tuple(_holding_row(holding, records[holding.record_key]) for holding in merged.holdings)
        marc = to_json(merged.record)
        keyed = [[holding.record_key, *row[2:]] for holding, row in zip(merged.holdings, holdings, strict=True)]
        return United(
            cluster=cluster,
            marc=marc,
            provenance=_packed(merged.provenance),
            fingerprint=fingerprint_of(marc, name, keyed),
            holdings=holdings,
            sets=set_specs(merged.record, merged.holdings, members),
        )


def version_of(fingerprint: bytes) -> int:
    """63 bits of a fingerprint: the number by which the doors know that a record is still what they rendered."""
    return int.from_bytes(fingerprint[:8].ljust(8, b"\0"), "big") >> 1


def fingerprint_of(marc: bytes, name: str, holdings: Iterable[Sequence[Any]]) -> bytes:
    """Sixteen bytes that change exactly when the record (its id apart) or its holdings do."""
    digest = blake2b(marc.replace(name.encode(), b"", 1), digest_size=16)
    digest.update(orjson.dumps(list(holdings)))
    return digest.digest()


def _packed(provenance: Iterable[Provenance]) -> bytes:
    """As the store keeps it (see `unioncat.store.clusters`): record keys and rules are written once each."""
    keys: dict[str, int] = {}
    rules: dict[str, int] = {}
    fields: list[int] = []
    for index, key, rule in ((each.field_index, each.record_key, each.rule) for each in provenance):
        fields += (index, keys.setdefault(key, len(keys)), rules.setdefault(rule, len(rules)))
    return orjson.dumps({"keys": list(keys), "rules": list(rules), "fields": fields})


def findings_json(findings: Iterable[Finding]) -> str:
    rows = [[each.rule, each.severity, each.place, each.detail, each.fixed] for each in findings]
    if not rows:
        return "[]"
    try:
        return orjson.dumps(rows).decode()
    except TypeError:  # a lone surrogate in what was found there
        return orjson.dumps([[str(part).encode("utf-8", "replace").decode() if isinstance(part, str) else part
                              for part in row] for row in rows]).decode()  # fmt: skip


def _holding(row: Sequence[Any]) -> Holding:
    """A holding as search sees it; which source record it came with does not matter there."""
    member, _, call_number, location, copies, summary, note, url, local_id, items = row
    copied = tuple(Item(*item) for item in orjson.loads(items)) if items != "[]" else ()
    return Holding(member, RecordKey(""), call_number, location, copies, summary, note, url, local_id, copied)


def _holding_row(holding: Holding, record: RecordId) -> tuple[Any, ...]:
    items = [[item.barcode, item.call_number, item.location, item.note] for item in holding.items]
    return (
        holding.member,
        record,
        holding.call_number,
        holding.location,
        holding.copies,
        holding.summary,
        holding.note,
        holding.url,
        holding.local_id,
        orjson.dumps(items).decode() if items else "[]",
    )
