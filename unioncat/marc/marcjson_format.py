"""Reading MARC-in-JSON files: one record a line, one array, or one record alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import orjson

from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.marcjson import from_json
from unioncat.marc.normalise import normalise
from unioncat.model import HarvestedRecord, RawRecord

__all__ = ["MarcJson"]

RECORD_LIMIT = 64 * 2**20
_BLOCK = 1 << 20
_BLANK = b" \t\r\n"
_OPEN, _CLOSE, _QUOTE, _BACKSLASH = b"{", b"}", b'"', b"\\"


class MarcJson:
    """The reading format ``marcjson``."""

    name = "marcjson"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(b"\xef\xbb\xbf" + _BLANK + b"[")
        if not start.startswith(_OPEN):
            return 0.0
        if b'"leader"' in start[:65_536] and b'"fields"' in start[:65_536]:
            return 0.95
        if b'"leader"' in start and (b'"controlfield"' in start or b'"datafield"' in start):
            return 0.9
        return 0.7 if b'"fields"' in start else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        for position, (data, refused) in enumerate(_objects(stream), 1):
            yield HarvestedRecord(None, RawRecord("marcjson", data, position, hints), None, False, (), refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        record, findings = normalise(from_json(raw.data))
        return finished(record, findings, raw.hints.get("dialect", ""))


def _objects(stream: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """(bytes of one object at the top, reason if it is none). A line that is a whole object goes the quick way."""
    buffer = b""
    for line in _lines(stream):
        if not buffer:
            stripped = line.strip(_BLANK + b",")
            if stripped.startswith(b"\xef\xbb\xbf"):
                stripped = stripped[3:]
            if not stripped or stripped in (b"[", b"]"):
                continue
            if stripped.startswith(_OPEN) and stripped.endswith(_CLOSE) and _is_whole(stripped):
                yield stripped, None
                continue
            buffer = stripped.removeprefix(b"[")
        else:
            buffer += line
        found, buffer = _cut(buffer)
        for item in found:
            yield item, None
        if len(buffer) > RECORD_LIMIT:
            yield buffer[:65_536], f"no end of record within {RECORD_LIMIT:,} bytes"
            buffer = b""
    rest = buffer.strip(_BLANK + b",]")
    if rest:
        yield rest[:65_536], "no whole JSON object"


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines of at most RECORD_LIMIT bytes."""
    while line := stream.readline(RECORD_LIMIT):
        yield line


def _is_whole(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The whole objects at the start of `buffer`, and what is left (from the beginning of an unfinished one).

    Braces are counted outside strings. An unfinished object is looked at again from its beginning, so only
    lines that end with a brace are tried.
    """
    if not buffer.rstrip(_BLANK + b",]").endswith(_CLOSE):
        return [], buffer
    found = []
    depth, start, at = 0, -1, 0
    size = len(buffer)
    while at < size:
        code = buffer[at]
        if code == 0x22:
            at += 1
            while at < size and buffer[at] != 0x22:
                at += 2 if buffer[at] == 0x5C else 1
        elif code == 0x7B:
            if depth == 0:
                start = at
            depth += 1
        elif code == 0x7D and depth:
            depth -= 1
            if depth == 0:
                found.append(buffer[start : at + 1])
                start = -1
        at += 1
    return found, buffer[start:] if start >= 0 else b""
