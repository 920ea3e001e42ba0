"""Record schemas: short names and URIs of the export formats that are XML.

What the table does not know, because it was registered by somebody else, is offered under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from unioncat.marc.formats import ExportFormat, ExportRecord
from unioncat.model import BadQuery

__all__ = ["RecordSchema", "Schemas"]

_SRW_DC = "info:srw/schema/1/dc-schema"


@dataclass(frozen=True, slots=True)
class RecordSchema:
    """names: short names, the first is shown in explain. uris: the first is the one that answers carry."""

    format: str
    names: tuple[str, ...]
    uris: tuple[str, ...]
    title: str
    holdings: bool = False


def _as_srw_dc(data: bytes) -> bytes:
    """``srw_dc:dc`` of the SRU schema instead of ``oai_dc:dc``: the same elements inside."""
    source = etree.fromstring(data)
    nsmap = {"srw_dc": _SRW_DC, "dc": "http://purl.org/dc/elements/1.1/"}
    element = etree.Element(f"{{{_SRW_DC}}}dc", nsmap=nsmap)
    for each in source:
        element.append(each)
    etree.cleanup_namespaces(element, keep_ns_prefixes=["dc", "srw_dc"])
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False)


_KNOWN: tuple[RecordSchema, ...] = (
    RecordSchema("marcxml", ("marcxml", "marc", "marc21", "marc-xml"),
                 ("info:srw/schema/1/marcxml-v1.1", "http://www.loc.gov/MARC21/slim"), "MARCXML"),
    RecordSchema("oai_dc", ("dc", "srw_dc"), ("info:srw/schema/1/dc-v1.1", _SRW_DC), "Dublin Core"),
    RecordSchema("oai_dc", ("oai_dc",), ("http://www.openarchives.org/OAI/2.0/oai_dc/",), "Dublin Core (OAI)"),
    RecordSchema("oai_qdc", ("oai_qdc", "qdc"), ("http://worldcat.org/xmlschemas/qdc-1.0/",), "Qualified Dublin Core"),
    RecordSchema("mods", ("mods",), ("info:srw/schema/1/mods-v3.7", "http://www.loc.gov/mods/v3"), "MODS",
                 holdings=True),
    RecordSchema("marc21_holdings", ("marc21_holdings", "marcxml-holdings"),
                 ("info:srw/schema/1/marcxml-v1.1-holdings", "http://www.loc.gov/MARC21/slim#holdings"),
                 "MARCXML with holdings", holdings=True),
    RecordSchema("iso20775", ("iso20775", "holdings"),
                 ("info:ofi/fmt:xml:xsd:iso20775", "http://www.loc.gov/standards/iso20775/"),
                 "ISO 20775 holdings", holdings=True),
)  # fmt: skip
_CONVERSIONS: Mapping[str, Callable[[bytes], bytes]] = {"dc": _as_srw_dc}
DEFAULT = "marcxml"


class Schemas:
    """What is offered of these export formats, found by name or URI, without regard to case.

    formats: name → export format (``Formats.export``), looked at again for each request, as it may grow
    """

    def __init__(self, formats: Mapping[str, ExportFormat]) -> None:
        self._formats = formats
        self._seen: frozenset[str] = frozenset()
        self._offered: tuple[RecordSchema, ...] = ()
        self._by_name: dict[str, RecordSchema] = {}

    def offered(self) -> tuple[RecordSchema, ...]:
        self._refresh()
        return self._offered

    def _refresh(self) -> None:
        names = frozenset(self._formats)
        if names == self._seen:
            return
        offered = [each for each in _KNOWN if each.format in names]
        taken = {each.format for each in _KNOWN} | {"marc21"}
        uris = {uri for each in offered for uri in each.uris}
        for name in sorted(names - taken):
            found = self._formats[name]
            if "xml" in found.media_type and found.namespace:
                uri = found.namespace if found.namespace not in uris else f"{found.namespace}#{name}"
                uris.add(uri)
                offered.append(RecordSchema(name, (name,), (uri,), name, holdings=True))
        by_name = {key.lower(): each for each in reversed(offered) for key in (*each.names, *each.uris)}
        self._offered, self._by_name, self._seen = tuple(offered), by_name, names

    def find(self, wanted: str | None) -> RecordSchema:
        """The schema of a short name or URI; MARCXML if none was asked for. Raises BadQuery (unknown_schema)."""
        self._refresh()
        found = self._by_name.get((wanted or DEFAULT).strip().lower())
        if found is None:
            raise BadQuery("unknown_schema", wanted or DEFAULT)
        return found

    def render_stored(self, schema: RecordSchema, marc: bytes) -> bytes | None:
        """From MARC-in-JSON where the format has a short way (``render_json``); None where it has not."""
        quick = getattr(self._formats[schema.format], "render_json", None)
        if quick is None or schema.names[0] in _CONVERSIONS:
            return None
        try:
            found: bytes = quick(marc)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # JSON that somebody else wrote: the long way understands it
        return found

    def render(self, schema: RecordSchema, export: ExportRecord) -> bytes:
        data = self._formats[schema.format].render(export)
        convert = _CONVERSIONS.get(schema.names[0])
        return data if convert is None else convert(data)
