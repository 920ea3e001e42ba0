"""The XML of OAI-PMH answers (OAI-PMH 2.0 §3.2). Built by lxml; ready elements are spliced in as bytes.

A splice is marked in the tree by a processing instruction, which no text can contain; the serialised tree is cut
there. So a page of stored records costs no parsing, and nothing is escaped by hand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from protocols.oaipmh.dates import written
from unioncat.services.disseminate import Item, Origin

__all__ = ["OAI", "XSI", "child", "cut", "envelope", "header", "legal", "nsmap", "record", "spliced"]

OAI = "http://www.openarchives.org/OAI/2.0/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PROVENANCE = "http://www.openarchives.org/OAI/2.0/provenance"
SCHEMA = f"{OAI} {OAI}OAI-PMH.xsd"
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPLICE = "splice"
_MARK = etree.tostring(etree.ProcessingInstruction(_SPLICE))
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'

NAMESPACES = {
    "marcxml": "http://www.loc.gov/MARC21/slim",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "mods": "http://www.loc.gov/mods/v3",
}
"""Namespace of a reading format, for provenance."""


def nsmap(default: str) -> dict[str, str]:
    """Namespaces of an outermost element: its own without prefix, and xsi."""
    return {None: default, "xsi": XSI}  # type: ignore[dict-item]  # the stubs do not know lxml's None


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids (§2.2): control characters, surrogates, U+FFFE, U+FFFF."""
    return _ILLEGAL.sub("", text)


def child(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new last child in the namespace of `parent`, or in the one that `name` gives."""
    space = etree.QName(parent).namespace
    tag = name if name.startswith("{") or space is None else f"{{{space}}}{name}"
    element = etree.SubElement(parent, tag)
    if text is not None:
        element.text = legal(text)
    for key, value in attributes.items():
        element.set(key, legal(value))
    return element


def envelope(response_date: datetime, base_url: str, attributes: Sequence[tuple[str, str]]) -> etree._Element:
    """``<OAI-PMH>`` with responseDate and request; the answer of the verb comes as its third child."""
    root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap=nsmap(OAI))
    root.set(f"{{{XSI}}}schemaLocation", SCHEMA)
    child(root, "responseDate", written(response_date))
    request = child(root, "request", base_url)
    for name, value in attributes:
        request.set(name, legal(value))
    return root


def spliced(parent: etree._Element) -> None:
    """Mark the place in `parent` where ready bytes come."""
    parent.append(etree.ProcessingInstruction(_SPLICE))


def cut(root: etree._Element) -> tuple[bytes, bytes]:
    """The document before and after its splice; all of it before, if it has none."""
    before, _, after = etree.tostring(root, encoding="UTF-8", xml_declaration=False).partition(_MARK)
    return _DECLARATION + before, after


def header(item: Item) -> bytes:
    """``<header>`` without namespace declaration: it stands in a document whose default namespace is OAI-PMH's."""
    return etree.tostring(_header(item), encoding="UTF-8", xml_declaration=False)


def record(item: Item) -> bytes:
    """``<record>``: header, metadata and provenance; a deleted one has its header alone (§2.5.1)."""
    root = etree.Element("record")
    root.append(_header(item))
    if item.metadata is None:
        return etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    spliced(child(root, "metadata"))
    for origin in item.origins:
        _provenance(child(root, "about"), origin)
    before, _, after = etree.tostring(root, encoding="UTF-8", xml_declaration=False).partition(_MARK)
    return before + item.metadata + after


def _header(item: Item) -> etree._Element:
    element = etree.Element("header")
    if item.deleted:
        element.set("status", "deleted")
    child(element, "identifier", item.identifier)
    child(element, "datestamp", written(item.datestamp))
    for spec in item.sets:
        child(element, "setSpec", spec)
    return element


def _provenance(about: etree._Element, origin: Origin) -> None:
    """One origin (guidelines: provenance container). Merged records are altered always."""
    root = etree.SubElement(about, f"{{{PROVENANCE}}}provenance", nsmap=nsmap(PROVENANCE))
    root.set(f"{{{XSI}}}schemaLocation", f"{PROVENANCE} http://www.openarchives.org/OAI/2.0/provenance.xsd")
    description = child(root, "originDescription", harvestDate=written(origin.harvested), altered="true")
    child(description, "baseURL", origin.base_url)
    child(description, "identifier", origin.identifier)
    child(description, "datestamp", written(origin.datestamp))
    child(description, "metadataNamespace", NAMESPACES.get(origin.format, NAMESPACES["marcxml"]))
