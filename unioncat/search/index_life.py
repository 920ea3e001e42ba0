"""What keeping an index needs beside the two ports: encoding in a pool, checksums, and a word to the writer."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from unioncat.search import index_path
from unioncat.search.engine import Document
from unioncat.search.index_files import IndexFiles

__all__ = ["encoder", "file_damage", "forget_rebuild_request", "rebuild_requested", "request_rebuild"]

_MAGIC = 1337
_FOOTER = struct.Struct("<II")
_PIECE = 1 << 20


def encoder(url: str) -> Callable[[Document], Any]:
    """What brings a document into the form that ``put_encoded`` of this engine takes; pure, so a pool may do it."""
    engine, _ = index_path(url)
    if engine == "tantivy":
        from unioncat.search.tantivy_writer import encode

        return encode
    return _as_it_is


def _as_it_is(document: Document) -> Document:
    return document


def file_damage(url: str) -> str | None:
    """A sentence about the first damaged file of a Tantivy index; None if all checksums are right, or there is none.

    Each of its files ends with a footer: JSON with the CRC-32 of all before it, that JSON's length, a magic number.
    """
    engine, root = index_path(url)
    folder = IndexFiles(root).current()
    if engine != "tantivy" or folder is None or not folder.is_dir():
        return None
    for path in sorted(folder.iterdir()):
        if path.suffix in (".idx", ".pos", ".term", ".store", ".fast", ".fieldnorm") and not _is_whole(path):
            return f"the file {path} of the index is damaged"
    return None


def _is_whole(path: Path) -> bool:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if size < _FOOTER.size:
                return False
            file.seek(size - _FOOTER.size)
            length, magic = _FOOTER.unpack(file.read(_FOOTER.size))
            end = size - _FOOTER.size - length
            if magic != _MAGIC or end < 0:
                return False
            file.seek(end)
            wanted = orjson.loads(file.read(length))["crc"]
            file.seek(0)
            crc = 0
            while end > 0:
                piece = file.read(min(_PIECE, end))
                if not piece:
                    return False
                crc = zlib.crc32(piece, crc)
                end -= len(piece)
            return bool(crc == wanted)
    except FileNotFoundError:
        return True  # merged away while we looked
    except (OSError, ValueError, KeyError):
        return False


def _request(url: str) -> Path:
    return index_path(url)[1] / "rebuild.request"


def request_rebuild(url: str) -> None:
    """Ask whoever writes this index to build it anew."""
    _request(url).touch()


def rebuild_requested(url: str) -> bool:
    return _request(url).exists()


def forget_rebuild_request(url: str) -> None:
    _request(url).unlink(missing_ok=True)
