"""Member libraries and their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from unioncat.model.identifiers import MemberCode, SourceId

MEMBER_KINDS = ("public", "district", "school", "college", "university", "specialised")


@dataclass(frozen=True, slots=True)
class Member:
    """A member library.

    code:           ISIL or MARC organisation code
    name, name_en:  Vietnamese and English name; "" is "none"
    kind:           one of MEMBER_KINDS
    link_template:  address of a record in its own catalogue, with ``{id}`` for its control number
    profile:        what the library says of itself (hours, address, map link, …), free keys
    """

    code: MemberCode
    name: str
    kind: str
    name_en: str = ""
    district: str = ""
    province: str = ""
    email: str = ""
    language: str = "vi"
    link_template: str = ""
    active: bool = True
    profile: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A feed of a member.

    code:       unique in the catalogue; first part of every record key
    harvester:  name in the entry-point group ``unioncat.harvesters`` (``oai-pmh``, ``file``, …)
    endpoint:   URL, path or ``host:port/database``; "" for files loaded by hand
    format:     metadataPrefix or reading format; "" is "find out"
    schedule:   cron expression; "" is "by hand only"
    quirks:     named settings of this source, see docs
    cursor:     responseDate at the start of the last complete run, UTC; None before the first
    rank:       trust when records are merged, 0 best
    """

    id: SourceId
    code: str
    member: MemberCode
    harvester: str
    endpoint: str = ""
    format: str = ""
    set_spec: str = ""
    schedule: str = ""
    quirks: Mapping[str, str] = field(default_factory=dict)
    credentials: str = ""
    cursor: datetime | None = None
    rank: int = 50
    paused: bool = False
