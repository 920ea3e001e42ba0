"""What a field that is not taken can still tell the like field that is: qualifiers, authority numbers, link texts."""

from __future__ import annotations

import re

from unioncat.marc import Field, Subfield
from unioncat.merging.equality import folded

__all__ = ["complete_link", "complete_number", "complete_numbers_of_authority"]

_REPEATED = {"010": "bz", "020": "qz", "022": "myz", "024": "qz", "041": "bdefghijkmnpqr"}
"""Subfields of number fields that may stand more than once (MARC 21); the others are added only where there is none."""

_LINK_TEXT = "3qyz"


def complete_number(field: Field, other: Field) -> bool:
    """Add the qualifiers of the same number ($q, $c, $z, …); True if there were any. 041: its other languages."""
    repeated = _REPEATED[field.tag]
    known = {(code, folded(value)) for code, value in field.subfields}
    codes = {code for code, _ in field.subfields}
    added = False
    for code, value in other.subfields:
        if code.isdigit() or code == "a" or not value or (code, folded(value)) in known:
            continue
        if code in repeated or code not in codes:
            field.subfields.append(Subfield(code, value))
            known.add((code, folded(value)))
            codes.add(code)
            added = True
    return added


def complete_numbers_of_authority(field: Field, other: Field) -> bool:
    """Add $0 and $1 of a heading that says the same, unless the field has one of the same authority file; and $2."""
    files = {_file(value) for code, value in field.subfields if code in "01"}
    added = [one for one in other.subfields if one.code in "01" and _file(one.value) not in files]
    if all(one.code != "2" for one in field.subfields):
        added.extend(one for one in other.subfields if one.code == "2")
    field.subfields.extend(added)
    return bool(added)


def _file(value: str) -> str:
    found = re.match(r"\s*(?:\(([^)]+)\)|https?://([^/]+)/)", value)
    return (found[1] or found[2]).lower() if found else ""


def complete_link(field: Field, other: Field) -> bool:
    """Add to an 856 what another of the same address says of it; https where either says so."""
    codes = {code for code, _ in field.subfields}
    added = [one for one in other.subfields if one.code in _LINK_TEXT and one.code not in codes and one.value]
    field.subfields.extend(added)
    changed = bool(added)
    safe = any(code == "u" and value.lower().startswith("https:") for code, value in other.subfields)
    for place, (code, value) in enumerate(field.subfields):
        if safe and code == "u" and value.lower().startswith("http:"):
            field.subfields[place] = Subfield("u", "https" + value[4:])
            return True
    return changed
