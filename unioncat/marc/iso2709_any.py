"""Reading an ISO 2709 record that breaks the rules: terminators are believed before the directory, the directory
before the leader.
"""

from __future__ import annotations

from itertools import accumulate

from pymarc import Field, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.charsets import decode_body
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.iso2709_cut import END_OF_FIELD, END_OF_RECORD, ENTRY, FILLER, LEADER_LIKE
from unioncat.marc.normalise import normalise
from unioncat.model import BadRecord, Finding
from unioncat.text import LEGACY_CODECS

__all__ = ["read_anyhow"]


def read_anyhow(data: bytes, encoding: str = "", dialect: str = "") -> ParsedRecord:
    """The record, normalised. Raises BadRecord where no field can be read."""
    findings: list[Finding] = []
    data = _from_leader(data, findings)
    if len(data) < 26:
        raise BadRecord("too short for a leader and a field")
    leader_bytes, entries, body = _taken_apart(data, findings)
    leader = leader_bytes.decode("latin-1")
    text, charset_findings = decode_body(body, utf8_flag=leader[9] == "a", encoding=encoding)
    findings += charset_findings
    parts = text.split("\x1e")
    tags = [tag.decode("latin-1") for tag in entries]
    if len(parts) != len(tags):
        raise BadRecord("the directory names other fields than the record holds")
    fields = [_any_field(tag, part, findings) for tag, part in zip(tags, parts, strict=True)]
    if not fields:
        raise BadRecord("no fields")
    record, more = normalise(new_record(leader, fields), encoding if encoding in LEGACY_CODECS else "")
    return finished(record, findings + more, dialect)


def _from_leader(data: bytes, findings: list[Finding]) -> bytes:
    """The record from its leader on: filler and junk before it are left out."""
    if LEADER_LIKE.match(data):
        return data
    stripped = data.lstrip(FILLER)
    if LEADER_LIKE.match(stripped):
        return stripped
    found = LEADER_LIKE.search(stripped[:4096])
    if found and END_OF_FIELD not in stripped[: found.start()]:
        findings.append(finding("junk-before-record", "", repr(stripped[: found.start()]), fixed=True))
        return stripped[found.start() :]
    return stripped


def _taken_apart(data: bytes, findings: list[Finding]) -> tuple[bytes, list[bytes], bytes]:
    """(leader, tags in the order of the fields, fields joined by 1E), wherever the truth stands."""
    if not data.endswith(END_OF_RECORD):
        findings.append(finding("truncated-record", "", "no end of record"))
        data += END_OF_RECORD
    if data[:5] != b"%05d" % len(data):
        findings.append(finding("record-length", "LDR/00-04", f"{data[:5]!r}, {len(data)} bytes", fixed=True))
    leader = data[:24]
    end = data.find(END_OF_FIELD, 24)
    if end < 0:
        raise BadRecord("no directory: no field terminator in the record")
    base = int(leader[12:17]) if leader[12:17].isdigit() else 0
    if base != end + 1:
        findings.append(finding("base-address", "LDR/12-16", f"{leader[12:17]!r}, {end + 1}", fixed=True))
    directory = data[24:end]
    if len(directory) % 12 or not all(ENTRY.match(directory, at) for at in range(0, len(directory), 12)):
        findings.append(finding("directory", "", repr(directory[:60]), fixed=True))
    tags = [directory[at : at + 3] for at in range(0, len(directory) - 2, 12)]
    if not tags:
        raise BadRecord("no fields: the directory is empty")
    body = data[end + 1 : -1]
    parts = body.split(END_OF_FIELD)
    if not parts[-1].strip(FILLER):
        parts.pop()
    else:
        findings.append(finding("truncated-record", "", "the last field has no end"))
    by_terminators = len(parts) == len(tags)
    starts = _starts(directory)
    if by_terminators and (starts is None or starts == sorted(starts)):
        if starts is not None and starts != list(accumulate((len(part) + 1 for part in parts), initial=0))[:-1]:
            findings.append(finding("directory", "", "the starts of the fields are wrong", fixed=True))
        return leader, tags, END_OF_FIELD.join(parts)
    taken = _by_directory(directory, body)
    if taken is not None:
        return leader, tags, END_OF_FIELD.join(part.replace(END_OF_FIELD, b" ") for part in taken)
    if by_terminators:
        return leader, tags, END_OF_FIELD.join(parts)
    findings.append(finding("directory", "", f"{len(tags)} entries, {len(parts)} fields", fixed=False))
    return leader, *_as_many(tags, parts)


def _starts(directory: bytes) -> list[int] | None:
    entries = [directory[at : at + 12] for at in range(0, len(directory), 12)]
    if not all(ENTRY.fullmatch(entry) for entry in entries):
        return None
    return [int(entry[7:]) for entry in entries]


def _by_directory(directory: bytes, body: bytes) -> list[bytes] | None:
    """Fields by the directory's numbers, if each of them ends at a field terminator."""
    out = []
    for at in range(0, len(directory), 12):
        entry = directory[at : at + 12]
        if not ENTRY.fullmatch(entry):
            return None
        start, length = int(entry[7:]), int(entry[3:7])
        if body[start + length - 1 : start + length] != END_OF_FIELD or length < 1:
            return None
        out.append(body[start : start + length - 1])
    return out


def _as_many(tags: list[bytes], parts: list[bytes]) -> tuple[list[bytes], bytes]:
    """Tags for fields of another number: what is too much on either side cannot be told apart, so stays out."""
    if len(parts) > len(tags):
        if b"999" not in tags[-1:]:
            tags = tags + [b"999"] * (len(parts) - len(tags))
        else:
            tags = tags + tags[-1:] * (len(parts) - len(tags))
    tags = tags[: len(parts)]
    if not tags:
        raise BadRecord("no fields behind the directory")
    return tags, END_OF_FIELD.join(parts)


def _any_field(tag: str, part: str, findings: list[Finding]) -> Field:
    if is_control_tag(tag):
        if "\x1f" in part:
            findings.append(finding("control-field-subfields", tag, part, fixed=True))
            part = " ".join(piece[1:] for piece in part.split("\x1f")[1:])
        return control_field(tag, part)
    pieces = part.split("\x1f")
    pair = pieces.pop(0)
    if len(pair) != 2:
        findings.append(finding("indicator-count", tag, pair, fixed=True))
        if not pieces and len(pair) > 2:  # no subfield at all: the text is the field
            pieces = ["a" + (pair[2:] if pair[:2].strip() == "" else pair)]
            pair = "  "
        pair = (pair + "  ")[:2]
    subfields = []
    for piece in pieces:
        if len(piece) < 2:
            findings.append(finding("subfield-empty", f"{tag}${piece}", fixed=True))
            continue
        subfields.append(Subfield(piece[0], piece[1:]))
    return data_field(tag, pair, subfields)
