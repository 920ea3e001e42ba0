"""Reads Dublin Core XML: one record, a collection, or whole OAI-PMH answers with headers and deletions.

Streams; recovers from what is not well-formed; expands no entity and opens no other file. Elements are known
by their local names, for real files have the namespaces wrong or leave them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import BinaryIO

from lxml import etree

from mappings.dc_to_marc import Statement, to_marc
from unioncat.marc.formats import ParsedRecord
from unioncat.model import BadRecord, HarvestedRecord, RawRecord

__all__ = ["parse_dc", "sniff_dc", "split_dc", "statements_of"]

DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
_CONTAINERS = frozenset({"dc", "qualifieddc", "dcx", "oai_dc"})
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
LONGEST = 16 * 1024 * 1024
"""Bytes of one record; a longer one is refused."""


def sniff_dc(head: bytes, qualified: bool) -> float:
    """0.95 for a container of ours, less for stray Dublin Core elements; the namespaces decide, not the name."""
    if b"<" not in head[:4096]:
        return 0.0
    if re.search(rb"<(?:[\w.-]+:)?qualifieddc[\s>]", head):
        return 0.95 if qualified else 0.6
    if re.search(rb"<(?:[\w.-]+:)?(?:oai_dc:dc|dc|dcx)[\s>]", head) and DC.encode() in head:
        terms = DCTERMS.encode() in head
        return (0.9 if terms else 0.4) if qualified else (0.85 if terms else 0.95)
    if re.search(
        rb"<metadata[^>]*>\s*<(?:[\w.-]+:)?dc[\s>/]|<dc>\s*<(?:title|creator|identifier)>|/OAI/2.0/oai_dc/\"", head
    ):
        return 0.3 if qualified else 0.6  # without its namespace, as some endpoints send it
    if re.search(rb"<dc:(?:title|creator|identifier)[\s>]", head):
        return 0.3 if qualified else 0.5
    return 0.0


class _FromFirstTag:
    """The stream from its first ``<``: blank lines, BOM and notices before the prolog are passed over."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._begun = False

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        while not self._begun and data:
            start = data.find(b"<")
            if start >= 0 and (match := re.search(rb"<(?:\?xml|!|[A-Za-z])", data)):
                self._begun = True
                return data[match.start() :]
            data = self._stream.read(size)
        return data


def split_dc(stream: BinaryIO, hints: Mapping[str, str], format: str) -> Iterator[HarvestedRecord]:
    """One HarvestedRecord for each OAI-PMH record, or for each Dublin Core container outside of one."""
    position = 0
    inside_record = 0
    try:
        for event, element in etree.iterparse(
            _FromFirstTag(stream),
            events=("start", "end"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
        ):
            if not isinstance(element.tag, str):
                continue
            name = _local(element)
            if name == "record":
                inside_record += 1 if event == "start" else -1
            if event == "start" or (name != "record" and (name not in _CONTAINERS or inside_record > 0)):
                continue
            found = _oai_record(element, position + 1, hints, format) if name == "record" else None
            if found is None:
                if name == "record" and not statements_of(element):
                    continue
                found = _bare(element, position + 1, hints, format)
            position += 1
            yield found
            _forget(element)
    except etree.XMLSyntaxError as error:
        yield HarvestedRecord(
            None,
            RawRecord(format, b"", position + 1, dict(hints)),
            refused=f"the XML cannot be read after record {position}: {error.msg}",
        )


def _forget(element: etree._Element) -> None:
    """Memory stays flat: what has been yielded is dropped with everything before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _bare(element: etree._Element, position: int, hints: Mapping[str, str], format: str) -> HarvestedRecord:
    data = etree.tostring(element, encoding="UTF-8", with_tail=False)
    if len(data) > LONGEST:
        reason = f"a record of {len(data)} bytes is longer than the {LONGEST} allowed"
        return HarvestedRecord(None, RawRecord(format, data[:65536], position, dict(hints)), refused=reason)
    return HarvestedRecord(None, RawRecord(format, data, position, dict(hints)))


def _oai_record(record: etree._Element, position: int, hints: Mapping[str, str], format: str) -> HarvestedRecord | None:
    """None if this ``record`` has no OAI-PMH header."""
    header = next((part for part in record if _local(part) == "header"), None)
    if header is None:
        return None
    told = {_local(part): (part.text or "").strip() for part in header}
    sets = tuple((part.text or "").strip() for part in header if _local(part) == "setSpec")
    identifier, datestamp = told.get("identifier") or None, _datestamp(told.get("datestamp", ""))
    if header.get("status") == "deleted":
        return HarvestedRecord(identifier, None, datestamp, deleted=True, sets=sets)
    metadata = next((part for part in record if _local(part) == "metadata"), None)
    if metadata is None:
        whole = _bare(record, position, hints, format)
        return HarvestedRecord(identifier, whole.raw, datestamp, sets=sets, refused="a record without metadata")
    inner = [part for part in metadata if isinstance(part.tag, str)]
    body = inner[0] if len(inner) == 1 and _local(inner[0]) in _CONTAINERS else metadata
    found = _bare(body, position, hints, format)
    return HarvestedRecord(identifier, found.raw, datestamp, sets=sets, refused=found.refused)


def _local(element: etree._Element) -> str:
    """Local name; of an unbound prefix too, which lxml leaves in the tag (`dc:title`)."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def _speaks_dc(tag: str) -> bool:
    """Is this a Dublin Core element, as far as its namespace or unbound prefix says? No namespace may be."""
    namespace, brace, rest = tag.rpartition("}")
    if not brace:
        prefix, colon, _ = rest.rpartition(":")
        return not colon or prefix in ("dc", "dcterms", "dct")
    return namespace[1:] in (DC, DCTERMS) or "dublincore" in namespace or "/dc" in namespace


def _datestamp(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def statements_of(root: etree._Element) -> list[Statement]:
    """The Dublin Core statements below an element, in document order; markup within a value is dropped."""
    found = []
    for element in root.iter():
        if element is root or not isinstance(element.tag, str):
            continue
        name = _local(element)
        if not _speaks_dc(element.tag):
            continue
        value = " ".join("".join(map(str, element.itertext())).split())
        if not value or (len(element) and name in _CONTAINERS):
            continue
        scheme = element.get(_XSI_TYPE, "").rpartition(":")[2]
        found.append(Statement(name, value, scheme, element.get(_XML_LANG, "")))
    return found


def parse_dc(raw: RawRecord) -> ParsedRecord:
    """The record in MARC 21. Raises BadRecord with the reason for any bytes that hold no Dublin Core."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(raw.data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadRecord(f"not XML: {error}", position=raw.position) from error
    if root is None:
        raise BadRecord("not XML: no element in it", position=raw.position)
    try:
        return to_marc(statements_of(root))
    except BadRecord as error:
        raise BadRecord(error.reason, position=raw.position) from error
