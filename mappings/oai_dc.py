"""The formats oai_dc (OAI-PMH 2.0 §3.4, the one every repository must offer) and oai_qdc, in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from lxml import etree

from mappings.clean import xml_text
from mappings.dc_reader import DC, DCTERMS, parse_dc, sniff_dc, split_dc
from mappings.marc_to_dc import dc_statements, qualified_statements
from mappings.xml import XSI, child, rendered, root_element
from unioncat.marc.formats import ExportRecord, ParsedRecord
from unioncat.model import HarvestedRecord, RawRecord

__all__ = ["OAI_DC", "OAI_QDC", "OaiDc", "OaiQdc"]

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
OAI_QDC = "http://worldcat.org/xmlschemas/qdc-1.0/"


def _record_url(export: ExportRecord) -> str:
    return f"{export.base_url}/record/{export.public_id}" if export.base_url else ""


class OaiDc:
    """Simple Dublin Core in the oai_dc container."""

    name = "oai_dc"
    media_type = "application/xml"
    extension = "dc.xml"
    namespace = OAI_DC
    schema = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

    def render(self, export: ExportRecord) -> bytes:
        root = root_element(f"{{{OAI_DC}}}dc", {"oai_dc": OAI_DC, "dc": DC}, f"{OAI_DC} {self.schema}")
        for element, value in dc_statements(export.record):
            text = xml_text(value)
            if text:
                etree.SubElement(root, f"{{{DC}}}{element}").text = text
        url = _record_url(export)
        if url:
            child(root, f"{{{DC}}}identifier", url)
        return rendered(root)

    def sniff(self, head: bytes, filename: str) -> float:
        return sniff_dc(head, qualified=False)

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        return split_dc(stream, hints, self.name)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return parse_dc(raw)


class OaiQdc:
    """Qualified Dublin Core in the container that WorldCat and CONTENTdm use under the prefix oai_qdc."""

    name = "oai_qdc"
    media_type = "application/xml"
    extension = "qdc.xml"
    namespace = OAI_QDC
    schema = "http://worldcat.org/xmlschemas/qdc/1.0/qdc-1.0.xsd"

    def render(self, export: ExportRecord) -> bytes:
        names = {"oai_qdc": OAI_QDC, "dc": DC, "dcterms": DCTERMS}
        root = root_element(f"{{{OAI_QDC}}}qualifieddc", names, f"{OAI_QDC} {self.schema}")
        for target, value, scheme in qualified_statements(export.record):
            if xml_text(value):
                _typed(root, target, value, scheme)
        url = _record_url(export)
        if url:
            _typed(root, "dc:identifier", url, "dcterms:URI")
        return rendered(root)

    def sniff(self, head: bytes, filename: str) -> float:
        return sniff_dc(head, qualified=True)

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        return split_dc(stream, hints, self.name)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return parse_dc(raw)


def _typed(root: etree._Element, target: str, value: str, scheme: str) -> None:
    prefix, _, element = target.partition(":")
    namespace = DC if prefix == "dc" else DCTERMS
    added = child(root, f"{{{namespace}}}{element}", value)
    if scheme:
        added.set(f"{{{XSI}}}type", scheme)
