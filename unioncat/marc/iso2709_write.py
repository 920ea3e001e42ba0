"""Writing ISO 2709 in UTF-8 (MARC 21 Specifications, record structure)."""

from __future__ import annotations

from pymarc import Record

from unioncat.marc.normalise import normal_leader
from unioncat.model import BadRecord

__all__ = ["to_iso2709"]


def to_iso2709(record: Record) -> bytes:
    """The record in UTF-8, leader/09 "a".

    Raises BadRecord where ISO 2709 cannot hold it: a field over 9,999 bytes, a record over 99,999 bytes, a
    tag or an indicator of another length. Such a record goes out as MARCXML or MARC-in-JSON, never cut.
    """
    directory: list[str] = []
    body: list[bytes] = []
    start = 0
    for field in record.fields:
        tag = field.tag
        if len(tag) != 3 or not tag.isascii():
            raise BadRecord(f"ISO 2709 cannot hold the tag {tag!r}")
        if field.control_field or field.data is not None:
            text = field.data or ""
        else:
            text = "".join(field._indicators or (" ", " ")) + "".join(
                f"\x1f{code}{value}" for code, value in field.subfields
            )
        data = text.encode("utf-8", "replace") + b"\x1e"
        if len(data) > 9999:
            raise BadRecord(f"ISO 2709 cannot hold the field {tag} of {len(data):,} bytes; the most is 9,999")
        directory.append(f"{tag}{len(data):04d}{start:05d}")
        body.append(data)
        start += len(data)
    base = 24 + 12 * len(directory) + 1
    length = base + start + 1
    if length > 99_999:
        raise BadRecord(f"ISO 2709 cannot hold a record of {length:,} bytes; the most is 99,999")
    old = normal_leader(record.leader.leader, [])
    leader = f"{length:05d}{old[5:9]}a22{base:05d}{old[17:20]}4500"
    return b"".join((leader.encode("ascii"), "".join(directory).encode("ascii"), b"\x1e", *body, b"\x1d"))
