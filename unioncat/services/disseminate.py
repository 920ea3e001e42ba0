"""Lists and single items as OAI-PMH gives them out, without any of its XML.

A list is a selection frozen at its beginning (`until`), read by key (datestamp, then key), never by offset: the
last page costs what the first one cost, and a change meanwhile moves a record behind `until`, from where the next
harvest takes it. Deleted records and records that left the set stand in it as tombstones.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

from unioncat.marc.formats import ExportFormat, ExportRecord
from unioncat.model import ClusterId, Member, MemberCode, NotFound, UnionRecord, WrongUse, parse_public_id, public_id
from unioncat.services.catalogue import Catalogue
from unioncat.services.giveback import enriched
from unioncat.services.oai_items import Entry, Item, Origin, Selection
from unioncat.services.oai_sets import EVERYTHING, GIVEBACK, safe_spec
from unioncat.store import ClusterSets, Settings, Store
from unioncat.store.dissemination import Dissemination, OwnRecord
from unioncat.store.rendered import SETTLED, RenderedCache

__all__ = ["Disseminator", "Entry", "Item", "Origin", "Selection", "repository_identifier", "token_secret"]

_DOMAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+")  # oai-identifier.xsd
NO_DOMAIN = "union-catalogue.local"
_MARC = frozenset({"marcxml", "marc21", "marc21_holdings"})
_SECRET = "oai-pmh.token-secret"  # noqa: S105  (its name, not the secret)


class Disseminator:
    """Read side of OAI-PMH. Safe for threads.

    formats:     metadataPrefix → export format (one namespaced XML element each)
    repository:  domain of the identifiers ``oai:<domain>:uc00000042``
    agency:      name of the catalogue, named as the source of what give-back adds
    cache:       stored serialisations; None: always rendered anew
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        formats: Mapping[str, ExportFormat],
        *,
        repository: str,
        base_url: str = "",
        agency: str = "UnionCat",
        cache: RenderedCache | None = None,
    ) -> None:
        self.formats = dict(formats)
        self.repository = repository
        self.base_url = base_url.rstrip("/")
        self._agency = agency
        self._store = store
        self._catalogue = catalogue
        self._cache = cache

    # --- what there is -----------------------------------------------------------------------------

    def earliest(self) -> datetime:
        """A lower limit of all datestamps, of tombstones too. For an empty catalogue: now."""
        with self._store.read() as session:
            return ClusterSets(session).earliest() or datetime.now(UTC).replace(microsecond=0)

    def set_specs(self) -> list[str]:
        """Every set that has or had a record, with its parents, and the give-back sets; sorted."""
        with self._store.read() as session:
            specs = set(ClusterSets(session).specs())
        specs.update(EVERYTHING)
        for spec in list(specs):
            if spec.startswith("library:"):
                specs.update((GIVEBACK, GIVEBACK + spec[len("library") :]))
        return sorted(specs)

    def members(self) -> Mapping[MemberCode, Member]:
        return self._catalogue.members()

    def member_of_set(self, set_spec: str) -> MemberCode | None:
        """The library that ``library:<code>`` or ``giveback:<code>`` names."""
        _, _, slug = set_spec.partition(":")
        return next((code for code in self._catalogue.members() if safe_spec(code) == slug), None)

    # --- lists -----------------------------------------------------------------------------------------

    def count(self, selection: Selection) -> int:
        """Entries of the whole list."""
        bounds = {"from_": selection.from_, "until": selection.until}
        members = self._giveback_members(selection.set_spec)
        with self._store.read() as session:
            if members is None:
                return ClusterSets(session).count(_stored(selection.set_spec), **bounds)
            reader = Dissemination(session)
            return sum(reader.own_count(member, _library(member), **bounds) for member in members)

    def page(self, selection: Selection, after: tuple[datetime, str] | None, limit: int) -> list[Entry]:
        """Up to `limit` entries (give-back: at least as many, if there are) behind the key `after`, in order."""
        members = self._giveback_members(selection.set_spec)
        if members is not None:
            return self._own_page(selection, members, after, limit)
        key = None
        if after is not None:
            cluster = parse_public_id(after[1])
            if cluster is None:
                raise WrongUse(f"{after[1]!r} is no key of this list")
            key = (after[0], cluster)
        with self._store.read() as session:
            found = ClusterSets(session).page(
                _stored(selection.set_spec), from_=selection.from_, until=selection.until, after=key, limit=limit
            )
        return [Entry(each.datestamp, public_id(each.cluster), each.gone, each.cluster) for each in found]

    def _own_page(
        self, selection: Selection, members: Sequence[MemberCode], after: tuple[datetime, str] | None, limit: int
    ) -> list[Entry]:
        """Own records along the page index of the libraries' sets.

        Key of an entry: ``<setSpec part of member>/<cluster>/<record key>``. Members come one after the other, so
        the datestamps are in order within each library.
        """
        entries: list[Entry] = []
        begun, cluster_after, record_after = _own_key(after)
        for member in members:
            slug = safe_spec(member)
            if begun and slug < begun:
                continue
            resumed = begun == slug and after is not None
            key = (after[0], ClusterId(cluster_after - 1)) if resumed and after is not None else None
            while len(entries) < limit:
                with self._store.read() as session:
                    found = ClusterSets(session).page(
                        _library(member), from_=selection.from_, until=selection.until, after=key, limit=limit
                    )
                    records = Dissemination(session).own_records(member, [each.cluster for each in found])
                for each in found:
                    for own in records.get(each.cluster, ()):
                        if resumed and each.cluster == cluster_after and own.key <= record_after:
                            continue
                        name = f"{slug}/{each.cluster}/{own.key}"
                        entries.append(Entry(each.datestamp, name, own.deleted, each.cluster, own))
                if len(found) < limit:
                    break
                key = (found[-1].datestamp, found[-1].cluster)
            if len(entries) >= limit:
                break
        return entries[:limit]

    def serialise(self, kind: str, entries: Sequence[Entry], render: Callable[[Item], bytes]) -> list[bytes]:
        """`render` of each entry's item, in order, out of the cache where it is there.

        kind: a prefix of `formats`, or "" for headers alone; it names the cached serialisations together with
        the one `render` that the caller always passes for it.
        """
        ready: dict[str, bytes] = {}
        stored = {each.cluster: each for each in entries if not each.gone and each.own is None}
        if self._cache is not None and stored:
            stamps = {cluster: each.datestamp for cluster, each in stored.items()}
            hits = self._cache.get(kind or "header", stamps)
            ready = {stored[cluster].key: body for cluster, body in hits.items()}
        missing = [each for each in entries if each.key not in ready]
        if missing:
            fresh: list[tuple[ClusterId, datetime, bytes]] = []
            for entry, item in zip(missing, self._items(missing, kind), strict=True):
                body = ready[entry.key] = render(item)
                if not item.deleted and entry.own is None:
                    fresh.append((entry.cluster, entry.datestamp, body))
            if self._cache is not None:
                self._cache.put(kind or "header", fresh)
        return [ready[entry.key] for entry in entries]

    def warm(self, kind: str, render: Callable[[Item], bytes], limit: int = 500) -> Iterator[int]:
        """Render into the cache whatever changed since the last warm-up, page by page; yields records done.

        Changed records get later datestamps, so that going on by key finds exactly them.
        """
        if self._cache is None:
            return
        name = f"warm:{kind or 'header'}"
        stamp, _, key = self._cache.fact(name).partition(" ")
        after = (datetime.fromisoformat(stamp), key) if key else None
        selection = Selection(kind, datetime.now(UTC))
        while entries := self.page(selection, after, limit):
            self.serialise(kind, entries, render)
            self._cache.drop([entry.cluster for entry in entries if entry.gone])
            after = (entries[-1].datestamp, entries[-1].key)
            self._cache.remember(name, f"{after[0].isoformat()} {after[1]}")
            yield len(entries)

    def giveback(self, member: str, export: ExportFormat, limit: int = 200) -> Iterator[bytes]:
        """A library's own live records, enriched, rendered by `export`. Raises WrongUse for an unknown library."""
        code = MemberCode(member)
        if code not in self._catalogue.members():
            raise WrongUse(f"there is no member library {member!r}")
        selection = Selection("", datetime.now(UTC), None, f"{GIVEBACK}:{safe_spec(code)}")
        after: tuple[datetime, str] | None = None
        while entries := self.page(selection, after, limit):
            live = [entry for entry in entries if not entry.gone]
            merged = {record.id: record for record in self._catalogue.records([entry.cluster for entry in live])}
            for entry in live:
                assert entry.own is not None
                yield export.render(self._own_export(entry, entry.own, merged[entry.cluster]))
            after = (entries[-1].datestamp, entries[-1].key)

    # --- single items ----------------------------------------------------------------------------------

    def find(self, identifier: str) -> Entry:
        """The entry of one item, of a deleted one too. Raises NotFound."""
        scheme, _, rest = identifier.partition(":")
        domain, _, local = rest.partition(":")
        ours = scheme == "oai" and domain == self.repository
        with self._store.read() as session:
            cluster = parse_public_id(local) if ours else None
            if cluster is not None:
                found = dict(ClusterSets(session).of(cluster)).get("")
                if found is not None:
                    return Entry(found.datestamp, local, found.gone, cluster)
            else:
                reader = Dissemination(session)
                own = reader.own_by_key(unquote(local)) if ours else _first(reader.own_by_identifier(identifier))
                if own is not None and own.cluster is not None:
                    name = f"{safe_spec(own.member)}/{own.cluster}/{own.key}"
                    return Entry(own.stamp, name, own.deleted, own.cluster, own)
        raise NotFound(f"there is no item {identifier}")

    def prefixes_of(self, entry: Entry) -> list[str]:
        """Formats that this item comes in."""
        return [name for name in self.formats if entry.own is None or self._is_marc(name)]

    def etag(self, entry: Entry, prefix: str) -> str:
        """Changes with the item; "" while its datestamp's second is not over and it may change within it."""
        settled = entry.datestamp <= datetime.now(UTC) - SETTLED
        return f"{prefix}-{int(entry.datestamp.timestamp()):x}" if settled else ""

    def offers(self, prefix: str, set_spec: str = "") -> bool:
        """Give-back comes in MARC alone: it is there to be overlaid."""
        return prefix in self.formats and (not _is_giveback(set_spec) or self._is_marc(prefix))

    def identifier(self, cluster: ClusterId) -> str:
        return f"oai:{self.repository}:{public_id(cluster)}"

    # --- inside ------------------------------------------------------------------------------------------

    def _is_marc(self, prefix: str) -> bool:
        return self.formats[prefix].name in _MARC

    def _giveback_members(self, set_spec: str) -> list[MemberCode] | None:
        """The libraries of a give-back set, by code; None for any other set."""
        if not _is_giveback(set_spec):
            return None
        if set_spec == GIVEBACK:
            return sorted(self._catalogue.members(), key=safe_spec)
        member = self.member_of_set(set_spec)
        return [] if member is None else [member]

    def _items(self, entries: Sequence[Entry], prefix: str) -> list[Item]:
        """Items of entries, in order; with metadata if `prefix` is not empty."""
        live = [entry.cluster for entry in entries if not entry.gone]
        with self._store.read() as session:
            reader = Dissemination(session)
            sets = reader.sets_of(list({entry.cluster for entry in entries}))
            origins = reader.origins_of(live) if prefix else {}
            metadata = self._quick(reader, entries, prefix)
        slow = [cluster for cluster in live if prefix and cluster not in metadata]
        merged = {record.id: record for record in self._catalogue.records(slow)} if slow else {}
        for entry in entries:
            if entry.own is None and entry.cluster in merged:
                export = self._catalogue.export(merged[entry.cluster], self.base_url)
                metadata[entry.cluster] = self.formats[prefix].render(export)
        return [
            self._own_item(entry, entry.own, prefix, merged)
            if entry.own is not None
            else self._merged_item(
                entry, sets.get(entry.cluster, ()), metadata.get(entry.cluster), origins.get(entry.cluster, ())
            )
            for entry in entries
        ]

    def _quick(self, reader: Dissemination, entries: Sequence[Entry], prefix: str) -> dict[ClusterId, bytes]:
        """Renderings by formats that make them out of the stored record itself (`render_json`), which is quicker.

        What such a format does not take is left out, and rendered the usual way.
        """
        render: Callable[[bytes], bytes] | None = getattr(self.formats.get(prefix), "render_json", None)
        found: dict[ClusterId, bytes] = {}
        if render is not None:
            for cluster, marc in reader.marc_of([e.cluster for e in entries if not e.gone and e.own is None]).items():
                try:
                    found[cluster] = render(marc)
                except (KeyError, TypeError, ValueError):
                    continue
        return found

    def _merged_item(
        self, entry: Entry, sets: Sequence[tuple[str, bool]], metadata: bytes | None, origins: Sequence[Origin]
    ) -> Item:
        identifier = self.identifier(entry.cluster)
        if entry.gone:  # a tombstone keeps its sets
            return Item(identifier, entry.datestamp, True, tuple(spec for spec, _ in sets if spec))
        specs = tuple(spec for spec, gone in sets if spec and not gone)
        return Item(identifier, entry.datestamp, False, specs, metadata, tuple(origins))

    def _own_item(self, entry: Entry, own: OwnRecord, prefix: str, merged: Mapping[ClusterId, UnionRecord]) -> Item:
        identifier = own.identifier
        if not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+\Z", identifier):
            identifier = f"oai:{self.repository}:{quote(own.key, safe='/:')}"
        specs = (GIVEBACK, f"{GIVEBACK}:{safe_spec(own.member)}")
        if entry.gone or not prefix:
            return Item(identifier, entry.datestamp, entry.gone, specs)
        export = self._own_export(entry, own, merged[entry.cluster])
        return Item(identifier, entry.datestamp, False, specs, self.formats[prefix].render(export))

    def _own_export(self, entry: Entry, own: OwnRecord, union: UnionRecord) -> ExportRecord:
        record = enriched(
            own.marc,
            union.marc,
            agency=self._agency,
            merged_id=union.public_id,
            merged_url=f"{self.base_url}/record/{union.public_id}" if self.base_url else "",
            stamp=entry.datestamp,
        )
        members = self._catalogue.members()
        return ExportRecord(
            public_id=own.identifier,
            record=record,
            datestamp=entry.datestamp,
            holdings=tuple(each for each in union.holdings if each.record_key == own.key),
            members={own.member: members[own.member]} if own.member in members else {},
            base_url=self.base_url,
        )


def _stored(set_spec: str) -> str:
    """The set's name in the page index: parents that hold everything are the whole catalogue."""
    return "" if set_spec in EVERYTHING else set_spec


def _library(member: MemberCode) -> str:
    return f"library:{safe_spec(member)}"


def _is_giveback(set_spec: str) -> bool:
    return set_spec.partition(":")[0] == GIVEBACK


def _own_key(after: tuple[datetime, str] | None) -> tuple[str, int, str]:
    if after is None:
        return "", 0, ""
    member, _, rest = after[1].partition("/")
    cluster, _, record = rest.partition("/")
    if not cluster.isdecimal():
        raise WrongUse(f"{after[1]!r} is no key of this list")
    return member, int(cluster), record


def _first(records: Sequence[OwnRecord]) -> OwnRecord | None:
    live = sorted(records, key=lambda own: (own.deleted, own.key))
    return live[0] if live else None


def repository_identifier(public_url: str, configured: str = "") -> str:
    """Domain of the OAI identifiers: as configured, else the host of `public_url` if it is a domain name.

    The oai-identifier scheme knows no bare host names and no numbers, so ``localhost`` becomes NO_DOMAIN.
    Raises WrongUse for a configured value that the scheme does not allow.
    """
    if configured:
        if not _DOMAIN.fullmatch(configured):
            raise WrongUse(f"repository_id {configured!r} is no domain name such as mucluc.bentre.gov.vn")
        return configured
    host = urlsplit(public_url).hostname or ""
    return host if _DOMAIN.fullmatch(host) else NO_DOMAIN


def token_secret(store: Store) -> bytes:
    """Key of the resumption tokens: made once, kept in the store, so that tokens hold for every process."""
    with store.read() as session:
        known = Settings(session).get(_SECRET)
    if known is None:
        with store.write() as session:
            known = Settings(session).get(_SECRET)
            if known is None:
                known = secrets.token_hex(32)
                Settings(session).set(_SECRET, known)
    return bytes.fromhex(known)
