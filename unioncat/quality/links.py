"""880 fields and $6: alternate graphic representation and what it is linked to (MARC 21, Appendix A)."""

from __future__ import annotations

import re

from unioncat.marc import Record

__all__ = ["missing", "orphans"]

_LINK = re.compile(r"(\d{3})-(\d\d)")


def _linked(record: Record) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(tag, occurrence) that 880s name, and that fields with $6 to an 880 stand for."""
    from_880, to_880 = set(), set()
    for field in record.fields:
        for code, value in field.subfields:
            found = _LINK.match(value) if code == "6" else None
            if found is None:
                continue
            if field.tag == "880":
                from_880.add((found[1], found[2]))
            elif found[1] == "880":
                to_880.add((field.tag, found[2]))
    return from_880, to_880


def orphans(record: Record) -> list[tuple[str, str]]:
    """880s that name a field which does not point back; occurrence 00 says "no link" itself.
    An 880 without any $6 is one too. Pairs of place and detail."""
    from_880, to_880 = _linked(record)
    found = [("880$6", f"{tag}-{number}") for tag, number in sorted(from_880 - to_880) if number != "00"]
    if any(field.tag == "880" and not any(code == "6" for code, _ in field.subfields) for field in record.fields):
        found.append(("880", "without $6"))
    return found


def missing(record: Record) -> list[tuple[str, str]]:
    """$6 that points to an 880 which is not there."""
    from_880, to_880 = _linked(record)
    return [(f"{tag}$6", f"880-{number}") for tag, number in sorted(to_880 - from_880) if number != "00"]
