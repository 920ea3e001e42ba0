"""What a library's cataloguers add by hand: records, better records, and "we have it".

Both go the way of every other record: into a source of the library's own, then matching and merging. So they can
be corrected, withdrawn, and rebuilt like what is harvested.

===================  ====  ================================================================
source               rank  holds
===================  ====  ================================================================
``<code>-workbench``   30  records typed or copied here; trusted above what was harvested
``<code>-holdings``    95  statements "we have it" on a merged record; never win a field
===================  ====  ================================================================
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from unioncat.marc import Field, Indicators, Record, Subfield, first, from_json, to_json, values
from unioncat.matching import Decision, Ruleset, decide, match_view
from unioncat.merging.holdings import ITEM_TAGS
from unioncat.model import (
    BadQuery,
    BadRecord,
    ClusterId,
    Conflict,
    Finding,
    Harvest,
    HarvestedRecord,
    MemberCode,
    NotAllowed,
    NotFound,
    RawRecord,
    RecordKey,
    Source,
    SourceId,
    SourceRecord,
    UnionRecord,
    WrongUse,
    public_id,
    record_key,
)
from unioncat.quality import full_check, message, todo
from unioncat.search.query import And, Query, Relation, term
from unioncat.services.accounts import note
from unioncat.services.catalogue import Catalogue
from unioncat.services.find import Finder
from unioncat.services.ingest import Ingest
from unioncat.services.roles import Actor
from unioncat.store import Dirty, Harvests, Members, Refusals, SourceRecords, Sources, Store, Verdicts
from unioncat.store.stamping import utc_now

__all__ = ["Contribute", "HoldingWords", "Likely", "Remark", "Submitted", "new_number"]

HOLDINGS_RANK, WORKBENCH_RANK = 95, 30
_NOT_COPIED = ITEM_TAGS | {"001", "003", "005", "035", "856", "883"}
_LIKELY_SHOWN = 5
_FRESH = re.compile(r"wb[0-9a-f]{10}")


@dataclass(frozen=True, slots=True)
class Submitted:
    """key: the source record; cluster: the merged record it is in now; account: what the run made of it."""

    key: RecordKey
    cluster: ClusterId
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class HoldingWords:
    """What a library says of its copies. copies: None is "not known"."""

    call_number: str = ""
    location: str = ""
    copies: int | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding with its sentences. vi_todo, en_todo: what to do; "" is nothing."""

    finding: Finding
    vi: str
    en: str
    vi_todo: str
    en_todo: str


@dataclass(frozen=True, slots=True)
class Likely:
    """A merged record that may be the same publication as the one being typed."""

    record: UnionRecord
    decision: Decision


class Contribute:
    """recluster: called after every change; what was submitted is in the catalogue when the method returns."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        finder: Finder,
        ingest: Ingest,
        recluster: Callable[[], object],
        rules: Callable[[], Ruleset],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._finder = finder
        self._ingest = ingest
        self._recluster = recluster
        self._rules = rules
        self._clock = clock

    # --- looking -------------------------------------------------------------------------------------------

    def source_record(self, key: str) -> SourceRecord:
        """Raises NotFound."""
        with self._store.read() as session:
            return SourceRecords(session).by_key(key)

    def own_records(self, member: str, *, before: int | None = None, limit: int = 50) -> list[SourceRecord]:
        """Live records typed here by a library, newest first."""
        with self._store.read() as session:
            try:
                source = Sources(session).get(f"{member}-workbench")
            except NotFound:
                return []
            found = list(SourceRecords(session).of_source(source.id))
        found = [record for record in found if before is None or record.id < before]
        return found[::-1][:limit]

    def remarks(self, record: Record) -> list[Remark]:
        """Quality findings, gravest first, with their sentences."""
        order = {"error": 0, "warning": 1, "info": 2}
        found = sorted(full_check(record), key=lambda one: (order[one.severity], one.place))
        return [
            Remark(one, message(one.rule, "vi"), message(one.rule, "en"), todo(one.rule, "vi"), todo(one.rule, "en"))
            for one in found
        ]

    def likely(self, record: Record) -> list[Likely]:
        """Merged records that would, or might, become one with this one; the likeliest first."""
        ruleset = self._rules()
        view = match_view(record, ruleset)
        found: dict[ClusterId, Likely] = {}
        for query in _questions(record):
            try:
                hits = self._finder.search(query, count=_LIKELY_SHOWN * 2)
            except (BadQuery, NotFound):
                continue
            for hit in hits.records:
                if hit.id not in found:
                    decision = decide(view, match_view(from_json(hit.marc), ruleset), ruleset)
                    if decision.band != "different":
                        found[hit.id] = Likely(hit, decision)
        return sorted(found.values(), key=lambda one: -one.decision.score)[:_LIKELY_SHOWN]

    # --- records -------------------------------------------------------------------------------------------

    def submit(
        self,
        actor: Actor,
        member: str,
        record: Record,
        *,
        identifier: str = "",
        base: bytes = b"",
        same_as: ClusterId | None = None,
        fresh: str = "",
    ) -> Submitted:
        """Stores a new record of the library, or a newer state of one it typed here.

        identifier: "" makes a new one. base: digest of the state that was edited.
        fresh:      number for a new record, made when its form was (`new_number`): sending the form twice, as with
                    the back button, changes one record instead of making two.
        same_as:    the cluster of which this is a better record: a verdict holds them together.

        Raises NotAllowed, NotFound, BadRecord, and Conflict if somebody changed the record meanwhile.
        """
        actor.require("contribute", member)
        if not (first(record, "245$a") or "").strip():
            raise BadRecord("a record needs a title: field 245 with $a")
        source = self._own_source(member, "workbench", WORKBENCH_RANK)
        if identifier:
            held = self.source_record(record_key(source.code, identifier))
            if base and held.digest != base:
                raise Conflict("somebody else changed this record while you were editing it")
        else:
            identifier = fresh if _FRESH.fullmatch(fresh) else new_number()
        _stamp(record, identifier, member, self._clock())
        key = record_key(source.code, identifier)
        run = self._run(source, HarvestedRecord(identifier, RawRecord("marcjson", to_json(record), 1)))
        return self._settle(actor, key, "record-submit", same_as, unchanged=run.account.unchanged == 1)

    def withdraw(self, actor: Actor, key: str) -> None:
        """Removes a record or a statement that the library made here. Raises NotAllowed, NotFound, WrongUse."""
        with self._store.read() as session:
            record = SourceRecords(session).by_key(key)
            source = Sources(session).by_id(record.source)
        actor.require("contribute", source.member)
        if source.harvester != "workbench":
            raise WrongUse(f"{key} came from the source {source.code}; it is corrected there, not here")
        self._ingest.run(source, [HarvestedRecord(record.identifier, None, deleted=True)], recluster=False)
        with self._store.write() as session:
            note(session, self._clock(), actor.login, "record-withdraw", key)
        self._recluster()

    # --- holdings ------------------------------------------------------------------------------------------

    def we_have_it(self, actor: Actor, member: str, cluster: ClusterId, words: HoldingWords) -> Submitted:
        """States that a library has what a merged record describes; said again, it replaces the earlier words.

        Raises NotAllowed, NotFound, WrongUse (a deleted record).
        """
        actor.require("contribute", member)
        merged = self._catalogue.record(cluster)
        if merged.deleted:
            raise WrongUse(f"{merged.public_id} is deleted")
        if words.copies is not None and not 0 < words.copies < 10_000:
            raise WrongUse("the number of copies is between 1 and 9999")
        if words.url and not words.url.startswith(("https://", "http://")):
            raise WrongUse("an address begins with https:// or http://")
        source = self._own_source(member, "holdings", HOLDINGS_RANK)
        before = [one for one in self._catalogue.source_records(cluster) if one.source == source.id]
        identifier = before[0].identifier if before else f"{merged.public_id}-{secrets.token_hex(3)}"
        record = _holding_record(from_json(merged.marc), member, words)
        _stamp(record, identifier, member, self._clock())
        key = record_key(source.code, identifier)
        run = self._run(source, HarvestedRecord(identifier, RawRecord("marcjson", to_json(record), 1)))
        return self._settle(actor, key, "holding-state", cluster, unchanged=run.account.unchanged == 1)

    def statement(self, member: str, cluster: ClusterId) -> SourceRecord | None:
        """What the library has stated here about a merged record, if it has."""
        for one in self._catalogue.source_records(cluster):
            if one.key.startswith(f"{member}-holdings/") and not one.deleted:
                return one
        return None

    # --- inside --------------------------------------------------------------------------------------------

    def _own_source(self, member: str, kind: str, rank: int) -> Source:
        code = f"{member}-{kind}"
        with self._store.write() as session:
            known = Members(session).get(member)
            if not known.active:
                raise NotAllowed(f"{member} is no active member library")
            try:
                return Sources(session).get(code)
            except NotFound:
                made = Source(SourceId(0), code, MemberCode(member), "workbench", format="marcjson", rank=rank)
                return Sources(session).add(made)

    def _run(self, source: Source, harvested: HarvestedRecord) -> Harvest:
        run = self._ingest.run(source, [harvested], recluster=False)
        with self._store.read() as session:
            refused = Refusals(session).page(harvest=run.number, limit=1)
            found = Harvests(session).get(run.number)
        if refused:
            with self._store.write() as session:
                Refusals(session).settle([refused[0].id])  # the person is told now; there is nothing to retry
            raise BadRecord(refused[0].reason)
        return found

    def _settle(
        self, actor: Actor, key: RecordKey, action: str, same_as: ClusterId | None, *, unchanged: bool
    ) -> Submitted:
        now = self._clock()
        partners: Sequence[SourceRecord] = ()
        if same_as is not None:
            partners = [one for one in self._catalogue.source_records(same_as) if one.key != key and not one.deleted]
        with self._store.write() as session:
            record = SourceRecords(session).by_key(key)
            verdicts = Verdicts(session)
            if partners and not any(
                (live := verdicts.live_pair(key, one.key)) is not None and live.same for one in partners
            ):
                why = "stated by the library" if action == "holding-state" else "submitted as a better record"
                verdicts.add(key, partners[0].key, same=True, who=actor.login, why=why, now=now)
                Dirty(session).mark([record.id, partners[0].id])
            note(session, now, actor.login, action, key, cluster=public_id(same_as) if same_as else "")
        self._recluster()
        with self._store.read() as session:
            cluster = SourceRecords(session).cluster_of([key])[key]
        return Submitted(key, cluster, unchanged)


def new_number() -> str:
    """A number that no record bears yet."""
    return f"wb{secrets.token_hex(5)}"


def _questions(record: Record) -> list[Query]:
    """Searches that would find the same publication: by ISBN, by title and author, by title alone."""
    asked: list[Query] = [
        term("isbn", text.split("(")[0].strip()) for text in values(record, "020$a")[:3] if any(map(str.isdigit, text))
    ]
    title = " ".join((first(record, "245$a") or "").strip(" /:;,.").split()[:12])
    author = (first(record, "100$a") or first(record, "110$a") or "").strip(" ,.")
    if title:
        by_title = term("title", title, Relation.ALL)
        if author:
            asked.append(And((by_title, term("author", author, Relation.ALL))))
        if author or len(title.split()) > 1:
            asked.append(by_title)
    return asked


def _stamp(record: Record, identifier: str, member: str, now: datetime) -> None:
    """001, 003, 005 and 040 say where this record comes from."""
    record.remove_fields("001", "003", "005")
    for field in (
        Field("005", data=now.strftime("%Y%m%d%H%M%S.0")),
        Field("003", data=member),
        Field("001", data=identifier),
    ):
        record.fields.insert(0, field)
    agencies = record.get_fields("040")
    if not agencies:
        place = next((at for at, one in enumerate(record.fields) if one.tag > "040"), len(record.fields))
        subfields = [Subfield("a", member), Subfield("b", "vie"), Subfield("c", member)]
        record.fields.insert(place, Field("040", Indicators(" ", " "), subfields))
    elif member not in [value for code, value in agencies[0].subfields if code in "acd"]:
        agencies[0].add_subfield("d", member)


def _holding_record(merged: Record, member: str, words: HoldingWords) -> Record:
    record = Record(leader=str(merged.leader))
    for field in merged.fields:
        if field.tag not in _NOT_COPIED and not field.tag.startswith("9"):
            record.fields.append(field)
    pairs = (
        ("a", member),
        ("b", words.location),
        ("h", words.call_number),
        ("t", str(words.copies) if words.copies else ""),
        ("u", words.url),
        ("z", words.note),
    )
    subfields = [Subfield(code, " ".join(text.split())) for code, text in pairs if text.strip()]
    record.fields.append(Field("852", Indicators(" ", " "), subfields))
    return record
