"""The registry of formats: what can be read and written, found by entry points; files opened by their content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from unioncat.marc.formats import ExportFormat, ParsedRecord, ReadFormat
from unioncat.model import BadRecord, HarvestedRecord, RawRecord, UnreadableInput
from unioncat.services.unpacking import Unpacked, unpacked

__all__ = ["Formats"]

GROUP = "unioncat.formats"
_OFFICE = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"xl/", b"mimetypeapplication/vnd.oasis.opendocument")
HEAD = 65_536
"""Bytes of the beginning that formats are recognised by."""


class Formats:
    """All formats by name.

    read:    reading formats; export: export formats
    """

    def __init__(self, read: Mapping[str, ReadFormat], export: Mapping[str, ExportFormat]) -> None:
        self.read = dict(read)
        self.export = dict(export)

    @classmethod
    def load(cls) -> Formats:
        """The formats registered as entry points of the group ``unioncat.formats``.

        An entry point names an object, or a callable without arguments that gives one; the object is a
        ReadFormat, an ExportFormat or both. Cheap enough for each worker of a pool.
        """
        read: dict[str, ReadFormat] = {}
        export: dict[str, ExportFormat] = {}
        for entry in entry_points(group=GROUP):
            loaded = entry.load()
            found = loaded() if isinstance(loaded, type) or not hasattr(loaded, "name") else loaded
            if hasattr(found, "split") and hasattr(found, "parse"):
                read[found.name] = found
            if hasattr(found, "render"):
                export[found.name] = found
        return cls(read, export)

    def sniff(self, source: Path | str | bytes, filename: str = "") -> str:
        """Name of the format that a file, or the first bytes of one, is in; packed files are looked into.

        Raises UnreadableInput with a sentence that names what can be read.
        """
        if isinstance(source, bytes):
            return self._sniffed(source[:HEAD], filename)
        path = Path(source)
        with closing(unpacked(path, self._keeps_packed)) as parts:
            for part in parts:
                return self._sniffed(part.stream.read(HEAD), part.name)
        raise UnreadableInput(f"{path.name} holds no file")

    def _sniffed(self, head: bytes, name: str) -> str:
        if not head.strip(b"\x00\r\n\t \xef\xbb\xbf"):
            raise UnreadableInput(f"{name or 'the input'} is empty")
        best, score = "", 0.0
        for candidate in self.read.values():
            sure = candidate.sniff(head, name)
            if sure > score:
                best, score = candidate.name, sure
        if not best:
            known = ", ".join(sorted(self.read))
            raise UnreadableInput(f"{name or 'the input'} is in no format that can be read here ({known})")
        return best

    def _keeps_packed(self, head: bytes, name: str) -> bool:
        """Whether a zip file is a document of an office program, and a format of its own here (XLSX)."""
        is_office = any(mark in head[:4096] for mark in _OFFICE)
        return is_office and any(candidate.sniff(head, name) >= 0.5 for candidate in self.read.values())

    def open(
        self, path: Path | str, format: str = "", hints: Mapping[str, str] | None = None
    ) -> Iterator[HarvestedRecord]:
        """The records of a file, one after the other, in flat memory; "" finds out the format.

        gzip, zip and tar archives are unpacked on the way; in an archive each file is taken by its own content
        and a file in no known format comes as one refused record. Positions go on through the files of an
        archive. Raises UnreadableInput.
        """
        position = 0
        hints = dict(hints or {})
        with closing(unpacked(Path(path), self._keeps_packed)) as parts:
            for part in parts:
                for harvested in self._records(part, format, hints):
                    position += 1
                    yield harvested if not part.in_archive else _at(harvested, position)

    def _records(self, part: Unpacked, format: str, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        head = part.stream.peek(HEAD)
        try:
            name = format or self._sniffed(head[:HEAD], part.name)
            reader = self.reader(name)
        except UnreadableInput as error:
            if not part.in_archive:
                raise
            yield HarvestedRecord(None, RawRecord("", head[:HEAD], 1, hints), refused=str(error))
            return
        yield from reader.split(part.stream, hints)

    def reader(self, name: str) -> ReadFormat:
        """Raises UnreadableInput for a format that is not registered."""
        try:
            return self.read[name]
        except KeyError:
            raise UnreadableInput(f"no format {name!r}; there are {', '.join(sorted(self.read))}") from None

    def parse(self, raw: RawRecord) -> ParsedRecord:
        """The record understood and normalised. Raises BadRecord."""
        reader = self.read.get(raw.format)
        if reader is None:
            raise BadRecord(f"no reader for the format {raw.format!r}", position=raw.position)
        return reader.parse(raw)


def _at(harvested: HarvestedRecord, position: int) -> HarvestedRecord:
    """The same record at its place in the whole archive."""
    raw = harvested.raw
    return replace(harvested, raw=replace(raw, position=position)) if raw is not None else harvested
