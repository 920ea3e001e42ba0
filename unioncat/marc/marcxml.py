"""Reading MARCXML (and MarcXchange, ISO 25577): namespaced or not, in SQL dumps, OAI-PMH and SRU wrappers.

A record that keeps to the few elements MARCXML has is read by splitting its text at ``<`` and looking each tag
up; any other goes to lxml, which recovers what it can, expands no entity and fetches nothing. The tests hold
the first way against the second on every MARCXML file of the corpus.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO
from unicodedata import is_normalized, normalize

from lxml import etree
from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.legacy import repair_legacy
from unioncat.marc.normalise import normal_leader, normalise
from unioncat.marc.repair import SUSPECT
from unioncat.marc.xml_records import cut_records
from unioncat.model import BadRecord, Finding, HarvestedRecord, RawRecord
from unioncat.text import may_hold_legacy

__all__ = ["MarcXml", "parse_marcxml"]

_MARC_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?(?:datafield|controlfield)\b[^>]*\btag\s*=")
_ESCAPED_MARC = re.compile(rb"&lt;(?:[\w.-]+:)?(?:datafield|controlfield|leader)\b")
_PICA = re.compile(rb"""<(?:[\w.-]+:)?datafield\b[^>]*\btag\s*=\s*["']\d{3}[@A-Z]["']""")
_ONLY_DELETED = re.compile(
    rb"""<(?:[\w.-]+:)?record\b[^>]*>\s*<(?:[\w.-]+:)?header\b[^>]*status\s*=\s*["']deleted["']"""
)
_NAMESPACES = (b"http://www.loc.gov/MARC21/slim", b"info:lc/xmlns/marcxchange")


class MarcXml:
    """The reading format ``marcxml``."""

    name = "marcxml"

    def sniff(self, head: bytes, filename: str) -> float:
        if b"\x00" in head[:64]:
            head = head.replace(b"\x00", b"")
        if _PICA.search(head):
            return 0.0
        if _MARC_ELEMENT.search(head):
            return 0.95
        if _ESCAPED_MARC.search(head):
            return 0.8
        if b"<" in head[:1024] and any(name in head for name in _NAMESPACES):
            return 0.85
        # an OAI-PMH page of nothing but deletions is in any format
        return 0.2 if _ONLY_DELETED.search(head) and b"<metadata" not in head and b":metadata" not in head else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        for position, cut in enumerate(cut_records(stream), 1):
            own = {**hints, "encoding": cut.encoding} if cut.encoding and "encoding" not in hints else hints
            raw = None if cut.deleted else RawRecord("marcxml", cut.data, position, own)
            yield HarvestedRecord(cut.identifier, raw, cut.datestamp, cut.deleted, cut.sets, cut.refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return parse_marcxml(raw.data, raw.hints.get("encoding", ""), raw.hints.get("dialect", ""))


def parse_marcxml(data: bytes, encoding: str = "", dialect: str = "") -> ParsedRecord:
    """One record element, normalised. Raises BadRecord where there is no MARC field in it."""
    findings: list[Finding] = []
    text = _decoded(data, encoding, findings)
    from_sql = '=\\"' in text
    if from_sql:
        text = _SQL_ESCAPE.sub(_sql_unescaped, text)
    if not findings and not from_sql:
        parsed = _read_regular(text, dialect)
        if parsed is not None:
            return parsed
    return _read_anyhow(text, from_sql, findings, dialect)


_SQL_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_SQL_MEANING = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": "", "b": ""}


def _sql_unescaped(found: re.Match[str]) -> str:
    """MySQL string literal escapes (Reference Manual §9.1.1)."""
    character = found[1]
    return "'" if character is None else _SQL_MEANING.get(character, character)


def _decoded(data: bytes, encoding: str, findings: list[Finding]) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode(encoding or "utf-8", "replace")
    bad = text.count("\ufffd")
    if bad:
        findings.append(finding("encoding-invalid", "", f"{bad} places"))
    return text


# --- the quick way -------------------------------------------------------------------------------------------

_RECORD, _END, _LEADER, _CONTROL, _DATA, _SUBFIELD, _EMPTY, _BAD = range(8)
_HEAD = re.compile(
    r"""(?P<end>/)?(?:[A-Za-z_][\w.-]*:)?(?P<name>record|leader|controlfield|datafield|subfield)
    (?P<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"&]*"|'[^'&]*'))*)\s*(?P<empty>/)?""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""(?:^|\s)(tag|ind1|ind2|code)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TAG = re.compile("[0-9A-Za-z]{3}")
_PAIR = re.compile("[ 0-9a-z]{2}")
_CODE = re.compile("[!-~]")
_Tag = tuple[int, str, str, bool]
_NOTHING: _Tag = (_BAD, "", "", False)
_new_tuple = tuple.__new__


def _classified(head: str) -> _Tag:
    """(kind, name of an end tag or tag or code, both indicators; legal) of what stands between ``<`` and ``>``."""
    found = _HEAD.fullmatch(head)
    if found is None:
        return _NOTHING
    name = found["name"]
    if found["end"]:
        return _NOTHING if found["attributes"] or found["empty"] else (_END, name, "", True)
    attributes = {key: first or second for key, first, second in _ATTRIBUTE.findall(found["attributes"])}
    tag, code = attributes.get("tag", ""), attributes.get("code", "")
    if name == "subfield" and len(code) == 1:
        return (_EMPTY if found["empty"] else _SUBFIELD), code, "", bool(_CODE.fullmatch(code))
    if found["empty"]:
        return _NOTHING
    if name == "record":
        return _RECORD, "", "", True
    if name == "leader":
        return _LEADER, "", "", True
    if not _TAG.fullmatch(tag):
        return _NOTHING
    if name == "controlfield" and is_control_tag(tag):
        return _CONTROL, tag, "", True
    pair = attributes.get("ind1", " ") + attributes.get("ind2", " ")
    if name == "datafield" and not is_control_tag(tag) and len(pair) == 2:
        return _DATA, tag, pair, bool(_PAIR.fullmatch(pair))
    return _NOTHING


_LONGEST_TAG = 1000


class _Tags(dict[str, _Tag]):
    """Each tag is classified once; files repeat a few thousand of them."""

    def __missing__(self, head: str) -> _Tag:
        kind = _classified(head) if len(head) <= _LONGEST_TAG else _NOTHING
        if len(self) < 65_536 and len(head) <= _LONGEST_TAG:
            self[head] = kind
        return kind


_TAGS = _Tags()
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));")
_PREDEFINED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class _NotRegular(Exception):
    """This record needs lxml."""


def _meant(found: re.Match[str]) -> str:
    if found[1]:
        return _PREDEFINED[found[1]]
    number = int(found[2]) if found[2] else int(found[3], 16)
    if number < 0x20 or 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
        raise _NotRegular
    return chr(number)


def _unescaped(text: str) -> str:
    plain = _ENTITY.sub(_meant, text)
    if text.count("&") != len(_ENTITY.findall(text)):
        raise _NotRegular
    return plain


def _read_regular(text: str, dialect: str) -> ParsedRecord | None:
    """The record if it keeps to MARCXML's elements, in order; None if lxml must look at it."""
    try:
        return _regular(text, dialect)
    except _NotRegular:
        return None


def _regular(text: str, dialect: str = "") -> ParsedRecord:
    findings: list[Finding] = []
    if not text.isascii() and not is_normalized("NFC", text):
        if "\u0338" in text:  # would compose with < and >
            raise _NotRegular
        text = normalize("NFC", text)
        findings.append(finding("text-nfd", fixed=True))
    pieces = iter(text.split("<"))
    next(pieces)
    tags = _TAGS
    new, kind_of = _new_tuple, Subfield
    escaped = "&" in text
    leader = ""
    fields: list[Field] = []
    depth = 0
    regular = not _SUSPECT_HERE.search(text) and "&#" not in text and "&amp;#" not in text
    for piece in pieces:
        head, closed, tail = piece.partition(">")
        kind, name, pair, legal = tags[head]
        if not closed or kind == _BAD:
            raise _NotRegular
        regular = regular and legal
        if kind == _DATA:
            subfields: list[Subfield] = []
            for piece in pieces:
                head, closed, tail = piece.partition(">")
                kind, code, _, legal = tags[head]
                if kind == _SUBFIELD:
                    if next(pieces, "")[:1] != "/":
                        raise _NotRegular
                    if escaped:
                        tail = _unescaped(tail)
                    if "\n" in tail or "\t" in tail or "\r" in tail:
                        tail = " ".join(tail.split())
                    if not tail or not legal:
                        regular = False
                    subfields.append(new(kind_of, (code, tail)))
                elif kind == _END and code == "datafield":
                    break
                elif kind == _EMPTY:
                    regular = False
                    subfields.append(new(kind_of, (code, "")))
                else:
                    raise _NotRegular
            if not subfields:
                raise _NotRegular
            fields.append(data_field(name, pair, subfields))
        elif kind == _CONTROL:
            if next(pieces, "")[:1] != "/":
                raise _NotRegular
            if "\n" in tail:
                tail = " ".join(tail.split())
            if not tail or (name == "001" and fields):
                regular = False
            fields.append(control_field(name, _unescaped(tail) if escaped else tail))
        elif kind == _LEADER:
            if next(pieces, "")[:1] != "/" or (escaped and "&" in tail):
                raise _NotRegular
            leader = tail.strip("\r\n\t")
        elif kind == _RECORD:
            depth += 1
        elif kind == _END and name == "record":
            depth -= 1
        else:
            raise _NotRegular
    if depth or not fields:
        raise _NotRegular
    if regular:
        if may_hold_legacy(text):
            repair_legacy(fields, findings)
        record = new_record(normal_leader(leader, findings), fields)
    else:
        record, more = normalise(new_record(leader, fields))
        findings += more
    return finished(record, findings, dialect)


_SUSPECT_HERE = re.compile(SUSPECT.pattern.replace("\x00-\x1f", "\x00-\x08\x0b\x0c\x0e-\x1f"))


# --- any other way -------------------------------------------------------------------------------------------

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)([A-Za-z][A-Za-z0-9]{0,31});")
_BARE_AMPERSAND = re.compile(r"&(?!(?:[A-Za-z][A-Za-z0-9]{0,31}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")


def _entity_text(found: re.Match[str]) -> str:
    """HTML's named characters are taken; others stay as they are written (`&name;`), never expanded."""
    from html.entities import html5

    known = html5.get(f"{found[1]};")
    return known if known is not None and known not in "<>&" else f"&amp;{found[1]};"


def _read_anyhow(text: str, from_sql: bool, findings: list[Finding], dialect: str) -> ParsedRecord:
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
