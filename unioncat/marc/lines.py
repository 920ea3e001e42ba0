"""Cutting text formats of one field a line into records: MARCMaker and Aleph sequential."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import BinaryIO

__all__ = ["cut_lines", "decoded"]

LINE_LIMIT = 16 * 2**20
RECORD_LIMIT = 64 * 2**20


def cut_lines(
    stream: BinaryIO, begins: Callable[[bytes, bytes], bool], ends_at_blank: bool
) -> Iterator[tuple[bytes, str | None]]:
    """(lines of one record, reason if it is none).

    begins:         whether a line begins a record, given the line that began the last one
    ends_at_blank:  whether an empty line ends a record
    """
    lines: list[bytes] = []
    first = b""
    size = 0
    start = True
    while line := stream.readline(LINE_LIMIT):
        if start:
            line, start = line.removeprefix(codecs.BOM_UTF8), False
        blank = not line.strip(b"\r\n\t \x1a")
        if lines and ((blank and ends_at_blank) or (not blank and begins(line, first))):
            yield b"".join(lines), None
            lines, size = [], 0
        if blank:
            continue
        if not lines:
            first = line
        size += len(line)
        if size > RECORD_LIMIT:
            yield b"".join(lines)[:65_536], f"no end of record within {RECORD_LIMIT:,} bytes"
            lines, size = [], 0
            continue
        lines.append(line)
    if lines:
        yield b"".join(lines), None


def decoded(data: bytes, encoding: str) -> tuple[str, int]:
    """(text, number of bytes that were not valid). "" is UTF-8, and CP1252 where that is not valid."""
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError:
        pass
    text = data.decode(encoding or "cp1252", "replace")
    return text, text.count("\ufffd") if encoding else sum(byte >= 0x80 for byte in data)
