"""Reading MARC-in-JSON files: one record a line, one array, or one record alone."""

from __future__ import annotations

import re
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
_LINE = 1 << 20
_BLANK = b" \t\r\n"


class MarcJson:
    """The reading format ``marcjson``."""

    name = "marcjson"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(b"\xef\xbb\xbf" + _BLANK + b"[")
        if not start.startswith(b"{"):
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


class _Cutter:
    """Finds the objects at the top of a JSON text that comes in pieces: braces are counted outside strings."""

    def __init__(self) -> None:
        self.buffer = b""
        self._at = 0
        self._depth = 0
        self._start = -1
        self._in_string = False

    @property
    def is_between(self) -> bool:
        """Whether no object has begun."""
        return self._depth == 0 and not self.buffer.strip(_BETWEEN)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The objects that are whole now."""
        self.buffer += data
        while True:
            found = (_IN_STRING if self._in_string else _OUTSIDE).search(self.buffer, self._at)
            if found is None:
                self._at = len(self.buffer)
                break
            sign = found[0]
            self._at = found.end()
            if sign == b'"':
                self._in_string = not self._in_string
            elif sign == b"{":
                if self._depth == 0:
                    self._start = found.start()
                self._depth += 1
            elif sign == b"}" and self._depth:
                self._depth -= 1
                if self._depth == 0:
                    yield self.buffer[self._start : self._at]
                    self.buffer, self._at, self._start = self.buffer[self._at :], 0, -1
        if self._depth == 0:
            self.buffer, self._at = b"", 0


_OUTSIDE = re.compile(rb'["{}]')
_IN_STRING = re.compile(rb'"|\\.', re.DOTALL)
_BETWEEN = _BLANK + b"[],"


def _objects(stream: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """(bytes of one object at the top, reason if it is none). A line that is a whole object goes the quick way."""
    cutter = _Cutter()
    first = True
    while line := stream.readline(_LINE):
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        if cutter.is_between:
            stripped = line.strip(_BLANK + b",")
            if not stripped or stripped in (b"[", b"]"):
                continue
            if stripped.startswith(b"{") and stripped.endswith(b"}") and _is_whole(stripped):
                yield stripped, None
                continue
            if not stripped.lstrip(b"[ ").startswith(b"{"):
                yield stripped[:65_536], "no JSON object"
                continue
        for item in cutter.feed(line):
            yield item, None
        if len(cutter.buffer) > RECORD_LIMIT:
            yield cutter.buffer[:65_536], f"no end of record within {RECORD_LIMIT:,} bytes"
            cutter = _Cutter()
    rest = cutter.buffer.strip(_BETWEEN)
    if rest:
        yield rest[:65_536], "no whole JSON object"


def _is_whole(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True
