"""Give-back: a library's own record, enriched by the merged record, ready to overlay the one at home.

The library's own fields and its 001 stay untouched. What is added is linked by ``$8 n\\p`` to one field 883
(metadata provenance), which names the catalogue, the merged record and the day, so that the library can see,
filter or take back every addition.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from unioncat.marc import Field, Indicators, Record, Subfield, from_json, to_json
from unioncat.text import fold

__all__ = ["enriched"]

_ONE_ONLY = (
    frozenset({"100", "110", "111", "130"}),
    frozenset({"245"}),
    frozenset({"250"}),
    frozenset({"260", "264"}),
    frozenset({"300"}),
    frozenset({"082"}),
    frozenset({"520"}),
)
"""Groups of which a record that has one already needs no other."""

_NEVER = frozenset({"010", "035", "040", "042", "049", "852", "853", "863", "866", "876", "877", "880", "883", "884"})
"""Numbers and holdings of others."""


def enriched(own: bytes, merged: bytes, *, agency: str, merged_id: str, merged_url: str, stamp: datetime) -> Record:
    """`own` plus what only `merged` has; both MARC-in-JSON. Deterministic, and idempotent on its own result.

    agency: name of the union catalogue, for 883$q; stamp: UTC, day of the merged record's last change.
    """
    record = from_json(own)
    theirs = from_json(merged)
    taken = {tag for field in record.fields for group in _ONE_ONLY if field.tag in group for tag in group}
    present = {(field.tag, _content(field)) for field in record.fields}
    added = [
        field
        for field in theirs.fields
        if _may_be_given(field) and field.tag not in taken and (field.tag, _content(field)) not in present
    ]
    if not added:
        return record
    link = f"{_next_link(record)}\\p"
    for field in added:
        indicators = field.indicators or Indicators(" ", " ")
        parts = [Subfield("8", link), *(part for part in field.subfields if part.code != "8")]
        _insert(record, Field(tag=field.tag, indicators=indicators, subfields=parts))
    parts = [
        Subfield("8", link),
        Subfield("a", "merged record of the union catalogue"),
        Subfield("d", stamp.strftime("%Y%m%d")),
        Subfield("q", agency),
        Subfield("w", merged_id),
    ]
    if merged_url:
        parts.append(Subfield("u", merged_url))
    _insert(record, Field(tag="883", indicators=Indicators("1", " "), subfields=parts))
    return from_json(to_json(record))


def _may_be_given(field: Field) -> bool:
    tag = field.tag
    return not field.control_field and tag.isdigit() and tag < "900" and tag not in _NEVER and tag[1:] != "90"


def _content(field: Field) -> str:
    """What a field says, folded: a different comma or mark is no reason to add it again."""
    if field.control_field:
        return field.data or ""
    return fold(" ".join(part.value for part in field.subfields if part.code not in "2568"))


def _next_link(record: Record) -> int:
    """A link number that the record does not use yet (Appendix A of MARC 21: $8)."""
    used = [0]
    for field in record.fields:
        if not field.control_field:
            for value in field.get_subfields("8"):
                number = value.partition("\\")[0].partition(".")[0]
                if number.isdecimal():
                    used.append(int(number))
    return max(used) + 1


def _insert(record: Record, field: Field) -> None:
    """Behind the last field whose tag is not greater, so that the order of the library's own fields stands."""
    fields = record.fields
    place = len(fields)
    while place and fields[place - 1].tag > field.tag:
        place -= 1
    fields.insert(place, field)


def added_fields(record: Record) -> Collection[Field]:
    """The fields that `enriched` added, for reports."""
    links = {
        part
        for field in record.get_fields("883")
        if "merged record of the union catalogue" in field.get_subfields("a")
        for part in field.get_subfields("8")
    }
    return [
        field
        for field in record.fields
        if not field.control_field and field.tag != "883" and links.intersection(field.get_subfields("8"))
    ]
