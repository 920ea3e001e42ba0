"""ISO 2709 (MARC 21 Specifications, record structure): cutting, reading, writing.

Cutting goes by the record terminator 1D, not by the length in the leader: that one counts characters in some
files (``bu_bibs``), is wrong in others (``gbv_marc_138``), and lines or filler stand between records. A
record that keeps all the rules is read by `_read_regular`; any other by `_read_anyhow`, which trusts
terminators more than numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import BinaryIO

from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.charsets import decode_body, loose_marks, may_be_vietnamese
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.legacy import repair_legacy
from unioncat.marc.marc8 import decode_marc8
from unioncat.marc.normalise import is_normal_text, normal_leader, normalise
from unioncat.model import BadRecord, Finding, HarvestedRecord, RawRecord
from unioncat.text import LEGACY_CODECS, may_hold_legacy

__all__ = ["Iso2709", "parse_iso2709", "to_iso2709"]

RECORD_LIMIT = 64 * 2**20
"""A record longer than this is refused (bytes); the first REFUSED_BYTES of it are kept."""

REFUSED_BYTES = 65_536
_BLOCK = 1 << 20
_END_OF_RECORD, _END_OF_FIELD, _DELIMITER = b"\x1d", b"\x1e", b"\x1f"
_FILLER = b"\r\n\t \x00\x1a\x0c\xef\xbb\xbf\x1d"
_LEADER_LIKE = re.compile(rb"\d{5}[\x20-\x7e]{5}2[2 0-9][\d ]{5}[\x20-\x7e]{3}4[5 0-9]")
_REGULAR = re.compile(rb"\d{5}[\x20-\x7e]{4}([ a])22(\d{5})[\x20-\x7e]{3}4500")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c]")
_ENTRY = re.compile(rb"[0-9A-Za-z]{3}\d{9}")
_new_tuple = tuple.__new__


class Iso2709:
    """The reading format ``iso2709``: UTF-8, MARC-8 and what pretends to be one of them."""

    name = "iso2709"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(_FILLER)
        if _REGULAR.match(start):
            return 0.95
        if _LEADER_LIKE.match(start) and (_END_OF_FIELD in head or _END_OF_RECORD in head):
            return 0.9
        if len(_BINARY.findall(head)) * 50 > len(head):
            return 0.0
        if _END_OF_RECORD in head and _END_OF_FIELD in head:
            return 0.6
        return 0.3 if _END_OF_FIELD in head and _DELIMITER in head else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        for position, (data, refused) in enumerate(_pieces(stream), 1):
            yield HarvestedRecord(None, RawRecord("iso2709", data, position, hints), None, False, (), refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        return parse_iso2709(raw.data, raw.hints.get("encoding", ""), raw.hints.get("dialect", ""))


def _pieces(stream: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """(bytes of one record with its terminator, reason if it cannot be one)."""
    buffer = b""
    at = 0
    ended = False
    while True:
        end = buffer.find(_END_OF_RECORD, at)
        if end >= 0:
            end = _past_inner_terminators(buffer, at, end)
            piece = buffer[at : end + 1]
            at = end + 1
            if not piece[:5].isdigit():
                piece = piece.lstrip(_FILLER)
                if not piece:
                    continue
            yield from _separated(piece)
            continue
        buffer, at = buffer[at:], 0
        if len(buffer) > RECORD_LIMIT:
            yield buffer[:REFUSED_BYTES], f"no end of record within {RECORD_LIMIT:,} bytes"
            buffer, ended = _skipped(stream)
        block = b"" if ended else stream.read(_BLOCK)
        if not block:
            break
        buffer += block
    rest = buffer.strip(_FILLER)
    if rest:
        yield from _last(rest)


def _past_inner_terminators(buffer: bytes, start: int, end: int) -> int:
    """The record's end where a field holds a record terminator: the leader's length is right, and what follows
    the first terminator is no leader. Otherwise `end`."""
    if not buffer[start : start + 5].isdigit():
        return end
    last = start + int(buffer[start : start + 5]) - 1
    if last <= end or buffer[last : last + 1] != _END_OF_RECORD or _LEADER_LIKE.match(buffer, end + 1):
        return end
    follows = buffer[last + 1 : last + 200].lstrip(_FILLER)
    inner = buffer[end + 1 : end + 200].lstrip(_FILLER)
    if _LEADER_LIKE.match(inner) or (follows and not _LEADER_LIKE.match(follows)):
        return end
    return last


def _skipped(stream: BinaryIO) -> tuple[bytes, bool]:
    """What follows the next record terminator, and whether the stream ended before one."""
    while block := stream.read(_BLOCK):
        end = block.find(_END_OF_RECORD)
        if end >= 0:
            return block[end + 1 :], False
    return b"", True


def _separated(piece: bytes) -> Iterator[tuple[bytes, str | None]]:
    """One record; before it the remains of another that lost its end, if they are there."""
    if not piece[:5].isdigit() or (len(piece) > 24 and int(piece[:5]) < len(piece) - 1):
        # a leader right after a field's end, further on: what stands before it never ended
        for found in re.finditer(
            rb"\x1e[\r\n\x00]*(?=\d{5}[a-z]{2}[\x20-\x7e]{3}22\d{5}[\x20-\x7e]{3}4500\d{3})", piece
        ):
            cut = found.end()
            if _END_OF_FIELD in piece[24:cut] and _plausible_directory(piece[cut:]):
                yield piece[:cut], "the record has no end; another begins inside it"
                piece = piece[cut:]
                break
    if _END_OF_FIELD not in piece and len(piece) < 24:
        yield piece, "too short for a leader"
        return
    yield piece, None


def _plausible_directory(data: bytes) -> bool:
    return bool(_ENTRY.match(data, 24) and data[12:17].isdigit())


def _last(rest: bytes) -> Iterator[tuple[bytes, str | None]]:
    """Bytes after the last terminator: a record that lost only its terminator, a truncated one, or junk."""
    if _LEADER_LIKE.match(rest) and _END_OF_FIELD in rest[24:]:
        if rest.endswith(_END_OF_FIELD) or int(rest[:5]) <= len(rest) + 2:
            yield rest, None
        else:
            yield rest[:REFUSED_BYTES], f"truncated: {len(rest):,} of {int(rest[:5]):,} bytes are there"
    else:
        yield rest[:REFUSED_BYTES], "no record: bytes after the last end of record"


def parse_iso2709(data: bytes, encoding: str = "", dialect: str = "") -> ParsedRecord:
    """One record, normalised. Raises BadRecord where no field can be read.

    encoding: of a file that is known to be in none of MARC's (``tcvn3``, ``cp1258``, …); "" finds out
    dialect:  ``unimarc`` or ``marc21``; "" finds out
    """
    if not encoding:
        parsed = _read_regular(data, dialect)
        if parsed is not None:
            return parsed
    return _read_anyhow(data, encoding, dialect)


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


def _read_anyhow(data: bytes, encoding: str, dialect: str) -> ParsedRecord:
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
    if _LEADER_LIKE.match(data):
        return data
    stripped = data.lstrip(_FILLER)
    if _LEADER_LIKE.match(stripped):
        return stripped
    found = _LEADER_LIKE.search(stripped[:4096])
    if found and _END_OF_FIELD not in stripped[: found.start()]:
        findings.append(finding("junk-before-record", "", repr(stripped[: found.start()]), fixed=True))
        return stripped[found.start() :]
    return stripped


def _taken_apart(data: bytes, findings: list[Finding]) -> tuple[bytes, list[bytes], bytes]:
    """(leader, tags in the order of the fields, fields joined by 1E), wherever the truth stands."""
    if not data.endswith(_END_OF_RECORD):
        findings.append(finding("truncated-record", "", "no end of record"))
        data += _END_OF_RECORD
    if data[:5] != b"%05d" % len(data):
        findings.append(finding("record-length", "LDR/00-04", f"{data[:5]!r}, {len(data)} bytes", fixed=True))
    leader = data[:24]
    end = data.find(_END_OF_FIELD, 24)
    if end < 0:
        raise BadRecord("no directory: no field terminator in the record")
    base = int(leader[12:17]) if leader[12:17].isdigit() else 0
    if base != end + 1:
        findings.append(finding("base-address", "LDR/12-16", f"{leader[12:17]!r}, {end + 1}", fixed=True))
    directory = data[24:end]
    if len(directory) % 12 or not all(_ENTRY.match(directory, at) for at in range(0, len(directory), 12)):
        findings.append(finding("directory", "", repr(directory[:60]), fixed=True))
    tags = [directory[at : at + 3] for at in range(0, len(directory) - 2, 12)]
    if not tags:
        raise BadRecord("no fields: the directory is empty")
    body = data[end + 1 : -1]
    parts = body.split(_END_OF_FIELD)
    if not parts[-1].strip(_FILLER):
        parts.pop()
    else:
        findings.append(finding("truncated-record", "", "the last field has no end"))
    by_terminators = len(parts) == len(tags)
    starts = _starts(directory)
    if by_terminators and (starts is None or starts == sorted(starts)):
        if starts is not None and starts != list(accumulate((len(part) + 1 for part in parts), initial=0))[:-1]:
            findings.append(finding("directory", "", "the starts of the fields are wrong", fixed=True))
        return leader, tags, _END_OF_FIELD.join(parts)
    taken = _by_directory(directory, body)
    if taken is not None:
        return leader, tags, _END_OF_FIELD.join(part.replace(_END_OF_FIELD, b" ") for part in taken)
    if by_terminators:
        return leader, tags, _END_OF_FIELD.join(parts)
    findings.append(finding("directory", "", f"{len(tags)} entries, {len(parts)} fields", fixed=False))
    return leader, *_as_many(tags, parts)


def _starts(directory: bytes) -> list[int] | None:
    entries = [directory[at : at + 12] for at in range(0, len(directory), 12)]
    if not all(_ENTRY.fullmatch(entry) for entry in entries):
        return None
    return [int(entry[7:]) for entry in entries]


def _by_directory(directory: bytes, body: bytes) -> list[bytes] | None:
    """Fields by the directory's numbers, if each of them ends at a field terminator."""
    out = []
    for at in range(0, len(directory), 12):
        entry = directory[at : at + 12]
        if not _ENTRY.fullmatch(entry):
            return None
        start, length = int(entry[7:]), int(entry[3:7])
        if body[start + length - 1 : start + length] != _END_OF_FIELD or length < 1:
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
    return tags, _END_OF_FIELD.join(parts)


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


def to_iso2709(record: Record) -> bytes:
    """The record in UTF-8, leader/09 "a".

    Raises BadRecord where ISO 2709 cannot hold it: a field over 9,999 bytes, a record over 99,999 bytes, a
    tag or an indicator of another length. Such a record goes out as MARCXML or MARC-in-JSON, never cut.
    """
    directory: list[str] = []
    body: list[bytes] = []
    start = 0
    for field in record.fields:
        tag = field.tag
        if len(tag) != 3 or not tag.isascii():
            raise BadRecord(f"ISO 2709 cannot hold the tag {tag!r}")
        if field.control_field or field.data is not None:
            text = field.data or ""
        else:
            text = "".join(field._indicators or (" ", " ")) + "".join(
                f"\x1f{code}{value}" for code, value in field.subfields
            )
        data = text.encode("utf-8", "replace") + b"\x1e"
        if len(data) > 9999:
            raise BadRecord(f"ISO 2709 cannot hold the field {tag} of {len(data):,} bytes; the most is 9,999")
        directory.append(f"{tag}{len(data):04d}{start:05d}")
        body.append(data)
        start += len(data)
    base = 24 + 12 * len(directory) + 1
    length = base + start + 1
    if length > 99_999:
        raise BadRecord(f"ISO 2709 cannot hold a record of {length:,} bytes; the most is 99,999")
    old = normal_leader(record.leader.leader, [])
    leader = f"{length:05d}{old[5:9]}a22{base:05d}{old[17:20]}4500"
    return b"".join((leader.encode("ascii"), "".join(directory).encode("ascii"), b"\x1e", *body, b"\x1d"))
