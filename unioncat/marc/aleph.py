"""Aleph sequential: ``000000002 24510 L $$aTitle :$$brest``, one field a line, the system number in front.

The script code in column 17 (``L``) may be missing. Aleph's own tags (FMT, CAT, DEL, …) have letters; FMT and CAT
tell of Aleph's administration only and stay out, DEL marks a deletion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pymarc import Field, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.lines import cut_lines, decoded
from unioncat.marc.normalise import normalise
from unioncat.model import BadRecord, Finding, HarvestedRecord, RawRecord

__all__ = ["AlephSequential"]

_LINE = re.compile(
    r"(?P<number>\d{9}) (?P<tag>[0-9A-Z]{3})(?P<pair>.{2}) (?:(?P<script>[A-Z]) )?(?P<data>.*)", re.DOTALL
)
_HEAD = re.compile(rb"\d{9} [0-9A-Z]{3}.. [A-Z] ")
_PLACE = re.compile(rb"(\d{9}) ")
_ADMINISTRATION = frozenset(["FMT", "CAT", "DEL"])


class AlephSequential:
    """The reading format ``aleph``."""

    name = "aleph"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(b"\xef\xbb\xbf\r\n\t ")
        return 0.95 if _HEAD.match(start) else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        for position, (data, refused) in enumerate(cut_lines(stream, _begins, ends_at_blank=False), 1):
            number = _PLACE.match(data)
            deleted = re.search(rb"^\d{9} DEL.. (?:[A-Z] )?\$\$aY", data, re.MULTILINE) is not None and refused is None
            identifier = number[1].decode("ascii") if number else None
            raw = None if deleted else RawRecord("aleph", data, position, hints)
            yield HarvestedRecord(identifier, raw, None, deleted, (), refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        findings: list[Finding] = []
        text, bad = decoded(raw.data, raw.hints.get("encoding", ""))
        if bad:
            findings.append(finding("encoding-invalid", "", f"{bad} bytes"))
        leader, number = "", ""
        fields: list[Field] = []
        for line in text.splitlines():
            found = _LINE.fullmatch(line)
            if found is None:
                findings.append(finding("tag-format", "", line))
                continue
            number = number or found["number"]
            if found["tag"] == "LDR":
                leader = re.sub(r"[\^\-]", " ", found["data"])
            elif found["tag"] not in _ADMINISTRATION:
                fields.append(_field(found["tag"], found["pair"], found["data"]))
        if not fields:
            raise BadRecord("no field in Aleph's sequential form")
        if not any(field.tag == "001" for field in fields):
            fields.insert(0, control_field("001", number))
        record, more = normalise(new_record(leader, fields))
        return finished(record, findings + more, raw.hints.get("dialect", ""))


def _begins(line: bytes, first: bytes) -> bool:
    """Whether a line has another system number than the record's first."""
    new, old = _PLACE.match(line), _PLACE.match(first)
    return new is not None and (old is None or new[1] != old[1])


def _field(tag: str, pair: str, data: str) -> Field:
    if is_control_tag(tag):
        blank = "-" if tag == "008" and data.count("-") > data.count("^") else "^"
        return control_field(tag, data.replace(blank, " ") if tag in ("006", "007", "008") else data)
    if not data.startswith("$$"):
        return data_field(tag, pair, [Subfield("a", data)] if data else [])
    return data_field(tag, pair, [Subfield(piece[:1], piece[1:]) for piece in data.split("$$")[1:] if piece])
