"""The words of the house: source record, holdings, cluster, member, identifiers, errors. Standard library only."""

from unioncat.model.cluster import Provenance, UnionRecord
from unioncat.model.errors import (
    BadQuery,
    BadRecord,
    ConfigError,
    Conflict,
    NotAllowed,
    NotFound,
    SourceUnavailable,
    UnionCatError,
    UnreadableInput,
    WrongStoreVersion,
    WrongUse,
)
from unioncat.model.holdings import Holding, Item
from unioncat.model.identifiers import (
    ClusterId,
    MemberCode,
    RecordId,
    RecordKey,
    SourceId,
    parse_public_id,
    public_id,
    record_key,
)
from unioncat.model.member import MEMBER_KINDS, Member, Source
from unioncat.model.run import HARVEST_STATES, Harvest, Refusal
from unioncat.model.source_record import Account, Finding, HarvestedRecord, RawRecord, Severity, SourceRecord
from unioncat.model.verdict import Verdict

__all__ = [
    "HARVEST_STATES",
    "MEMBER_KINDS",
    "Account",
    "BadQuery",
    "BadRecord",
    "ClusterId",
    "ConfigError",
    "Conflict",
    "Finding",
    "Harvest",
    "HarvestedRecord",
    "Holding",
    "Item",
    "Member",
    "MemberCode",
    "NotAllowed",
    "NotFound",
    "Provenance",
    "RawRecord",
    "RecordId",
    "RecordKey",
    "Refusal",
    "Severity",
    "Source",
    "SourceId",
    "SourceRecord",
    "SourceUnavailable",
    "UnionCatError",
    "UnionRecord",
    "UnreadableInput",
    "Verdict",
    "WrongStoreVersion",
    "WrongUse",
    "parse_public_id",
    "public_id",
    "record_key",
]
