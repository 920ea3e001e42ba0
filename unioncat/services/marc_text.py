"""A record as a cataloguer types it: one field a line, ``$`` before subfield codes, ``\\`` for a blank.

The text is MARCMaker's (``=245  10$aTitle``); a row of the field table is the same line in three cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unioncat.marc import Field, Indicators, Record, Subfield, to_mrk
from unioncat.model import BadRecord

__all__ = ["MOST_FIELDS", "FieldRow", "from_rows", "from_text", "plain_text", "rows_of", "to_text"]

MOST_FIELDS = 400
LONGEST_FIELD = 9_000  # characters; ISO 2709 holds 9,999 bytes
_LINE = re.compile(r"=(?P<tag>[0-9A-Za-z]{3})\s{1,2}(?P<rest>.*)\Z")
_TAG = re.compile(r"[0-9A-Z][0-9A-Z]{2}|LDR")
_SUBFIELD = re.compile(r"\$([0-9a-z])")
_NAMES = {"{dollar}": "$", "{lcub}": "{", "{rcub}": "}", "{bsol}": "\\"}
_NAMED = re.compile("|".join(map(re.escape, _NAMES)))


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the table. indicators: two characters; content: with ``$`` codes, or the data of a control field."""

    tag: str
    indicators: str = ""
    content: str = ""


def to_text(record: Record) -> str:
    return to_mrk(record).decode("utf-8").strip() + "\n"


def plain_text(content: str) -> str:
    """What the names of characters stand for (``{dollar}``)."""
    return _NAMED.sub(lambda name: _NAMES[name.group()], content)


def rows_of(record: Record) -> list[FieldRow]:
    """Leader and fields, as lines of the table."""
    rows = []
    for line in to_text(record).splitlines():
        tag, rest = line[1:4], line[6:]
        if tag == "LDR" or _is_control(tag):
            rows.append(FieldRow(tag, "", rest.replace(" ", "\\")))
        else:
            rows.append(FieldRow(tag, rest[:2], rest[2:]))
    return rows


def from_text(text: str) -> Record:
    """Raises BadRecord, naming the line (from 1)."""
    rows: list[tuple[int, FieldRow]] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        found = _LINE.match(line)
        if found is None:
            raise BadRecord(f"line {number} does not begin like =245  10$a: {line[:40]!r}")
        tag, rest = found["tag"].upper(), found["rest"]
        if tag == "LDR" or _is_control(tag):
            rows.append((number, FieldRow(tag, "", rest)))
        else:
            rows.append((number, FieldRow(tag, rest[:2], rest[2:])))
    return _record(rows)


def from_rows(rows: Iterable[FieldRow]) -> Record:
    """Empty lines are left out. Raises BadRecord, naming the line (from 1)."""
    return _record([(number, row) for number, row in enumerate(rows, 1) if row.tag.strip() or row.content.strip()])


def _is_control(tag: str) -> bool:
    return tag < "010" and tag.isdigit()


def _plain(text: str) -> str:
    return _NAMED.sub(lambda found: _NAMES[found[0]], text)


def _record(rows: Sequence[tuple[int, FieldRow]]) -> Record:
    if len(rows) > MOST_FIELDS:
        raise BadRecord(f"a record has at most {MOST_FIELDS} fields here, this one has {len(rows)}")
    record = Record(leader="     nam a22     uu 4500")
    fields: list[Field] = []
    for number, row in rows:
        tag = row.tag.strip().upper()
        if not _TAG.fullmatch(tag):
            raise BadRecord(f"line {number}: {row.tag!r} is no tag; a tag is three digits, such as 245")
        if len(row.content) > LONGEST_FIELD:
            raise BadRecord(f"line {number}: field {tag} is longer than {LONGEST_FIELD} characters")
        if tag == "LDR":
            leader = row.content.replace("\\", " ")
            if len(leader) != 24:
                raise BadRecord(f"line {number}: a leader has 24 characters, this one {len(leader)}")
            record = Record(leader=leader)
        elif _is_control(tag):
            data = _plain(row.content.replace("\\", " "))
            if data.strip():
                fields.append(Field(tag, data=data))
        else:
            fields.append(_data_field(number, tag, row))
    record.fields = fields
    return record


def _data_field(number: int, tag: str, row: FieldRow) -> Field:
    indicators = row.indicators.replace("\\", " ").replace("#", " ").ljust(2)[:2]
    content = row.content.strip()
    if content and not content.startswith("$"):
        content = "$a" + content
    parts = _SUBFIELD.split(content)
    if parts[0].strip():
        raise BadRecord(f"line {number}: field {tag} does not begin with a subfield such as $a")
    subfields = [
        Subfield(code, text)
        for code, value in zip(parts[1::2], parts[2::2], strict=True)
        if (text := " ".join(_plain(value).split()))
    ]
    if not subfields:
        raise BadRecord(f"line {number}: field {tag} is empty; write $a and its text, or remove the line")
    return Field(tag, Indicators(indicators[0], indicators[1]), subfields)
