"""Packed files as streams, within limits: gzip, zip, tar, tar.gz.

A packed file that unfolds to more than RATIO times its size and more than FREE bytes is a bomb and is refused
where it passes that limit; what was read before stays read. Nothing is ever unpacked to disk, names inside an
archive are never used as paths, and archives inside archives are not opened.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from unioncat.model import UnreadableInput

__all__ = ["FREE", "MEMBERS", "RATIO", "Unpacked", "unpacked"]

RATIO = 200
"""Real MARC packs 4 to 12 times, MARCXML up to 40."""

FREE = 256 * 2**20
"""Bytes that any packed file may unfold to, whatever its ratio."""

MEMBERS = 10_000
"""Files in one archive."""

_BUFFER = 1 << 18
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One file to read. in_archive: it is one of (possibly) several in a zip or tar."""

    name: str
    stream: io.BufferedReader[Any]
    in_archive: bool


class _Limited(io.RawIOBase):
    """A stream that raises UnreadableInput where it grows over what its packed size allows."""

    def __init__(self, inner: BinaryIO, name: str, packed: int) -> None:
        self._inner = inner
        self._name = name
        self._limit = max(FREE, packed * RATIO)
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(target))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, NotImplementedError) as error:
            raise UnreadableInput(f"{self._name} is damaged after {self._seen:,} bytes: {error}") from error
        self._seen += len(data)
        if self._seen > self._limit:
            raise UnreadableInput(
                f"{self._name} unfolds to more than {self._limit:,} bytes, over {RATIO} times its packed size: refused"
            )
        target[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def _buffered(inner: BinaryIO, name: str, packed: int) -> io.BufferedReader[Any]:
    return io.BufferedReader(_Limited(inner, name, packed), _BUFFER)


def unpacked(path: Path, keep: Callable[[bytes, str], bool]) -> Generator[Unpacked]:
    """The files in `path`, or the file itself; a stream is closed when the next is asked for or the iterator closed.

    keep: whether a zip file is to be read as it is (a workbook); given its first 64 kB and name.
    Raises UnreadableInput for a file that cannot be opened or is damaged.
    """
    try:
        size = path.stat().st_size
        stream = io.BufferedReader(io.FileIO(path), _BUFFER)
    except OSError as error:
        raise UnreadableInput(f"cannot open {path}: {error.strerror}") from error
    with stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        if head.startswith(b"\x1f\x8b"):
            yield from _from_gzip(stream, path.name, size)
        elif head.startswith(b"PK\x03\x04") and not keep(head, path.name):
            yield from _from_zip(stream, path.name)
        elif _is_tar(head):
            yield from _from_tar(stream, path.name, size)
        else:
            yield Unpacked(path.name, stream, False)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _from_gzip(stream: BinaryIO, name: str, size: int) -> Generator[Unpacked]:
    bare = name.removesuffix(".gz").removesuffix(".tgz")
    with _buffered(_as_binary(gzip.GzipFile(fileobj=stream)), name, size) as inner:
        if _is_tar(inner.peek(512)):
            yield from _from_tar(_as_binary(inner), name, size)
        else:
            yield Unpacked(bare, inner, False)


def _from_zip(stream: BinaryIO, name: str) -> Generator[Unpacked]:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
            if len(members) > MEMBERS:
                raise UnreadableInput(f"{name} holds {len(members):,} files; the most is {MEMBERS:,}")
            for member in members:
                if member.flag_bits & 1:
                    raise UnreadableInput(f"{name}: {member.filename} needs a password")
                packed = max(member.compress_size, 1)
                with _buffered(_as_binary(archive.open(member)), member.filename, packed) as inner:
                    yield Unpacked(member.filename, inner, len(members) > 1)
    except (zipfile.BadZipFile, NotImplementedError, zlib.error) as error:
        raise UnreadableInput(f"{name} is a damaged zip file: {error}") from error


def _from_tar(stream: BinaryIO, name: str, size: int) -> Generator[Unpacked]:
    seen = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if not member.isfile() or _is_hidden(member.name):
                    continue
                seen += 1
                if seen > MEMBERS:
                    raise UnreadableInput(f"{name} holds more than {MEMBERS:,} files")
                file = archive.extractfile(member)
                if file is not None:
                    with _buffered(_as_binary(file), member.name, size) as inner:
                        yield Unpacked(member.name, inner, True)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise UnreadableInput(f"{name} is a damaged tar file: {error}") from error


def _as_binary(inner: object) -> BinaryIO:
    return inner  # type: ignore[return-value]


def _is_hidden(name: str) -> bool:
    """What file managers add: ``__MACOSX/``, ``.DS_Store``, ``._x``."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")
