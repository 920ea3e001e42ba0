"""Which record of a cluster gives title, imprint and description: the master."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unioncat.marc import Record
from unioncat.merging.contribution import Contribution

__all__ = ["master_of", "quality"]

_LEVELS = {level: place for place, level in enumerate(" 145273uz8")}
_AUTHENTIC = frozenset(("pcc", "nlv", "lc", "lcac", "dlc", "nsdp", "isds/c"))
_SUBJECTS = frozenset(("600", "610", "611", "630", "648", "650", "651", "653", "655"))


def quality(record: Record, preferences: Mapping[str, Any]) -> tuple[float, ...]:
    """Sort key: the lower, the better a master. preferences: `languages` of cataloguing in order of preference."""
    leader = str(record.leader).ljust(24)
    languages: Sequence[str] = preferences.get("languages", ("vie",))
    authentic = rda = False
    language = len(languages)
    subjects = described = 0
    title = ""
    vendor = False
    control_008 = ""
    for field in record.fields:
        tag = field.tag
        if tag == "008":
            control_008 = field.data or ""
        elif tag in _SUBJECTS:
            subjects += 1
        elif tag == "042":
            authentic = authentic or any(value.strip().lower() in _AUTHENTIC for _, value in field.subfields)
        elif tag == "040":
            for code, value in field.subfields:
                if code == "b" and value.strip() in languages:
                    language = min(language, list(languages).index(value.strip()))
                elif code == "e" and "rda" in value:
                    rda = True
                elif code == "a" and value.strip().upper() in preferences.get("vendors", ()):
                    vendor = True
        elif tag == "264":
            rda = True
        elif tag == "245" and not title:
            title = " ".join(value for code, value in field.subfields if code in "ab")
        if tag in ("100", "110", "250", "260", "264", "300", "490", "082"):
            described += 1
    shouting = bool(title) and title.isupper() and len(title) > 8
    unfilled = sum(control_008.count(mark) for mark in "|u") if control_008 else 40
    return (
        float(shouting) + float(vendor) + (2.0 if not title else 0.0),
        float(_LEVELS.get(leader[17], 9)),
        float(not authentic),
        float(language),
        float(not rda),
        -float(min(subjects, 8)),
        -float(described),
        float(unfilled),
    )


def master_of(contributions: Sequence[Contribution], preferences: Mapping[str, Any]) -> Contribution:
    """The best one; ties by the rank of the source, then by key."""
    return min(contributions, key=lambda c: (quality(c.record, preferences), c.rank, c.key))
