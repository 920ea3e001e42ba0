"""What a harvester yields and what the store keeps of one library's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from unioncat.model.identifiers import RecordId, RecordKey, SourceId

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed about one record.

    rule:    id of the row in the quality rules' table, e.g. ``isbn-check-digit``
    place:   where, as a field spec (``020$a``, ``008/35-37``, ``LDR/09``); "" for the whole record
    detail:  what was found, as it stood there, shortened
    fixed:   True if our normalised copy is already right; False if somebody at home must mend it
    """

    rule: str
    severity: Severity
    place: str = ""
    detail: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record cut out of a batch, not yet understood.

    format:    name of the reading format (``iso2709``, ``marcxml``, ``marcjson``, ``oai_dc``, …)
    data:      the bytes of this record alone, as received
    position:  place in the batch, counted from 1
    hints:     what the batch knows and the record does not (column mapping, encoding, field map, …)
    """

    format: str
    data: bytes
    position: int
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HarvestedRecord:
    """One record, or the notice of a deletion, as a harvester delivers it.

    identifier:  the source's own (OAI identifier); None: to be taken from the record (001, else a digest)
    datestamp:   the source's own, UTC; never a publication date
    raw:         None exactly when `deleted`
    refused:     reason why this record could not even be cut out; its bytes are in `raw`
    """

    identifier: str | None
    raw: RawRecord | None
    datestamp: datetime | None = None
    deleted: bool = False
    sets: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record as one library supplied it, with our normalised copy.

    raw, format:  bytes kept as received
    marc:         normalised MARC 21 as MARC-in-JSON (UTF-8); b"" for a deleted record that never had one
    digest:       SHA-256 (first 16 bytes) of `raw`, by which an unchanged record is known
    """

    id: RecordId
    source: SourceId
    key: RecordKey
    identifier: str
    format: str
    raw: bytes
    marc: bytes
    digest: bytes
    datestamp: datetime
    deleted: bool
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Account:
    """The sum of a run: read = stored + unchanged + deleted + refused, always."""

    stored: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0

    @property
    def read(self) -> int:
        return self.stored + self.unchanged + self.deleted + self.refused

    def __str__(self) -> str:
        return (
            f"read {self.read} = stored {self.stored} + unchanged {self.unchanged}"
            f" + deleted {self.deleted} + refused {self.refused}"
        )
