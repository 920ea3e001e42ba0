"""Targets of copy cataloguing: other libraries' catalogues that answer Z39.50 or SRU, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from unioncat.model.source_record import RawRecord

TargetProtocol = Literal["z3950", "sru"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to search, and how.

    code:         unique, as people type it
    address:      ``host:port/database`` (Z39.50) or a base URL (SRU)
    syntax:       record syntax (Z39.50: ``usmarc``, ``xml``; SRU: a record schema); "" is "the usual one"
    charset:      of records that do not say it rightly themselves; "" is "believe the record"
    elements:     element set name (Z39.50); "" is F
    credentials:  reference to a secret, as for a source; "" for none
    quirks:       named settings of this target, see docs
    """

    code: str
    name: str
    protocol: TargetProtocol
    address: str
    name_en: str = ""
    syntax: str = ""
    charset: str = ""
    elements: str = ""
    country: str = ""
    credentials: str = ""
    note: str = ""
    quirks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetQuery:
    """One query in both notations that targets understand; at least one is not "".

    pqf: prefix query format, for Z39.50. cql: for SRU, and for those Z39.50 targets that take it.
    """

    pqf: str = ""
    cql: str = ""


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """What one target answered.

    total:     records that it finds
    records:   from position `start` on, as received; `RawRecord.position` is the position there
    warnings:  what went not quite right
    """

    total: int
    records: tuple[RawRecord, ...] = ()
    start: int = 1
    warnings: tuple[str, ...] = ()


class TargetSearcher(Protocol):
    """Searches targets of one protocol: entry-point group ``unioncat.searchers``, by the protocol's name.

    Raises SourceUnavailable (not there, too slow, not as its protocol demands), BadQuery (it does not take the
    query) or ConfigError (the target's definition makes no sense).
    """

    def search(
        self,
        target: Target,
        query: TargetQuery,
        *,
        start: int = 1,
        count: int = 10,
        syntax: str = "",
        seconds: float = 20,
    ) -> TargetAnswer:
        """`count` records from `start` (from 1). syntax: instead of the target's. seconds: for all of it."""
        ...
