"""What /api/v1 shows of records, holdings, libraries, verdicts, sources and runs."""

from __future__ import annotations

from typing import Any

from unioncat.marc import from_json
from unioncat.model import Harvest, Holding, Member, Source, UnionRecord, Verdict
from unioncat.services.verdicts import Spoken
from unioncat.web import display
from unioncat.web.parts import base_address

__all__ = ["brief_json", "holding_json", "member_json", "run_json", "source_json", "spoken_json", "verdict_json"]


def holding_json(one: Holding) -> dict[str, Any]:
    items = [
        {"barcode": item.barcode, "callNumber": item.call_number, "location": item.location, "note": item.note}
        for item in one.items
    ]
    return {
        "library": one.member,
        "source": one.record_key,
        "callNumber": one.call_number,
        "location": one.location,
        "copies": one.copies,
        "summary": one.summary,
        "note": one.note,
        "url": one.url,
        "localId": one.local_id,
        "items": items,
    }


def brief_json(record: UnionRecord) -> dict[str, Any]:
    head = display.brief(from_json(record.marc))
    return {
        "id": record.public_id,
        "url": f"{base_address()}/record/{record.public_id}",
        "title": head.title,
        "subtitle": head.rest,
        "author": head.author,
        "publisher": head.publisher,
        "place": head.place,
        "year": head.year,
        "edition": head.edition,
        "type": head.type,
        "language": head.language,
        "isbn": head.isbn,
        "libraries": sorted({holding.member for holding in record.holdings}),
        "changed": record.datestamp.isoformat(),
    }


def member_json(one: Member) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "nameEn": one.name_en,
        "kind": one.kind,
        "district": one.district,
        "province": one.province,
        "active": one.active,
    }


def verdict_json(one: Verdict) -> dict[str, Any]:
    return {
        "id": one.id,
        "left": one.left,
        "right": one.right,
        "same": one.same,
        "who": one.who,
        "why": one.why,
        "made": one.made.isoformat() if one.made else None,
        "live": one.is_live,
    }


def spoken_json(one: Spoken) -> dict[str, Any]:
    """A verdict just said, and what it did. overrules: numbers of contradicted verdicts; deleted: record keys."""
    return {
        **verdict_json(one.verdict),
        "replaces": one.replaces.id if one.replaces is not None else None,
        "overrules": [other.id for other in one.overrules],
        "deleted": list(one.deleted),
    }


def source_json(one: Source) -> dict[str, Any]:
    return {
        "code": one.code,
        "library": one.member,
        "harvester": one.harvester,
        "endpoint": one.endpoint,
        "format": one.format,
        "set": one.set_spec,
        "schedule": one.schedule,
        "rank": one.rank,
        "paused": one.paused,
    }


def run_json(one: Harvest, source: Source | None) -> dict[str, Any]:
    account = one.account
    return {
        "id": one.id,
        "source": source.code if source is not None else None,
        "state": one.state,
        "full": one.full,
        "started": one.started.isoformat(),
        "finished": one.finished.isoformat() if one.finished else None,
        "read": account.read,
        "stored": account.stored,
        "unchanged": account.unchanged,
        "deleted": account.deleted,
        "refused": account.refused,
        "message": one.message,
    }
