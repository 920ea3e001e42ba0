"""What passes between a harvester and the service that runs it.

Here and not in ``harvesters/``, because services may not import harvesters: they get one as an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from unioncat.model.member import Source
from unioncat.model.source_record import HarvestedRecord

Deletions = Literal["persistent", "transient", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class OfferedFormat:
    """A format that an endpoint delivers. prefix: its name there; reads_as: our reading format, "" if we have none."""

    prefix: str
    namespace: str = ""
    reads_as: str = ""


@dataclass(frozen=True, slots=True)
class OfferedSet:
    spec: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What an endpoint says of itself, and the source definition that follows from it.

    count:        records it holds; None if it does not tell
    granularity:  "day" or "second"; "" where the protocol has no dates
    suggested:    fields for a new Source: ``harvester``, ``endpoint``, ``format``, ``set_spec``, ``quirks``
    remarks:      (Vietnamese, English) sentences about what an operator should know before using it
    """

    harvester: str
    endpoint: str
    name: str = ""
    email: str = ""
    formats: Sequence[OfferedFormat] = ()
    sets: Sequence[OfferedSet] = ()
    granularity: Literal["", "day", "second"] = ""
    deletions: Deletions = "unknown"
    earliest: datetime | None = None
    count: int | None = None
    suggested: Mapping[str, object] = field(default_factory=dict)
    remarks: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of an endpoint: records in its order.

    resume:         what `Harvester.harvest` needs to go on after this page, if all of it was stored; "" on the last
    response_date:  UTC, by the endpoint's own clock; None where the protocol has none
    complete_size:  records of the whole list by the endpoint's word; None if it did not say
    restarted:      the list began anew with this page (an expired token): what came before comes again
    missing:        records that the endpoint had announced for the list ending here and did not deliver
    memory:         what the harvester wants to find again as ``quirks["memory"]`` of its next run, once this one
                    is complete (files seen, …); None: nothing new
    warnings:       what was odd but could be mended, for the run's report
    """

    records: Sequence[HarvestedRecord]
    resume: str = ""
    response_date: datetime | None = None
    complete_size: int | None = None
    restarted: bool = False
    missing: int = 0
    memory: str | None = None
    warnings: Sequence[str] = ()


@runtime_checkable
class Harvester(Protocol):
    """Reads one kind of endpoint. Registered as a factory ``(HarvesterContext) -> Harvester``.

    Every error is a SourceUnavailable (retry later) or a ConfigError (somebody must change the source).
    """

    name: str

    def probe(self, endpoint: str, credentials: str = "") -> Probe:
        """Ask the endpoint what it has. Changes nothing anywhere."""
        ...

    def harvest(self, source: Source, since: datetime | None, resume: str = "") -> Iterator[Page]:
        """Pages from `since` (inclusive, UTC; None: everything), or after the page that gave `resume`.

        The iterator ends when the list is complete by the endpoint's own rules, and raises otherwise: it
        never ends early in silence.
        """
        ...


@runtime_checkable
class ListsIdentifiers(Protocol):
    """A harvester that can list what exists now, so that deletions can be inferred."""

    def identifiers(self, source: Source) -> Iterator[str]:
        """Identifiers of all live records of the source; raises unless the list is complete."""
        ...


@runtime_checkable
class ReadsDrops(Protocol):
    """A harvester of files, which may be all a library has, or only what is new."""

    def covers_all(self, source: Source) -> bool:
        """Whether what a full run does not come by is gone from the library."""
        ...

    def has_news(self, source: Source) -> bool:
        """Whether anything changed since the last complete run. Raises as `Harvester` does."""
        ...
