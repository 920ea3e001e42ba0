"""CDS/ISIS exports: ISO 2709 as text, with ``#`` after fields and records, ``^`` before subfields, in lines of 80.

Tags are the library's own. If the base is built like MARC (it has 245), they are taken as they are; else a field
map says what is what: one of FIELD_MAPS by name, or a table of its own, as the hint ``field_map``::

    24=245$a; 26^a=260$a; 26^b=260$b; 70=100$a|700$a; 69=650$a(<>)

A tag, with ``^x`` for one subfield, then MARC tag and code; after ``|`` what the second and later occurrences
become; in brackets the signs between which the terms of one field stand. A part of a field that the map does
not name is kept in 999, with its tag in $9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from pymarc import Field, Record, Subfield

from unioncat.marc.build import DEFAULT_LEADER, control_field, data_field, is_control_tag, new_record
from unioncat.marc.charsets import decode_body
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.normalise import normalise
from unioncat.model import BadRecord, Finding, HarvestedRecord, RawRecord
from unioncat.text import LEGACY_CODECS

__all__ = ["FIELD_MAPS", "Isis"]

FIELD_MAPS = {
    # UNESCO's sample base CDS and the bases drawn from it
    "cds": (
        "24=245$a; 25=250$a; 26^a=260$a; 26^b=260$b; 26^c=260$c; 30^a=300$a; 30^b=300$b; 44=490$a; 50=500$a; "
        "69=650$a(<>)(//); 70=100$a|700$a; 71=710$a; 72=711$a; 74=246$a; 76=246$a"
    ),
}

_LEADER = re.compile(rb"\d{5}[\x20-\x7e]{7}\d{5}[\x20-\x7e]{3}45[\x20-\x7e]{2}")
_START_OF_RECORD = re.compile(rb"(?:\A|\n)(?=\d{5}[0-9 ]{7}\d{5}[0-9 ]{3}45\d\d\d)")
_WIDTH = 80
RECORD_LIMIT = 16 * 2**20


class Isis:
    """The reading format ``isis``."""

    name = "isis"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(b"\r\n\xef\xbb\xbf")
        if not _LEADER.match(start) or b"\x1e" in head[:4096]:
            return 0.0
        line = re.split(rb"\r?\n", start, maxsplit=1)[0]
        return 0.93 if b"#" in head and (len(line) == _WIDTH or b"##" in head) else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        for position, (data, refused) in enumerate(_pieces(stream), 1):
            yield HarvestedRecord(None, RawRecord("isis", data, position, hints), None, False, (), refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        findings: list[Finding] = []
        encoding = raw.hints.get("encoding", "")
        entries = _entries(b"".join(re.split(rb"\r?\n", raw.data)))
        text, more = decode_body(b"\x1e".join(data for _, data in entries), utf8_flag=True, encoding=encoding)
        findings += [one for one in more if one.rule != "leader-encoding"]
        parts = text.split("\x1e")
        if len(parts) != len(entries):
            raise BadRecord("field separators inside the fields")
        pairs = [(tag, part) for (tag, _), part in zip(entries, parts, strict=True)]
        if any(tag == "245" for tag, _ in pairs) and not raw.hints.get("field_map"):
            record = _as_marc(pairs)
        else:
            record = _mapped(pairs, raw.hints.get("field_map", "") or "cds", findings)
        findings.append(finding("isis-converted", fixed=True))
        record, further = normalise(record, encoding if encoding in LEGACY_CODECS else "")
        return finished(record, findings + further, raw.hints.get("dialect", "marc21"))


def _pieces(stream: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """(lines of one record, reason if it is none): a record begins on a new line that looks like a leader."""
    buffer = b""
    while True:
        block = stream.read(1 << 16)
        buffer += block
        starts = [found.end() for found in _START_OF_RECORD.finditer(buffer)]
        last = len(starts) if not block else len(starts) - 1
        if starts and starts[0] > 0 and buffer[: starts[0]].strip():
            yield buffer[: starts[0]], "no record: text before the first leader"
        for place in range(last):
            end = starts[place + 1] if place + 1 < len(starts) else len(buffer)
            piece = buffer[starts[place] : end].strip(b"\r\n\x1a\x00 ")
            whole = piece.endswith(b"#")
            yield piece, None if whole else "truncated: the record has no end"
        if not block:
            if not starts and buffer.strip():
                yield buffer[:65_536], "no record in CDS/ISIS form"
            return
        if starts:
            buffer = buffer[starts[-1] :]
        if len(buffer) > RECORD_LIMIT:
            yield buffer[:65_536], f"no end of record within {RECORD_LIMIT:,} bytes"
            buffer = b""


def _entries(data: bytes) -> list[tuple[str, bytes]]:
    """(tag, data) of each field: by the directory if each field ends where it says, else by ``#``."""
    if not _LEADER.match(data):
        raise BadRecord("no ISO 2709 leader")
    base = int(data[12:17])
    directory = data[24 : base - 1]
    if len(directory) % 12 or not directory.isdigit() or base > len(data):
        raise BadRecord("the directory is damaged")
    out = []
    for at in range(0, len(directory), 12):
        tag = directory[at : at + 3].decode("ascii")
        length, start = int(directory[at + 3 : at + 7]), int(directory[at + 7 : at + 12])
        field = data[base + start : base + start + length]
        if not field.endswith(b"#"):
            return _by_signs(directory, data[base:])
        out.append((tag, field[:-1]))
    return out


def _by_signs(directory: bytes, body: bytes) -> list[tuple[str, bytes]]:
    parts = body.rstrip(b"#").split(b"#")
    tags = [directory[at : at + 3].decode("ascii") for at in range(0, len(directory), 12)]
    if len(parts) != len(tags):
        raise BadRecord("the directory names other fields than the record holds")
    return list(zip(tags, parts, strict=True))


def _as_marc(pairs: list[tuple[str, str]]) -> Record:
    """A base built like MARC. One letter alone in 300 or 301 is a leader position (ABCD: 3005, 3006, …)."""
    fields = []
    positions = ""
    for tag, data in pairs:
        if tag in ("300", "301") and "^" not in data and len(data) <= 2:
            positions += data[:1]
        elif is_control_tag(tag):
            fields.append(control_field(tag, data))
        elif "^" not in data:
            fields.append(data_field(tag, "  ", [Subfield("a", data)] if data else []))
        else:
            pieces = data.split("^")
            before = pieces.pop(0)
            subfields = [Subfield(piece[:1].lower(), piece[1:]) for piece in pieces if piece]
            if len(before) > 2:
                subfields.insert(0, Subfield("a", before))
                before = ""
            fields.append(data_field(tag, (before + "  ")[:2], subfields))
    kind = (positions + "nam")[len(positions) :] if len(positions) < 3 else ""
    leader = f"     {(positions[:3] + kind)[:3]} a22     uu 4500"
    return new_record(leader, fields)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a tag, or one subfield of it, becomes; `later` from the second occurrence on; terms between `signs`."""

    tag: str
    code: str
    later: str
    signs: tuple[str, ...]


_RULE = re.compile(
    r"(?P<tag>\d{1,3})(?:\^(?P<sub>\w))?=(?P<to>\w{3})\$(?P<code>\w)(?:\|(?P<later>\w{3})\$\w)?(?P<signs>(?:\(..\))*)"
)


@lru_cache(maxsize=64)
def _field_map(text: str) -> dict[tuple[str, str], _Rule]:
    """Raises BadRecord for a line that is no rule: the operator's map must be mended."""
    rules = {}
    for part in re.split(r"[;\n]+", FIELD_MAPS.get(text, text)):
        if not part.strip():
            continue
        found = _RULE.fullmatch(part.strip().replace(" ", ""))
        if found is None:
            raise BadRecord(f"not a rule of a CDS/ISIS field map: {part.strip()!r} (24=245$a)")
        signs = tuple(re.findall(r"\((..)\)", found["signs"]))
        rules[found["tag"].zfill(3), (found["sub"] or "").lower()] = _Rule(
            found["to"], found["code"], found["later"] or found["to"], signs
        )
    return rules


def _mapped(pairs: list[tuple[str, str]], field_map: str, findings: list[Finding]) -> Record:
    rules = _field_map(field_map)
    used: set[str] = set()
    fields: list[Field] = []
    for tag, data in pairs:
        if tag == "001":
            fields.append(control_field("001", data))
            continue
        whole = rules.get((tag, ""))
        if whole is not None and "^" not in data:
            fields += _terms(whole, data, used)
            continue
        made: dict[str, list[Subfield]] = {}
        pieces = data.split("^")
        before = pieces.pop(0)
        parts = ([("", before)] if before.strip() else []) + [
            (piece[:1].lower(), piece[1:]) for piece in pieces if piece
        ]
        for code, text in parts:
            rule = rules.get((tag, code)) or (whole if code in ("", "a") else None)
            if rule is None:
                findings.append(finding("isis-unmapped", tag, f"^{code}{text}"))
                fields.append(data_field("999", "  ", [Subfield("9", f"isis:{tag}{code}"), Subfield("a", text)]))
            else:
                made.setdefault(rule.later if rule.tag in used else rule.tag, []).append(Subfield(rule.code, text))
        for target, subfields in made.items():
            used.add(target)
            fields.append(data_field(target, "  ", subfields))
    fields.sort(key=lambda field: field.tag)
    return new_record(DEFAULT_LEADER, fields)


def _terms(rule: _Rule, data: str, used: set[str]) -> list[Field]:
    """One field, or one for each term between the signs (``<BẾN TRE><DỪA>``)."""
    terms = [data]
    for opening, closing in ((pair[0], pair[1]) for pair in rule.signs):
        found = re.findall(re.escape(opening) + "([^" + re.escape(opening + closing) + "]+)" + re.escape(closing), data)
        if found:
            terms = found
            break
    out = []
    for term in terms:
        target = rule.later if rule.tag in used else rule.tag
        used.add(rule.tag)
        out.append(data_field(target, "  ", [Subfield(rule.code, term.strip())]))
    return out
