"""Cutting ``<record>`` elements out of XML, or of what once was XML, in flat memory.

No parser runs here, so nothing expands, nothing is fetched, and a document that is not well-formed (a PHP notice
after the root, a page cut off, undefined prefixes, a SQL dump with MARCXML in its strings) loses no more than
the records that are themselves broken. OAI-PMH headers and SRU wrappers around a record are understood.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import BinaryIO

__all__ = ["CutRecord", "cut_records"]

RECORD_LIMIT = 64 * 2**20
"""A record element longer than this is refused (bytes)."""

REFUSED_BYTES = 65_536
_BLOCK = 1 << 20
_TOKEN = re.compile(rb"<(?:(/?)(?:[A-Za-z_][\w.-]*:)?record(?=[\s/>\\])|(!--)|(!\[CDATA\[))")
_END_OF_TAG = re.compile(rb">")
_HEADER = re.compile(rb"<(?:[\w.-]+:)?header\b([^>]*?)(?:/>|>(.*?)</(?:[\w.-]+:)?header\s*>)", re.DOTALL)
_IN_HEADER = re.compile(rb"<(?:[\w.-]+:)?(identifier|datestamp|setSpec)\b[^>]*>([^<]*)<")
_DELETED = re.compile(rb"status\s*=\s*[\"']deleted[\"']")
_DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*\\?["']([\w.-]+)\\?["']""")
_LOOK_BEHIND = 4096
_HEADER_LIMIT = 65_536
_WIDE = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}


@dataclass(frozen=True, slots=True)
class CutRecord:
    """One innermost record element, as received, and what the wrapper around it says.

    data:        bytes of the element in UTF-8 or, if `encoding` is set, in that encoding
    identifier, datestamp, sets, deleted: from an OAI-PMH header; datestamp UTC
    refused:     reason why it is no whole element; `data` then holds its first 64 kB
    """

    data: bytes
    identifier: str | None = None
    datestamp: datetime | None = None
    sets: tuple[str, ...] = ()
    deleted: bool = False
    refused: str | None = None
    encoding: str = ""


def cut_records(stream: BinaryIO) -> Iterator[CutRecord]:
    """The innermost record elements, in order."""
    head, source = _as_utf8(stream)
    encoding = _declared_encoding(head)
    buffer, at, ended = head, 0, False
    outer: int | None = None
    opened: int | None = None
    missing: set[bytes] = set()
    while True:
        token = _TOKEN.search(buffer, at)
        if token is None or (token.end() + 1 >= len(buffer) and not ended):
            keep = len(buffer) if opened is None else opened
            if outer is not None:
                keep = min(keep, outer)
            if opened is None and outer is None:
                keep = max(0, len(buffer) - 256)
            at = max(at, len(buffer) - 256) if token is None else token.start()
            if len(buffer) - keep > RECORD_LIMIT:
                yield CutRecord(buffer[keep : keep + REFUSED_BYTES], refused=_too_long())
                buffer, at, opened, outer = b"", 0, None, None
                keep = 0
            block = b"" if ended else source.read(_BLOCK)
            if not block:
                if ended or token is None:
                    break
                ended = True
                continue
            buffer = buffer[keep:] + block
            at -= keep
            opened = None if opened is None else opened - keep
            outer = None if outer is None else outer - keep
            continue
        if token[2] or token[3]:
            closing = b"-->" if token[2] else b"]]>"
            end = -1 if closing in missing else buffer.find(closing, token.end())
            if end >= 0:
                at = end + 3
            elif ended or len(buffer) - token.start() > RECORD_LIMIT:
                at = token.end()  # never closed: not a comment, then
                if ended:
                    missing.add(closing)
            else:
                block = source.read(_BLOCK)
                ended = not block
                buffer += block
                at = token.start()
            continue
        close = _END_OF_TAG.search(buffer, token.end())
        if close is None:
            if ended:
                break
            block = source.read(_BLOCK)
            ended = not block
            buffer += block
            at = token.start()
            continue
        at = close.end()
        if not token[1]:
            if buffer[close.start() - 1 : close.start()] == b"/":
                continue
            if opened is not None:
                outer = opened
            opened = token.start()
        elif opened is not None:
            wrapper = buffer[outer:opened] if outer is not None else b""
            yield _with_header(buffer[opened:at], wrapper, encoding)
            opened = None
            outer = None
            buffer, at = (buffer[at:], 0) if at > _BLOCK else (buffer, at)
        else:
            outer = None
    if opened is not None:
        wrapper = buffer[outer:opened] if outer is not None else b""
        cut = _with_header(buffer[opened:], wrapper, encoding)
        yield CutRecord(
            cut.data[:REFUSED_BYTES], cut.identifier, cut.datestamp, cut.sets,
            refused="truncated: the record element has no end", encoding=encoding,
        )  # fmt: skip


def _too_long() -> str:
    return f"no end of the record element within {RECORD_LIMIT:,} bytes"


class _Recoded:
    """A UTF-16 or UTF-32 stream as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._reader = codecs.getreader(encoding)(stream, "replace")

    def read(self, size: int) -> bytes:
        return self._reader.read(size).encode("utf-8", "replace")


def _as_utf8(stream: BinaryIO) -> tuple[bytes, BinaryIO | _Recoded]:
    head = stream.read(_LOOK_BEHIND)
    if head.startswith(codecs.BOM_UTF8):
        return head[len(codecs.BOM_UTF8) :], stream
    encoding = _WIDE.get(head[:2], "")
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head[2:]
    if not encoding:
        return head, stream
    return head[: len(head) // 2 * 2].decode(encoding, "replace").encode("utf-8", "replace"), _Recoded(stream, encoding)


def _declared_encoding(head: bytes) -> str:
    """The encoding of the XML declaration, if Python knows it and it is not UTF-8; UTF-16 was settled before."""
    found = _DECLARED.search(head)
    if found is None:
        return ""
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return ""
    return "" if name.startswith(("utf", "ascii")) else name


def _with_header(data: bytes, wrapper: bytes, encoding: str) -> CutRecord:
    inside = b"header" in data[:2048] and (b":header" in data or b"<header" in data)
    found = None
    if b"header" in wrapper:
        found = _HEADER.search(wrapper[:_HEADER_LIMIT])
    elif inside:
        found = _HEADER.search(data[:_HEADER_LIMIT])
    if found is None:
        return CutRecord(data, encoding=encoding)
    identifier, datestamp, sets = None, None, []
    for name, value in _IN_HEADER.findall(found[2] or b""):
        text = unescape(value.decode("utf-8", "replace")).strip()
        if name == b"identifier":
            identifier = text or None
        elif name == b"datestamp":
            datestamp = parse_datestamp(text)
        else:
            sets.append(text)
    deleted = bool(_DELETED.search(found[1]))
    return CutRecord(data, identifier, datestamp, tuple(sets), deleted, encoding=encoding)


def parse_datestamp(text: str) -> datetime | None:
    """A UTC datestamp of OAI-PMH 2.0 §3.3, to the day or the second; None for anything else."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
