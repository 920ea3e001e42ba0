"""Reading MARCXML (and MarcXchange, ISO 25577): namespaced or not, in SQL dumps, OAI-PMH and SRU wrappers.

A record that keeps to the few elements MARCXML has is read by splitting its text at ``<`` and looking each tag
up; any other goes to lxml, which recovers what it can, expands no entity and fetches nothing. The tests hold
the first way against the second on every MARCXML file of the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from unicodedata import is_normalized, normalize

from pymarc import Field, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.legacy import repair_legacy
from unioncat.marc.marcxml_recover import recover_record
from unioncat.marc.normalise import normal_leader, normalise
from unioncat.marc.repair import SUSPECT
from unioncat.marc.xml_records import cut_records
from unioncat.model import Finding, HarvestedRecord, RawRecord
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
    return recover_record(text, from_sql, findings, dialect)


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
