"""$6 (alternate script, 880) and $8 (chains): renumbered together when fields of several records meet."""

from __future__ import annotations

import re
from collections import Counter

from unioncat.marc import Field, Subfield

__all__ = ["Bundle", "bundles_of", "linked_tag", "renumber"]

_LINK = re.compile(r"(\d{3}|LDR)-(\d{2,})(.*)\Z", re.DOTALL)
_CHAIN = re.compile(r"(\d+)(.*)\Z", re.DOTALL)


class Bundle:
    """A field with the 880 fields that are linked to it; they are kept or dropped as one."""

    __slots__ = ("field", "linked")

    def __init__(self, field: Field, linked: list[Field]) -> None:
        self.field = field
        self.linked = linked


def _link(field: Field) -> tuple[str, str] | None:
    for code, value in field.subfields:
        if code == "6":
            found = _LINK.match(value)
            return (found[1], found[2]) if found else None
    return None


def linked_tag(field: Field) -> str:
    """Tag of the field that an 880 goes with; "" if it does not say."""
    link = _link(field)
    return link[0] if link else ""


def bundles_of(fields: list[Field]) -> list[Bundle]:
    """Data fields in order, each with its 880s. An 880 whose partner is not there stands as a bundle of its own."""
    partners: dict[tuple[str, str], list[Field]] = {}
    for field in fields:
        if field.tag == "880":
            link = _link(field)
            if link and link[1] != "00":
                partners.setdefault(link, []).append(field)
    if not partners:
        return [Bundle(field, []) for field in fields]
    sharing = Counter((field.tag, link[1]) for field in fields if field.tag != "880" and (link := _link(field)))
    out: list[Bundle] = []
    claimed: set[int] = set()
    for field in fields:
        if field.tag == "880" or field.control_field:
            continue
        link = _link(field)
        if link and link[0] == "880":
            number = (field.tag, link[1])
            linked = partners.get(number, [])
            if sharing[number] > 1:  # a number used more than once: the nth goes with the nth
                linked = [linked.pop(0)] if linked else []
            claimed.update(map(id, linked))
            out.append(Bundle(field, linked))
        else:
            out.append(Bundle(field, []))
    out.extend(Bundle(field, []) for field in fields if field.tag == "880" and id(field) not in claimed)
    return out


def renumber(rows: list[tuple[str, Field, list[Field]]]) -> None:
    """Give fresh occurrence numbers ($6) and chain numbers ($8) in place.

    rows: (record key, field, its 880s) in the order of the merged record; numbers of different records that
    happened to be equal come apart, those of one record stay together. An 880 without a partner gets 00.
    """
    occurrence = 0
    chains: dict[tuple[str, str], int] = {}
    for key, field, linked in rows:
        if linked:
            occurrence += 1
            _set_occurrence(field, "880", occurrence)
            for other in linked:
                _set_occurrence(other, field.tag, occurrence)
        elif field.tag == "880":
            link = _link(field)
            if link:
                _set_occurrence(field, link[0], 0)  # 00: there is no field that it goes with (MARC 21, appendix A)
        else:
            _drop_dangling(field)
        for one in (field, *linked) if linked else (field,):
            for place, (code, value) in enumerate(one.subfields):
                if code == "8":
                    found = _CHAIN.match(value)
                    if found:
                        number = chains.setdefault((key, found[1]), len(chains) + 1)
                        one.subfields[place] = Subfield("8", f"{number}{found[2]}")


def _set_occurrence(field: Field, tag: str, number: int) -> None:
    for place, (code, value) in enumerate(field.subfields):
        if code == "6":
            found = _LINK.match(value)
            field.subfields[place] = Subfield("6", f"{tag}-{number:02d}{found[3] if found else ''}")
            return
    field.subfields.insert(0, Subfield("6", f"{tag}-{number:02d}"))


def _drop_dangling(field: Field) -> None:
    """A $6 that points to no 880 of this record is no link."""
    if any(code == "6" for code, _ in field.subfields):
        field.subfields = [one for one in field.subfields if one.code != "6"]
