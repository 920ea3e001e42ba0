"""Who has it, for machines: ISO 20775 and MARC 21 holdings records (852, 866, 876)."""

from __future__ import annotations

from lxml import etree

from mappings.clean import address, xml_text
from mappings.xml import rendered, root_element
from unioncat.marc import Record, to_marcxml
from unioncat.marc.build import control_field, data_field, new_record, subfield
from unioncat.marc.formats import ExportRecord
from unioncat.model import Holding

__all__ = ["ISO20775", "HoldingsMarcXml", "Iso20775", "holdings_records"]

ISO20775 = "info:ofi/fmt:xml:xsd:iso20775"
_NS = f"{{{ISO20775}}}"


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    if text and xml_text(text).strip():
        etree.SubElement(parent, _NS + name).text = xml_text(text).strip()


class Iso20775:
    """ISO 20775: one ``holding`` for each library, copies in ``copyInformation``."""

    name = "iso20775"
    media_type = "application/xml"
    extension = "holdings.xml"
    namespace = ISO20775
    schema = "http://www.loc.gov/standards/iso20775/ISOholdings_V1.0.xsd"

    def render(self, export: ExportRecord) -> bytes:
        root = root_element(f"{_NS}holdings", {"iso20775": ISO20775})
        for holding in export.holdings:
            self._holding(root, export, holding)
        resource = etree.SubElement(root, _NS + "resource")
        identifier = etree.SubElement(resource, _NS + "resourceIdentifier")
        _add(identifier, "value", export.public_id)
        source = etree.SubElement(identifier, _NS + "typeOrSource")
        _add(
            source,
            "pointer" if export.base_url else "text",
            f"{export.base_url}/record/" if export.base_url else "union catalogue",
        )
        return rendered(root)

    def _holding(self, root: etree._Element, export: ExportRecord, holding: Holding) -> None:
        member = export.members.get(holding.member)
        element = etree.SubElement(root, _NS + "holding")
        institution = etree.SubElement(element, _NS + "institutionIdentifier")
        _add(institution, "value", holding.member)
        kind = etree.SubElement(institution, _NS + "typeOrSource")
        _add(kind, "pointer", "info:isil")
        _add(element, "physicalLocation", member.name if member else holding.member)
        if member and member.district:
            place = etree.SubElement(element, _NS + "physicalAddress")
            _add(place, "text", ", ".join(part for part in (member.district, member.province) if part))
        if holding.url and address(holding.url):
            place = etree.SubElement(element, _NS + "electronicAddress")
            _add(place, "text", address(holding.url))
        simple = etree.SubElement(element, _NS + "holdingSimple")
        copies = holding.copies if holding.copies is not None else len(holding.items) or None
        if copies is not None:
            summary = etree.SubElement(simple, _NS + "copiesSummary")
            _add(summary, "copiesCount", str(copies))
        for item in holding.items:
            copy = etree.SubElement(simple, _NS + "copyInformation")
            if item.barcode and xml_text(item.barcode).strip():
                piece = etree.SubElement(copy, _NS + "pieceIdentifier")
                _add(piece, "value", item.barcode)
                origin = etree.SubElement(piece, _NS + "typeOrSource")
                _add(origin, "text", "barcode")
            _add(copy, "sublocation", item.location or holding.location)
            _add(copy, "shelfLocator", item.call_number or holding.call_number)
            _add(copy, "note", item.note)
        if not holding.items:
            copy = etree.SubElement(simple, _NS + "copyInformation")
            _add(copy, "sublocation", holding.location)
            _add(copy, "shelfLocator", holding.call_number)
            _add(copy, "note", holding.note)
            if holding.summary and xml_text(holding.summary).strip():
                chronology = etree.SubElement(copy, _NS + "enumerationAndChronology")
                _add(chronology, "text", holding.summary)


def holdings_records(export: ExportRecord) -> list[Record]:
    """One MARC 21 holdings record for each holding: 001, 004 = the bibliographic record, 852, 866, 876.

    001 is the public id with the holding's place from 1: ``uc00000042-1``.
    """
    found = []
    stamp = export.datestamp.strftime("%Y%m%d%H%M%S.0")
    entered = export.datestamp.strftime("%y%m%d")
    for number, holding in enumerate(export.holdings, start=1):
        copies = min(holding.copies or len(holding.items) or 1, 999)
        fields = [
            control_field("001", f"{export.public_id}-{number}"),
            control_field("004", export.public_id),
            control_field("005", stamp),
            control_field("008", f"{entered}0u    8   0{copies:03d}uu   0000000"),
        ]
        located = [("a", holding.member), ("b", holding.location), ("h", holding.call_number)]
        if holding.copies and not holding.items:
            located.append(("t", str(holding.copies)))
        located.append(("z", holding.note))
        fields.append(data_field("852", "8 ", [subfield(code, text) for code, text in located if text]))
        if holding.url and address(holding.url):
            fields.append(data_field("856", "40", [subfield("u", address(holding.url))]))
        if holding.summary:
            fields.append(data_field("866", " 0", [subfield("a", holding.summary)]))
        for item in holding.items:
            parts = [("p", item.barcode), ("l", item.location), ("h", item.call_number), ("z", item.note)]
            subfields = [subfield(code, text) for code, text in parts if text]
            if subfields:
                fields.append(data_field("876", "  ", subfields))
        found.append(new_record("00000nx  a2200000un 4500", fields))
    return found


class HoldingsMarcXml:
    """MARC 21 holdings records in a MARCXML collection."""

    name = "marc21_holdings"
    media_type = "application/marcxml+xml"
    extension = "holdings.marcxml"
    namespace = "http://www.loc.gov/MARC21/slim"
    schema = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"

    def render(self, export: ExportRecord) -> bytes:
        records = b"".join(to_marcxml(record) for record in holdings_records(export))
        return b'<collection xmlns="http://www.loc.gov/MARC21/slim">' + records + b"</collection>"
