"""Reading a MARCXML record that breaks the rules: lxml recovers what it can, expands no entity, fetches nothing."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace

from lxml import etree
from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.normalise import normalise
from unioncat.model import BadRecord, Finding

__all__ = ["recover_record"]


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)([A-Za-z][A-Za-z0-9]{0,31});")
_BARE_AMPERSAND = re.compile(r"&(?!(?:[A-Za-z][A-Za-z0-9]{0,31}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")


def _entity_text(found: re.Match[str]) -> str:
    """HTML's named characters are taken; others stay as they are written (`&name;`), never expanded."""
    from html.entities import html5

    known = html5.get(f"{found[1]};")
    return known if known is not None and known not in "<>&" else f"&amp;{found[1]};"


def recover_record(text: str, from_sql: bool, findings: list[Finding], dialect: str) -> ParsedRecord:
    """The record of whatever is left of one record element. Raises BadRecord where there is no MARC field in it."""
    if "&lt;" in text and "<datafield" not in text and ":datafield" not in text.split("&lt;")[0]:
        text = _inner_record(text)
    cleaned = _FORBIDDEN.sub("", _without_doctypes(text))
    if cleaned != text:
        findings.append(finding("text-control-characters", "", "characters that XML forbids", fixed=True))
    cleaned = _BARE_AMPERSAND.sub("&amp;", _NAMED.sub(_entity_text, cleaned))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(cleaned.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadRecord(f"not readable as XML: {error}") from error
    if root is None:
        raise BadRecord("not readable as XML: nothing could be recovered")
    if any(error.type_name != "NS_ERR_UNDEFINED_NAMESPACE" for error in parser.error_log):
        findings.append(finding("xml-repaired", "", str(parser.error_log[0].message), fixed=True))
    record = _from_tree(root, from_sql, findings)
    if not record.fields:
        raise BadRecord("no MARC field in the record element")
    record, more = normalise(record)
    parsed = finished(record, findings + more, dialect)
    if parsed.identifier is None and from_sql:
        return replace(parsed, identifier=_koha_number(record))
    return parsed


def _without_doctypes(text: str) -> str:
    """The text without document type declarations, internal subsets included; an unfinished one takes the rest."""
    out = []
    at = 0
    while (start := text.find("<!DOCTYPE", at)) >= 0:
        out.append(text[at:start])
        end = text.find(">", start)
        subset = text.find("[", start, end if end >= 0 else len(text))
        if subset >= 0:
            closing = text.find("]", subset)
            while closing >= 0 and text[closing + 1 : closing + 64].lstrip()[:1] != ">":
                closing = text.find("]", closing + 1)
            end = text.find(">", closing) if closing >= 0 else -1
        if end < 0:
            return "".join(out)
        at = end + 1
    return "".join([*out, text[at:]]) if out else text


def _inner_record(text: str) -> str:
    """A record packed as a string (SRU 1.1 recordPacking): the markup is escaped text of another element."""
    from html import unescape

    start = re.search(r"&lt;(?:[\w.-]+:)?record\b", text)
    ends = deque(re.finditer(r"&lt;/(?:[\w.-]+:)?record\s*&gt;", text), maxlen=1)
    if start is None or not ends or ends[0].start() < start.start():
        return text
    return unescape(text[start.start() : ends[0].end()])


def _local(element: etree._Element) -> str:
    name = element.tag if isinstance(element.tag, str) else ""
    return name.rpartition("}")[2].rpartition(":")[2]


def _text_of(element: etree._Element, from_sql: bool) -> str:
    text = "".join(part for part in element.itertext() if isinstance(part, str))
    if "\n" in text or "\t" in text:
        text = " ".join(text.split())
    return "" if from_sql and text == '" "' else text


def _from_tree(root: etree._Element, from_sql: bool, findings: list[Finding]) -> Record:
    leader = ""
    fields: list[Field] = []
    for element in root.iter():
        name = _local(element)
        if name == "leader" and not leader:
            leader = "".join(part for part in element.itertext() if isinstance(part, str)).strip("\r\n\t")
            leader = "" if leader == '" "' else leader
        elif name in ("controlfield", "datafield"):
            fields += _field_of(element, name, from_sql, findings)
    return new_record(leader, fields)


def _field_of(element: etree._Element, name: str, from_sql: bool, findings: list[Finding]) -> list[Field]:
    tag = element.get("tag", "").strip()
    if not tag:
        findings.append(finding("tag-format", name, _text_of(element, from_sql)))
        text = _text_of(element, from_sql)
        return [data_field("999", "  ", [Subfield("a", text)])] if text else []
    parts = [child for child in element if _local(child) == "subfield"]
    if not parts:
        text = _text_of(element, from_sql)
        if is_control_tag(tag):
            return [control_field(tag, text)]
        return [data_field(tag, "  ", [Subfield("a", text)] if text else [])]
    subfields = [Subfield(part.get("code", ""), _text_of(part, from_sql)) for part in parts]
    if is_control_tag(tag):
        findings.append(finding("control-field-subfields", tag, fixed=True))
        return [control_field(tag, " ".join(value for _, value in subfields))]
    pair = (element.get("ind1", " ") or " ")[:1] + (element.get("ind2", " ") or " ")[:1]
    return [data_field(tag, pair, subfields)]


def _koha_number(record: Record) -> str | None:
    """999$c: Koha's biblionumber."""
    return next(
        (value.strip() for field in record.fields if field.tag == "999" for code, value in field.subfields
         if code == "c" and value.strip()),
        None,
    )  # fmt: skip
