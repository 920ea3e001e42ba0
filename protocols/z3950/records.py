"""One merged record in the record syntax, element set and encoding that a client asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from protocols.z3950 import oids
from protocols.z3950.apdu import NAME_PLUS_RECORD
from protocols.z3950.asn1 import Encoded
from protocols.z3950.diagnostics import Z3950Error
from protocols.z3950.marc_output import BRIEF, document, holdings_fields, iso2709
from protocols.z3950.opac import opac_record
from protocols.z3950.text_output import grs1_record, sutrs_record
from unioncat.marc.formats import ExportFormat, ExportRecord
from unioncat.model import BadRecord, ClusterId, Member, MemberCode, UnionRecord

__all__ = ["Composition", "RecordWriter", "Wanted"]

XML_SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "marcxml": ("marcxml", "marc21"),
    "marc21": ("marcxml", "marc21"),
    "http://www.loc.gov/marc21/slim": ("marcxml", "marc21"),
    "info:srw/schema/1/marcxml-v1.1": ("marcxml", "marc21"),
    "dc": ("oai_dc",),
    "oai_dc": ("oai_dc",),
    "http://www.openarchives.org/oai/2.0/oai_dc/": ("oai_dc",),
    "info:srw/schema/1/dc-v1.1": ("oai_dc",),
    "qdc": ("oai_qdc",),
    "mods": ("mods",),
    "http://www.loc.gov/mods/v3": ("mods",),
    "holdings": ("marc21_holdings", "marcxml_holdings"),
}
"""Names and addresses that clients give to a schema, in lower case, to our export formats, best first."""

_FULL, _BRIEF, _HOLDINGS = "F", "B", "H"
_ELEMENT_SETS = {"f": _FULL, "full": _FULL, "b": _BRIEF, "brief": _BRIEF, "h": _HOLDINGS, "": _FULL}
_MARC_SCHEMAS = frozenset({"marcxml", "marc21", "usmarc", "opac"})


class Exporter(Protocol):
    """What we use of ``services.catalogue.Catalogue`` to render an export format."""

    def export(self, record: UnionRecord, base_url: str = "") -> ExportRecord: ...

    def members(self) -> Mapping[MemberCode, Member]: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """How records are to be sent: all that decides their octets. Checked by `RecordWriter.wanted`.

    elements: "F", "B", "H", or the name of an export format (XML only)
    database: name that the record is labelled with
    """

    database: str
    syntax: str
    elements: str
    marc8: bool
    language: str


@dataclass(frozen=True, slots=True)
class Composition:
    """What a client said of the composition of records: element set name, schema, syntaxes in order of preference.

    alternative: the server may choose another syntax when it has none of these.
    """

    elements: str = ""
    schema: str = ""
    syntaxes: tuple[str, ...] = ()
    alternative: bool = False


class _Cache:
    """Least recently used octets, bounded by their sum."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._entries: OrderedDict[tuple[int, int, Wanted], Encoded] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int, int, Wanted]) -> Encoded | None:
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: tuple[int, int, Wanted], octets: Encoded) -> None:
        if len(octets) > self._size // 16:
            return
        with self._lock:
            old = self._entries.pop(key, None)
            self._held += len(octets) - (len(old) if old is not None else 0)
            self._entries[key] = octets
            while self._held > self._size:
                _, dropped = self._entries.popitem(last=False)
                self._held -= len(dropped)


class RecordWriter:
    """Renders; safe for threads.

    exports:     export formats by name (XML schemas)
    base_url:    public address of the catalogue, for links in exports
    cache_size:  octets of rendered records kept, by record and version
    """

    def __init__(
        self,
        catalogue: Exporter,
        exports: Mapping[str, ExportFormat],
        *,
        base_url: str = "",
        cache_size: int = 64_000_000,
    ) -> None:
        self._catalogue = catalogue
        self._exports = exports
        self._base_url = base_url
        self._cache = _Cache(cache_size)
        self._ways: Mapping[str, Callable[[UnionRecord, Wanted], bytes]] = {
            oids.USMARC: self._usmarc,
            oids.OPAC: self._opac,
            oids.SUTRS: self._sutrs,
            oids.TEXT_XML: self._xml,
            oids.APPLICATION_XML: self._xml,
        }

    @property
    def syntaxes(self) -> tuple[str, ...]:
        """What we can send, the usual one first."""
        return (oids.USMARC, oids.OPAC, oids.SUTRS, oids.GRS_1, oids.TEXT_XML, oids.APPLICATION_XML)

    @property
    def schemas(self) -> tuple[str, ...]:
        """Short names of the XML schemas that are installed."""
        return tuple(name for name in XML_SCHEMAS if ":" not in name and self._format(name) is not None)

    def wanted(self, asked: Composition, *, database: str, marc8: bool, language: str) -> Wanted:
        """Checks what a client asked for. Raises Z3950Error 25, 239 or 1066."""
        syntax = next((each for each in asked.syntaxes if each in self.syntaxes), None)
        if syntax is None:
            if asked.syntaxes and not asked.alternative:
                raise Z3950Error("record_syntax", asked.syntaxes[0])
            syntax = oids.USMARC
        xml = syntax in (oids.TEXT_XML, oids.APPLICATION_XML)
        elements = _ELEMENT_SETS.get(asked.elements.lower())
        if asked.schema:
            format_name = self._format(asked.schema) if xml else None
            if format_name is None and not (not xml and asked.schema.lower() in _MARC_SCHEMAS):
                raise Z3950Error("unknown_schema", asked.schema)
            if format_name is not None and (elements is None or elements == _FULL or format_name not in _MARC_SCHEMAS):
                elements = format_name
        if elements is None:
            elements = self._format(asked.elements) if xml else None
            if elements is None:
                raise Z3950Error("element_set_invalid", asked.elements)
        return Wanted(database, syntax, elements, marc8 and syntax in (oids.USMARC, oids.OPAC), language)

    def _format(self, schema: str) -> str | None:
        """Export format of a schema's name or address."""
        lowered = schema.lower()
        for name in XML_SCHEMAS.get(lowered, (lowered,)):
            found = self._exports.get(name)
            if found is not None and found.namespace:
                return name
        return None

    def cached(self, cluster: ClusterId, version: int, wanted: Wanted) -> Encoded | None:
        return self._cache.get((cluster, version, wanted)) if version else None

    def needs_marc_only(self, wanted: Wanted) -> bool:
        """The merged MARC is enough; otherwise the whole record, with holdings, is wanted."""
        return wanted.syntax in (oids.USMARC, oids.GRS_1) and wanted.elements != _HOLDINGS

    def from_marc(self, cluster: ClusterId, marc: bytes, wanted: Wanted, version: int = 0) -> Encoded:
        """The NamePlusRecord of a record of which only the MARC is there; see `needs_marc_only` and `from_record`."""
        brief = wanted.elements == _BRIEF
        if wanted.syntax == oids.GRS_1:
            return self._written(cluster, grs1_record(document(marc), brief=brief), wanted, version)
        return self._written(cluster, iso2709(document(marc, brief=brief), marc8=wanted.marc8), wanted, version)

    def from_record(self, record: UnionRecord, wanted: Wanted, version: int = 0) -> Encoded:
        """The NamePlusRecord that holds the record. Raises Z3950Error where it cannot be had that way.

        version: of the record as the index has it; 0: not known, so nothing is kept.
        """
        try:
            octets = self._ways[wanted.syntax](record, wanted)
        except BadRecord as error:
            raise Z3950Error("syntax_unavailable", error.reason) from error
        return self._written(record.id, octets, wanted, version)

    def _written(self, cluster: ClusterId, octets: bytes, wanted: Wanted, version: int) -> Encoded:
        if wanted.syntax in (oids.OPAC, oids.GRS_1, oids.SUTRS):
            encoding = ("single-ASN1-type", octets)
        else:
            encoding = ("octet-aligned", octets)
        external = {"direct-reference": wanted.syntax, "encoding": encoding}
        entry = {"name": wanted.database, "record": ("retrievalRecord", external)}
        written = Encoded(NAME_PLUS_RECORD.write(entry))
        if version and wanted.syntax not in (oids.OPAC, oids.SUTRS):  # these two name libraries, which may be renamed
            self._cache.put((cluster, version, wanted), written)
        return written

    def _usmarc(self, record: UnionRecord, wanted: Wanted) -> bytes:
        parsed = document(record.marc)
        parsed["fields"] += holdings_fields(record.holdings)
        return iso2709(parsed, marc8=wanted.marc8)

    def _opac(self, record: UnionRecord, wanted: Wanted) -> bytes:
        parsed = document(record.marc, brief=wanted.elements == _BRIEF)
        octets = iso2709(parsed, marc8=wanted.marc8)
        return opac_record(octets, parsed["leader"], record.holdings, self._catalogue.members(), wanted.language)

    def _sutrs(self, record: UnionRecord, wanted: Wanted) -> bytes:
        brief = wanted.elements == _BRIEF
        parsed = document(record.marc)
        return sutrs_record(
            parsed, () if brief else record.holdings, self._catalogue.members(), brief=brief, language=wanted.language
        )

    def _xml(self, record: UnionRecord, wanted: Wanted) -> bytes:
        name = wanted.elements if wanted.elements in self._exports else self._format("marcxml")
        if name is None:
            raise Z3950Error("syntax_unavailable", oids.USMARC)
        export = self._catalogue.export(record, self._base_url)
        if wanted.elements == _BRIEF:
            export.record.fields = [field for field in export.record.fields if field.tag in BRIEF]
        elif wanted.elements == _HOLDINGS:
            name = self._format("holdings") or name
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + self._exports[name].render(export)
