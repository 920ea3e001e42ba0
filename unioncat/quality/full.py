"""The full check, for reports: the default set, then what takes longer or matters less."""

from __future__ import annotations

import re

from unioncat.marc import Field, Record
from unioncat.model import Finding
from unioncat.quality.default import Found, check
from unioncat.quality.fixed import fixed_faults
from unioncat.quality.links import missing
from unioncat.quality.marc21 import code_list, definitions

__all__ = ["full_check"]

_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s/?#\"<>]+\.?[^\s\"<>]*\Z|(?:urn|doi|hdl|info):\S+\Z", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_HOLDINGS = frozenset({"852", "866", "876", "952"})
_SHORTEST_CAPITALS = 12


def full_check(record: Record) -> tuple[Finding, ...]:
    """All that `check` finds, and: repeated subfields, coded positions, country and relator codes, capitals, addresses,
    publication, extent, holdings, years that cannot be read, $6 without its 880. A few hundred microseconds."""
    found = Found(check(record))
    if any(one.rule == "not-bibliographic" for one in found.findings):
        return tuple(found.findings)
    tags = {field.tag for field in record.fields}
    fixed = next((field.data for field in record.fields if field.tag == "008"), None)
    for place, detail in fixed_faults(record.leader.leader, fixed):
        if place not in ("LDR/06", "LDR/07"):
            found.add("fixed-position", place, detail)
    if fixed is not None and len(fixed) >= 18:
        country = fixed[15:18].strip()
        if country and "|" not in country and country not in code_list("countries"):
            found.add("country-unknown", "008/15-17", country)
    if not tags & {"260", "264"}:
        found.add("publication-missing", "264")
    if "300" not in tags:
        found.add("extent-missing", "300")
    if not tags & _HOLDINGS:
        found.add("holdings-missing", "852")
    for field in record.fields:
        if field.data is None:
            _field(found, field)
    for place, detail in missing(record):
        found.add("link-880-missing", place, detail)
    return tuple(found.findings)


def _field(found: Found, field: Field) -> None:
    tag = field.tag
    shape = definitions().get(tag)
    if shape is not None and shape.once:
        codes = [code for code, _ in field.subfields]
        for code in sorted({code for code in codes if code in shape.once and codes.count(code) > 1}):
            found.add("subfield-repeated", f"{tag}${code}")
    for code, value in field.subfields:
        if code == "4" and tag[0] in "17" and len(value) == 3 and value not in code_list("relators"):
            found.add("relator-unknown", f"{tag}$4", value)
        elif code == "a" and tag == "245" and len(value) >= _SHORTEST_CAPITALS and value.isupper() and " " in value:
            found.add("title-capitals", "245$a", value)
        elif code == "a" and tag == "041":
            if len(value) == 3 and value not in code_list("languages"):
                found.add("language-unknown", "041$a", value)
        elif code == "c" and tag in ("260", "264") and value.strip() and not _YEAR.search(value):
            found.add("date-unclear", f"{tag}$c", value)
        elif code == "u" and tag == "856" and not (len(value) <= 2000 and _ADDRESS.match(value.strip())):
            found.add("url-malformed", "856$u", value)
