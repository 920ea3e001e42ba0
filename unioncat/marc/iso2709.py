"""Reading ISO 2709 (MARC 21 Specifications, record structure).

A record that keeps all the rules is read by `_read_regular`, quickly; any other by `iso2709_any.read_anyhow`. The
tests hold both against pymarc (docs/decisions/0011).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pymarc import Field, Subfield

from unioncat.marc.build import control_field, data_field, new_record
from unioncat.marc.charsets import loose_marks, may_be_vietnamese
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.iso2709_any import read_anyhow
from unioncat.marc.iso2709_cut import END_OF_FIELD, END_OF_RECORD, FILLER, LEADER_LIKE, cut_pieces
from unioncat.marc.legacy import repair_legacy
from unioncat.marc.marc8 import decode_marc8
from unioncat.marc.normalise import is_normal_text, normal_leader
from unioncat.model import Finding, HarvestedRecord, RawRecord
from unioncat.text import may_hold_legacy

__all__ = ["Iso2709", "parse_iso2709"]

_DELIMITER = b"\x1f"
_REGULAR = re.compile(rb"\d{5}[\x20-\x7e]{4}([ a])22(\d{5})[\x20-\x7e]{3}4500")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c]")
_new_tuple = tuple.__new__


class Iso2709:
    """The reading format ``iso2709``: UTF-8, MARC-8 and what pretends to be one of them."""

    name = "iso2709"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(FILLER)
        if _REGULAR.match(start):
            return 0.95
        if LEADER_LIKE.match(start) and (END_OF_FIELD in head or END_OF_RECORD in head):
            return 0.9
        if len(_BINARY.findall(head)) * 50 > len(head):
            return 0.0
        if END_OF_RECORD in head and END_OF_FIELD in head:
            return 0.6
        return 0.3 if END_OF_FIELD in head and _DELIMITER in head else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        for position, (data, refused) in enumerate(cut_pieces(stream), 1):
            yield HarvestedRecord(None, RawRecord("iso2709", data, position, hints), None, False, (), refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return parse_iso2709(raw.data, raw.hints.get("encoding", ""), raw.hints.get("dialect", ""))


def parse_iso2709(data: bytes, encoding: str = "", dialect: str = "") -> ParsedRecord:
    """One record, normalised. Raises BadRecord where no field can be read.

    encoding: of a file that is known to be in none of MARC's (``tcvn3``, ``cp1258``, …); "" finds out
    dialect:  ``unimarc`` or ``marc21``; "" finds out
    """
    if not encoding:
        parsed = _read_regular(data, dialect)
        if parsed is not None:
            return parsed
    return read_anyhow(data, encoding, dialect)


def _read_regular(data: bytes, dialect: str = "") -> ParsedRecord | None:
    """The record if it is UTF-8, or MARC-8 without escapes, with right numbers and sound text; else None.

    The fields are taken by their terminators: the same as by the directory if there are as many as entries,
    the entries' starts ascend, and the last one ends where the record ends.
    """
    leader = _REGULAR.match(data)
    if leader is None or int(data[:5]) != len(data):
        return None
    base = int(leader[2])
    try:
        directory = data[24 : base - 1].decode("ascii")
        text = data[base:].decode("utf-8")
    except UnicodeDecodeError:
        if leader[1] == b"a" or not data[24 : base - 1].isascii():
            return None
        text, unknown = decode_marc8(data[base:])
        if unknown or loose_marks(text)[0]:
            return None
        marc8 = True
    else:
        marc8 = False
        if leader[1] == b" " and "\x1b" in text:
            return None
    size = len(directory)
    parts = text.split("\x1e")
    if (
        parts.pop() != "\x1d"
        or text.count("\x1d") != 1
        or size != 12 * len(parts)
        or not size
        or data[base - 1] != 0x1E
    ):
        return None
    if marc8 and _may_be_vietnamese(directory, parts):
        return None
    starts = [directory[at : at + 5] for at in range(7, size, 12)]
    if starts != sorted(starts) or not directory.isalnum():
        return None
    last = directory[-9:]
    if not last.isdigit() or int(last[:4]) + int(last[4:]) + base + 1 != len(data):
        return None
    findings: list[Finding] = []
    ascii_only = text.isascii()
    if not ascii_only and leader[1] == b" " and not marc8:
        findings.append(finding("leader-encoding", "LDR/09", "UTF-8", fixed=True))
    normal = is_normal_text(text, ascii_only)
    if normal is None:
        return None
    if normal is not text:
        parts = normal.split("\x1e")
        parts.pop()
        findings.append(finding("text-nfd", fixed=True))
    fields = _fields(directory, parts)
    if fields is None:
        return None
    if may_hold_legacy(normal):
        repair_legacy(fields, findings)
    record = new_record(normal_leader(data[:24].decode("ascii"), findings), fields)
    return finished(record, findings, dialect)


def _may_be_vietnamese(directory: str, parts: list[str]) -> bool:
    """Whether the title may be in one of the Vietnamese 8-bit encodings, which can look like MARC-8."""
    return any(
        directory[12 * place : 12 * place + 3] == "245" and may_be_vietnamese(part) for place, part in enumerate(parts)
    )


_OKAY_PAIR = frozenset(
    a + b for a in " 0123456789abcdefghijklmnopqrstuvwxyz" for b in " 0123456789abcdefghijklmnopqrstuvwxyz"
)


def _fields(directory: str, parts: list[str]) -> list[Field] | None:
    """The fields if all of them keep the rules; else None."""
    out: list[Field] = []
    add = out.append
    new, kind = _new_tuple, Subfield
    okay = _OKAY_PAIR
    at = 0
    for part in parts:
        tag = directory[at : at + 3]
        at += 12
        if tag < "010" and tag.isdigit():
            if not part or "\x1f" in part or (tag == "001" and at > 12):
                return None
            add(control_field(tag, part))
        else:
            pieces = part.split("\x1f")
            pair = pieces[0]
            del pieces[0]
            if pair not in okay or not pieces:
                return None
            subfields = []
            for piece in pieces:
                code, value = piece[:1], piece[1:]
                if not value or not "!" <= code <= "~":
                    return None
                subfields.append(new(kind, (code, value)))
            add(data_field(tag, pair, subfields))
    return out
