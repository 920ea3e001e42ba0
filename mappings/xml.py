"""What the XML exporters share: elements by lxml, legal characters, one element without declaration."""

from __future__ import annotations

from lxml import etree

from mappings.clean import xml_text

__all__ = ["XSI", "child", "rendered", "root_element"]

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA_LOCATION = f"{{{XSI}}}schemaLocation"


def root_element(tag: str, nsmap: dict[str, str], schema_location: str = "") -> etree._Element:
    """The outermost element of a rendering, with its namespaces and xsi:schemaLocation."""
    root = etree.Element(tag, nsmap={**nsmap, "xsi": XSI})
    if schema_location:
        root.set(_SCHEMA_LOCATION, schema_location)
    return root


def child(parent: etree._Element, tag: str, value: str | None = None, **attributes: str) -> etree._Element:
    """A new last child; text and attribute values lose what XML forbids. An empty attribute is left out."""
    element = etree.SubElement(parent, tag)
    if value is not None:
        element.text = xml_text(value)
    for name, text in attributes.items():
        if text:
            element.set(name, xml_text(text))
    return element


def rendered(root: etree._Element) -> bytes:
    """UTF-8 without declaration."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False)
