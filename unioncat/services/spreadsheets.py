"""Spreadsheets of a library, end to end: its column mapping kept, a file looked at before, handed back after.

The mapping lives with the source (quirk ``hint.mapping``), so that a file dropped into a folder is read by it, too;
an upload passes it as the hint ``mapping``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from mappings.spreadsheet import ColumnMapping, Csv, Preview, RowOutcome, Xlsx, annotate, preview, refusal
from unioncat.model import BadRecord, HarvestedRecord, Source, WrongUse
from unioncat.quality import message
from unioncat.services.ingest_batch import digest_of
from unioncat.store import RecordWriting, Refusals, SourceRecords, Sources, Store

__all__ = ["FORMATS", "Spreadsheets"]

FORMATS = ("xlsx", "csv")
QUIRK = "hint.mapping"
_PIECE = 500


class Spreadsheets:
    """Over one store. Sources are named by their code."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._formats: dict[str, Xlsx | Csv] = {"xlsx": Xlsx(), "csv": Csv()}

    def mapping(self, source: str) -> ColumnMapping | None:
        """The mapping kept for the source, None if there is none yet. Raises NotFound."""
        with self._store.read() as session:
            text = Sources(session).get(source).quirks.get(QUIRK)
        return ColumnMapping.from_json(text) if text else None

    def keep(self, source: str, mapping: ColumnMapping | None) -> None:
        """Keep a mapping for the next file; None forgets it. Raises NotFound, WrongUse for one that is none."""
        text = ColumnMapping.from_json(mapping.to_json()).to_json() if mapping else ""
        with self._store.write() as session:
            known = Sources(session).get(source)
            quirks = {name: value for name, value in known.quirks.items() if name != QUIRK}
            if text:
                quirks[QUIRK] = text
            Sources(session).update(replace(known, quirks=quirks))

    def hints(self, source: str) -> dict[str, str]:
        """What a reader of the source's next file is to be told."""
        known = self.mapping(source)
        return {"mapping": known.to_json()} if known else {}

    def preview(self, source: str, stream: BinaryIO, format: str, mapping: ColumnMapping | None = None) -> Preview:
        """What would become of the file, with the change against what the source holds now.

        Raises NotFound, WrongUse (not a format of spreadsheets), UnreadableInput.
        """
        self._format(format)
        with self._store.read() as session:
            known = Sources(session).get(source)
            previous = [stored.identifier for stored in SourceRecords(session).of_source(known.id)]
        return preview(stream, format, mapping or self.mapping(source), previous)

    def hand_back(self, source: str, harvest: int, data: bytes, format: str, language: str = "vi") -> bytes:
        """The file as an .xlsx with a result for every row, after run number `harvest` has stored it.

        Raises NotFound, WrongUse, UnreadableInput.
        """
        reader = self._format(format)
        with self._store.read() as session:
            known = Sources(session).get(source)
        mapping = self.mapping(source)
        hints = {"mapping": mapping.to_json()} if mapping else {}
        outcomes: dict[int, RowOutcome] = {}
        for some in _pieces(reader.split(io.BytesIO(data), hints)):
            outcomes.update(self._outcomes(known, harvest, some, language))
        target = io.BytesIO()
        annotate(io.BytesIO(data), format, outcomes, target, language=language, message=message, known=mapping)
        return target.getvalue()

    def _format(self, name: str) -> Xlsx | Csv:
        reader = self._formats.get(name)
        if reader is None:
            raise WrongUse(f"{name!r} is not a spreadsheet format; there are {', '.join(FORMATS)}")
        return reader

    def _outcomes(
        self, source: Source, harvest: int, rows: list[HarvestedRecord], language: str
    ) -> Iterator[tuple[int, RowOutcome]]:
        with self._store.read() as session:
            heads = RecordWriting(session).by_identifier(source.id, [row.identifier or "" for row in rows])
            stored = {one.identifier: one for one in SourceRecords(session).many([head.id for head in heads.values()])}
            refused = {one.position: one.reason for one in Refusals(session).all(harvest=harvest)}
        for row in rows:
            assert row.raw is not None
            head = heads.get(row.identifier or "")
            if head is not None and not head.deleted and head.digest == digest_of(row.raw):
                findings = stored[head.identifier].findings
                yield row.raw.position, RowOutcome("stored" if head.harvest == harvest else "unchanged", findings)
            else:
                yield row.raw.position, RowOutcome("refused", (), self._reason(row, refused, language))

    def _reason(self, row: HarvestedRecord, refused: dict[int | None, str], language: str) -> str:
        assert row.raw is not None
        reason = refused.get(row.raw.position, "")
        if not reason:
            try:
                self._formats[row.raw.format].parse(row.raw)
            except BadRecord as error:
                reason = error.reason
        return refusal(reason, language)


def _pieces(records: Iterable[HarvestedRecord]) -> Iterator[list[HarvestedRecord]]:
    some: list[HarvestedRecord] = []
    for record in records:
        some.append(record)
        if len(some) == _PIECE:
            yield some
            some = []
    if some:
        yield some
