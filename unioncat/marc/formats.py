"""What a reading or an export format offers: entry-point group ``unioncat.formats``.

A format that is read cuts a stream into RawRecords (cheap, in the process that reads) and parses one of
them (costly, in a pool). A format that is exported renders one merged record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol, runtime_checkable

from pymarc import Record

from unioncat.model import Finding, HarvestedRecord, Holding, Member, MemberCode, RawRecord


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """A normalised MARC 21 record and what was noticed on the way.

    identifier: 001 or what the format has for one; None: take a content digest
    """

    record: Record
    findings: tuple[Finding, ...] = ()
    identifier: str | None = None
    deleted: bool = False


@runtime_checkable
class ReadFormat(Protocol):
    """One input format."""

    name: str

    def sniff(self, head: bytes, filename: str) -> float:
        """How sure we are (0.0-1.0) that a file beginning with `head` (up to 64 kB) is ours. Never raises."""
        ...

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        """Cut the stream; flat memory; what cannot be cut out comes as a HarvestedRecord with `refused`."""
        ...

    def parse(self, raw: RawRecord) -> ParsedRecord:
        """Understand one record. Raises BadRecord with the reason, and nothing else, for any bytes."""
        ...


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """What an export format may use.

    record:   the merged MARC record, 001 = public id
    members:  libraries named by the holdings
    base_url: public address of the catalogue without trailing slash, for links; "" if not known
    """

    public_id: str
    record: Record
    datestamp: datetime
    holdings: Sequence[Holding] = ()
    members: Mapping[MemberCode, Member] = field(default_factory=dict)
    base_url: str = ""


@runtime_checkable
class ExportFormat(Protocol):
    """One output format: a record as bytes.

    An XML format renders one namespaced element in UTF-8 without declaration, ready to stand inside
    another document.
    """

    name: str
    media_type: str
    extension: str
    namespace: str
    schema: str

    def render(self, export: ExportRecord) -> bytes: ...
