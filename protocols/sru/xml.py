"""The XML of SRU answers. Built by lxml; ready bytes are spliced in.

A splice is marked in the tree by a processing instruction, which no text can contain; the serialised tree is cut
there. So a page of rendered records costs no parsing, and nothing is escaped by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from protocols.cql.xcql import xml_safe
from protocols.sru.diagnostics import Diagnostic
from protocols.sru.dialects import Dialect

__all__ = ["child", "cut", "diagnostic_element", "diagnostics", "escaped", "root", "splice", "wrapper"]

_TARGET = "splice"
_MARK = etree.tostring(etree.ProcessingInstruction(_TARGET))
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def root(namespace: str, local: str, prefix: str = "zs") -> etree._Element:
    return etree.Element(f"{{{namespace}}}{local}", nsmap={prefix: namespace})


def child(parent: etree._Element, local: str, text: str | None = None) -> etree._Element:
    """A new last child in the namespace of `parent`."""
    tag = str(parent.tag)
    element = etree.SubElement(parent, tag[: tag.index("}") + 1] + local)
    if text is not None:
        element.text = text if text.isprintable() else xml_safe(text)
    return element


def splice(parent: etree._Element) -> None:
    """Mark the place in `parent` where ready bytes come."""
    parent.append(etree.ProcessingInstruction(_TARGET))


def cut(element: etree._Element) -> list[bytes]:
    """The serialised document, cut at its splices."""
    pieces = etree.tostring(element, encoding="UTF-8", xml_declaration=False).split(_MARK)
    pieces[0] = _DECLARATION + pieces[0]
    return pieces


def escaped(data: bytes) -> bytes:
    """XML as character data, for string packing."""
    return data.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def diagnostic_element(dialect: Dialect, found: Diagnostic) -> etree._Element:
    """``<diagnostic>`` in the namespace of this version."""
    nsmap: Any = {"diag": dialect.diagnostic}
    element = etree.Element(f"{{{dialect.diagnostic}}}diagnostic", nsmap=nsmap)
    child(element, "uri", found.uri)
    if found.details:
        child(element, "details", found.details)
    child(element, "message", found.message)
    return element


def diagnostics(parent: etree._Element, dialect: Dialect, found: Iterable[Diagnostic]) -> None:
    """The list of non-surrogate diagnostics, if there are any."""
    all_found = list(dict.fromkeys(found))
    if all_found:
        group = child(parent, "diagnostics")
        for each in all_found:
            group.append(diagnostic_element(dialect, each))


def wrapper(namespace: str, locals_: Sequence[tuple[str, str | None]], prefix: str = "zs") -> list[bytes]:
    """A ``<record>`` with these children as bytes, cut where the text is None: made once, filled many times.

    The namespace declaration is left to the document around it.
    """
    outer = root(namespace, "outer", prefix)
    record = child(outer, "record")
    for local, text in locals_:
        element = child(record, local, text)
        if text is None:
            splice(element)
    whole = etree.tostring(outer, encoding="UTF-8")
    inner = whole[whole.index(b">") + 1 : whole.rindex(b"</")]
    return inner.split(_MARK)
