"""XCQL: the query as XML, for the echoed request (SRU 1.1/1.2, XCQL schema)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from protocols.cql.ast import Boolean, CqlQuery, Modifier, Node, Prefix, SortSpec

__all__ = ["NAMESPACE", "to_xcql", "xml_safe"]

NAMESPACE = "http://www.loc.gov/zing/cql/xcql/"
_NSMAP: Any = {None: NAMESPACE}  # lxml-stubs do not know of default namespaces
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text: str) -> str:
    """Without the characters that XML 1.0 §2.2 forbids: U+FFFD stands in their place."""
    return _ILLEGAL.sub("\ufffd", text)


def to_xcql(query: CqlQuery) -> etree._Element:
    """One ``triple`` or ``searchClause`` element, with the sort keys inside the outermost."""
    element = _node(query.root)
    if query.sort:
        keys = etree.SubElement(element, _name("sortKeys"))
        for spec in query.sort:
            keys.append(_sort_key(spec))
    return element


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _text(parent: etree._Element, local: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, _name(local))
    element.text = xml_safe(text)
    return element


def _prefixes(parent: etree._Element, prefixes: Iterable[Prefix]) -> None:
    group: etree._Element | None = None
    for each in prefixes:
        if group is None:
            group = etree.SubElement(parent, _name("prefixes"))
        prefix = etree.SubElement(group, _name("prefix"))
        if each.name:
            _text(prefix, "name", each.name)
        _text(prefix, "identifier", each.uri)


def _modifiers(parent: etree._Element, modifiers: Iterable[Modifier]) -> None:
    group: etree._Element | None = None
    for each in modifiers:
        if group is None:
            group = etree.SubElement(parent, _name("modifiers"))
        modifier = etree.SubElement(group, _name("modifier"))
        _text(modifier, "type", each.name)
        if each.comparison:
            _text(modifier, "comparison", each.comparison)
            _text(modifier, "value", each.value)


def _sort_key(spec: SortSpec) -> etree._Element:
    key = etree.Element(_name("key"), nsmap=_NSMAP)
    _text(key, "index", spec.index)
    _modifiers(key, spec.modifiers)
    return key


def _node(node: Node) -> etree._Element:
    """Left spines are walked, not recursed into."""
    spine: list[Boolean] = []
    first: Node = node
    while isinstance(first, Boolean):
        spine.append(first)
        first = first.left
    element = etree.Element(_name("searchClause"), nsmap=_NSMAP)
    _prefixes(element, first.prefixes)
    _text(element, "index", first.index or "cql.serverChoice")
    relation = etree.SubElement(element, _name("relation"))
    _text(relation, "value", first.relation)
    _modifiers(relation, first.modifiers)
    _text(element, "term", first.term)
    for each in reversed(spine):
        triple = etree.Element(_name("triple"), nsmap=_NSMAP)
        _prefixes(triple, each.prefixes)
        boolean = etree.SubElement(triple, _name("boolean"))
        _text(boolean, "value", each.operator)
        _modifiers(boolean, each.modifiers)
        etree.SubElement(triple, _name("leftOperand")).append(element)
        etree.SubElement(triple, _name("rightOperand")).append(_node(each.right))
        element = triple
    return element
