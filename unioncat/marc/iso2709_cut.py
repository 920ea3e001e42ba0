"""Cutting ISO 2709 into records, by the record terminator 1D and not by the length in the leader: that one counts
characters in some files (``bu_bibs``), is wrong in others (``gbv_marc_138``), and lines or filler stand between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["END_OF_FIELD", "END_OF_RECORD", "ENTRY", "FILLER", "LEADER_LIKE", "cut_pieces"]

RECORD_LIMIT = 64 * 2**20
"""A record longer than this is refused (bytes); the first REFUSED_BYTES of it are kept."""

REFUSED_BYTES = 65_536
END_OF_RECORD, END_OF_FIELD = b"\x1d", b"\x1e"
FILLER = b"\r\n\t \x00\x1a\x0c\xef\xbb\xbf\x1d"
"""Bytes that stand between records and mean nothing."""

LEADER_LIKE = re.compile(rb"\d{5}[\x20-\x7e]{5}2[2 0-9][\d ]{5}[\x20-\x7e]{3}4[5 0-9]")
ENTRY = re.compile(rb"[0-9A-Za-z]{3}\d{9}")
"""A directory entry."""

_BLOCK = 1 << 20


def cut_pieces(stream: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """(bytes of one record with its terminator, reason if it cannot be one)."""
    buffer = b""
    at = 0
    ended = False
    while True:
        end = buffer.find(END_OF_RECORD, at)
        if end >= 0:
            end = _past_inner_terminators(buffer, at, end)
            piece = buffer[at : end + 1]
            at = end + 1
            if not piece[:5].isdigit():
                piece = piece.lstrip(FILLER)
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
    rest = buffer.strip(FILLER)
    if rest:
        yield from _last(rest)


def _past_inner_terminators(buffer: bytes, start: int, end: int) -> int:
    """The record's end where a field holds a record terminator: the leader's length is right, and what follows
    the first terminator is no leader. Otherwise `end`."""
    if not buffer[start : start + 5].isdigit():
        return end
    last = start + int(buffer[start : start + 5]) - 1
    if last <= end or buffer[last : last + 1] != END_OF_RECORD or LEADER_LIKE.match(buffer, end + 1):
        return end
    follows = buffer[last + 1 : last + 200].lstrip(FILLER)
    inner = buffer[end + 1 : end + 200].lstrip(FILLER)
    if LEADER_LIKE.match(inner) or (follows and not LEADER_LIKE.match(follows)):
        return end
    return last


def _skipped(stream: BinaryIO) -> tuple[bytes, bool]:
    """What follows the next record terminator, and whether the stream ended before one."""
    while block := stream.read(_BLOCK):
        end = block.find(END_OF_RECORD)
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
            if END_OF_FIELD in piece[24:cut] and _plausible_directory(piece[cut:]):
                yield piece[:cut], "the record has no end; another begins inside it"
                piece = piece[cut:]
                break
    if END_OF_FIELD not in piece and len(piece) < 24:
        yield piece, "too short for a leader"
        return
    yield piece, None


def _plausible_directory(data: bytes) -> bool:
    return bool(ENTRY.match(data, 24) and data[12:17].isdigit())


def _last(rest: bytes) -> Iterator[tuple[bytes, str | None]]:
    """Bytes after the last terminator: a record that lost only its terminator, a truncated one, or junk."""
    if LEADER_LIKE.match(rest) and END_OF_FIELD in rest[24:]:
        if rest.endswith(END_OF_FIELD) or int(rest[:5]) <= len(rest) + 2:
            yield rest, None
        else:
            yield rest[:REFUSED_BYTES], f"truncated: {len(rest):,} of {int(rest[:5]):,} bytes are there"
    else:
        yield rest[:REFUSED_BYTES], "no record: bytes after the last end of record"
