"""ISO 2709 straight from stored MARC-in-JSON, in UTF-8 or MARC-8, whole or brief.

Without a Record in between: presenting 400 records is mostly this. leader/09 says what the octets are: ``a`` for
UTF-8, blank for MARC-8, where field 066 names the sets used besides Basic Latin and ANSEL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from protocols.z3950 import oids
from protocols.z3950.diagnostics import Z3950Error
from unioncat.marc.marc8_encode import encode_marc8
from unioncat.model import Holding

__all__ = ["BRIEF", "document", "holdings_fields", "iso2709"]

_NUMBERS = ("001", "003", "005", "008", "010", "020", "022", "024", "040", "041", "082")
_DESCRIPTION = ("100", "110", "111", "130", "245", "246", "250", "260", "264", "300", "490", "773", "880")
BRIEF = frozenset((*_NUMBERS, *_DESCRIPTION))
"""Fields of element set B: what a list of hits shows, and what tells editions apart."""

_LONGEST_FIELD, _LONGEST_RECORD = 9_999, 99_999


def document(marc: bytes, *, brief: bool = False) -> dict[str, Any]:
    """The parsed JSON; brief: only the fields of element set B."""
    parsed: dict[str, Any] = orjson.loads(marc)
    if brief:
        parsed["fields"] = [field for field in parsed["fields"] if next(iter(field)) in BRIEF]
    return parsed


def holdings_fields(holdings: Sequence[Holding]) -> list[dict[str, Any]]:
    """Field 852 per holding ($a library, $b location, $h call number, $t copies, $z note, $u address); 866 for runs."""
    fields: list[dict[str, Any]] = []
    for holding in holdings:
        subfields = [
            {code: str(value)}
            for code, value in (
                ("a", holding.member),
                ("b", holding.location),
                ("h", holding.call_number),
                ("t", holding.copies),
                ("z", holding.note),
                ("u", holding.url),
            )
            if value is not None and value != ""
        ]
        field = {"852": {"ind1": " ", "ind2": " ", "subfields": subfields}}
        if holding.copies is not None or field not in fields:  # records of one library often say the same
            fields.append(field)
        if holding.summary:
            summary = [{"5": str(holding.member)}, {"a": holding.summary}]
            fields.append({"866": {"ind1": " ", "ind2": "0", "subfields": summary}})
    return fields


def _too_long(what: str) -> Z3950Error:
    # the addinfo of 238 is the syntax in which the record can be had
    return Z3950Error("syntax_unavailable", f"{oids.TEXT_XML} ({what})")


def _utf8(fields: list[dict[str, Any]]) -> list[tuple[str, bytes]]:
    out = []
    for field in fields:
        for tag, value in field.items():
            if value.__class__ is str:
                text = value
            else:
                parts = [value["ind1"], value["ind2"]]
                for subfield in value["subfields"]:
                    for code, data in subfield.items():
                        parts += ("\x1f", code, data)
                text = "".join(parts)
            out.append((tag, text.encode("utf-8", "replace")))
    return out


def _marc8(fields: list[dict[str, Any]]) -> list[tuple[str, bytes]]:
    out: list[tuple[str, bytes]] = []
    used: set[int] = set()
    for field in fields:
        for tag, value in field.items():
            if tag == "066":
                continue
            if value.__class__ is str:
                octets, sets = encode_marc8(value)
                used |= sets
                out.append((tag, octets))
                continue
            parts = [value["ind1"].encode("ascii", "replace"), value["ind2"].encode("ascii", "replace")]
            for subfield in value["subfields"]:
                for code, data in subfield.items():
                    octets, sets = encode_marc8(data)
                    used |= sets
                    parts += (b"\x1f", code.encode("ascii", "replace"), octets)
            out.append((tag, b"".join(parts)))
    if used:
        named = "".join("\x1fc" + ("$1" if final == 0x31 else f"({chr(final)}") for final in sorted(used))
        place = next((index for index, (tag, _) in enumerate(out) if tag > "066"), len(out))
        out.insert(place, ("066", f"  {named}".encode("ascii")))
    return out


def iso2709(parsed: dict[str, Any], *, marc8: bool = False) -> bytes:
    """The record. Raises Z3950Error 238 for one that ISO 2709 cannot hold; it is to be had as XML."""
    directory: list[str] = []
    body: list[bytes] = []
    start = 0
    for tag, data in (_marc8 if marc8 else _utf8)(parsed["fields"]):
        length = len(data) + 1
        if length > _LONGEST_FIELD or len(tag) != 3:
            raise _too_long(f"{tag}: {length}")
        directory.append(f"{tag}{length:04d}{start:05d}")
        body.append(data)
        start += length
    base = 25 + 12 * len(directory)
    total = base + start + 1
    if total > _LONGEST_RECORD:
        raise _too_long(str(total))
    old = parsed["leader"]
    leader = f"{total:05d}{old[5:9]}{' ' if marc8 else 'a'}22{base:05d}{old[17:20]}4500"
    ending = b"\x1e" if body else b""
    return (
        b"".join(
            (
                leader.encode("ascii", "replace"),
                "".join(directory).encode("ascii", "replace"),
                b"\x1e",
                b"\x1e".join(body),
                ending,
            )
        )
        + b"\x1d"
    )
