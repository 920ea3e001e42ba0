"""Datestamps on the wire (OAI-PMH 2.0 §3.3): two granularities, bounds inclusive, always UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from protocols.oaipmh.errors import OaiError

__all__ = ["GRANULARITY", "Granularity", "bounds", "written"]

GRANULARITY = "YYYY-MM-DDThh:mm:ssZ"
Granularity = Literal["day", "second"]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def written(moment: datetime) -> str:
    """``2026-11-22T08:15:00Z``; fractions are cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def _parse(name: str, text: str) -> tuple[datetime, Granularity]:
    try:
        if _DAY.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC), "day"
        if _SECOND.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC), "second"
    except ValueError:  # 2026-02-30
        raise OaiError("badArgument", f"{name}={text}: there is no such date") from None
    raise OaiError("badArgument", f"{name}={text}: write YYYY-MM-DD or {GRANULARITY}, in UTC")


def bounds(from_: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Both bounds as moments, inclusive; a day as `until` reaches to its 23:59:59.

    Raises OaiError badArgument: not a date, an impossible one, two granularities, or from after until.
    """
    low = _parse("from", from_) if from_ is not None else None
    high = _parse("until", until) if until is not None else None
    if low and high and low[1] != high[1]:
        raise OaiError("badArgument", "from and until must have the same granularity")
    first = low[0] if low else None
    last = high[0] if high else None
    if high and last and high[1] == "day":
        last = datetime.combine(last.date(), time(), UTC) + timedelta(hours=23, minutes=59, seconds=59)
    if first and last and first > last:
        raise OaiError("badArgument", f"from={from_} is later than until={until}")
    return first, last
