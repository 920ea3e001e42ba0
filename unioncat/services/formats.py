"""The registry of formats: what can be read and written, found by entry points; files opened by content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import BinaryIO

from unioncat.marc.foreign import foreign_kind
from unioncat.marc.formats import ExportFormat, ParsedRecord, ReadFormat
from unioncat.model import BadRecord, HarvestedRecord, RawRecord, UnreadableInput

__all__ = ["Formats"]

GROUP = "unioncat.formats"
HEAD = 65_536


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
        """Name of the format that a file, or the first bytes of one, is in. Raises UnreadableInput."""
        if isinstance(source, bytes):
            head, name = source[:HEAD], filename
        else:
            name = Path(source).name
            with _opened(Path(source)) as stream:
                head = stream.read(HEAD)
        if not head.strip():
            raise UnreadableInput(f"{name or 'the input'} is empty")
        if (kind := foreign_kind(head)) is not None:
            raise UnreadableInput(f"{name or 'the input'} is {kind}; nothing was read")
        best, score = "", 0.0
        for candidate in self.read.values():
            sure = candidate.sniff(head, name)
            if sure > score:
                best, score = candidate.name, sure
        if not best:
            raise UnreadableInput(
                f"{name or 'the input'} is in no format that can be read here ({', '.join(sorted(self.read))})"
            )
        return best

    def open(
        self, path: Path | str, format: str = "", hints: Mapping[str, str] | None = None
    ) -> Iterator[HarvestedRecord]:
        """The records of a file, one after the other; "" finds out the format. Raises UnreadableInput."""
        name = format or self.sniff(path)
        reader = self.reader(name)
        with _opened(Path(path)) as stream:
            yield from reader.split(stream, dict(hints or {}))

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


def _opened(path: Path) -> BinaryIO:
    import gzip

    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnreadableInput(f"cannot open {path}: {error.strerror}") from error
    magic = stream.read(2)
    stream.seek(0)
    return gzip.open(stream) if magic == b"\x1f\x8b" else stream  # type: ignore[return-value]
